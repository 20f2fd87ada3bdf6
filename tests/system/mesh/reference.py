# SPDX-License-Identifier: Apache-2.0
"""What docs/network-yaml.md says becomes of a frame, done on bytes: knows no tables and no pipeline.

Reference(config).judge(port, frame) -> Outcome. Flow hashes are the pipeline's own affair: a VIP with
several endpoints allows each of them, and the source port of a VXLAN frame is left open."""
import dataclasses
import ipaddress
import struct

from frames import (C_TAG, ETH_IPV4, ETH_IPV6, ICMP, ICMPV6, S_TAG, TCP, UDP, VXLAN_PORT, Parsed,
                    ethernet, ip, ipv4, ipv6, mac, vxlan, with_checksums)

PROTOCOLS = {"tcp": TCP, "udp": UDP, "icmp": ICMP, "icmpv6": ICMPV6}


@dataclasses.dataclass
class Outcome:
    verdict: str
    reason: str = None
    # One set of copies (port, frame) for each choice that is allowed.
    choices: list = dataclasses.field(default_factory=list)


def network(text):
    return ipaddress.ip_network(text, strict=False)


def inside(packed, prefix):
    address = ipaddress.ip_address(packed)
    return address.version == prefix.version and address in prefix


def port_range(value):
    first, _, last = str(value).partition("-")
    return int(first), int(last or first)


def replaced(frame, at, data):
    return frame[:at] + data + frame[at + len(data):]


class Meter:
    """RFC 2698, colour-blind, in bytes / 65536 at the clock of profile `paper`."""
    CLOCK_HZ = 250_000_000

    def __init__(self, m):
        units = {"bit": 1, "kbit": 10**3, "Mbit": 10**6, "Gbit": 10**9}
        sizes = {"KiB": 1024, "MiB": 1 << 20}

        def scaled(text, names):
            for name in sorted(names, key=len, reverse=True):
                if str(text).endswith(name):
                    return float(str(text)[:-len(name)]) * names[name]
            return float(text)

        rate = [int(scaled(m[k], units) / 8 * 65536 / self.CLOCK_HZ + 0.5) for k in ("cir", "pir")]
        self.cir, self.pir = rate
        self.cbs, self.pbs = (int(scaled(m[k], sizes)) << 16 for k in ("cbs", "pbs"))
        self.tc, self.tp, self.last = self.cbs, self.pbs, None

    def mark(self, cycle, length):
        dt = cycle - (cycle if self.last is None else self.last)
        self.last = cycle
        self.tc = min(self.cbs, self.tc + dt * self.cir)
        self.tp = min(self.pbs, self.tp + dt * self.pir)
        b = length << 16
        if self.tp < b:
            return "red"
        self.tp -= b
        if self.tc < b:
            return "yellow"
        self.tc -= b
        return "green"


