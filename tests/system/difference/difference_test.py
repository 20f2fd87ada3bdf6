#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""difference_test.py SIM: a simulator whose RTL flips bit 9 of the sixth beat that leaves by p1."""
import json
import os
import re
import struct
import subprocess
import sys
import tempfile


def main():
    sim = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as top:
        capture, out = os.path.join(top, "in.pcap"), os.path.join(top, "out")
        with open(capture, "wb") as f:
            f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
            for i in range(20):  # two beats a frame: the sixth beat is the third frame's second
                f.write(struct.pack("<IIII", 0, i, 100, 100))
                f.write(bytes.fromhex("020000000002" "020000000001" "88b5") + bytes([i] * 86))
        done = subprocess.run([sim, "run", "--in", "p0=" + capture, "--out-dir", out, "--fidelity",
                               "rmt=lockstep"], capture_output=True, text=True)
        assert done.returncode == 1, f"{done.returncode}\n{done.stderr}"
        (line,) = [l for l in done.stderr.splitlines() if l.startswith("flatproxy-sim: ")]
        m = re.fullmatch(r"flatproxy-sim: rmt: cycle (\d+) out\[1\]\.data\.data\[1\]: found 0x2, "
                         r"expected 0x0, p0 packet 3; waveform (\S+)/difference\*\.fst", line)
        assert m, line
        stats = json.load(open(os.path.join(out, "stats.json")))
        # Seen in the cycle in which the beat shows; the frame's first beat left in the one before.
        third = [json.loads(l) for l in open(os.path.join(out, "packets.jsonl"))][2]
        assert third["in"] == "p0" and third["n"] == 3, third
        packets = stats["packets"]
        assert packets["in"] == sum(packets[k] for k in ("forwarded", "dropped", "slow", "held"))
        assert not os.path.exists(os.path.join(out, ".rerun"))
        # The FST header block: type 0, its length, first and last time.
        fst = open(os.path.join(out, "difference.fst"), "rb").read()
        kind, _, first, last = struct.unpack_from(">BQQQ", fst, 0)
        assert kind == 0 and len(fst) > 2000, (kind, len(fst))
        cycle = int(m[1]) + stats["boot_cycles"]
        ticks = 10  # a cycle is ten of the file's time units
        assert cycle * ticks - 200 * ticks <= first <= cycle * ticks, (first, cycle)
        assert cycle * ticks < last <= (cycle + 50) * ticks, (last, cycle)
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
