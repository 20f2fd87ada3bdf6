#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""100,000 minimum-size frames as fast as the pipeline takes them: none is lost, one leaves every cycle,
and alone a frame crosses within the budget. rate_test.py SIM [FIDELITY]..."""
import filecmp
import json
import os
import struct
import subprocess
import sys
import tempfile

sim, *fidelities = sys.argv[1:]
FRAMES, BUDGET = 100_000, 72  # cycles: docs/architecture.md, RMT pipeline


def fail(text):
    print("FAIL:", text)
    sys.exit(1)


def write(path, port, count, gap_ns):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1))
        for i in range(count):
            frame = struct.pack("!6s6sH", b"\2\0\0\0\0\2", b"\2\0\0\0\0" + bytes([port]), 0x0800)
            frame += struct.pack("!BBHHHBBH4s4sHHHH", 0x45, 0, 46, i & 0xFFFF, 0, 64, 17, 0,
                                 b"\12\0\0\1", b"\12\0\0\2", i & 0xFFFF, port, 26, 0)
            frame = frame.ljust(60, b"\0")
            t = i * gap_ns
            out.write(struct.pack("<IIII", t // 10**9, t % 10**9, len(frame), len(frame)) + frame)


def run(inputs, out, *more):
    os.mkdir(out)
    command = [sim, "run", "--out-dir", out, *more]
    for port, path in inputs.items():
        command += ["--in", f"{port}={path}"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=out, check=False)
    if done.returncode != 0:
        fail(f"exit status {done.returncode}\n{done.stderr}")
    with open(os.path.join(out, "stats.json"), encoding="utf-8") as f:
        return json.load(f)


with tempfile.TemporaryDirectory() as top:
    inputs = {}
    for port in range(4):
        inputs[f"p{port}"] = os.path.join(top, f"p{port}.pcap")
        write(inputs[f"p{port}"], port, FRAMES // 4, 0)
    first = os.path.join(top, "model")
    stats = run(inputs, first, "--rate", "max")
    if stats["packets"]["forwarded"] != FRAMES or stats["packets"]["dropped"] != 0:
        fail(f"found {stats['packets']}, expected {FRAMES} forwarded")
    with open(os.path.join(first, "packets.jsonl"), encoding="utf-8") as f:
        cycles = sorted(json.loads(line)["out"][0]["cycle"] for line in f)
    # One frame a cycle goes in; what leaves does so at the same rate.
    span = cycles[-1] - cycles[0] + 1
    if span > FRAMES + 16:
        fail(f"{FRAMES} frames left within {span} cycles, expected one a cycle")
    for fidelity in fidelities:
        other = os.path.join(top, "other")
        run(inputs, other, "--rate", "max", "--fidelity", fidelity)
        for name in sorted(os.listdir(first)):
            if not filecmp.cmp(os.path.join(first, name), os.path.join(other, name), False):
                fail(f"{name} of {fidelity} differs from the model's")
    slow = os.path.join(top, "slow.pcap")
    write(slow, 0, 1000, 10_000)
    latency = run({"p0": slow}, os.path.join(top, "alone"))["latency_cycles"]
    if latency["max"] > BUDGET:
        fail(f"a frame alone takes {latency['max']} cycles, expected at most {BUDGET}")
    print(f"{FRAMES} frames in {span} cycles, alone {latency['max']} cycles")
