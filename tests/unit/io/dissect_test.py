#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The dissector's fields against tshark's: dissect_test.py DISSECT_DUMP.

Frames of every kind that it knows, random otherwise. Each of its fields must be one that tshark has at
the same bytes by the same name, with the same value. 77 without tshark."""
import collections
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as et

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../system/mesh"))
from frames import (C_TAG, ETH_ARP, ICMP, ICMPV6, S_TAG, TCP, UDP, VXLAN_PORT, ethernet, ipv4,  # noqa: E402
                    packet, vxlan)

# Names of the dissector's own, for what tshark has no one field for.
OWN = {"data", "ip.options", "ipv6.ext.data", "icmp.data", "icmpv6.data", "tcp.options",
       "eth.padding", "ip.flags.rb", "tcp.payload", "udp.payload"}
SHOWN_OTHERWISE = {"ip.frag_offset", "ipv6.fraghdr.offset", "ip.hdr_len", "tcp.hdr_len"}


def frames(rng):
    def some(n):
        return bytes(rng.randrange(256) for _ in range(n))

    def address(n):
        return some(n - 1) + b"\1" if n == 4 else b"\x20\x01" + some(14)

    for tags in ((), ((C_TAG, 5),), ((S_TAG, 200),), ((C_TAG, 7), (C_TAG, 9))):
        for size in (4, 16):
            src, dst = address(size), address(size)
            for proto in (TCP, UDP, ICMPV6 if size == 16 else ICMP, 47):
                more = {}
                if size == 16 and proto == UDP:
                    more["extension"] = True
                if size == 4 and proto == TCP:
                    more["options"] = bytes([1] * 8)
                kind, body = packet(src, dst, proto, some(rng.randrange(1, 40)), hops=77,
                                    sport=rng.randrange(20000, 21000), dport=rng.randrange(20000, 21000),
                                    **more)
                yield ethernet(some(6), b"\2" + some(5), kind, body, tags)
        yield ethernet(b"\xff" * 6, b"\2" + some(5), ETH_ARP,
                       struct.pack("!HHBBH", 1, 0x800, 6, 4, 1) + some(20), tags)
    src, dst = address(4), address(4)
    inner = ethernet(some(6), b"\2" + some(5), *packet(src, dst, TCP, b"x" * 30, sport=20001, dport=20002))
    yield ethernet(some(6), b"\2" + some(5), *packet(src, dst, UDP, vxlan(70000, inner), sport=50000,
                                                     dport=VXLAN_PORT))
    yield ethernet(some(6), b"\2" + some(5), 0x0800, ipv4(src, dst, UDP, some(24), frag=0x2000))


def tshark_fields(path):
    done = subprocess.run(["tshark", "-n", "-o", "ip.defragment:FALSE", "-r", path, "-T", "pdml"], capture_output=True, check=True)
    for number, p in enumerate(et.fromstring(done.stdout).findall("packet"), 1):
        fields = collections.defaultdict(list)
        for f in p.iter("field"):
            if f.get("size", "0") != "0":
                fields[f.get("name")].append((int(f.get("pos")), int(f.get("size")), f.get("show", "")))
        yield number, fields


def main():
    if shutil.which("tshark") is None:
        print("tshark is not installed: skipped")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as top:
        path = os.path.join(top, "in.pcap")
        with open(path, "wb") as f:
            f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            for frame in frames(random.Random(1)):
                frame += bytes(max(0, 60 - len(frame)))
                f.write(struct.pack("<IIII", 1, 0, len(frame), len(frame)) + frame)
        dump = subprocess.run([sys.argv[1], path], capture_output=True, text=True, check=True).stdout
        truth = dict(tshark_fields(path))
    seen, wrong = collections.Counter(), []
    for line in dump.splitlines():
        number, name, bit, bits, value = line.split("\t")
        seen[name] += 1
        if name in OWN:
            continue
        first, last = int(bit) // 8, (int(bit) + int(bits) - 1) // 8
        at = [(p, n, v) for p, n, v in truth[int(number)].get(name, []) if p <= first and last < p + n]
        ok = any(v.lower() == value or name in SHOWN_OTHERWISE or
                 (v.startswith("0x") and value.startswith("0x") and int(v, 16) == int(value, 16)) or
                 (value in "01" and v in (("1", "True") if value == "1" else ("0", "False")))
                 for _, _, v in at)
        if not ok:
            wrong.append(f"{line}: tshark has {truth[int(number)].get(name)}")
    if wrong:
        sys.exit("FAIL:\n" + "\n".join(wrong[:20]))
    missing = {"vlan.id", "ieee8021ad.id", "arp.opcode", "ip.ttl", "ipv6.hlim", "tcp.flags", "vxlan.vni",
               "udp.checksum", "icmp.type", "icmpv6.type", "ipv6.dstopts.nxt"} - set(seen)
    if missing:
        sys.exit(f"FAIL: never seen: {missing}")
    print(sum(seen.values()), "fields of", len(truth), "frames")


main()
