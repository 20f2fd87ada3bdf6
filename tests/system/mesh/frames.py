# SPDX-License-Identifier: Apache-2.0
"""Frames as bytes: builders with right checksums, and a parser that knows only RFC layouts."""
import ipaddress
import struct

ETH_IPV4, ETH_IPV6, ETH_ARP, C_TAG, S_TAG = 0x0800, 0x86DD, 0x0806, 0x8100, 0x88A8
ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58
VXLAN_PORT = 4789


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def ip(text):
    return ipaddress.ip_address(text).packed


def ones_sum(data):
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def pseudo(src, dst, proto, length):
    if len(src) == 4:
        return src + dst + struct.pack("!BBH", 0, proto, length)
    return src + dst + struct.pack("!IHBB", length, 0, 0, proto)


def transport(src, dst, proto, payload, sport=0, dport=0, no_udp_csum=False):
    """TCP, UDP, ICMP echo or ICMPv6 echo over src -> dst, with its checksum."""
    if proto == TCP:
        head, at = struct.pack("!HHIIHHHH", sport, dport, 1000, 2000, 0x5018, 8192, 0, 0), 16
    elif proto == UDP:
        head, at = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0), 6
    elif proto in (ICMP, ICMPV6):
        head, at = struct.pack("!BBHHH", 8 if proto == ICMP else 128, 0, 0, 1, 1), 2
    else:
        return payload
    segment = head + payload
    if proto == UDP and no_udp_csum:
        return segment
    cover = segment if proto == ICMP else pseudo(src, dst, proto, len(segment)) + segment
    value = 0xFFFF ^ ones_sum(cover)
    if proto == UDP and value == 0:
        value = 0xFFFF
    return segment[:at] + struct.pack("!H", value) + segment[at + 2:]


def ipv4(src, dst, proto, payload, ttl=64, ident=7, frag=0, options=b""):
    words = 5 + len(options) // 4
    head = struct.pack("!BBHHHBBH", 0x40 | words, 0, 4 * words + len(payload), ident, frag, ttl,
                       proto, 0) + src + dst + options
    return head[:10] + struct.pack("!H", 0xFFFF ^ ones_sum(head)) + head[12:] + payload


def ipv6(src, dst, proto, payload, hops=64, extension=None):
    if extension is not None:  # one destination options header of 8 bytes: PadN
        payload = bytes([proto, 0, 1, 4, 0, 0, 0, 0]) + payload
        proto = 60
    return struct.pack("!IHBB", 0x60000000, len(payload), proto, hops) + src + dst + payload


def packet(src, dst, proto, payload, hops=64, extension=None, options=b"", **ports):
    body = transport(src, dst, proto, payload, **ports)
    if len(src) == 4:
        return ETH_IPV4, ipv4(src, dst, proto, body, ttl=hops, options=options)
    return ETH_IPV6, ipv6(src, dst, proto, body, hops=hops, extension=extension)


def ethernet(dst, src, ethertype, payload, tags=()):
    """tags: (tpid, vid) pairs, outermost first."""
    head = dst + src
    for tpid, vid in tags:
        head += struct.pack("!HH", tpid, vid)
    return head + struct.pack("!H", ethertype) + payload


def vxlan(vni, inner):
    return struct.pack("!II", 0x08000000, vni << 8) + inner


class Parsed:
    """Tags, addresses and ports of a whole, well-formed frame."""

    def __init__(self, frame):
        self.dst, self.src = frame[:6], frame[6:12]
        self.tags = []
        at = 12
        while True:
            self.type, = struct.unpack_from("!H", frame, at)
            # One S-tag may stand before one C-tag.
            if self.type == S_TAG and not self.tags or self.type == C_TAG and len(self.tags) < 2:
                self.tags.append((self.type, struct.unpack_from("!H", frame, at + 2)[0] & 0xFFF))
                at += 4
            else:
                break
        self.l3_at = at + 2
        self.version = self.proto = self.l4_at = None
        self.sport = self.dport = 0
        self.fragment = False
        body = frame[self.l3_at:]
        if self.type == ETH_IPV4 and body[0] >> 4 == 4:
            self.version, self.ttl_at = 4, self.l3_at + 8
            self.src_ip, self.dst_ip = body[12:16], body[16:20]
            self.src_at, self.dst_at = self.l3_at + 12, self.l3_at + 16
            self.proto = body[9]
            self.fragment = struct.unpack_from("!H", body, 6)[0] & 0x3FFF != 0
            self.l4_at = self.l3_at + 4 * (body[0] & 15)
            self.ip_len, = struct.unpack_from("!H", body, 2)
        elif self.type == ETH_IPV6 and body[0] >> 4 == 6:
            self.version, self.ttl_at = 6, self.l3_at + 7
            self.src_ip, self.dst_ip = body[8:24], body[24:40]
            self.src_at, self.dst_at = self.l3_at + 8, self.l3_at + 24
            self.proto, self.l4_at = body[6], self.l3_at + 40
            self.ip_len = 40 + struct.unpack_from("!H", body, 4)[0]
            while self.proto in (0, 43, 60):
                length = 8 + 8 * frame[self.l4_at + 1]
                self.proto, self.l4_at = frame[self.l4_at], self.l4_at + length
            self.fragment = self.proto == 44
        if self.proto in (TCP, UDP) and not self.fragment:
            self.sport, self.dport = struct.unpack_from("!HH", frame, self.l4_at)
        self.ttl = frame[self.ttl_at] if self.version else None
        # Where the transport checksum stands; a UDP checksum of 0 means none.
        self.csum_at = None
        if self.version and not self.fragment:
            offset = {TCP: 16, UDP: 6, ICMPV6: 2}.get(self.proto)
            if offset is not None and (self.proto != ICMPV6 or self.version == 6):
                self.csum_at = self.l4_at + offset


def with_checksums(frame):
    """The frame with every checksum of a whole packet computed anew (a 0 of UDP stays)."""
    p = Parsed(frame)
    out = bytearray(frame)
    if p.version == 4:
        out[p.l3_at + 10:p.l3_at + 12] = b"\0\0"
        total = ones_sum(bytes(out[p.l3_at:p.l4_at]))
        out[p.l3_at + 10:p.l3_at + 12] = struct.pack("!H", 0xFFFF ^ total)
    if p.csum_at and not (p.proto == UDP and out[p.csum_at:p.csum_at + 2] == b"\0\0"):
        out[p.csum_at:p.csum_at + 2] = b"\0\0"
        end = p.l3_at + p.ip_len
        segment = bytes(out[p.l4_at:end])
        value = 0xFFFF ^ ones_sum(pseudo(p.src_ip, p.dst_ip, p.proto, len(segment)) + segment)
        if p.proto == UDP and value == 0:
            value = 0xFFFF
        out[p.csum_at:p.csum_at + 2] = struct.pack("!H", value)
    return bytes(out)