class Reference:
    def __init__(self, config):
        self.ports = config.get("ports", ["p0", "p1", "p2", "p3"])
        self.vlans = config.get("vlans", [])
        self.tunnels = {t["name"]: t for t in config.get("tunnels", [])}
        self.acl = config.get("acl", [])
        self.vips = config.get("vips", [])
        self.nat = config.get("nat", [])
        self.streams = config.get("streams", [])
        self.meters = {m["name"]: Meter(m) for m in config.get("meters", [])}
        self.neighbours = {ip(n["address"]): mac(n["mac"]) for n in config.get("neighbours", [])}
        self.routes = [(network(r["prefix"]), ip(r["via"])) for r in config.get("routes", [])]
        self.interfaces = {}
        for a in config.get("addresses", []):
            addresses = a["address"] if isinstance(a["address"], list) else [a["address"]]
            self.interfaces[a["vlan"]] = (mac(a["mac"]),
                                          [ipaddress.ip_interface(x) for x in addresses])
        used = {m[0] for v in self.vlans for m in self.members(v)}
        pairs = config.get("l2", {}).get("pairs")
        if pairs is None:
            pairs = [p for p in (["p0", "p1"], ["p2", "p3"])
                     if all(x in self.ports and x not in used for x in p)]
        self.other = {a: b for x in pairs for a, b in (x, x[::-1])}
        self.vlan_ports = used

    @staticmethod
    def members(v):
        """(port, tags) of a VLAN's members."""
        return ([(p, ()) for p in v.get("untagged", [])] +
                [(p, ((C_TAG, v["id"]),)) for p in v.get("tagged", [])] +
                [(m["port"], ((S_TAG, m["outer"]), (C_TAG, v["id"]))) for m in v.get("qinq", [])])

    def at_core(self, v):
        """Tags of frames to the control core in a VLAN; None where its port is no member."""
        has_station = any(s.get("port") == "cpu" for s in v.get("stations", []))
        return ((C_TAG, v["id"]),) if v["id"] in self.interfaces or has_station else None

    def domain(self, port, p):
        # A tag with VID 0 is a priority tag.
        tags = tuple(t for t in p.tags if t[1] != 0)
        for v in self.vlans:
            for name, member_tags in self.members(v):
                if name == port and member_tags == tags:
                    return v
        return None

    def judge(self, port, frame, cycle=0):
        """`cycle` says when, for meters; calls come in order of time."""
        self.cycle = cycle
        p = Parsed(frame)
        if p.fragment:
            return Outcome("slow", "rmt.fragment", [[("cpu", frame)]])
        if port in self.other:
            return self.layer3(port, None, None, frame, frame)
        if port not in self.vlan_ports:
            return Outcome("drop", "rmt.no_route")
        v = self.domain(port, p)
        if v is None:
            return Outcome("drop", "rmt.vlan")
        return self.layer3(port, v, None, ethernet(p.dst, p.src, p.type, frame[p.l3_at:]), frame)

    def layer3(self, port, v, tunnel, frame, arrived):
        """`frame` without tags, in VLAN v, or on a wire when v is None; out of `tunnel`, if any."""
        p = Parsed(frame)
        if p.proto == UDP and p.dport == VXLAN_PORT:
            ends = [t for t in self.tunnels.values() if ip(t["local"]) == p.dst_ip]
            vni = struct.unpack_from("!I", frame, p.l4_at + 12)[0] >> 8
            for t in ends:
                if t["vni"] == vni:
                    return self.decapsulated(t, frame[p.l4_at + 16:])
            if ends:
                return Outcome("drop", "rmt.tunnel")
        hardware, addresses = self.interfaces.get(v["id"], (None, [])) if v else (None, [])
        routed = (p.version is not None and p.dst == hardware and
                  any(a.version == p.version for a in addresses))
        queue_rule = self.rule(port if tunnel is None else None, p)
        if queue_rule is not None and queue_rule["action"] == "deny":
            return Outcome("drop", "rmt.acl")
        frames = self.translations(p, frame)
        outcomes = [self.translated(v, tunnel, port, f, routed, arrived, frames != [frame])
                    for f in frames]
        first = outcomes[0]
        first.choices = [c for o in outcomes for c in o.choices]
        if queue_rule is not None and "meter" in queue_rule:
            colour = self.meters[queue_rule["meter"]].mark(self.cycle, p.ip_len)
            if colour == "red" and first.reason != "rmt.program":
                return Outcome("drop", "rmt.meter")
        return first

    def decapsulated(self, tunnel, frame):
        p = Parsed(frame)
        if p.fragment:
            return Outcome("slow", "rmt.fragment", [[("cpu", frame)]])
        v = next(x for x in self.vlans if tunnel["name"] in x.get("tunnels", []))
        if any(vid != 0 for _, vid in p.tags):
            return Outcome("drop", "rmt.no_route")
        return self.layer3(None, v, tunnel, ethernet(p.dst, p.src, p.type, frame[p.l3_at:]), frame)

    def rule(self, port, p):
        if p.version is None:
            return None
        for r in self.acl:
            proto = PROTOCOLS.get(r.get("protocol"), r.get("protocol"))
            if ("in" in r and r["in"] != port or
                    proto is not None and proto != p.proto or
                    r.get("protocol") == "icmp" and p.version == 6 or
                    r.get("protocol") == "icmpv6" and p.version == 4 or
                    "from" in r and not inside(p.src_ip, network(r["from"])) or
                    "to" in r and not inside(p.dst_ip, network(r["to"]))):
                continue
            if any(key in r and not port_range(r[key])[0] <= value <= port_range(r[key])[1]
                   for key, value in (("from_ports", p.sport), ("to_ports", p.dport))):
                continue
            return r
        return None

    def translations(self, p, frame):
        """The frame after VIPs and NAT: one or, with several endpoints, each that is allowed."""
        if p.version is None:
            return [frame]

        def to(at, address, port_at=None, port=None):
            out = replaced(frame, at, address)
            if port_at is not None:
                out = replaced(out, port_at, struct.pack("!H", port))
            return with_checksums(out)

        for v in self.vips:
            if p.proto != PROTOCOLS[v.get("protocol", "tcp")]:
                continue
            if p.dst_ip == ip(v["address"]) and p.dport == v["port"]:
                return [to(p.dst_at, ip(e["address"]), p.l4_at + 2, e.get("port", v["port"]))
                        for e in v["endpoints"]]
            for e in v["endpoints"]:
                if p.src_ip == ip(e["address"]) and p.sport == e.get("port", v["port"]):
                    return [to(p.src_at, ip(v["address"]), p.l4_at, v["port"])]
        for n in self.nat:
            if p.src_ip == ip(n["inside"]):
                return [to(p.src_at, ip(n["outside"]))]
            if p.dst_ip == ip(n["outside"]):
                return [to(p.dst_at, ip(n["inside"]))]
        return [frame]

    def translated(self, v, tunnel, port, frame, routed, arrived, touched):
        p = Parsed(frame)
        if p.proto == TCP and not touched:
            for s in self.streams:
                if p.dst_ip == ip(s["address"]) and p.dport == s["port"]:
                    return Outcome("forward", None, [[("toe", arrived)]])
        if v is None:
            return Outcome("forward", None, [[(self.other[port], frame)]])
        out_vlan = v
        if routed:
            def to_cpu(reason):
                return Outcome("slow", reason, [[("cpu", self.tagged(frame, self.at_core(v)))]])
            if p.ttl <= 1:
                return to_cpu("rmt.ttl")
            if any(a.ip.packed == p.dst_ip for _, x in self.interfaces.values() for a in x):
                return to_cpu("rmt.local")
            found = [(r.prefixlen, via) for r, via in self.routes if inside(p.dst_ip, r)]
            connected = [a.network.prefixlen for _, x in self.interfaces.values() for a in x
                         if inside(p.dst_ip, a.network)]
            best = max(found) if found else None
            if p.dst_ip in self.neighbours and (best is None or best[0] < 8 * len(p.dst_ip)):
                via = p.dst_ip
            elif best is None or connected and max(connected) > best[0]:
                return to_cpu("rmt.unreachable")
            else:
                via = best[1]
            vlan_id, hardware = next(
                (vid, m) for vid, (m, x) in self.interfaces.items()
                if any(inside(via, a.network) for a in x))
            out_vlan = next(x for x in self.vlans if x["id"] == vlan_id)
            frame = self.neighbours[via] + hardware + frame[12:]
            frame = with_checksums(replaced(frame, p.ttl_at, bytes([p.ttl - 1])))
        return self.switched(out_vlan, tunnel, port, frame, routed, v)

    def switched(self, v, tunnel, port, frame, routed, came_by):
        bridged = came_by is v and not routed
        hardware, _ = self.interfaces.get(v["id"], (None, []))
        if frame[:6] == hardware:
            return Outcome("slow", "rmt.local",
                           [[("cpu", self.tagged(frame, self.at_core(came_by)))]])
        members = dict(self.members(v))
        if self.at_core(v) is not None:
            members["cpu"] = self.at_core(v)
        for s in v.get("stations", []):
            if mac(s["mac"]) != frame[:6]:
                continue
            if "tunnel" in s:
                t = self.tunnels[s["tunnel"]]
                return Outcome("forward", None, [[(t["port"], self.encapsulated(t, frame))]])
            if s["port"] == port and bridged:
                return Outcome("drop", "rmt.program")
            out = self.tagged(frame, members[s["port"]]) if s["port"] in members else frame
            return Outcome("forward", None, [[(s["port"], out)]])
        copies = [(name, self.tagged(frame, tags)) for name, tags in members.items()
                  if name != port or not bridged]
        if tunnel is None or not bridged:
            copies += [(self.tunnels[t]["port"], self.encapsulated(self.tunnels[t], frame))
                       for t in v.get("tunnels", [])]
        if not copies:
            return Outcome("drop", "rmt.no_route")
        return Outcome("forward", None, [copies])

    @staticmethod
    def tagged(frame, tags):
        p = Parsed(frame)
        return ethernet(p.dst, p.src, p.type, frame[p.l3_at:], tags)

    @staticmethod
    def encapsulated(t, frame):
        payload = vxlan(t["vni"], frame)
        udp = struct.pack("!HHHH", 0, VXLAN_PORT, 8 + len(payload), 0) + payload
        local, remote = ip(t["local"]), ip(t["remote"])
        if len(local) == 4:
            packet = ipv4(local, remote, UDP, udp, ident=0, frag=0x4000)
        else:
            packet = ipv6(local, remote, UDP, udp)
        tags = ((C_TAG, t["tag"]),) if "tag" in t else ()
        return ethernet(mac(t["next_hop"]), mac(t["source"]),
                        ETH_IPV4 if len(local) == 4 else ETH_IPV6, packet, tags)
