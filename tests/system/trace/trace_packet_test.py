#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""trace_packet_test.py SIM: --trace-packet records one frame's stay; GTKWave's own fst2vcd reads the
waveform, and every signal of the save file is in it. 77: no fst2vcd (package gtkwave)."""
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

MARGIN, TICKS = 20, 10  # cycles around the stay (docs/cli.md); FST time units a cycle


def read_vcd(fst):
    """Names with their ranges, and [(time, {name: bits})] of the signals asked for later."""
    vcd = subprocess.run(["fst2vcd", fst], capture_output=True, text=True, check=True).stdout
    head, body = vcd.split("$enddefinitions $end", 1)
    names, codes, scope = set(), {}, []
    for line in head.splitlines():
        words = line.split()
        if words[:1] == ["$scope"]:
            scope.append(words[2])
        elif words[:1] == ["$upscope"]:
            scope.pop()
        elif words[:1] == ["$var"]:
            name = ".".join(scope) + "." + "".join(words[4:-1])
            names.add(name)
            codes[name] = words[3]
    return names, codes, body


def values(body, code):
    """(time, value) of each change."""
    time = None
    for line in body.splitlines():
        if line.startswith("#"):
            time = int(line[1:])
        elif line.startswith("b") and line.endswith(" " + code):
            yield time, int(line.split()[0][1:].replace("x", "0"), 2)
        elif line[:1] in "01" and line[1:] == code:
            yield time, int(line[0])


def main():
    if shutil.which("fst2vcd") is None:
        print("skipped: fst2vcd (package gtkwave) is not installed")
        return 77
    sim = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as top:
        capture, out = os.path.join(top, "in.pcap"), os.path.join(top, "out")
        fst, save = os.path.join(top, "w.fst"), os.path.join(top, "w.gtkw")
        with open(capture, "wb") as f:
            f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
            for i in range(4):  # far apart; the third is longer
                size = 2000 if i == 2 else 100
                f.write(struct.pack("<IIII", 0, 20 * i, size, size))
                f.write(bytes.fromhex("020000000002" "020000000001" "88b5") + bytes([i] * (size - 14)))

        def run(*flags):
            return subprocess.run([sim, "run", "--in", "p0=" + capture, "--out-dir", out, *flags],
                                  capture_output=True, text=True)

        done = run("--fidelity", "rmt=rtl", "--trace-fst", fst, "--trace-packet", "3")
        assert done.returncode == 0, done.stderr
        assert not os.path.exists(os.path.join(out, ".rerun"))
        boot = json.load(open(os.path.join(out, "stats.json")))["boot_cycles"]
        third = [json.loads(l) for l in open(os.path.join(out, "packets.jsonl"))][2]

        names, codes, body = read_vcd(fst)
        # The window, from the frame's own cycles: first beat in to last beat out and the margin.
        times = [int(l[1:]) for l in body.splitlines() if l.startswith("#")]
        first = boot + third["cycle_in"]
        left = boot + third["out"][0]["cycle"]
        assert (first - MARGIN) * TICKS <= times[0] <= first * TICKS, (times[0], first)
        # 2000 bytes are 32 beats of 64, one a cycle: p1's valid rises with the first and stays up.
        valid = [(t // TICKS, v >> 1 & 1) for t, v in values(body, codes["TOP.rmt.out_valid_o[6:0]"])]
        assert (left, 1) in valid, (valid, left)
        assert not [t for t, v in valid if left < t < left + 32 and not v], (valid, left)
        # Behind it the margin at most: cycles that the idle block skips leave no samples.
        assert left + 31 <= times[-1] // TICKS <= left + 31 + MARGIN, (times[-1], left)

        shown = [l for l in open(save).read().splitlines() if re.match(r"TOP\.", l)]
        assert len(shown) > 50, shown
        missing = [s for s in shown if s not in names]
        assert not missing, missing
        groups = [l[1:] for l in open(save) if l.startswith("-")]
        order = [g.strip() for g in dict.fromkeys(groups)]
        wanted = ["inputs", "input", "parser", "gen_stage[0].stage", "tm", "outputs"]
        assert [g for g in order if g in wanted] == wanted, order

        for flags, line in (
                (["--trace-fst", fst, "--trace-packet", "5"],
                 "--trace-packet: found 5, expected a frame that the run accepts"),
                (["--trace-fst", fst, "--trace-packet", "p9:1"],
                 "--trace-packet: found p9:1, expected PORT:N with ports p0 to p3"),
                (["--trace-fst", fst, "--trace-packet", "0"],
                 "--trace-packet: found 0, expected N or PORT:N; N counts from 1"),
                (["--trace-packet", "1"], "--trace-fst: found nothing, expected a file, with --trace-packet"),
                (["--trace-fst", fst, "--trace-packet", "1", "--trace-window", "1:2"],
                 "--trace-window: found 1:2, expected it or --trace-packet, not both")):
            done = run("--fidelity", "rmt=rtl", *flags)
            assert done.returncode == 2 and done.stderr.splitlines()[-1] == "flatproxy-sim: " + line, done
        # The models alone have no waveform.
        done = run("--trace-fst", fst, "--trace-packet", "1")
        assert done.returncode == 2 and "--trace-fst: found every block a model" in done.stderr, done
    return 0


if __name__ == "__main__":
    sys.exit(main())
