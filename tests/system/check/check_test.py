#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/cli.md's `check`: check_test.py SIM NAME runs test_NAME. 77: this machine cannot run it.

Frames come from tests/system/mesh/frames.py; fields are named by tshark where it is installed."""
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as et

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../mesh"))
from frames import TCP, UDP, ethernet, ip, mac, packet  # noqa: E402

SIM, TMP = os.path.abspath(sys.argv[1]), None


def path(name):
    return os.path.join(TMP, name)


def frame(n=0, proto=TCP, size=20, hops=64, v6=False):
    a, b = (ip("2001:db8::1"), ip("2001:db8::2")) if v6 else (ip("10.0.0.1"), ip("10.0.0.2"))
    out = ethernet(mac("02:00:00:00:00:0b"), mac("02:00:00:00:00:0a"),
                   *packet(a, b, proto, bytes([n]) * size, hops=hops, sport=1000 + n, dport=80))
    return out + bytes(max(0, 60 - len(out)))


def pcap(name, frames, cut=0):
    os.makedirs(os.path.dirname(path(name)), exist_ok=True)
    with open(path(name), "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for i, b in enumerate(frames):
            f.write(struct.pack("<IIII", 1, i, len(b), len(b) + cut) + b)


def case(text, sent=None, expected=None, name="case"):
    """A case folder: a wire from p0 to p1 unless `text` says more."""
    sent = [frame(i) for i in range(3)] if sent is None else sent
    pcap(name + "/in.pcap", sent)
    pcap(name + "/out.pcap", sent if expected is None else expected)
    with open(path(name + "/case.yaml"), "w", encoding="utf-8") as f:
        f.write(text)
    return path(name)


PLAIN = "in: {p0: in.pcap}\nexpect: {p1: out.pcap}\n"


def sim(*args, **more):
    environment = dict(os.environ, **more.pop("env", {}))
    return subprocess.run([SIM, "check", *args], capture_output=True, text=True, cwd=TMP,
                          env=environment, **more)


def result(folder, status, *args, **more):
    done = sim(folder, "--json", *args, **more)
    assert done.returncode == status, f"exit {done.returncode}, not {status}\n{done.stdout}{done.stderr}"
    return json.loads(done.stdout)


def refused(folder, line, status=2):
    done = sim(folder)
    mine = [x for x in done.stderr.splitlines() if x.startswith("flatproxy-sim: ")]
    assert done.returncode == status, f"exit {done.returncode}, not {status}\n{done.stderr}"
    assert mine == ["flatproxy-sim: " + line], done.stderr
    assert done.stdout == "", done.stdout


def changed(frames, n, byte, value):
    out = list(frames)
    out[n] = out[n][:byte] + bytes([value]) + out[n][byte + 1:]
    return out


def test_a_case_that_holds_passes():
    assert result(case(PLAIN), 0) == {"pass": True, "first": None, "case": "case"}
    done = sim(path("case"))
    assert done.returncode == 0 and done.stdout == "pass  case\n", done.stdout


def test_the_first_difference_names_port_packet_byte_and_field():
    sent = [frame(i) for i in range(3)]
    folder = case(PLAIN, sent, changed(sent, 1, 22, 63))
    assert result(folder, 1) == {"pass": False, "case": "case", "first": {
        "port": "p1", "packet": 2, "byte": 22, "field": "ip.ttl", "found": "64", "expected": "63"}}
    text = sim(folder).stdout
    assert "p1 packet 2 byte 22 ip.ttl: found 64, expected 63" in text, text
    lines = [x for x in text.splitlines() if re.match(r" +(found|expected) +0010 ", x)]
    assert len(lines) == 2 and lines[0].split()[8] == "40" and lines[1].split()[8] == "3f", text
    marks = [x for x in text.splitlines() if x.strip() == "^^"]
    assert marks and lines[0][marks[0].index("^^"):][:2] == "40", text
    assert "p1: 3 frames, 3 expected, 1 of them different" in text, text


def test_every_byte_of_a_frame_is_compared():
    folder = case(PLAIN, [frame()], [frame()])
    for at in list(range(0, 74, 7)) + [73]:
        pcap("case/out.pcap", changed([frame()], 0, at, frame()[at] ^ 1))
        first = result(folder, 1)["first"]
        assert first["byte"] == at and first["packet"] == 1, (at, first)


def test_fields_are_named_as_tshark_names_them():
    if shutil.which("tshark") is None:
        print("skipped: no tshark")
        sys.exit(77)
    sent = [frame(0), frame(1, UDP), frame(2, TCP, v6=True)]
    folder = case(PLAIN, sent)
    pdml = subprocess.run(["tshark", "-n", "-r", path("case/in.pcap"), "-T", "pdml"],
                          capture_output=True, check=True).stdout
    truth = [[(f.get("name"), int(f.get("pos")), int(f.get("size"))) for f in p.iter("field")]
             for p in et.fromstring(pdml).findall("packet")]
    for n, at in ((0, 3), (0, 8), (0, 16), (0, 22), (0, 28), (0, 35), (0, 40), (1, 36), (1, 38),
                  (1, 40), (2, 21), (2, 30), (2, 45), (2, 56)):
        pcap("case/out.pcap", changed(sent, n, at, sent[n][at] ^ 1))
        first = result(folder, 1)["first"]
        assert (first["packet"], first["byte"]) == (n + 1, at), first
        names = {name for name, p, size in truth[n] if p <= at < p + size}
        assert first["field"] in names, (first, names)


def test_missing_and_surplus_frames_are_named():
    sent = [frame(i) for i in range(3)]
    first = result(case(PLAIN, sent, sent + [frame(9)]), 1)["first"]
    assert first == {"port": "p1", "packet": 4, "byte": None, "field": "frame", "found": "no frame",
                     "expected": f"{len(frame(9))} bytes"}, first
    first = result(case(PLAIN, sent, sent[:2]), 1)["first"]
    assert (first["packet"], first["field"], first["expected"]) == (3, "frame", "no frame"), first
    first = result(case(PLAIN, sent, []), 1)["first"]
    assert (first["packet"], first["expected"]) == (1, "no frame"), first


def test_another_length_is_a_difference():
    sent = [frame(0, size=100)]
    first = result(case(PLAIN, sent, [sent[0] + b"\0\0"]), 1)["first"]
    assert first == {"port": "p1", "packet": 1, "byte": len(sent[0]), "field": "frame.len",
                     "found": str(len(sent[0])), "expected": str(len(sent[0]) + 2)}, first


def test_ignored_fields_are_not_compared_and_others_are():
    sent = [frame(0)]
    other = changed(changed(sent, 0, 22, 1), 0, 25, 7)
    folder = case(PLAIN + "ignore_fields: [ip.ttl, ip.checksum]\n", sent, other)
    assert result(folder, 0)["pass"]
    folder = case(PLAIN + "ignore_fields: [ip.ttl]\n", sent, other)
    assert result(folder, 1)["first"]["field"] == "ip.checksum"
    # Only the field's own bits: three flags and an offset share two bytes.
    other = changed(sent, 0, 20, 0x60)
    folder = case(PLAIN + "ignore_fields: [ip.flags.df, ip.flags.mf]\n", sent, other)
    assert result(folder, 0)["pass"]
    folder = case(PLAIN + "ignore_fields: [ip.flags.df]\n", sent, other)
    assert result(folder, 1)["first"]["field"] == "ip.flags.mf"


def test_time_stamps_are_not_compared():
    folder = case(PLAIN)
    data = bytearray(open(path("case/out.pcap"), "rb").read())
    data[24:28] = struct.pack("<I", 77)
    with open(path("case/out.pcap"), "wb") as f:
        f.write(data)
    assert result(folder, 0)["pass"]


def test_statistics_are_compared_by_path():
    good = ('stats: {packets.in: 3, drops."rmt.acl": 0, profile: paper, slow."rmt.ttl": 0}\n')
    assert result(case(PLAIN + good), 0)["pass"]
    for text, found, expected in (("packets.in: 4", "3", "4"), ('drops."rmt.nothing": 0', "nothing", "0"),
                                  ("profile: asic", "paper", "asic"), ("packets: 3", "more than a value", "3"),
                                  ("tables.acl[9].entry: x", "nothing", "x")):
        first = result(case(PLAIN + "stats:\n  " + text + "\n"), 1)["first"]
        assert first["field"] == "stats." + text.rsplit(": ", 1)[0], first
        assert (first["found"], first["expected"], first["port"]) == (found, expected, None), first


def test_flags_of_the_run_are_taken():
    folder = case(PLAIN + "args: [--profile, asic, --rate=max]\nstats: {profile: asic}\n")
    assert result(folder, 0)["pass"]
    folder = case(PLAIN + "args: [--max-cycles, '2000']\n", [frame(i, size=1000) for i in range(99)])
    first = result(folder, 1)["first"]
    assert first["field"] == "exit status" and first["found"].startswith("3: --max-cycles: "), first
    folder = case("in: {p0: in.pcap}\nargs: [--filter, 'tcp port 1001']\nexpect: {p1: out.pcap}\n",
                  [frame(i) for i in range(3)], [frame(1)])
    assert result(folder, 0)["pass"]


def test_nothing_outside_the_case_decides():
    folder = case(PLAIN)
    bad = path("bad.yaml")
    for name in (bad, path("network.yaml"), path("case/network.yaml")):
        with open(name, "w", encoding="utf-8") as f:
            f.write("ports: [p0, p1]\nl2: {pairs: []}\n")
    assert result(folder, 0, env={"FLATPROXY_CONFIG": bad})["pass"]
    with open(path("case/case.yaml"), "a", encoding="utf-8") as f:
        f.write("config: network.yaml\n")
    assert result(folder, 1)["first"]["found"] == "no frame"


def test_wrong_cases_are_refused_with_line_and_field():
    f = "case/case.yaml"
    for text, line in (
            (PLAIN + "speed: 3\n", "3: speed: found an unknown field, expected one of config, mesh, "
             "args, in, expect, stats, ignore_fields"),
            ("expect: {p1: out.pcap}\n", "1: in: found nothing, expected a value"),
            ("in: {}\nexpect: {p1: out.pcap}\n", "1: in: found no input, expected at least one PORT: FILE"),
            ("in: {p4: in.pcap}\nexpect: {p1: out.pcap}\n",
             "1: in.p4: found p4, expected PORT or PORT,PORT with ports p0 to p3"),
            ("in: {p0: in.pcap, 'p1,p0': in.pcap}\nexpect: {p1: out.pcap}\n",
             "1: in.p1,p0: found p0 twice, expected each port at most once"),
            ("in: {p0: in.pcap}\n\nexpect: {p9: out.pcap}\n",
             "3: expect.p9: found p9, expected one of p0, p1, p2, p3, cpu, toe, vf"),
            ("in: {p0: in.pcap}\nexpect: {p1: gone.pcap}\n",
             "2: expect.p1: found case/gone.pcap, no such file, expected a capture"),
            ("in: {p0: in.pcap}\nexpect: {p1: .}\n", "2: expect.p1: found case/., no file, expected a capture"),
            (PLAIN + "config: gone.yaml\n",
             "3: config: found case/gone.yaml, no such file, expected a readable YAML file"),
            (PLAIN + "args: --rate max\n", "3: args: found --rate max, expected a list"),
            (PLAIN + "args: [--out-dir=x]\n", "3: args[0]: found --out-dir=x, expected flags of run that "
             "leave its input and output to the case"),
            (PLAIN + "args: [--gdb, 1234]\n", "3: args[0]: found --gdb, expected flags of run that leave "
             "its input and output to the case"),
            (PLAIN + "stats: {packets..in: 1}\n", "3: stats.packets..in: found packets..in, expected a path "
             "such as packets.dropped or drops.\"rmt.acl\""),
            (PLAIN + "stats: {packets.in: [1]}\n", "3: stats.packets.in: found a list of 1, expected text"),
            (PLAIN + "ignore_fields: [ip.tlt]\n",
             "3: ignore_fields[0]: found ip.tlt, expected a header field by its tshark name"),
            (PLAIN + "in: {p1: in.pcap}\n", "3: in: found a second one, expected each key once"),
            ("in: {p0: in.pcap}\n", "1: document: found neither expect nor stats, expected something that can fail"),
            ("", None), ("- 1\n", None), ("in: [\n", None)):
        case(text)
        done = sim("case")
        assert done.returncode == 2, f"{text!r}: exit {done.returncode}\n{done.stderr}"
        mine = [x for x in done.stderr.splitlines() if x.startswith("flatproxy-sim: ")]
        assert len(mine) == 1 and f"{f}:" in mine[0] and ": found " in mine[0], f"{text!r}\n{done.stderr}"
        if line is not None:
            assert mine[0] == f"flatproxy-sim: {f}:{line}", mine[0]


def test_what_the_run_refuses_is_a_wrong_case():
    case(PLAIN + "args: [--rate, fast]\n")
    refused("case", "case/case.yaml: --rate: found fast, expected capture, line or max")
    case(PLAIN + "config: n.yaml\n")
    with open(path("case/n.yaml"), "w", encoding="utf-8") as f:
        f.write("ports: [p9]\n")
    done = sim("case")
    assert done.returncode == 2 and "case/case.yaml: n.yaml:1: ports[0]: found p9" in done.stderr, done.stderr


def test_damaged_captures_are_refused():
    case(PLAIN)
    with open(path("case/out.pcap"), "r+b") as f:
        f.truncate(90)
    refused("case", "case/out.pcap: record 1: found end of file after 50 bytes, expected 74 bytes of record")
    case(PLAIN, [frame()])
    pcap("case/out.pcap", [frame()[:40]], cut=34)
    refused("case", "case/out.pcap: record 1: found a frame cut by its recorder, expected whole frames")


def test_a_mesh_case_is_not_supported_yet():
    case(PLAIN + "mesh: envoy.yaml\n")
    refused("case", "case/case.yaml:3: mesh: found a mesh configuration, which this build does not "
            "support, expected it left out", 77)


def test_a_folder_without_cases_is_usage():
    refused(TMP, f"{TMP}: found no case.yaml, expected a case folder or folders of cases")
    refused("nowhere", "nowhere: found no folder, expected a case folder or folders of cases")


def test_a_folder_of_cases_reports_each_of_them():
    sent = [frame(0)]
    case(PLAIN, name="all/b_good")
    case(PLAIN, sent, changed(sent, 0, 0, 0), name="all/a_bad")
    case(PLAIN + "oops: 1\n", name="all/c_wrong")
    os.mkdir(path("all/no_case"))
    done = sim("all", "--json", "--junit", "j.xml")
    assert done.returncode == 2, done.stderr
    told = json.loads(done.stdout)
    assert [(c["case"], c["pass"]) for c in told["cases"]] == [
        ("a_bad", False), ("b_good", True), ("c_wrong", False)], told
    assert told["pass"] is False and told["first"]["field"] == "eth.dst", told
    assert told["cases"][2]["error"].startswith("all/c_wrong/case.yaml:3: oops: "), told
    suite = et.parse(path("j.xml")).getroot().find("testsuite")
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")
    cases = {c.get("name"): c for c in suite.findall("testcase")}
    assert "p1 packet 1 byte 0 eth.dst" in cases["a_bad"].find("failure").get("message")
    assert cases["b_good"].find("failure") is None and cases["c_wrong"].find("error") is not None
    shutil.rmtree(path("all/c_wrong"))
    assert sim("all").returncode == 1
    shutil.rmtree(path("all/a_bad"))
    done = sim("all")
    assert (done.returncode, done.stdout) == (0, "pass  b_good\n"), done.stdout


def test_output_of_failing_cases_is_kept_on_demand():
    sent = [frame(0)]
    case(PLAIN, name="all/good")
    case(PLAIN, sent, [], name="all/bad")
    assert sim("all", "--keep", "kept").returncode == 1
    assert sorted(os.listdir(path("kept"))) == ["bad"]
    assert {"p1.pcapng", "packets.jsonl", "stats.json", "stats.prom"} <= set(os.listdir(path("kept/bad")))
    # The case's own folder is never emptied.
    assert sim("all", "--keep", "all").returncode == 1
    assert os.path.exists(path("all/bad/case.yaml")) and os.path.exists(path("all/good/in.pcap"))


def run_pid(parent):
    """The process of the case's run."""
    for _ in range(400):
        kids = open(f"/proc/{parent}/task/{parent}/children", encoding="ascii").read().split()
        for kid in kids:
            if b"run" in open(f"/proc/{kid}/cmdline", "rb").read().split(b"\0"):
                return int(kid)
        time.sleep(0.02)
    raise AssertionError("no run was started")


