#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""trace_perfetto_test.py SIM TEST: the time line of `run --trace-perfetto` is a trace as Chrome's Trace
Event Format has it, and tells what packets.jsonl, stats.json and the captures tell."""
import json
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from fractions import Fraction

SIM = os.path.abspath(sys.argv[1])
NS = {"paper": 4, "asic": 1}  # a cycle (docs/architecture.md)


def capture(path, frames):
    """frames: (time in microseconds, bytes, bytes that the recorder left out)."""
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for at, data, missing in frames:
            f.write(struct.pack("<IIII", at // 10**6, at % 10**6, len(data), len(data) + missing) + data)


def frame(rng, to, length):
    return bytes.fromhex(to) + bytes.fromhex("0200000000") + bytes([rng.randrange(1, 9)]) + \
        bytes.fromhex("88b5") + bytes(rng.randrange(256) for _ in range(length - 14))


def mixed(path, seed=1, n=60):
    """Unicast, floods, and frames that are dropped because they were recorded in part."""
    rng = random.Random(seed)
    frames = []
    for i in range(n):
        to = rng.choice(["ffffffffffff", "020000000002", "020000000007"])
        frames.append((rng.randrange(3) + 2 * i, frame(rng, to, rng.choice([60, 64, 65, 300, 1500])),
                       40 if rng.random() < 0.2 else 0))
    capture(path, frames)


# Four ports and the control core in one domain: floods have several copies.
DOMAIN = """vlans: [{id: 10, untagged: [p0, p1, p2, p3], stations: [{mac: "02:00:00:00:00:02", port: p1}]}]
addresses: [{vlan: 10, mac: "02:00:00:00:00:fe", address: 192.0.2.254/24}]
"""


def run(inputs, out, *flags):
    config = out + ".yaml"
    with open(config, "w") as f:
        f.write(DOMAIN)
    args = [SIM, "run", "--out-dir", out, "--config", config]
    for port, file in inputs.items():
        args += ["--in", f"{port}={file}"]
    return subprocess.run(args + list(flags), capture_output=True, text=True)


def load(text):
    """The events, each of them as the format wants it. Times become nanoseconds, exactly."""
    events = json.loads(text, parse_float=Fraction, parse_int=Fraction)
    assert isinstance(events, list) and events
    open_async = {}
    for e in events:
        assert {"ph", "ts", "pid", "tid", "name"} <= e.keys(), e
        e["ns"] = e["ts"] * 1000
        assert e["ns"] >= 0 and e["ns"].denominator == 1, e
        if e["ph"] == "X":
            e["end"] = e["ns"] + e["dur"] * 1000
            assert e["dur"] >= 0 and e["end"].denominator == 1, e
        elif e["ph"] == "i":
            assert e["s"] in ("g", "p", "t"), e
        elif e["ph"] in "be":
            stack = open_async.setdefault((e["cat"], e["id"]), [])
            if e["ph"] == "b":
                assert not stack or stack[-1]["ns"] <= e["ns"]
                stack.append(e)
            else:
                begin = stack.pop()
                assert begin["name"] == e["name"] and begin["ns"] <= e["ns"], (begin, e)
                begin["end"] = e["ns"]
                assert all(outer.get("end", e["ns"]) >= e["ns"] for outer in stack)
        else:
            assert e["ph"] == "M", e
    assert not any(open_async.values()), [key for key, stack in open_async.items() if stack]
    # Slices of one thread must not overlap: a viewer would hide them.
    by_thread = {}
    for e in events:
        if e["ph"] == "X":
            by_thread.setdefault(e["tid"], []).append((e["ns"], e["end"]))
    for slices in by_thread.values():
        slices.sort()
        assert all(a[1] <= b[0] for a, b in zip(slices, slices[1:])), slices[:9]
    return events


def read(path):
    with open(path, "rb") as f:
        return f.read()


def threads(events):
    return {e["args"]["name"]: e["tid"] for e in events if e["name"] == "thread_name"}


def slices(events, thread):
    tid = threads(events)[thread]
    return [e for e in events if e["ph"] == "X" and e["tid"] == tid]


def stays(events):
    found = {}
    for e in events:
        if e["ph"] == "b" and e["name"].startswith("RMT from "):
            key = (e["args"]["in"], int(e["args"]["n"]))
            assert key not in found and e["name"] == "RMT from " + key[0], e
            found[key] = e
    return found


def verdicts(events):
    return {e["id"]: e for e in events if e["ph"] == "b" and e["name"] == "to the verdict"}


def packets(out):
    with open(os.path.join(out, "packets.jsonl")) as f:
        return [json.loads(line) for line in f]


def compare(events, out, ns, cut=False):
    """Everything that the time line says of frames against the run's other files."""
    with open(os.path.join(out, "stats.json")) as f:
        stats = json.load(f)
    boot = stats["boot_cycles"]

    def at(cycle):
        return (boot + cycle) * ns

    ready = [e for e in events if e["name"] == "READY"]
    assert [e["ns"] for e in ready] == [at(0)], ready
    lines = packets(out)
    assert len(lines) == stats["packets"]["in"] > 0
    shown, judged = stays(events), verdicts(events)
    assert shown.keys() == {(p["in"], p["n"]) for p in lines}
    arrivals = {(p, e["name"]): e for p in ("p0", "p1", "p2", "p3") for e in slices(events, p + " in")}
    copies = {p: slices(events, p + " out") for p in ("p0", "p1", "p2", "p3", "cpu", "toe", "vf")}
    number = Counter()
    for p in lines:
        stay = shown[p["in"], p["n"]]
        line = {k: v for k, v in p.items() if k != "fields"}
        assert stay["args"] == line, (stay, p)
        name = f"{p['in']} packet {p['n']}"
        assert stay["ns"] == at(p["cycle_in"]) == arrivals.pop((p["in"], name))["ns"], (stay, p)
        last = [at(stats["cycles"])] if cut and stay["end"] == at(stats["cycles"]) else []
        for copy in p["out"]:
            left = copies[copy["port"]][copy["n"] - 1]
            assert left["name"] == name and left["ns"] == at(copy["cycle"]), (left, copy)
            # 64 bytes a beat, at most one in a cycle.
            assert left["end"] - left["ns"] >= -(-left["args"]["bytes"] // 64) * ns, left
            last.append(left["end"])
            number[copy["port"]] += 1
        assert (p["verdict"] == "held") == (stay["id"] not in judged), stay
        if stay["id"] in judged:
            verdict = judged[stay["id"]]
            assert verdict["ns"] == stay["ns"] < verdict["end"] <= stay["end"]
            last.append(verdict["end"])
        assert stay["end"] == max(last), (stay, last)
    if not cut:
        assert not arrivals
        assert all(number[p] == len(copies[p]) for p in copies), (number, copies)
    core = slices(events, "control core")
    assert "running" in {e["name"] for e in core} <= {"running", "asleep"}
    assert core[0]["ns"] == 0 and all(a["end"] == b["ns"] for a, b in zip(core, core[1:]))
    return lines


def test_events_are_those_of_the_format(top):
    out, trace = top + "/out", top + "/t.json"
    mixed(top + "/a.pcap")
    done = run({"p0": top + "/a.pcap"}, out, "--trace-perfetto", trace)
    assert done.returncode == 0, done.stderr
    events = load(read(trace))
    assert [e["args"]["name"] for e in events if e["name"] == "process_name"] == ["flatproxy"]
    assert {f"p{i} {side}" for i in range(4) for side in ("in", "out")} | {"RMT", "control core"} \
        <= threads(events).keys()
    messages = Counter((e["name"], e["args"]["to"]) for e in events if e.get("cat") == "mailbox")
    # Firmware says hello, then ready; what it is told in between is answered.
    outside = "configuration plane"
    assert messages["hello", outside] == 1 == messages["ready", outside], messages
    sent = sum(messages[kind, "core"] for kind in ("table_write", "interface_address", "epoch_commit"))
    assert messages["reply", outside] == sent > 100, messages
    assert messages["table_read", "core"] == messages["table_row", outside] > 0, messages


def test_frames_agree_with_packets_jsonl(top):
    for i, (rate, profile) in enumerate([("capture", "paper"), ("line", "asic"), ("max", "paper")]):
        out, trace = f"{top}/out{i}", f"{top}/{i}.json"
        mixed(top + "/a.pcap", 2 * i)
        mixed(top + "/b.pcap", 2 * i + 1)
        done = run({"p0": top + "/a.pcap", "p2": top + "/b.pcap"}, out, "--rate", rate, "--profile", profile,
                   "--trace-perfetto", trace)
        assert done.returncode == 0, done.stderr
        lines = compare(load(read(trace)), out, NS[profile])
        # The mixture has what it was made for.
        assert {"forward", "drop"} <= {p["verdict"] for p in lines}
        assert max(len(p["out"]) for p in lines) == 4
        assert "cpu" in {copy["port"] for p in lines for copy in p["out"]}


def test_same_bytes_twice_and_nothing_else_changes(top):
    mixed(top + "/a.pcap")
    for name, flags in (("plain", []),
                        ("one", ["--trace-perfetto", top + "/1.json"]),
                        ("two", ["--trace-perfetto", top + "/2.json"])):
        done = run({"p0": top + "/a.pcap"}, f"{top}/{name}", *flags)
        assert done.returncode == 0, done.stderr
    assert read(top + "/1.json") == read(top + "/2.json")
    files = sorted(os.listdir(top + "/plain"))
    assert "packets.jsonl" in files and "p1.pcapng" in files
    for other in ("one", "two"):
        assert sorted(os.listdir(f"{top}/{other}")) == files
        for f in files:
            assert read(f"{top}/plain/{f}") == read(f"{top}/{other}/{f}"), f


def test_a_run_that_reaches_its_limit_is_closed(top):
    mixed(top + "/a.pcap")
    held = 0
    for i, cycles in enumerate((1000, 3020, 5507, 8000)):
        out, trace = f"{top}/out{i}", f"{top}/{i}.json"
        done = run({"p0": top + "/a.pcap"}, out, "--rate", "max", "--max-cycles", str(cycles // 10),
                   "--trace-perfetto", trace)
        assert done.returncode == 3, done.stderr
        held += sum(p["verdict"] == "held" for p in compare(load(read(trace)), out, NS["paper"], cut=True))
    assert held > 0


def long_run(top, number):
    """A run that a signal ends once frames are in its time line: status and the file's text."""
    trace = top + "/t.json"
    rng = random.Random(3)
    one = [(i, frame(rng, "ffffffffffff", 60), 0) for i in range(100)]
    capture(top + "/a.pcap", one * 4000)  # minutes of work
    sim = subprocess.Popen([SIM, "run", "--in", f"p0={top}/a.pcap", "--out-dir", top + "/out", "--rate", "line",
                            "--trace-perfetto", trace], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while sim.poll() is None and not (os.path.exists(trace) and b"RMT from p0" in read(trace)):
            time.sleep(0.05)
        assert sim.poll() is None, "the run ended before the signal"
        sim.send_signal(number)
        return sim.wait(), read(trace)
    finally:
        if sim.poll() is None:
            sim.kill()
            sim.wait()


def test_sigterm_closes_the_file(top):
    status, text = long_run(top, signal.SIGTERM)
    assert status == 128 + signal.SIGTERM, status
    compare(load(text), top + "/out", NS["paper"], cut=True)


def test_a_killed_run_lacks_only_its_end(top):
    status, text = long_run(top, signal.SIGKILL)
    assert status == -signal.SIGKILL, status
    # The kill may have come within a write: then the last line, one event, is a part of it.
    whole = text.rfind(b"\n")
    assert len(text) - whole < 2000
    lines = text[:whole].rstrip(b",") + b"]"
    assert b"RMT from p0" in lines
    # Of a frame's edges the last may be missing.
    for event in json.loads(lines):
        assert {"ph", "ts", "pid", "tid", "name"} <= event.keys(), event


def test_a_restored_run_begins_at_the_restore(top):
    mixed(top + "/a.pcap")
    inputs, at = {"p0": top + "/a.pcap"}, 600
    whole, part = top + "/whole.json", top + "/part.json"
    done = run(inputs, top + "/out", "--rate", "line", "--save-at", str(at), top + "/c", "--trace-perfetto", whole)
    assert done.returncode == 0, done.stderr
    done = run(inputs, top + "/out2", "--rate", "line", "--restore", top + "/c", "--trace-perfetto", part)
    assert done.returncode == 0, done.stderr
    assert read(top + "/out/packets.jsonl") == read(top + "/out2/packets.jsonl")
    with open(top + "/out/stats.json") as f:
        boot = json.load(f)["boot_cycles"]
    first, second = load(read(whole)), load(read(part))
    start = min(e["ns"] for e in second if e["ph"] != "M")
    assert (boot + at) * NS["paper"] <= start < (boot + at + 1000) * NS["paper"], (start, boot)
    before, after = stays(first), stays(second)
    assert 0 < len(after) < len(before)
    crossing = 0
    for key, stay in before.items():
        if stay["end"] <= start:
            assert key not in after, stay
            continue
        assert after[key]["args"] == stay["args"] and after[key]["end"] == stay["end"]
        assert after[key]["ns"] == max(start, stay["ns"])
        crossing += stay["ns"] < start
    assert crossing > 0
    for port in ("p0 in", "p1 out", "p3 out", "cpu out"):
        want = [(max(e["ns"], start), e["end"], e["name"]) for e in slices(first, port) if e["end"] > start]
        assert [(e["ns"], e["end"], e["name"]) for e in slices(second, port)] == want, port


def test_what_cannot_be_written_or_compared_is_refused(top):
    mixed(top + "/a.pcap", n=3)
    for path in (top + "/none/t.json", "/dev/full"):
        done = run({"p0": top + "/a.pcap"}, top + "/out", "--trace-perfetto", path)
        assert done.returncode == 4, (path, done)
        assert done.stderr.splitlines()[-1].startswith(f"flatproxy-sim: {path}: "), done.stderr
    os.mkdir(top + "/case")
    mixed(top + "/case/a.pcap", n=3)
    with open(top + "/case/case.yaml", "w") as f:
        f.write("in: {p0: a.pcap}\nargs: [--trace-perfetto, t.json]\nstats: {packets.in: 3}\n")
    done = subprocess.run([SIM, "check", top + "/case"], capture_output=True, text=True)
    assert done.returncode == 2 and "found --trace-perfetto" in done.stderr, done


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        globals()["test_" + sys.argv[2]](scratch)
