# SPDX-License-Identifier: Apache-2.0
"""Random frames of every kind that a network.yaml talks about."""
from frames import (C_TAG, ETH_ARP, ICMP, ICMPV6, TCP, UDP, VXLAN_PORT, ethernet, ip, ipv4, mac, packet,
                    vxlan)
from reference import Reference, network, port_range


class Generator:
    """Random well-formed frames around what the configuration names."""

    def __init__(self, config, rng):
        self.rng, self.config = rng, config
        self.ref = Reference(config)
        self.macs = [mac(s["mac"]) for v in config.get("vlans", []) for s in v.get("stations", [])]
        self.macs += [m for m, _ in self.ref.interfaces.values()] * 3
        self.macs += [b"\x02" + bytes(rng.randrange(256) for _ in range(5)) for _ in range(3)]
        hosts = [n["address"] for n in config.get("neighbours", [])]
        hosts += [x for n in config.get("nat", []) for x in (n["inside"], n["outside"])]
        hosts += [x["address"] for v in config.get("vips", []) for x in [v, *v["endpoints"]]]
        hosts += [s["address"] for s in config.get("streams", [])]
        hosts += [str(a.ip) for _, x in self.ref.interfaces.values() for a in x]
        self.hosts = [ip(h) for h in hosts] * 2
        nets = [r["prefix"] for r in config.get("routes", [])]
        nets += [r[k] for r in config.get("acl", []) for k in ("from", "to") if k in r]
        nets += [str(a.network) for _, x in self.ref.interfaces.values() for a in x]
        self.nets = [network(n) for n in nets]
        self.hosts += [self.inside(n) for n in self.nets for _ in range(3)]
        self.hosts += [ip("203.0.113.9"), ip("2001:db8:ffff::1")]
        ports = [1, 80, 4789, 65535]
        ports += [x["port"] for x in config.get("streams", []) + config.get("vips", [])]
        ports += [e.get("port", v["port"]) for v in config.get("vips", []) for e in v["endpoints"]]
        for r in config.get("acl", []):
            for key in ("from_ports", "to_ports"):
                if key in r:
                    low, high = port_range(r[key])
                    ports += [low, high, max(low - 1, 0), min(high + 1, 65535)]
        self.l4_ports = ports

    def inside(self, net):
        host = self.rng.getrandbits(net.max_prefixlen - net.prefixlen) if net.prefixlen < net.max_prefixlen else 0
        return (int(net.network_address) | host).to_bytes(net.max_prefixlen // 8, "big")

    def body(self):
        """(ethertype, payload) of an untagged frame."""
        rng = self.rng
        if rng.random() < 0.06:
            return rng.choice([(ETH_ARP, bytes(28)), (0x88B5, bytes(46))])
        src = rng.choice(self.hosts)
        dst = rng.choice([h for h in self.hosts if len(h) == len(src)])
        v6 = len(src) == 16
        proto = rng.choice([TCP] * 4 + [UDP] * 3 + [ICMPV6 if v6 else ICMP, 47])
        hops = rng.choice([64, 64, 64, 255, 2, 1, 0])
        data = bytes(rng.randrange(256) for _ in range(rng.choice([0, 1, 2, 5, 26, 100, 200, 480])))
        more = {}
        if proto == UDP and rng.random() < 0.2 and not v6:
            more["no_udp_csum"] = True
        ports = {"sport": rng.choice(self.l4_ports), "dport": rng.choice(self.l4_ports)}
        if proto == UDP and VXLAN_PORT in ports.values():
            ports = {"sport": 7, "dport": 9}
        if v6 and rng.random() < 0.15:
            more["extension"] = True
        if not v6 and rng.random() < 0.1:
            more["options"] = bytes([1] * 4 * rng.randrange(1, 4))
        if not v6 and rng.random() < 0.03:
            return 0x0800, ipv4(src, dst, proto, data or b"x", frag=rng.choice([0x2000, 0x0010]))
        return packet(src, dst, proto, data, hops=hops, **ports, **more)

    def plain(self, tags=()):
        kind, payload = self.body()
        dst = self.rng.choice(self.macs + [b"\xff" * 6])
        frame = ethernet(dst, self.rng.choice(self.macs), kind, payload, tags)
        return frame + bytes(max(0, 60 - len(frame)))

    def vxlan(self, tags=()):
        t = self.rng.choice(list(self.ref.tunnels.values()))
        inner = self.plain()
        vni = self.rng.choice([t["vni"]] * 4 + [t["vni"] ^ 1])
        local = ip(t["local"]) if self.rng.random() < 0.9 else ip(t["remote"])
        kind, payload = packet(ip(t["remote"]), local, UDP, vxlan(vni, inner),
                               sport=50000, dport=VXLAN_PORT)
        return ethernet(mac(t["source"]), mac(t["next_hop"]), kind, payload, tags)

    def frame(self):
        port = self.rng.choice(["p0", "p1", "p2", "p3"])
        tags = [t for v in self.ref.vlans for p, t in self.ref.members(v) if p == port] or [()]
        tag = self.rng.choice(tags + tags + [(), ((C_TAG, 999),), ((C_TAG, 0),)])
        if self.ref.tunnels and self.rng.random() < 0.2:
            return port, self.vxlan(tag)
        return port, self.plain(tag)
