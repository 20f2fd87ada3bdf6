#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Records what Linux answers where network.yaml's router stands.

record.py DIR    Makes three network namespaces: the router (addresses as in network.yaml, forwarding
on) and a host in each of its two networks. ping, arping, ndisc6, the kernel's own neighbour discovery
and the frames of handmade.py ask; DIR/vlan10.pcap and DIR/vlan20.pcap hold what both sides of each wire
sent, without tags (a kernel without 802.1Q will do). Needs root, iproute2, iputils, ndisc6 and
tcpdump; takes a minute. The recordings are committed: tests need none of this."""
import os
import re
import signal
import socket
import subprocess
import sys
import time

from handmade import broken, unusual

TAG = f"fpl2-{os.getpid()}"
ROUTER = f"{TAG}-router"
HOSTS = [(f"{TAG}-a", 10, "02:00:00:00:10:0a"), (f"{TAG}-b", 20, "02:00:00:00:20:0a")]


def run(command, ok=True):
    done = subprocess.run(command.split(), capture_output=True, text=True, timeout=60)
    if ok and done.returncode != 0:
        sys.exit(f"record.py: {command}: {done.stderr.strip()}")


def at(namespace, command, ok=True):
    run(f"ip netns exec {namespace} {command}", ok)


def ask(namespace, command):
    """A question; no answer is an answer, too."""
    at(namespace, command, ok=False)


def sysctl(namespace, *settings):
    for setting in settings:
        at(namespace, f"sysctl -qw {setting}")


def build():
    for name in (ROUTER, *(h[0] for h in HOSTS)):
        run(f"ip netns add {name}")
        # No link-local addresses and no chatter: the router has the addresses of network.yaml only.
        sysctl(name, "net.ipv6.conf.default.addr_gen_mode=1", "net.ipv6.conf.all.addr_gen_mode=1",
               "net.ipv6.conf.default.router_solicitations=0",
               "net.ipv6.auto_flowlabels=0")
        at(name, "ip link set lo up")
    for name, vlan, host_mac in HOSTS:
        run(f"ip link add host netns {name} type veth peer name v{vlan} netns {ROUTER}")
        at(name, f"ip link set host address {host_mac}")
        at(ROUTER, f"ip link set v{vlan} address 02:00:00:00:{vlan}:01")
    sysctl(ROUTER, "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.all.accept_dad=0",
           "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1",
           "net.ipv6.conf.default.forwarding=1")
    for name, vlan, host_mac in HOSTS:
        for namespace, device, last in ((ROUTER, f"v{vlan}", 1), (name, "host", 2)):
            at(namespace, f"ip link set {device} up")
            at(namespace, f"ip addr add 10.0.{vlan}.{last}/24 dev {device}")
            at(namespace, f"ip addr add 2001:db8:{vlan}::{last}/64 dev {device} nodad")
        # The router knows the hosts, so that it asks nobody before it answers.
        for address in (f"10.0.{vlan}.2", f"2001:db8:{vlan}::2"):
            at(ROUTER, f"ip neigh replace {address} lladdr {host_mac} dev v{vlan} nud permanent")
        at(name, f"ip route add default via 10.0.{vlan}.1")
        at(name, f"ip -6 route add default via 2001:db8:{vlan}::1")


def questions(name, vlan, elsewhere):
    device = "host"
    v4, v6, mac = f"10.0.{vlan}.1", f"2001:db8:{vlan}::1", f"02:00:00:00:{vlan}:01"
    # ARP: broadcast then unicast, broadcast only, a probe, an announcement, nobody's address.
    ask(name, f"arping -c 3 -w 3 -I {device} {v4}")
    ask(name, f"arping -b -c 2 -w 2 -I {device} {v4}")
    ask(name, f"arping -D -c 2 -w 2 -I {device} {v4}")
    ask(name, f"arping -U -c 1 -w 1 -I {device} 10.0.{vlan}.2")
    ask(name, f"arping -c 1 -w 1 -I {device} 10.0.{vlan}.77")
    # Neighbour discovery: a tool's, and the kernel's duplicate address detection.
    ask(name, f"ndisc6 -1 -r 1 -w 500 {v6} {device}")
    at(name, f"ip neigh replace {v4} lladdr {mac} dev {device} nud probe")
    time.sleep(1.5)
    at(name, f"ip neigh flush to {v4} dev {device}")
    ask(name, f"ip addr add {v6}/128 dev {device}")
    time.sleep(1.5)
    ask(name, f"ip addr del {v6}/128 dev {device}")
    # Echo.
    for target in (v4, v6):
        source = f"-I {device}"
        ask(name, f"ping {source} -n -c 2 -i 0.2 -W 1 {target}")
        for more in ("-s 0", "-s 1", "-s 1452", "-s 33 -p a5", "-t 1", "-t 255", "-Q 0x28"):
            ask(name, f"ping {source} -n -c 1 -W 1 {more} {target}")
    ask(name, f"ping -I {device} -b -n -c 1 -W 1 10.0.{vlan}.255")
    # What a router cannot forward: no hops left, no route, nobody there (Linux asks for 3 s).
    for family, target in ((4, f"10.0.{elsewhere}.2"), (6, f"2001:db8:{elsewhere}::2")):
        ask(name, f"ping -{family} -n -c 1 -W 1 -t 1 {target}")
        ask(name, f"ping -{family} -n -c 1 -W 1 -t 1 -s 1400 {target}")
    ask(name, "ping -n -c 1 -W 1 203.0.113.9")
    ask(name, "ping -n -c 1 -W 1 -Q 0x28 -s 1400 203.0.113.10")
    ask(name, "ping -n -c 1 -W 1 2001:db8:ffff::9")
    ask(name, "ping -n -c 1 -W 1 -s 1400 2001:db8:ffff::a")
    ask(name, f"ping -n -c 1 -W 4 10.0.{elsewhere}.99")
    ask(name, f"ping -n -c 1 -W 4 2001:db8:{elsewhere}::99")


def send_handmade():
    """handmade.py's frames; run inside the first host's namespace. Linux allows itself one ICMP
    error a second to one peer, after six (icmp_ratelimit)."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
        wire.bind(("host", 0))
        for name, frame in broken() + unusual():
            time.sleep(1.1 if name.startswith("no ") else 0.02)
            wire.send(frame)


def main():
    if sys.argv[1:] == ["--handmade"]:
        return send_handmade()
    if len(sys.argv) != 2 or os.geteuid() != 0:
        sys.exit("usage, as root: record.py DIR")
    captures = []
    try:
        build()
        for name, vlan, _ in HOSTS:
            path = os.path.join(sys.argv[1], f"vlan{vlan}.pcap")
            captures.append(subprocess.Popen(
                ["ip", "netns", "exec", name, "tcpdump", "-U", "-q", "--time-stamp-precision=nano",
                 "-s", "0", "-Z", "root", "-i", "host", "-w", path], stderr=subprocess.PIPE, text=True))
            while not re.search("listening on", captures[-1].stderr.readline()):
                pass
        questions(HOSTS[0][0], 10, 20)
        questions(HOSTS[1][0], 20, 10)
        at(HOSTS[0][0], f"/usr/bin/python3 {os.path.abspath(__file__)} --handmade")
        time.sleep(1)
    finally:
        for capture in captures:
            capture.send_signal(signal.SIGINT)
            capture.wait()
        for name in (ROUTER, *(h[0] for h in HOSTS)):
            run(f"ip netns del {name}", ok=False)


main()
