#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make bench-bpf: the eBPF path against plain TCP, interleaved in one run. Prints medians, the median of the ratios of
neighbouring runs, and what was asked for; says `not reached` where it was not.

  bench.py --flatproxy F --plain P --object O --traffic T --host-bench H [--rounds N] [--seconds S] [--json FILE]

Exit status: 0 measured, 77 skipped: the machine lacks something, named."""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sandbox import SKIP, Sandbox, Skip, enter_cgroup, need, need_privileges, say


class Bench:
    def __init__(self, args):
        self.args = args
        self.tools = {"flatproxy": args.flatproxy, "plain": args.plain, "object": args.object}
        self.rows = []

    def run_in(self, box, command, netns=None):
        command = ["ip", "netns", "exec", netns, *command] if netns else command
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120,
                              preexec_fn=lambda: enter_cgroup(box.cgroup)).stdout

    def interleave(self, measure, variants=("tcp", "flatproxy")):
        """{variant: [values]}, one round after the other; every round turns the order round."""
        values = {v: [] for v in variants}
        for i in range(self.args.rounds):
            for v in variants if i % 2 == 0 else reversed(variants):
                with Sandbox(v, self.tools) as box:
                    values[v].append(measure(box))
        return values

    def row(self, name, unit, tcp, ours, goal, better):
        """goal: the ratio asked for; better: is a lower or a higher ratio better?"""
        ratio = statistics.median(o / t for o, t in zip(ours, tcp))
        reached = ratio <= goal if better == "lower" else ratio >= goal
        row = {"line": name, "unit": unit, "tcp": statistics.median(tcp), "flatproxy": statistics.median(ours),
               "ratio": ratio, "asked": ("<= " if better == "lower" else ">= ") + "%.2f" % goal, "reached": reached}
        self.rows.append(row)
        say("%-44s tcp %10.1f  flatproxy %10.1f %-6s ratio %.2f  asked %s  %s" %
            (name, row["tcp"], row["flatproxy"], unit, ratio, row["asked"], "reached" if reached else "not reached"))

    def traffic(self, box, *args):
        return float(self.run_in(box, [self.args.traffic, *map(str, args)]))

    def small(self):
        pp = self.interleave(lambda box: self.traffic(box, "pingpong", 4, 64, 5000) / 1000)
        self.row("64 B ping-pong, blocking, without the library", "us", pp["tcp"], pp["flatproxy"], 0.10, "lower")
        big = self.interleave(lambda box: self.traffic(box, "pingpong", 4, 65536, 1500) / 1000)
        self.row("64 KB ping-pong, blocking", "us", big["tcp"], big["flatproxy"], 0.50, "lower")
        st = self.interleave(lambda box: self.traffic(box, "stream", 4, 1024, 100 << 20))
        self.row("1 KB stream", "MB/s", st["tcp"], st["flatproxy"], 0.95, "higher")
        both = {4: [], 6: []}
        for _ in range(self.args.rounds):
            with Sandbox("flatproxy", self.tools) as box:
                for family in both:
                    both[family].append(self.traffic(box, "pingpong", family, 64, 5000) / 1000)
        self.row("IPv6 against IPv4, both flatproxy", "us", both[4], both[6], 1.05, "lower")

    def library(self):
        """host_bench interleaves by itself; its own TCP sockets (127.0.0.2) are left to TCP by the policy."""
        blocking, spinning, ours = [], [], []
        with tempfile.TemporaryDirectory() as d:
            policy = os.path.join(d, "policy.yaml")
            with open(policy, "w") as f:
                f.write("schema: 1\naddresses: {default: redirect, rules: [{prefix: 127.0.0.2/32, action: tcp}]}\n")
            for _ in range(self.args.rounds):
                with Sandbox("flatproxy", self.tools) as box:
                    box.attach("--policy", policy)
                    env = dict(os.environ, FLATPROXY_BACKEND="sockmap", FLATPROXY_STRICT="1", FLATPROXY_PINS=box.pins)
                    text = subprocess.run([self.args.host_bench, "9", "2000"], env=env, capture_output=True, text=True,
                                          check=True, timeout=120, preexec_fn=lambda: enter_cgroup(box.cgroup)).stdout
                    counters = box.status()
                    assert "sockmap" in text and counters["redirected"] > 0, text
                    figure = lambda name: float(re.search(r"^%s +([\d.]+)" % name, text, re.M).group(1))
                    blocking.append(figure("tcp blocking"))
                    spinning.append(figure("tcp spinning"))
                    ours.append(figure("library, spin"))
        self.row("64 B cross-core, library against blocking TCP", "us", blocking, ours, 0.10, "lower")
        self.row("64 B cross-core, library against spinning TCP", "us", spinning, ours, 0.60, "lower")

    def sidecars(self):
        """wrk -> haproxy (its pod) -> veth -> haproxy (the service's pod) -> a service of 1 KB"""
        need("haproxy", "wrk")
        for c in (1, 10, 100):
            results = self.interleave(lambda box: self.http(box, c))
            part = lambda v, i: [x[i] for x in results[v]]
            goal = c == 10
            self.row("HTTP 1 KB, two sidecars, c=%d: p50" % c, "us", part("tcp", 0), part("flatproxy", 0), 0.5 if goal else 1.0, "lower")
            self.row("HTTP 1 KB, two sidecars, c=%d: requests/s" % c, "1/s", part("tcp", 1), part("flatproxy", 1), 1.9 if goal else 1.0, "higher")
            self.row("HTTP 1 KB, two sidecars, c=%d: CPU/request" % c, "us", part("tcp", 2), part("flatproxy", 2), 0.6 if goal else 1.0, "lower")

    def http(self, box, connections):
        a, b = "fpa%d" % os.getpid(), "fpb%d" % os.getpid()
        servers = []
        with tempfile.TemporaryDirectory() as d:
            def config(name, listen, what):
                path = os.path.join(d, name)
                with open(path, "w") as f:
                    f.write("global\n maxconn 2000\n nbthread 1\ndefaults\n mode http\n timeout client 30s\n timeout server 30s\n"
                            " timeout connect 5s\n http-reuse always\nfrontend f\n bind %s\n%s" % (listen, what))
                return path

            backend = " default_backend b\nbackend b\n server s %s\n"
            files = [(b, config("service", "127.0.0.1:8080",
                                ' http-request return status 200 content-type text/plain string "%s"\n' % ("x" * 1024))),
                     (b, config("inbound", "10.77.0.2:15006", backend % "127.0.0.1:8080")),
                     (a, config("outbound", "127.0.0.1:15001", backend % "10.77.0.2:15006"))]
            try:
                for line in ("netns add " + a, "netns add " + b, "link add fpv0 netns %s type veth peer name fpv1 netns %s" % (a, b),
                             "-n %s addr add 10.77.0.1/24 dev fpv0" % a, "-n %s addr add 10.77.0.2/24 dev fpv1" % b,
                             "-n %s link set fpv0 up" % a, "-n %s link set fpv1 up" % b,
                             "-n %s link set lo up" % a, "-n %s link set lo up" % b):
                    subprocess.run(["ip"] + line.split(), check=True)

                def start():
                    for netns, path in files:
                        servers.append(subprocess.Popen(["ip", "netns", "exec", netns, "haproxy", "-db", "-f", path],
                                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                                        preexec_fn=lambda: enter_cgroup(box.cgroup)))
                    time.sleep(0.4)

                def stop():
                    while servers:
                        s = servers.pop()
                        s.kill()
                        s.wait()

                def wrk(seconds):
                    return self.run_in(box, ["wrk", "-t1", "-c%d" % connections, "-d%ds" % seconds, "--latency",
                                             "http://127.0.0.1:15001/"], a)

                start()  # shows by plain TCP how these programs read
                wrk(1)
                stop()
                start()
                before = self.cpu(box)
                text = wrk(self.args.seconds)
                used = self.cpu(box) - before
                if box.variant == "flatproxy":
                    status = box.status()
                    passed = sum(status["tcp"].values())
                    share = status["redirected"] / max(1, status["redirected"] + passed)
                    assert share > 0.9, "only %.2f of the messages were redirected: %s" % (share, status["tcp"])
            finally:
                while servers:
                    s = servers.pop()
                    s.kill()
                    s.wait()
                for n in (a, b):
                    subprocess.run(["ip", "netns", "del", n], stderr=subprocess.DEVNULL)
        number, unit = re.search(r"50%\s+([\d.]+)(us|ms|s)", text).groups()
        p50 = float(number) * {"us": 1, "ms": 1e3, "s": 1e6}[unit]
        requests = int(re.search(r"(\d+) requests in", text).group(1))
        return p50, float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)), used / requests

    @staticmethod
    def cpu(box):
        for line in open(box.cgroup + "/cpu.stat"):
            if line.startswith("usage_usec"):
                return int(line.split()[1])
        raise Skip("cpu.stat has no usage_usec")


def main():
    parser = argparse.ArgumentParser()
    for flag in ("--flatproxy", "--plain", "--object", "--traffic", "--host-bench"):
        parser.add_argument(flag, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--json")
    args = parser.parse_args()
    try:
        need_privileges(args.flatproxy)
        bench = Bench(args)
        bench.library()
        bench.small()
        try:
            bench.sidecars()
        except Skip as e:
            say("skipped the sidecars: %s" % e)
    except Skip as e:
        say("skipped: %s" % e)
        return SKIP
    if args.json:
        with open(args.json, "w") as f:
            json.dump(bench.rows, f, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
