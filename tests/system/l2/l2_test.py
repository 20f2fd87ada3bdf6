#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The control core answers ARP, neighbour discovery and pings as Linux does, and no flood keeps it
from its other work.

l2_test.py SIM linux [--fidelity F]...   What ping, arping, ndisc6, the kernel and handmade.py asked
Linux (recorded by record.py) is asked of the simulator: the answers must be Linux's, byte for byte.
l2_test.py SIM flood   ARP requests at line rate: every other class is served, the counts add up.
l2_test.py SIM limits  ICMP errors stay within their rate.
l2_test.py SIM counted  What is ignored is counted."""
import argparse
import collections
import filecmp
import json
import os
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../captures"))
sys.path.insert(0, os.path.join(HERE, "../mesh"))
from capture_files import read_pcap, read_pcapng  # noqa: E402
from frames import ip, mac  # noqa: E402
from handmade import arp, broken, checksum, echo4, echo6, ipv4, ipv6, unusual  # noqa: E402

NETWORK = os.path.join(HERE, "network.yaml")
ROUTERS = {10: mac("02:00:00:00:10:01"), 20: mac("02:00:00:00:20:01")}


def fail(text):
    print("FAIL:", text)
    sys.exit(1)


def write_pcap(path, frames):
    """frames: [(time in ns, bytes)]"""
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1))
        for t, frame in frames:
            out.write(struct.pack("<IIII", t // 10**9, t % 10**9, len(frame), len(frame)) + frame)


def simulate(sim, inputs, out, *more, config=NETWORK):
    """inputs: {port: [(time in ns, frame)]}. Returns stats.json."""
    os.makedirs(out, exist_ok=True)
    command = [sim, "run", "--config", config, "--out-dir", out, *more]
    for port, frames in inputs.items():
        path = os.path.join(out, port + ".in.pcap")
        write_pcap(path, frames)
        command += ["--in", f"{port}={path}"]
    env = {k: v for k, v in os.environ.items() if k != "FLATPROXY_CONFIG"}
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=out)
    if done.returncode != 0:
        fail(f"exit status {done.returncode}\n{done.stderr}")
    with open(os.path.join(out, "stats.json"), encoding="utf-8") as f:
        stats = json.load(f)
    accounts(stats, out)
    return stats


def accounts(stats, out):
    """docs/architecture.md, section 4: every frame is somewhere, and whatever leaves came from somewhere."""
    p = stats["packets"]
    if p["in"] != p["forwarded"] + p["dropped"] + p["slow"] + p["held"]:
        fail(f"frames in do not add up: {p}")
    with open(os.path.join(out, "packets.jsonl"), encoding="utf-8") as f:
        copies = sum(len(json.loads(line)["out"]) for line in f)
    left = sum(len(read_pcapng(os.path.join(out, name)))
               for name in os.listdir(out) if name.endswith(".pcapng"))
    if left != copies + p["originated"]:
        fail(f"{left} frames out, expected {copies} copies and {p['originated']} originated")


def tagged(frame, vlan):
    return frame[:12] + struct.pack("!HH", 0x8100, vlan) + frame[12:]


def untagged(frame):
    return frame[:12] + frame[16:] if frame[12:14] == b"\x81\x00" else frame


def own_affair(frame):
    """No answer: whom the router asks before it can say "unreachable" (ARP, neighbour solicitation),
    and its multicast listener reports (behind a hop-by-hop header, RFC 3810)."""
    kind = frame[12:14]
    return (kind == b"\x08\x06" and frame[20:22] == b"\0\x01" or
            kind == b"\x86\xdd" and (frame[20] == 58 and frame[54] == 135 or frame[20] == 0))


def comparable(frame):
    """A frame without padding and without what the RFCs leave to the sender: the identification of
    an IPv4 packet (RFC 6864: any value; Linux takes a random one), and with it its header checksum."""
    if frame[12:14] == b"\x08\x06":
        return frame[:42]
    if frame[12:14] == b"\x86\xdd":
        return frame[:54 + struct.unpack_from("!H", frame, 18)[0]]
    if frame[12:14] == b"\x08\x00":
        frame = frame[:14 + struct.unpack_from("!H", frame, 16)[0]]
        if checksum(frame[14:34]) != 0:
            fail(f"wrong header checksum: {frame.hex()}")
        return frame[:18] + bytes(2) + frame[20:24] + bytes(2) + frame[26:]
    return frame


def quoted_as_it_came(frame):
    """Linux's "nobody there" (host or address unreachable) quotes the packet with one hop less: it
    forwards before it looks for the neighbour. The DPU has not touched the packet. One hop more in
    the quotation, and the checksums over it."""
    def patched(f, at, data):
        return f[:at] + data + f[at + len(data):]

    if frame[12:14] == b"\x08\x00" and frame[23] == 1 and frame[34:36] == b"\x03\x01":
        inner = patched(patched(frame[42:62], 8, bytes([frame[50] + 1])), 10, bytes(2))
        frame = patched(frame, 42, patched(inner, 10, struct.pack("!H", checksum(inner))))
        frame = patched(frame, 36, bytes(2))
        return patched(frame, 36, struct.pack("!H", checksum(frame[34:])))
    if frame[12:14] == b"\x86\xdd" and frame[20] == 58 and frame[54:56] == b"\x01\x03":
        frame = patched(patched(frame, 69, bytes([frame[69] + 1])), 56, bytes(2))
        head = struct.pack("!II", len(frame) - 54, 58)
        return patched(frame, 56, struct.pack("!H", checksum(frame[22:54] + head + frame[54:])))
    return frame


def named_differences():
    """Answers of Linux that the DPU does not give, by their question."""
    frames = dict(broken() + unusual())
    return {
        # RFC 1812 section 5.3.7 and RFC 2644: an echo must not be answered to a broadcast address.
        # Linux finds that out with rp_filter only.
        "echo: from a broadcast address": frames["echo: from a broadcast address"],
        # RFC 4443 section 2.4 (e.2): no error about a redirect. Linux takes it for information.
        "no hops left: a redirect": frames["no hops left: a redirect"],
    }


def linux(sim, fidelities):
    inputs, expected = {"p0": [], "p1": []}, collections.defaultdict(collections.Counter)
    excused = {bytes(f) for f in named_differences().values()}
    found = set()
    for vlan, port in ((10, "p0"), (20, "p1")):
        wire = (lambda f: f) if port == "p0" else (lambda f: tagged(f, 20))
        _, records = read_pcap(os.path.join(HERE, "recorded", f"vlan{vlan}.pcap"))
        last, t = None, 0
        for _, frame, _ in records:
            if frame[6:12] != ROUTERS[vlan]:
                # One every 100 us keeps the order of the recording without its pauses.
                t += 100_000
                inputs[port].append((t, wire(frame)))
                last = frame
            elif last in excused and not own_affair(frame):
                found.add(last)
            elif not own_affair(frame):
                expected[vlan][comparable(quoted_as_it_came(frame))] += 1
    if found != excused:
        fail("the recording lacks a difference that is named here")
    # The same of VLAN 10 behind a tag, at another port and another time.
    inputs["p1"] = inputs["p1"] + [(t + 60_000_000, tagged(f, 10)) for t, f in inputs["p0"]]
    total = sum(sum(c.values()) for c in expected.values())
    if total < 100:
        fail(f"only {total} answers recorded")
    with tempfile.TemporaryDirectory() as top:
        first = os.path.join(top, "model")
        stats = simulate(sim, inputs, first)
        answers = collections.defaultdict(collections.Counter)
        for port in ("p0", "p1"):
            for _, frame in read_pcapng(os.path.join(first, port + ".pcapng")):
                vlan = 10
                if port == "p1":
                    if frame[12:14] != b"\x81\x00":
                        fail(f"a frame of the tagged port has no tag: {frame.hex()}")
                    vlan = struct.unpack_from("!H", frame, 14)[0]
                    frame = untagged(frame)
                if frame[6:12] in ROUTERS.values():
                    answers[port, vlan][comparable(frame)] += 1
        # VLAN 10 has no stations configured: answers go to both of its ports, as every frame does.
        for key, vlan in ((("p0", 10), 10), (("p1", 10), 10), (("p1", 20), 20)):
            times = 2 if vlan == 10 else 1
            want = collections.Counter({f: times * n for f, n in expected[vlan].items()})
            compare(f"{key[0]}, VLAN {vlan}", want, answers[key])
        if stats["packets"]["originated"] < 2 * total:
            fail(f"{stats['packets']['originated']} originated, expected every answer counted")
        for fidelity in fidelities:
            other = os.path.join(top, "other")
            simulate(sim, inputs, other, "--fidelity", fidelity)
            same_files(first, other)
        print(f"{total} answers of Linux, {len(excused)} named differences")


def same_files(first, other):
    for name in sorted(os.listdir(first)):
        if not filecmp.cmp(os.path.join(first, name), os.path.join(other, name), False):
            fail(f"{name} differs")


def compare(where, want, got):
    for title, frames in (("missing", want - got), ("nobody asked for", got - want)):
        for frame, n in frames.items():
            fail(f"{where}: {n} x {title}: {frame.hex()}")


def flood(sim):
    """ARP requests as fast as the wire goes, and between them a few of everything else from the
    other port. The control core must answer all of the latter but ARP."""
    rest = [("echo", ipv4(echo4(data=bytes(1400)))), ("echo6", ipv6(echo6(data=bytes(100)))),
            ("expired", ipv4(echo4(), ttl=1, to=ip("10.0.20.9")))]
    requests = [(i * 40, arp()) for i in range(20_000)]  # 25 Gb/s: one in 34 ns
    others = [(20_000 * (i + 1), tagged(rest[i % 3][1], 10)) for i in range(36)]
    with tempfile.TemporaryDirectory() as top:
        stats = simulate(sim, {"p0": requests, "p1": others}, top)
        kinds = collections.Counter()
        for _, frame in read_pcapng(os.path.join(top, "p1.pcapng")):
            frame = untagged(frame)
            if frame[6:12] == ROUTERS[10]:
                kinds[(frame[12:14].hex(), frame[34] if frame[12:14] == b"\x08\x00" else frame[54])] += 1
        want = {("0800", 0): 12, ("86dd", 129): 12, ("0800", 11): 12}
        if {k: kinds[k] for k in want} != want:
            fail(f"beside the flood {dict(kinds)} were answered, expected {want}")
        answered = sum(1 for _, f in read_pcapng(os.path.join(top, "p0.pcapng"))
                       if f[12:14] == b"\x08\x06" and f[20:22] == b"\0\x02")
        # What waits in the queue's share when the flood ends is answered as well.
        if not 64 < answered < 20_000:
            fail(f"{answered} of the flood answered, expected some and not all")
        if len(read_pcapng(os.path.join(top, "cpu.pcapng"))) != len(requests) + len(others):
            fail("cpu.pcapng does not hold every frame that went to the port")
        print(f"{answered} of {len(requests)} requests answered, stats {stats['packets']}")


def limits(sim):
    """ICMP errors are limited: 50 at once, then 1000 a second (Linux 6.1, icmp_msgs_burst and
    icmp_msgs_per_sec)."""
    frames = [(i * 50_000, ipv4(echo4(), ttl=1, to=ip("10.0.20.9"))) for i in range(400)]  # 20 ms
    with tempfile.TemporaryDirectory() as top:
        simulate(sim, {"p0": frames}, top)
        sent = [f for _, f in read_pcapng(os.path.join(top, "p0.pcapng")) if f[6:12] == ROUTERS[10]]
        if not 68 <= len(sent) <= 71:
            fail(f"{len(sent)} errors in 20 ms, expected 50 and one a millisecond")
        print(len(sent), "errors")


# What of handmade.broken() is right in itself and only not the control core's to answer: other stations'
# affairs, answers, groups. The copies of flooded frames among them never reach firmware at all.
NOT_WRONG = {"arp: operation 3", "arp: an answer", "arp: another's address", "arp: to another station",
             "arp: cut",  # the wire pads it again: it asks for 0.0.0.0
             "echo: an answer", "echo: unknown type", "echo6: an answer", "nd: another's address"}
NEVER_THERE = {"echo: to the network's broadcast", "echo: to everyone",
               "echo: unicast in a broadcast frame", "echo: to a group",
               # The pipeline's parser or its deparser already finds these.
               "echo: version 5", "echo: header of 4 words",
               "echo: header longer than the packet", "echo6: version 4"}


def counted(sim):
    """Whatever is ignored is counted, and how it was wrong does not matter: `show packets`."""
    frames = [((i + 1) * 100_000, f) for i, (_, f) in enumerate(broken())]
    with tempfile.TemporaryDirectory() as top:
        script = os.path.join(top, "typed")
        with open(script, "w", encoding="utf-8") as f:
            f.write("@3000000 show packets\n")
        simulate(sim, {"p0": frames}, top, "--console-in", script)
        if [f for _, f in read_pcapng(os.path.join(top, "p0.pcapng"))]:
            fail("a broken frame was answered")
        with open(os.path.join(top, "console.log"), encoding="utf-8") as f:
            lines = f.read().partition("show packets\n")[2].splitlines()
        got = {name: int(n) for name, n in (line.rsplit(" ", 1) for line in lines)}
        names = {name for name, _ in broken()}
        if not NOT_WRONG | NEVER_THERE <= names:
            fail("an exception that names no frame")
        want = {"malformed": len(names - NOT_WRONG - NEVER_THERE), "not for us": len(NOT_WRONG)}
        if any(got[k] != n for k, n in want.items()) or sum(got.values()) != sum(want.values()):
            fail(f"counted {got}, expected {want}")
        print(got)


def main():
    args = argparse.ArgumentParser()
    args.add_argument("sim")
    args.add_argument("case", choices=["linux", "flood", "limits", "counted"])
    args.add_argument("--fidelity", action="append", default=[])
    args = args.parse_args()
    if args.case == "linux":
        linux(args.sim, args.fidelity)
    else:
        {"flood": flood, "limits": limits, "counted": counted}[args.case](args.sim)


main()
