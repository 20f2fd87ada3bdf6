#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Frames through the whole of network.yaml: every frame's verdict, copies and bytes are those that
reference.py derives from docs/network-yaml.md.

mesh_test.py SIM CONFIG [--frames N] [--seed N] [--fidelity F]...   Random frames of every kind the
configuration talks about, from every port; what leaves is also read back by tshark, which must find no
wrong checksum. With fidelities, every run must write the bytes of the model's. 77 without tshark or
PyYAML."""
import argparse
import collections
import filecmp
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../captures"))
from capture_files import read_pcapng  # noqa: E402

try:
    import yaml
except ImportError:
    print("PyYAML is not installed: skipped")
    sys.exit(77)

from frames import UDP, VXLAN_PORT, Parsed  # noqa: E402
from generator import Generator  # noqa: E402
from reference import Reference  # noqa: E402


def fail(text):
    print("FAIL:", text)
    sys.exit(1)


def write_pcap(path, frames, gap_ns):
    import struct
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1))
        for t, frame in frames:
            out.write(struct.pack("<IIII", t * gap_ns // 10**9, t * gap_ns % 10**9, len(frame),
                                  len(frame)) + frame)


def matches(expected, got):
    """Copies as they should be, up to padding on wires and the source port of VXLAN frames."""
    if len(expected) != len(got):
        return False
    left = list(got)
    for port, frame in expected:
        for candidate in left:
            if candidate[0] == port and same_frame(port, frame, candidate[1]):
                left.remove(candidate)
                break
        else:
            return False
    return True


def same_frame(port, expected, got):
    if port[0] == "p" and len(expected) < 60:
        expected += bytes(60 - len(expected))
    if len(expected) != len(got):
        return False
    if expected == got:
        return True
    p = Parsed(expected)
    if p.proto != UDP or p.dport != VXLAN_PORT or expected[p.l4_at:p.l4_at + 2] != b"\0\0":
        return False
    at = p.l4_at
    return got[:at] == expected[:at] and got[at + 2:] == expected[at + 2:] and got[at] >= 0xC0


def tshark_finds_wrong_checksums(path):
    command = ["tshark", "-n", "-r", path, "-o", "ip.check_checksum:TRUE", "-o",
               "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-Y",
               "ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0 || "
               "icmpv6.checksum.status == 0"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def run(sim, config, inputs, out, *more):
    command = [sim, "run", "--config", config, "--out-dir", out, "--rate", "capture"]
    for port, path in sorted(inputs.items()):
        command += ["--in", f"{port}={path}"]
    env = {k: v for k, v in os.environ.items() if k != "FLATPROXY_CONFIG"}
    done = subprocess.run(command + list(more), capture_output=True, text=True, env=env, cwd=out)
    if done.returncode != 0:
        fail(f"exit status {done.returncode}\n{done.stderr}")


def main():
    args = argparse.ArgumentParser()
    args.add_argument("sim")
    args.add_argument("config")
    args.add_argument("--frames", type=int, default=3000)
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--fidelity", action="append", default=[])
    args = args.parse_args()
    if shutil.which("tshark") is None:
        print("tshark is not installed: skipped")
        sys.exit(77)
    with open(args.config, encoding="utf-8") as f:
        config = yaml.safe_load(f)
    generator = Generator(config, random.Random(args.seed))
    sent = collections.defaultdict(list)
    for t in range(args.frames):
        port, frame = generator.frame()
        sent[port].append((t, frame))

    with tempfile.TemporaryDirectory() as top:
        inputs = {}
        for port, frames in sent.items():
            inputs[port] = os.path.join(top, port + ".pcap")
            write_pcap(inputs[port], frames, 2000)
        first = os.path.join(top, "model")
        os.mkdir(first)
        run(args.sim, args.config, inputs, first)
        judge(config, sent, first)
        for fidelity in args.fidelity:
            other = os.path.join(top, "other")
            os.mkdir(other)
            run(args.sim, args.config, inputs, other, "--fidelity", fidelity)
            for name in sorted(os.listdir(first)):
                if not filecmp.cmp(os.path.join(first, name), os.path.join(other, name), False):
                    fail(f"{name} of {fidelity} differs from the model's")
            shutil.rmtree(other)


def judge(config, sent, out):
    reference = Reference(config)
    left = {name[:-7]: [b for _, b in read_pcapng(os.path.join(out, name))]
            for name in os.listdir(out) if name.endswith(".pcapng")}
    seen = collections.Counter()
    flows = {}
    with open(os.path.join(out, "packets.jsonl"), encoding="utf-8") as f:
        lines = [json.loads(line) for line in f]
    if len(lines) != sum(map(len, sent.values())):
        fail(f"{len(lines)} verdicts, expected one a frame")
    for line in sorted(lines, key=lambda x: x["cycle_in"]):
        frame = sent[line["in"]][line["n"] - 1][1]
        want = reference.judge(line["in"], frame, line["cycle_in"])
        got = [(o["port"], left[o["port"]][o["n"] - 1]) for o in line["out"]]
        about = f"{line['in']} frame {line['n']}: {frame.hex()}"
        if (line["verdict"], line["reason"]) != (want.verdict, want.reason):
            fail(f"{about}\nfound {line['verdict']} {line['reason']}, expected {want.verdict} "
                 f"{want.reason}")
        choices = want.choices or [[]]
        taken = [i for i, c in enumerate(choices) if matches(c, got)]
        if not taken:
            fail(f"{about}\nfound {[(p, f.hex()) for p, f in got]}\nexpected one of "
                 f"{[[(p, f.hex()) for p, f in c] for c in choices]}")
        if len(choices) > 1:  # a flow stays with its endpoint
            p = Parsed(frame)
            flow = (line["in"], p.src_ip, p.dst_ip, p.proto, p.sport, p.dport)
            if flows.setdefault(flow, taken[0]) not in taken:
                fail(f"{about}\nchanged its endpoint")
        seen[want.reason or want.verdict] += 1
    for port in left:
        wrong = tshark_finds_wrong_checksums(os.path.join(out, port + ".pcapng"))
        if wrong:
            fail(f"tshark finds wrong checksums at {port}:\n" + "\n".join(wrong[:5]))
    print(dict(seen))


main()
