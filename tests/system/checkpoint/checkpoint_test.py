#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/checkpoint.md as tests: checkpoint_test.py SIM DATA NAME [SAVABLE] runs test_NAME. 77: this
machine or build cannot run it."""
import filecmp
import json
import os
import random
import re
import subprocess
import sys
import tempfile

SIM, DATA, TMP = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), None
SAVABLE = sys.argv[4:5] == ["1"]
ECHO = os.path.join(DATA, "pcap/echo.pcap")
STREAMS = ["--config", os.path.join(DATA, "pcap/echo.network.yaml")]


def path(name):
    return os.path.join(TMP, name)


def run(out, *args, ok=(0,)):
    environment = {k: v for k, v in os.environ.items() if k != "FLATPROXY_CONFIG"}
    done = subprocess.run([SIM, "run", "--out-dir", path(out), *args], capture_output=True,
                          text=True, cwd=TMP, env=environment)
    assert done.returncode in ok, f"exit {done.returncode}, not {ok}\n{done.stderr}"
    return done


def complaint(done):
    mine = [l for l in done.stderr.splitlines() if l.startswith("flatproxy-sim: ")]
    assert len(mine) == 1, f"not one line:\n{done.stderr}"
    return mine[0].removeprefix("flatproxy-sim: ")


def same(one, other):
    names = sorted(os.listdir(path(one)))
    assert names == sorted(os.listdir(path(other))), (names, os.listdir(path(other)))
    for name in names:
        assert filecmp.cmp(path(f"{one}/{name}"), path(f"{other}/{name}"), False), \
            f"{name} differs between {one} and {other}"


def busy_cycles(count, seed):
    """Cycles around those in which frames came in and left, and one long after READY."""
    cycles = set()
    for line in open(path("base/packets.jsonl")):
        frame = json.loads(line)
        cycles.add(frame["cycle_in"])
        cycles.update(copy["cycle"] for copy in frame["out"])
    last = json.load(open(path("base/stats.json")))["cycles"]
    picker = random.Random(seed)
    some = picker.sample(sorted(cycles), min(count, len(cycles)))
    return sorted({max(0, min(last - 1, c + picker.randrange(-150, 150))) for c in some})


def goes_on(*args, count=6, seed=1):
    run("base", *args)
    cycles = busy_cycles(count, seed)
    saves = [w for c in cycles for w in ("--save-at", str(c), path(f"{c}.ckpt"))]
    run("saved", *args, *saves)
    same("base", "saved")
    for c in cycles:
        run(f"on{c}", *args, "--restore", path(f"{c}.ckpt"))
        same("base", f"on{c}")
    return cycles


def test_streams_go_on_from_any_cycle():
    goes_on("--in", "p0=" + ECHO, *STREAMS, count=8)


def test_streams_at_full_rate_go_on_from_any_cycle():
    goes_on("--in", "p0=" + ECHO, *STREAMS, "--rate", "max", "--profile", "asic", count=12)


def test_two_directions_and_two_ports_go_on_from_any_cycle():
    goes_on("--in", "p0,p1=" + ECHO, "--in", "p3=" + ECHO, "--rate", "line", count=6)


def test_another_pipeline_program_goes_on_from_any_cycle():
    goes_on("--in", "p0=" + ECHO, "--pipeline", "flowstats", "--config",
            os.path.join(DATA, "flowstats/entries.yaml"), count=4)


def test_typed_lines_go_on_from_any_cycle():
    with open(path("typed"), "w") as f:
        f.write("@100 show tables\n@30000 show counters\nshow log\n")
    args = ["--in", "p0=" + ECHO, "--rate", "max", "--console-in", path("typed")]
    run("base", *args)
    saves = [w for c in (150, 20000, 31000) for w in ("--save-at", str(c), path(f"{c}.ckpt"))]
    run("saved", *args, *saves)
    same("base", "saved")
    for c in (150, 20000, 31000):
        run(f"on{c}", *args, "--restore", path(f"{c}.ckpt"))
        same("base", f"on{c}")


def test_a_restored_run_is_saved_like_the_first_one():
    args = ["--in", "p0=" + ECHO, *STREAMS, "--rate", "max"]
    run("base", *args)
    early, late = (busy_cycles(40, 3)[i] for i in (5, 30))
    run("saved", *args, "--save-at", str(early), path("e"), "--save-at", str(late), path("l"))
    run("on", *args, "--restore", path("e"), "--save-at", str(late), path("l2"))
    same("base", "on")
    assert filecmp.cmp(path("l"), path("l2"), False), "the second checkpoint differs"
    run("on2", *args, "--restore", path("l2"))
    same("base", "on2")
    done = run("back", *args, "--restore", path("l"), "--save-at", "1", path("x"), ok=(2,))
    assert re.fullmatch(rf"--save-at: found 1, expected a cycle behind \S+/l's \d+",
                        complaint(done)), done.stderr


def test_rtl_is_refused_or_goes_on():
    args = ["--in", "p0=" + ECHO, "--fidelity", "all=lockstep", "--rate", "max"]
    if SAVABLE:
        goes_on(*args, count=3)
        return
    done = run("out", *args, "--save-at", "1", path("x"), ok=(0, 77))
    if "no RTL in this build" in done.stderr:
        print("skipped: no RTL in this build")
        sys.exit(77)
    assert complaint(done) == ("--save-at: found rmt=lockstep, expected a model, or a build with "
                               "FP_SAVABLE=ON"), done.stderr
    assert not os.path.exists(path("out")) and not os.path.exists(path("x"))


def saved():
    run("base", "--in", "p0=" + ECHO, "--rate", "max", "--save-at", "1000", path("a"))
    return open(path("a"), "rb").read()


def refused(expected, *args, content=None):
    if content is not None:
        with open(path("a"), "wb") as f:
            f.write(content)
    args = args or ("--in", "p0=" + ECHO, "--rate", "max")
    done = run("refused", *args, "--restore", path("a"), ok=(2,))
    line = complaint(done).replace(path("a"), "FILE").replace(path(""), "")
    assert re.fullmatch(expected, line), line
    assert not os.path.exists(path("refused")), "a refused run must leave nothing"


def crc32c(data):
    table = []
    for b in range(256):
        for _ in range(8):
            b = b >> 1 ^ (0x82f63b78 if b & 1 else 0)
        table.append(b)
    crc = 0xffffffff
    for b in data:
        crc = crc >> 8 ^ table[(crc ^ b) & 255]
    return crc ^ 0xffffffff


def signed(data):
    return data + crc32c(data).to_bytes(4, "little")


def test_files_of_another_run_are_refused_by_name():
    file = saved()
    other = path("other.pcap")
    with open(other, "wb") as f:
        f.write(open(ECHO, "rb").read()[:24])
    digest = r"\d+ bytes, crc32 0x[0-9a-f]{8}"
    refused(f"FILE: in p0: found {digest}, expected 24 bytes, crc32 0x[0-9a-f]{{8}}",
            "--in", "p0=" + other, "--rate", "max")
    refused(f"FILE: in p1: found none, expected {digest}",
            "--in", "p1=" + ECHO, "--rate", "max")
    refused("FILE: rate: found max, expected capture", "--in", "p0=" + ECHO)
    refused("FILE: profile: found paper, expected asic", "--in", "p0=" + ECHO, "--rate", "max",
            "--profile", "asic")
    refused("FILE: seed: found 1, expected 7", "--in", "p0=" + ECHO, "--rate", "max", "--seed", "7")
    refused("FILE: pipeline: found mesh, expected flowstats", "--in", "p0=" + ECHO, "--rate", "max",
            "--pipeline", "flowstats")
    refused(f"FILE: config: found none, expected {digest}", "--in", "p0=" + ECHO, "--rate", "max",
            *STREAMS)
    program = re.search(rb"program: (\w+)\n", file)[1]
    refused("FILE: program: found 0{40}, expected [0-9a-f]{40}",
            content=signed(file[:-4].replace(program, b"0" * 40)))


def test_damaged_files_are_refused_by_what_is_wrong():
    file = saved()
    refused(r"FILE: header: found another kind of file, expected .*", content=b"")
    refused(r"FILE: header: found another kind of file, expected .*", content=os.urandom(5000))
    refused(r'FILE: format: found "2", expected 1', content=file.replace(b"point 1", b"point 2", 1))
    refused(r"FILE: header: found no end, expected an empty line", content=file[:100])
    for cut in (1, 5, 1000, len(file) // 2):
        refused(rf"FILE: length: found {len(file) - cut} bytes, expected {len(file)}",
                content=file[:-cut])
    for at in range(300, len(file), len(file) // 7):
        changed = bytearray(file)
        changed[at] ^= 1
        if b"bytes: " in file[at - 30:at + 30] or b"cycle: " in file[at - 30:at + 30]:
            continue
        refused(r"FILE: checksum: found 0x\w{8}, expected 0x\w{8}", content=bytes(changed))
    # Sums that are right do not make a state that is.
    more = re.sub(rb"state bytes: \d+", b"state bytes: 99999999999999", file[:-4])
    refused(r"FILE: state bytes: found 99999999999999, expected .*", content=signed(more))
    less = re.sub(rb"state bytes: \d+", b"state bytes: 1000", file[:-4])
    refused(r"FILE: state: found bytes that do not unpack, expected 1000 bytes",
            content=signed(less))
    os.remove(path("a"))
    refused("FILE: found No such file or directory, expected a file that can be read")


def test_a_checkpoint_that_cannot_be_written_leaves_the_run_whole():
    args = ["--in", "p0=" + ECHO, "--rate", "max"]
    run("base", *args)
    done = run("full", *args, "--save-at", "100", "/dev/full", "--save-at", "1000", path("a"),
               ok=(4,))
    assert complaint(done) == ("/dev/full: found No space left on device, expected room for a "
                               "checkpoint"), done.stderr
    same("base", "full")
    run("on", *args, "--restore", path("a"))
    same("base", "on")
    done = run("nowhere", *args, "--save-at", "100", path("no/such/a"), ok=(4,))
    assert "No such file or directory" in complaint(done), done.stderr
    same("base", "nowhere")
    done = run("never", *args, "--save-at", "999999999999", path("b"), ok=(2,))
    cycles = json.load(open(path("base/stats.json")))["cycles"]
    assert complaint(done) == (f"--save-at: found 999999999999, expected a cycle of the run, which "
                               f"had {cycles}"), done.stderr
    assert not os.path.exists(path("b"))
    same("base", "never")
    run("out", *args, "--save-at", "x", path("b"), ok=(2,))


def test_a_full_disk_keeps_the_checkpoint_that_was_there():
    disk = path("disk")
    os.mkdir(disk)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", disk],
                             capture_output=True)
    if mounted.returncode != 0:
        print("skipped: no right to mount a tmpfs")
        sys.exit(77)
    try:
        args = ["--in", "p0=" + ECHO, "--rate", "max"]
        run("base", *args, "--save-at", "100", disk + "/a")
        before = open(disk + "/a", "rb").read()
        done = run("full", *args, "--save-at", "1000", disk + "/a", ok=(4,))
        assert "No space left on device" in complaint(done), done.stderr
        assert os.listdir(disk) == ["a"] and open(disk + "/a", "rb").read() == before
        same("base", "full")
        run("on", *args, "--restore", disk + "/a")
        same("base", "on")
    finally:
        subprocess.run(["umount", disk], check=True)


def main():
    global TMP
    with tempfile.TemporaryDirectory() as TMP:
        globals()["test_" + sys.argv[3]]()


main()
