#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The flowstats program on a recording: every flow's packets and bytes are what tshark counts, the
sketch never counts too few, and every fidelity writes the same bytes.

flowstats_test.py SIM CAPTURE [FIDELITY]... Half of the flows are listed, the others left to the
sketch. 77 without the capture, tshark or PyYAML."""
import collections
import filecmp
import json
import os
import shutil
import subprocess
import sys
import tempfile

try:
    import yaml
except ImportError:
    print("PyYAML is not installed: skipped")
    sys.exit(77)

sim, capture, *fidelities = sys.argv[1:]
if not os.path.exists(capture) or shutil.which("tshark") is None:
    print(f"{capture} or tshark is missing: skipped")
    sys.exit(77)

HEAVY = 16  # frames, as in the entries below
NAMES = ["ip.src", "ip.dst", "ip.proto", "ip.len", "ipv6.src", "ipv6.dst", "ipv6.nxt", "ipv6.plen",
         "ip.frag_offset", "tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport",
         "sctp.srcport", "sctp.dstport", "frame.protocols"]


def fail(text):
    print("FAIL:", text)
    sys.exit(1)


def tshark():
    command = ["tshark", "-n", "-r", capture, "-T", "fields", "-E", "occurrence=f", "-E",
               "separator=/t", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE",
               "-o", "ip.tso_support:FALSE"]
    for name in NAMES:
        command += ["-e", name]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [dict(zip(NAMES, (line + "\t" * len(NAMES)).split("\t"))) for line in out.splitlines()]


def flow_of(f):
    """((family, source, destination, protocol, ports), IP bytes) as the program means them, or None."""
    protocols = f["frame.protocols"].split(":")
    outer = protocols[:3 + protocols.count("vlan")]
    if protocols.count("vlan") > 1 or "ieee8021ad" in protocols:
        return None
    if "ip" in outer and ("ipv6" not in outer or outer.index("ip") < outer.index("ipv6")):
        if not f["ip.proto"]:
            return None  # a length of 0, left to the sender's card: tshark reads no further
        family, src, dst = 4, f["ip.src"], f["ip.dst"]
        proto, length = int(f["ip.proto"]), int(f["ip.len"])
        first = int(f["ip.frag_offset"] or "0") == 0
    elif "ipv6" in outer:
        family, src, dst = 6, f["ipv6.src"], f["ipv6.dst"]
        proto, length, first = int(f["ipv6.nxt"]), int(f["ipv6.plen"]), True
    else:
        return None
    if proto == 47:
        return None  # ports of the inner packet
    name = {6: "tcp", 17: "udp", 132: "sctp"}.get(proto)
    ports = (0, 0)
    if name and first:
        if not f[name + ".srcport"]:
            return None
        ports = int(f[name + ".srcport"]), int(f[name + ".dstport"])
    return (family, src, dst, proto, *ports), length


def entries_of(flows):
    listed = []
    for family, src, dst, proto, sport, dport in flows:
        ip = "ipv4" if family == 4 else "ipv6"
        listed.append({"key": {ip + ".src": src, ip + ".dst": dst,
                               ("ipv4.proto" if family == 4 else "ipv6.nxt"): proto,
                               "ports.sport": sport, "ports.dport": dport}, "action": "listed"})
    return {"entries": {
        "wires": [{"key": {"meta.in_port": "p0"}, "action": "send", "params": {"port": "p1"}}],
        "flows": listed,
        # One entry a power of two above the threshold: together, HEAVY and more.
        "heavy": [{"key": {"meta.seen": {"value": 1 << b, "mask": 1 << b}}, "action": "heavy",
                   "params": {"queue": 1}, "priority": 32 - b} for b in range(4, 32)]}}


def run(config, out, *more):
    os.mkdir(out)
    done = subprocess.run([sim, "run", "--pipeline", "flowstats", "--config", config, "--in",
                           "p0=" + capture, "--out-dir", out, *more],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        fail(f"exit status {done.returncode}\n{done.stderr}")


frames = tshark()
with tempfile.TemporaryDirectory() as top:
    flows = [flow_of(f) for f in frames]
    order = list(dict.fromkeys(f[0] for f in flows if f))
    listed = order[::2][:400]
    config = os.path.join(top, "entries.yaml")
    with open(config, "w", encoding="utf-8") as file:
        yaml.safe_dump(entries_of(listed), file)
    first = os.path.join(top, "model")
    run(config, first)
    with open(os.path.join(first, "packets.jsonl"), encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    with open(os.path.join(first, "stats.json"), encoding="utf-8") as file:
        tables = json.load(file)["tables"]
    if len(lines) != len(frames):
        fail(f"{len(lines)} verdicts, tshark sees {len(frames)} frames")

    packets, size, spoilt = collections.Counter(), collections.Counter(), set()
    for line, flow in zip(lines, flows):
        if flow is None:
            continue
        # What a recorder cut has lengths of its own; so has what a sender left to its card (0).
        if line["verdict"] != "forward" or flow[1] == 0:
            spoilt.add(flow[0])
        packets[flow[0]] += 1
        size[flow[0]] += flow[1]
    if len(tables.get("flows", [])) != len(listed):
        fail(f"{len(tables.get('flows', []))} counters, expected one of each of {len(listed)} flows")
    checked = 0
    for flow, count in zip(listed, tables.get("flows", [])):
        if flow in spoilt:
            continue
        found = count["packets"], count["bytes"]
        if found != (packets[flow], size[flow]):
            fail(f"{flow}: found {found}, tshark counts {(packets[flow], size[flow])}")
        checked += 1
    # A frame is heavy from the 16th of its flow on: the sketch may see more, never less.
    sketched = sum(max(0, n - HEAVY + 1) for flow, n in packets.items() if flow not in listed)
    heavy = sum(c["packets"] for c in tables.get("heavy", []))
    if heavy < sketched:
        fail(f"{heavy} heavy frames, expected at least {sketched}")
    for fidelity in fidelities:
        other = os.path.join(top, fidelity.replace("=", "_"))
        run(config, other, "--fidelity", fidelity)
        for name in sorted(os.listdir(first)):
            if not filecmp.cmp(os.path.join(first, name), os.path.join(other, name), False):
                fail(f"{name} of {fidelity} differs from the model's")
    print(f"{checked} flows, {heavy} heavy frames, {len(lines)} frames")
