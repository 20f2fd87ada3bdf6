# SPDX-License-Identifier: Apache-2.0
"""Frames to the router of network.yaml that no tool sends.

broken() -> [(name, frame)]: what its RFCs call wrong; each is a question that would be answered, with
one thing changed. unusual() -> [(name, frame)]: right, and rarely seen; about Linux's answers the
recording is the authority."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../mesh"))
from frames import ethernet, ip, mac  # noqa: E402

ROUTER, HOST = mac("02:00:00:00:10:01"), mac("02:00:00:00:10:0a")
V4, HOST4 = ip("10.0.10.1"), ip("10.0.10.2")
V6, HOST6 = ip("2001:db8:10::1"), ip("2001:db8:10::2")
GROUP6, GROUP_MAC = ip("ff02::1:ff00:1"), mac("33:33:ff:00:00:01")
BROADCAST = b"\xff" * 6


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def arp(dst=BROADCAST, src=HOST, cut=None, **fields):
    f = {"htype": 1, "ptype": 0x0800, "hlen": 6, "plen": 4, "oper": 1, "sha": HOST, "spa": HOST4,
         "tha": bytes(6), "tpa": V4} | fields
    body = struct.pack("!HHBBH", f["htype"], f["ptype"], f["hlen"], f["plen"], f["oper"])
    body += f["sha"] + f["spa"] + f["tha"] + f["tpa"]
    return ethernet(dst, src, 0x0806, body[:cut])


def ipv4(payload, *, dst=ROUTER, vihl=0x45, tos=0, length=None, frag=0, ttl=64, proto=1, src_ip=HOST4,
         csum=None, to=V4):
    total = 20 + len(payload) if length is None else length
    head = struct.pack("!BBHHHBBH4s4s", vihl, tos, total, 1, frag, ttl, proto, 0, src_ip, to)
    csum = checksum(head) if csum is None else csum
    return ethernet(dst, HOST, 0x0800, head[:10] + struct.pack("!H", csum) + head[12:] + payload)


def echo4(kind=8, data=b"payload.", csum=None, code=0):
    body = struct.pack("!BBHHH", kind, code, 0, 7, 1) + data
    csum = checksum(body) if csum is None else csum
    return body[:2] + struct.pack("!H", csum) + body[4:]


def ipv6(body, *, src=HOST6, to=V6, dst=ROUTER, hops=255, length=None, version=6, csum=None, first=None):
    size = len(body) if length is None else length
    if csum is None:
        csum = checksum(src + to + struct.pack("!II", len(body), 58) + body[:2] + bytes(2) + body[4:])
    body = body[:2] + struct.pack("!H", csum) + body[4:]
    head = struct.pack("!IHBB", version << 28 | (first or 0), size, 58, hops) + src + to
    return ethernet(dst, HOST, 0x86DD, head + body)


def solicit(options=None, target=V6, code=0):
    if options is None:
        options = b"\x01\x01" + HOST
    return struct.pack("!BBHI", 135, code, 0, 0) + target + options


def question(body, **more):
    return ipv6(body, to=GROUP6, dst=GROUP_MAC, **more)


def echo6(kind=128, code=0, data=b"payload."):
    return struct.pack("!BBHHH", kind, code, 0, 7, 1) + data


def broken():
    return [
        ("arp: hardware type", arp(htype=7)),
        ("arp: protocol type", arp(ptype=0x86DD)),
        ("arp: hardware length", arp(hlen=8)),
        ("arp: protocol length", arp(plen=16)),
        ("arp: cut", arp(cut=24)),
        ("arp: operation 3", arp(oper=3)),
        ("arp: an answer", arp(oper=2, dst=ROUTER)),
        ("arp: another's address", arp(tpa=ip("10.0.10.77"))),
        ("arp: to another station", arp(dst=mac("02:00:00:00:10:77"))),
        ("arp: from a group's address", arp(spa=ip("224.0.0.5"))),
        ("arp: from the loopback", arp(spa=ip("127.0.0.1"))),
        ("arp: from the router's own address", arp(spa=V4)),
        ("echo: version 5", ipv4(echo4(), vihl=0x55)),
        ("echo: header of 4 words", ipv4(echo4(), vihl=0x44)),
        ("echo: header longer than the packet", ipv4(echo4(), vihl=0x4F)),
        ("echo: longer than the frame", ipv4(echo4(), length=1000)),
        ("echo: shorter than its header", ipv4(echo4(), length=16)),
        ("echo: header checksum", ipv4(echo4(), csum=0x1234)),
        ("echo: checksum", ipv4(echo4(csum=0x1234))),
        ("echo: no whole ICMP header", ipv4(echo4()[:6])),
        ("echo: an answer", ipv4(echo4(0))),
        ("echo: unknown type", ipv4(echo4(99))),
        ("echo: to the network's broadcast", ipv4(echo4(), to=ip("10.0.10.255"), dst=BROADCAST)),
        ("echo: to everyone", ipv4(echo4(), to=ip("255.255.255.255"), dst=BROADCAST)),
        ("echo: unicast in a broadcast frame", ipv4(echo4(), src_ip=ip("0.0.0.0"), dst=BROADCAST)),
        ("echo: to a group", ipv4(echo4(), to=ip("224.0.0.1"), dst=mac("01:00:5e:00:00:01"))),
        ("echo: from a broadcast address", ipv4(echo4(), src_ip=ip("10.0.10.255"))),
        ("echo: from a group", ipv4(echo4(), src_ip=ip("224.0.0.1"))),
        ("echo: from the loopback", ipv4(echo4(), src_ip=ip("127.0.0.1"))),
        ("echo6: checksum", ipv6(echo6(), csum=0x1234)),
        ("echo6: version 4", ipv6(echo6(), version=4)),
        ("echo6: longer than the frame", ipv6(echo6(), length=1000)),
        ("echo6: cut", ipv6(echo6()[:4])),
        ("echo6: from a group", ipv6(echo6(), src=ip("ff02::1"))),
        ("echo6: from the loopback", ipv6(echo6(), src=ip("::1"))),
        ("echo6: an answer", ipv6(echo6(129))),
        ("nd: hop limit 254", question(solicit(), hops=254)),
        ("nd: checksum", question(solicit(), csum=0x1234)),
        ("nd: code 1", question(solicit(code=1))),
        ("nd: cut in the target", question(solicit(b"")[:20])),
        ("nd: for a group", question(solicit(target=ip("ff02::1")))),
        ("nd: another's address", question(solicit(target=ip("2001:db8:10::77")))),
        ("nd: option of length 0", question(solicit(b"\x01\x00" + HOST))),
        ("nd: second option of length 0", question(solicit(b"\x01\x01" + HOST + b"\x0e\x00" + bytes(6)))),
        ("nd: option beyond the packet", question(solicit(b"\x01\x02" + HOST))),
        ("nd: cut option", question(solicit(b"\x01\x01" + HOST[:4]))),
        ("nd: a hundred and thirty options, the last of length 0",
         question(solicit((b"\x01\x01" + HOST) * 130 + b"\x01\x00" + HOST))),
        ("nd: detection with a link-layer address", question(solicit(), src=bytes(16))),
        ("nd: detection to the router itself", ipv6(solicit(b""), src=bytes(16))),
        ("nd: to a group without a link-layer address", question(solicit(b""), src=ip("2001:db8:10::5"))),
    ]


def unusual():
    far4, far6 = ip("203.0.113.5"), ip("2001:db8:ffff::5")
    next4, next6 = ip("10.0.20.2"), ip("2001:db8:20::2")  # Linux looks for the route first
    quoted = struct.pack("!BBHI", 3, 1, 0, 0) + ipv4(echo4())[14:]
    error4 = quoted[:2] + struct.pack("!H", checksum(quoted)) + quoted[4:]
    return [
        ("arp: hardware type of IEEE 802", arp(htype=6)),
        ("arp: padded with rubbish", arp() + b"\xee" * 18),
        ("arp: for another station's hardware address", arp(sha=mac("02:00:00:00:10:0c"))),
        ("arp: from another network", arp(spa=ip("192.0.2.9"))),
        ("arp: target's hardware address filled in", arp(tha=b"\xff" * 6)),
        ("echo: padded with rubbish", ipv4(echo4()) + b"\xee" * 10),
        ("echo: code 5", ipv4(echo4(code=5))),
        ("echo: do not fragment", ipv4(echo4(), frag=0x4000)),
        ("echo: every bit of the type of service", ipv4(echo4(), tos=0xFF)),
        ("echo: odd length, all ones", ipv4(echo4(data=b"\xff" * 33))),
        ("echo: all zero but the type", ipv4(struct.pack("!BBHHH", 8, 0, 0xF7FF, 0, 0) + bytes(40))),
        ("echo6: code 5", ipv6(echo6(code=5))),
        ("echo6: traffic class and flow label", ipv6(echo6(), first=0x0B8ABCDE)),
        ("echo6: padded with rubbish", ipv6(echo6(data=b"")) + b"\xee" * 6),
        ("nd: to the router itself", ipv6(solicit())),
        ("nd: to the router itself, no link-layer address", ipv6(solicit(b""))),
        ("nd: to all nodes", ipv6(solicit(), to=ip("ff02::1"), dst=mac("33:33:00:00:00:01"))),
        ("nd: unknown options around", question(solicit(
            b"\xfd\x02" + bytes(14) + b"\x01\x01" + HOST + b"\x0e\x01" + bytes(6)))),
        ("nd: detection with a nonce", question(solicit(b"\x0e\x01" + b"\x5a" * 6), src=bytes(16))),
        ("no hops left: UDP", ipv4(struct.pack("!HHHH", 9, 9, 16, 0) + bytes(8), ttl=1, proto=17, to=next4)),
        ("no hops left: an ICMP error", ipv4(error4, ttl=1, to=next4)),
        ("no hops left: an unknown ICMP type", ipv4(echo4(99), ttl=1, to=next4)),
        ("no hops left: 0", ipv4(echo4(), ttl=0, to=next4)),
        ("no route: an ICMP error", ipv4(error4, to=far4)),
        ("no hops left: an ICMPv6 error", ipv6(echo6(1), hops=1, to=next6)),
        ("no hops left: a redirect", ipv6(echo6(137), hops=1, to=next6)),
        ("no hops left: ICMPv6 type 200", ipv6(echo6(200), hops=1, to=next6)),
        ("no route: an ICMPv6 error", ipv6(echo6(3), to=far6)),
    ]