LONG = PLAIN + "args: [--rate, line, --no-skip]\n"


def test_a_case_whose_process_dies_is_a_failure_of_its_own():
    case(LONG, [frame(i % 256, size=1400) for i in range(20000)], name="all/a_dies")
    case(PLAIN, name="all/b_good")
    child = subprocess.Popen([SIM, "check", "all", "--json"], stdout=subprocess.PIPE, text=True, cwd=TMP)
    os.kill(run_pid(child.pid), signal.SIGSEGV)
    out, _ = child.communicate(timeout=100)
    told = json.loads(out)
    assert child.returncode == 1, told
    assert told["cases"][0]["first"]["field"] == "exit status", told
    assert told["cases"][0]["first"]["found"] == "signal 11 (Segmentation fault)", told
    assert told["cases"][1]["pass"] is True, told


def stopped_by(number):
    case(PLAIN, name="all/a_good")
    # Two frames a year apart, every cycle simulated: this ends only when it is told to.
    case(PLAIN + "args: [--no-skip]\n", [frame(0), frame(1)], name="all/b_long")
    with open(path("all/b_long/in.pcap"), "r+b") as f:
        f.seek(24 + 16 + len(frame(0)))
        f.write(struct.pack("<I", 365 * 86400))
    child = subprocess.Popen([SIM, "check", "all", "--junit", "j.xml"], stdout=subprocess.PIPE,
                             text=True, cwd=TMP, env=dict(os.environ, TMPDIR=TMP))
    assert child.stdout.readline() == "pass  a_good\n"
    run = run_pid(child.pid)
    child.send_signal(number)
    try:
        child.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        os.kill(run, signal.SIGKILL)
        raise
    assert child.returncode == 128 + number, child.returncode
    assert not os.path.exists(f"/proc/{run}"), "the run outlives the check"
    names = [c.get("name") for c in et.parse(path("j.xml")).getroot().iter("testcase")]
    assert names == ["a_good"], names
    assert [n for n in os.listdir(TMP) if n.startswith("flatproxy-")] == [], "scratch is left"


def test_sigint_ends_with_the_report_so_far():
    stopped_by(signal.SIGINT)


def test_sigterm_ends_with_the_report_so_far():
    stopped_by(signal.SIGTERM)


def test_a_report_that_cannot_be_written_ends_with_4():
    case(PLAIN)
    done = sim("case", "--junit", "/dev/full")
    assert done.returncode == 4 and "/dev/full: found No space left on device" in done.stderr, done.stderr
    done = sim("case", "--junit", "/proc/nothing/x")
    assert done.returncode == 4, done.stderr
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([SIM, "check", "case"], stdout=full, stderr=subprocess.PIPE, text=True, cwd=TMP)
    assert done.returncode == 4 and "stdout: found No space left on device" in done.stderr, done.stderr
    done = sim("case", env={"TMPDIR": "/proc/nothing"})
    assert done.returncode == 4, done.stderr


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as TMP:
        globals()["test_" + sys.argv[2]]()
