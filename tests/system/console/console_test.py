#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The firmware's console from the command line: console_test.py SIM NAME runs test_NAME."""
import os
import re
import struct
import subprocess
import sys
import tempfile

SIM, TMP = os.path.abspath(sys.argv[1]), None


def path(name):
    return os.path.join(TMP, name)


def text(name, content):
    with open(path(name), "w") as f:
        f.write(content)
    return path(name)


def capture(frames):
    """`frames` frames of an experimental EtherType, 1 ms apart."""
    parts = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1)]
    for i in range(frames):
        parts.append(struct.pack("<IIII", 100, i * 1000, 100, 100))
        parts.append(bytes.fromhex("020000000002" "020000000001" "88b5") + bytes(86))
    with open(path("in.pcap"), "wb") as f:
        f.write(b"".join(parts))
    return path("in.pcap")


def run(typed, frames=5, out="out", *more):
    done = subprocess.run([SIM, "run", "--in", "p0=" + capture(frames), "--out-dir", path(out),
                           "--console-in", text("typed", typed), *more],
                          capture_output=True, text=True, cwd=TMP)
    log = path(out + "/console.log")
    return done, open(log).read() if os.path.exists(log) else ""


def test_answers_stand_in_the_log():
    done, log = run("show tables\nshow counters\n")
    assert done.returncode == 0, done.stderr
    boot, _, answers = log.partition("show tables\n")
    assert "ready: " in boot, "typed before READY"
    # As many rows as the firmware says it committed.
    committed = int(re.search(r"config: (\d+) table rows committed", boot)[1])
    tables = re.findall(r"^(?:stage \d )?[a-z_]+ (\d+)$", answers, re.M)
    assert sum(map(int, tables)) == committed, (tables, committed)


def test_the_time_of_a_line_is_when_it_is_typed():
    # Five frames of 1 ms: 250,000 cycles apart.
    for at, seen in ((0, 1), (600_000, 3), (10_000_000, 5)):
        done, log = run(f"@{at} show counters\n", out=f"out{at}")
        assert done.returncode == 0, done.stderr
        # Its fourteen characters take 1.2 ms themselves.
        got = int(re.search(r"rmt\.PKT_IN (\d+)", log)[1])
        assert got == min(5, seen + 1), (at, got, log)


def test_the_same_bytes_without_skipping():
    first = run("show counters all\n@300000 show log\n", out="a")[1]
    second = run("show counters all\n@300000 show log\n", 5, "b", "--no-skip")[1]
    assert first == second


def test_bad_scripts_are_refused_by_line():
    for content, line in (("help\n@x help\n", "2: @CYCLE: found @x, expected a number of cycles"),
                          ("@5 help\n@4 help\n", "2: @CYCLE: found 4, expected at least 5"),
                          ("@99999999999999999999 a", "1: @CYCLE: found @99999999999999999999, "
                           "expected a number of cycles")):
        done, _ = run(content)
        assert done.returncode == 2, done.stderr
        assert f"flatproxy-sim: {path('typed')}:{line}\n" in done.stderr, done.stderr
    done = subprocess.run([SIM, "run", "--in", "p0=" + capture(1), "--out-dir", path("out"),
                           "--console-in", path("none")], capture_output=True, text=True)
    assert done.returncode == 2 and "none: found No such file" in done.stderr, done.stderr


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as TMP:
        globals()["test_" + sys.argv[2]]()
