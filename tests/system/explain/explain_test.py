#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/cli.md's `explain`: explain_test.py SIM NAME [--rtl] runs test_NAME. 77: cannot run here.

What is told is held against bytes built here, against the configuration's own entries and RFC 2698,
and against tshark's names; never against another output of the simulator alone."""
import json
import os
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../mesh"))
try:
    import yaml
except ImportError:
    print("PyYAML is not installed: skipped")
    sys.exit(77)

from frames import ICMP, TCP, UDP, VXLAN_PORT, ethernet, ip, mac, packet, vxlan  # noqa: E402
from reference import Reference  # noqa: E402

SIM, TMP = os.path.abspath(sys.argv[1]), None
RTL = "--rtl" in sys.argv
ROOT = os.path.join(HERE, "../../..")
MESH = os.path.join(ROOT, "tests/data/network.yaml")


def path(name):
    return os.path.join(TMP, name)


def pcap(name, frames, gap_us=10):
    with open(path(name), "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for i, b in enumerate(frames):
            b += bytes(max(0, 60 - len(b)))
            f.write(struct.pack("<IIII", 1 + i * gap_us // 10**6, i * gap_us % 10**6, len(b), len(b)) + b)
    return path(name)


def frame(src, dst, proto, data=b"data", smac="02:00:00:00:10:02", dmac="02:00:00:00:10:01", tags=(),
          **more):
    return ethernet(mac(dmac), mac(smac), *packet(ip(src), ip(dst), proto, data, **more), tags)


def text(name, content):
    with open(path(name), "w", encoding="utf-8") as f:
        f.write(content)
    return path(name)


def sim(*args):
    env = {k: v for k, v in os.environ.items() if k != "FLATPROXY_CONFIG"}
    return subprocess.run([SIM, "explain", *args], capture_output=True, text=True, cwd=TMP, env=env)


def told(*args, status=0):
    done = sim(*args, "--json")
    assert done.returncode == status, f"exit {done.returncode}\n{done.stderr}"
    return json.loads(done.stdout)


def stage_of(pass_, table):
    for s in pass_["stages"]:
        for t in s["tables"]:
            if t["table"] == table:
                return s, t
    raise AssertionError(f"no table {table}")


def test_a_drop_names_stage_table_entry_and_action():
    f = pcap("in.pcap", [frame("10.0.10.2", "10.0.20.9", TCP, sport=5000, dport=22),
                         frame("10.66.3.3", "192.0.2.1", UDP, sport=1, dport=2)])
    for n, entry in ((1, "acl[0]"), (2, "acl[2]")):
        t = told("--config", MESH, "--in", "p2=" + f, "--packet", str(n))
        assert (t["in"], t["n"], t["verdict"], t["reason"]) == ("p2", n, "drop", "rmt.acl"), t
        by = t["decided_by"]
        assert (by["part"], by["table"], by["entry"], by["action"]) == ("stage", "acl", entry, "deny"), by
        s, table = stage_of(t["passes"][0], "acl")
        assert s["stage"] == by["stage"] and table["result"] == "hit", s
        assert {"field": "meta.verdict", "from": "drop", "to": "drop"} not in s["changes"]
        assert {"field": "meta.reason", "from": "rmt.no_route", "to": "rmt.acl"} in s["changes"], s
        assert s["counter"]["packets"] == [0, 1], s
        assert t["out"] == []
    out = sim("--config", MESH, "--in", "p2=" + f, "--packet", "1").stdout
    assert out.startswith("p2 packet 1: drop rmt.acl\n"), out
    assert f"decided by stage {by['stage']}, table acl, entry acl[0], action deny" in out, out


def test_headers_keys_and_changes_are_those_of_the_frame():
    b = frame("10.0.10.2", "10.0.20.2", UDP, b"q" * 30, sport=40000, dport=9000, hops=17)
    t = told("--config", MESH, "--in", "p2=" + pcap("in.pcap", [b]), "--packet", "1")
    assert (t["verdict"], t["reason"]) == ("forward", None)
    (p,) = t["passes"]
    assert [(h["header"], h["offset"]) for h in p["parse"]["headers"]] == [
        ("ethernet", 0), ("ipv4", 14), ("udp", 34)], p["parse"]
    _, acl = stage_of(p, "acl")
    assert (acl["key"]["ipv4.src"], acl["key"]["ipv4.dst"]) == ("10.0.10.2", "10.0.20.2"), acl
    assert (acl["key"]["udp.sport"], acl["key"]["udp.dport"]) == ("40000", "9000"), acl
    s, route = stage_of(p, "routes")
    assert route["result"] == "hit" and route["kind"] == "lpm", route
    changes = {c["field"]: (c["from"], c["to"]) for st in p["stages"] for c in st["changes"]}
    assert changes["ipv4.ttl"] == ("17", "16"), changes
    assert changes["ethernet.dst"][1] == "02:00:00:00:20:02", changes
    assert changes["ethernet.src"][1] == "02:00:00:00:20:01", changes
    (copy,) = t["out"]
    assert copy["port"] == "p3", copy
    # QinQ: outer 200 and inner 20 go in front.
    assert copy["bytes"] == len(b) + 8, copy
    assert copy["edit"]["inserted"] == 8 and copy["edit"]["at"] == 12, copy
    cycles = [t["cycle_in"], p["parse"]["cycle"], *[x["cycle"] for x in p["stages"]],
              p["deparse"]["cycle"], copy["cycle"]]
    assert cycles == sorted(cycles) and len(set(cycles)) == len(cycles), cycles
    # docs/uarch/rmt-stage.md: a stage takes five cycles.
    assert {b - a for a, b in zip(cycles[1:9], cycles[2:10])} == {5}, cycles


def test_a_tunnelled_frame_is_told_pass_by_pass():
    inner = frame("10.0.10.50", "10.0.10.2", ICMP, b"inside", smac="02:00:00:00:10:09",
                  dmac="02:00:00:00:10:02")
    outer = ethernet(mac("02:00:00:00:00:01"), mac("02:00:00:00:00:02"),
                     *packet(ip("198.51.100.2"), ip("198.51.100.1"), UDP, vxlan(5000, inner), sport=50000,
                             dport=VXLAN_PORT))
    t = told("--config", MESH, "--in", "p0=" + pcap("in.pcap", [outer]), "--packet", "1")
    assert [p["pass"] for p in t["passes"]] == [0, 1], t
    first, second = t["passes"]
    assert first["deparse"]["to"] == "recirc" and first["deparse"]["pop"] == "tunnel", first["deparse"]
    assert {"header": "inner_ethernet", "offset": 50} in first["parse"]["headers"], first["parse"]
    assert [h["header"] for h in second["parse"]["headers"]] == ["ethernet", "ipv4", "icmp"]
    assert second["parse"]["cycle"] > first["deparse"]["last_cycle"]
    assert (t["verdict"], [c["port"] for c in t["out"]]) == ("forward", ["p2"]), t
    _, station = stage_of(second, "stations")
    assert station["entry"]["name"] == "vlans[0].stations[0]", station


def test_copies_of_a_broadcast_are_told_with_their_edits():
    b = frame("10.0.10.2", "10.0.10.255", UDP, b"all" * 20, dmac="ff:ff:ff:ff:ff:ff", sport=1, dport=2)
    t = told("--config", MESH, "--in", "p2=" + pcap("in.pcap", [b]), "--packet", "p2:1")
    assert t["passes"][0]["deparse"]["to"].startswith("group "), t["passes"][0]["deparse"]
    copies = {c["port"]: c for c in t["out"]}
    with open(MESH, encoding="utf-8") as f:
        (ways, *_) = Reference(yaml.safe_load(f)).judge("p2", b).choices
    assert sorted(copies) == sorted(port for port, _ in ways), copies
    for port, bytes_ in ways:
        assert copies[port]["bytes"] == len(bytes_), (port, copies[port])
    assert copies["p3"]["edit"]["inserted"] == 4 and copies["p0"]["edit"]["inserted"] == 50, copies


def test_meters_follow_the_packets_before():
    """RFC 2698 with buckets that time hardly fills: peak burst 4000 bytes, packets of 1000."""
    c = text("n.yaml", "l2: {pairs: [[p0, p1]]}\nacl:\n"
             "  - {action: permit, protocol: udp, meter: small}\nmeters:\n"
             "  - {name: small, cir: 100kbit, pir: 200kbit, cbs: 2000, pbs: 4000}\n")
    b = frame("10.0.0.1", "10.0.0.2", UDP, b"m" * (1000 - 28), sport=1, dport=2)
    f = pcap("in.pcap", [b] * 7)
    colours = []
    for n in range(1, 7):
        t = told("--config", c, "--in", "p0=" + f, "--packet", str(n))
        s, _ = stage_of(t["passes"][0], "meters")
        colours.append((s["meter"]["colour"], t["verdict"], s["meter"]["peak_bytes"]))
        if t["verdict"] == "drop":
            by = t["decided_by"]
            assert t["reason"] == "rmt.meter" and by["table"] == "meters" and by["meter"] == "red", by
    assert [x[:2] for x in colours] == [("green", "forward"), ("green", "forward"), ("yellow", "forward"),
                                        ("yellow", "forward"), ("red", "drop"), ("red", "drop")], colours
    # Ten microseconds bring a quarter of a byte.
    assert all(want <= x[2] <= want + 2 for x, want in zip(colours, (3000, 2000, 1000, 0, 0, 0))), colours


def test_counters_and_registers_follow_the_packets_before():
    c = os.path.join(ROOT, "tests/data/flowstats/entries.yaml")
    frames = [frame("192.0.2.1", "198.51.100.7", UDP, b"x" * size, sport=7, dport=8)
              for size in (100, 50, 10)]
    f = pcap("in.pcap", frames)
    seen = []
    for n in (1, 2, 3):
        t = told("--pipeline", "flowstats", "--config", c, "--in", "p0=" + f, "--packet", str(n))
        states = [s for s in t["passes"][0]["stages"] if "register" in s or "counter" in s]
        assert states, t
        seen.append([(s["stage"], s.get("register", {}).get("value"), s.get("counter", {}).get("packets"))
                     for s in states])
    for before, after in zip(seen, seen[1:]):
        for a, b in zip(before, after):
            for x, y in ((a[1], b[1]), (a[2], b[2])):
                if x is not None and y is not None:
                    assert y[0] == x[1], (before, after)


def test_no_route_names_the_tables_that_missed():
    c = text("n.yaml", "ports: [p0, p1]\nl2: {pairs: []}\n")
    t = told("--config", c, "--in", "p0=" + pcap("in.pcap", [frame("10.0.0.1", "10.0.0.2", UDP)]),
             "--packet", "1")
    assert (t["verdict"], t["reason"]) == ("drop", "rmt.no_route"), t
    assert t["decided_by"]["part"] == "no stage", t["decided_by"]
    assert {"pairs", "stations"} <= set(t["decided_by"]["missed"]), t["decided_by"]


def test_parser_verdicts_are_the_parsers():
    good = frame("10.0.0.1", "10.0.0.2", UDP, b"x" * 30)
    header = good[:14] + bytes([0x43]) + good[15:]       # IHL 3: RFC 791 section 3.1
    fragment = good[:20] + b"\x20\x00" + good[22:]
    f = pcap("in.pcap", [header, fragment])
    t = told("--in", "p0=" + f, "--packet", "1")
    assert (t["verdict"], t["reason"]) == ("drop", "rmt.header_error"), t
    assert t["decided_by"] == {"part": "parser", "header": "ipv4", "offset": 14}, t["decided_by"]
    t = told("--in", "p0=" + f, "--packet", "2")
    assert (t["verdict"], t["reason"]) == ("slow", "rmt.fragment"), t
    assert t["passes"][0]["parse"]["exception"] == {"verdict": "slow", "reason": "rmt.fragment"}
    assert t["out"][0]["port"] == "cpu", t


def test_a_frame_that_its_recorder_cut_is_the_wires():
    with open(path("cut.pcap"), "wb") as f:
        b = frame("10.0.0.1", "10.0.0.2", UDP, b"x" * 100)
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        f.write(struct.pack("<IIII", 1, 0, 80, len(b)) + b[:80])
    t = told("--in", "p0=" + path("cut.pcap"), "--packet", "1")
    assert (t["verdict"], t["reason"], t["decided_by"]) == ("drop", "capture.truncated", {"part": "wire"}), t


def test_a_packet_that_is_not_there_is_usage():
    f = pcap("in.pcap", [frame("10.0.0.1", "10.0.0.2", UDP)] * 3)
    expected = "N or PORT:N with ports p0 to p3, N from 1"
    for given, line in (("4", "found 4, expected 1 to 3 at p0"), ("p3:1", "found p3:1, expected a packet; "
                        "none came in at p3"), ("0", f"found 0, expected {expected}"),
                        ("p4:1", f"found p4:1, expected {expected}"), ("x", f"found x, expected {expected}"),
                        ("p0:", f"found p0:, expected {expected}"),
                        ("99999999999", f"found 99999999999, expected {expected}")):
        done = sim("--in", "p0=" + f, "--packet", given)
        assert done.returncode == 2 and done.stdout == "", (given, done.stdout)
        assert done.stderr.splitlines()[-1] == f"flatproxy-sim: --packet: {line}", done.stderr
    done = sim("--in", "p0=" + f)
    assert done.returncode == 2 and "--packet: found nothing, expected a value" in done.stderr, done.stderr


def test_a_run_that_was_cut_short_is_told_as_far_as_it_went():
    f = pcap("in.pcap", [frame("10.0.0.1", "10.0.0.2", UDP, b"z" * 1200)] * 30, gap_us=1)
    t = told("--in", "p0=" + f, "--packet", "1", "--max-cycles", "130", "--rate", "max", status=3)
    assert t["verdict"] in ("held", "forward"), t
    assert sim("--in", "p0=" + f, "--packet", "30", "--max-cycles", "130").returncode == 2


def test_explaining_changes_nothing():
    f = pcap("in.pcap", [frame("10.0.10.2", "10.0.20.2", UDP, bytes([n]) * 99, sport=n, dport=9)
                         for n in range(1, 30)])
    subprocess.run([SIM, "run", "--config", MESH, "--in", "p2=" + f, "--out-dir", path("run")], check=True,
                   capture_output=True, cwd=TMP)
    told("--config", MESH, "--in", "p2=" + f, "--packet", "9", "--out-dir", path("explain"))
    names = sorted(os.listdir(path("run")))
    assert names == sorted(os.listdir(path("explain"))), names
    for n in names:
        assert open(path("run/" + n), "rb").read() == open(path("explain/" + n), "rb").read(), n


def test_the_rtl_is_explained_in_lockstep():
    if not RTL:
        print("skipped: no RTL in this build")
        sys.exit(77)
    f = pcap("in.pcap", [frame("10.0.10.2", "10.0.20.9", TCP, sport=5000, dport=22)])
    args = ("--config", MESH, "--in", "p2=" + f, "--packet", "1")
    assert told(*args, "--fidelity", "rmt=rtl") == told(*args)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as TMP:
        globals()["test_" + sys.argv[2]]()
