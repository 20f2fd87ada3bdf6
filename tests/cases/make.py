#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the captures of the cases beside this file: make.py [FOLDER].

Inputs are built from the RFCs' layouts; what must come out is what tests/system/mesh/reference.py
derives from docs/network-yaml.md, which knows nothing of the simulator. The test cases.are_made compares
the committed files with what this script writes."""
import os
import struct
import sys

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../system/mesh"))
from frames import ICMP, TCP, UDP, ethernet, ip, mac, packet  # noqa: E402
from reference import Reference  # noqa: E402

TOP = sys.argv[1] if len(sys.argv) > 1 else HERE


def write(case, name, frames):
    os.makedirs(os.path.join(TOP, case), exist_ok=True)
    with open(os.path.join(TOP, case, name), "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for i, frame in enumerate(frames):
            f.write(struct.pack("<IIII", 1, 1000 * i, len(frame), len(frame)) + frame)


def frame(dst, src, *what, tags=(), **more):
    kind, payload = packet(*what, **more)
    out = ethernet(mac(dst), mac(src), kind, payload, tags)
    return out + bytes(max(0, 60 - len(out)))


def case(name, port, sent, outputs):
    """Writes what is sent at `port` and what the reference lets out at each of `outputs`."""
    with open(os.path.join(HERE, name, "network.yaml"), encoding="utf-8") as f:
        reference = Reference(yaml.safe_load(f))
    left = {p: [] for p in outputs}
    for f in sent:
        copies = (reference.judge(port, f).choices or [[]])[0]
        for to, out in copies:
            left[to].append(out + bytes(max(0, 60 - len(out))))
    write(name, "in.pcap", sent)
    for p, frames in left.items():
        write(name, p + ".pcap", frames)


def main():
    a, b = "02:00:00:00:00:0a", "02:00:00:00:00:0b"
    v4 = [ip("10.0.0.1"), ip("10.0.0.2")]
    case("acl", "p0", [
        frame(b, a, *v4, TCP, b"hello", sport=40000, dport=80),
        frame(b, a, *v4, TCP, b"", sport=40001, dport=22),
        frame(b, a, *v4, UDP, b"query", sport=40002, dport=53),
        frame(b, a, ip("10.66.1.1"), v4[1], ICMP, b"ping"),
        frame(b, a, *v4, ICMP, b"ping")], ["p1"])

    router = "02:00:00:00:10:01"
    case("route", "p2", [
        frame(router, a, ip("10.0.10.2"), ip("10.0.20.2"), UDP, b"x" * 40, sport=1, dport=2),
        frame(router, a, ip("10.0.10.2"), ip("10.0.20.2"), TCP, b"y" * 100, sport=3, dport=4, hops=9),
        frame(router, a, ip("10.0.10.2"), ip("192.0.2.9"), ICMP, b"z", hops=200),
        frame(router, a, ip("2001:db8:10::2"), ip("2001:db8:20::2"), UDP, b"6", sport=5, dport=6)],
        ["p3", "cpu"])

    case("tunnel", "p2", [
        frame("02:00:00:00:10:09", a, *v4, TCP, b"through" * 30, sport=7, dport=8),
        frame("02:00:00:00:10:09", a, *v4, UDP, b"", sport=9, dport=10)], ["p0"])

    case("flood", "p0", [
        frame("ff:ff:ff:ff:ff:ff", a, *v4, UDP, b"to all", sport=67, dport=68),
        frame("02:00:00:00:00:77", a, *v4, UDP, b"to nobody known", sport=1, dport=1)],
        ["p1", "p2", "p3"])


main()
