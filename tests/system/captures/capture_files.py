# SPDX-License-Identifier: Apache-2.0
"""Readers of pcap and pcapng written for the tests from the formats' texts, and the rules by which
the simulator turns a record into an Ethernet frame (docs/architecture.md, 5)."""
import struct

FIXED = bytes.fromhex("020000000002" "020000000001")
RAW_LINKS = (12, 14, 101, 228, 229)
MIN_FRAME, MAX_FRAME = 60, 9216


def read_pcap(path):
    """Answers (link type, [(time in ns, captured bytes, original length)])."""
    data = open(path, "rb").read()
    magic = data[:4]
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">",
             b"\xa1\xb2\x3c\x4d": ">"}[magic]
    unit = 1 if magic in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 1000
    link = struct.unpack_from(order + "I", data, 20)[0] & 0xffff
    records, at = [], 24
    while at < len(data):
        sec, frac, caplen, length = struct.unpack_from(order + "IIII", data, at)
        at += 16
        records.append((sec * 10**9 + frac * unit, data[at:at + caplen], length))
        at += caplen
    return link, records


def read_pcapng(path):
    """Answers [(time in ns, bytes)] of a file with one nanosecond Ethernet interface."""
    data = open(path, "rb").read()
    out, at = [], 0
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        assert size % 4 == 0 and struct.unpack_from("<I", data, at + size - 4)[0] == size, path
        if kind == 6:
            _, high, low, caplen, length = struct.unpack_from("<IIIII", data, at + 8)
            assert caplen == length, path
            out.append((high << 32 | low, data[at + 28:at + 28 + caplen]))
        at += size
    return out


def on_the_wire(link, captured, length):
    """What a MAC gets of one record: (bytes, reason why it must be dropped or None)."""
    frame, original = captured, max(length, len(captured))
    if link in RAW_LINKS:
        v6 = link == 229 or (link != 228 and captured[:1] and captured[0] >> 4 == 6)
        frame = FIXED + (b"\x86\xdd" if v6 else b"\x08\x00") + captured
        original += 14
    reason = None
    if len(captured) < length:
        reason = "capture.truncated"
        frame = frame or b"\0"
    elif len(frame) < MIN_FRAME:
        frame = frame.ljust(MIN_FRAME, b"\0")
    if original > MAX_FRAME:
        reason = "oversize"
    return frame, reason
