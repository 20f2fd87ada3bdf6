#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""One capture through `flatproxy-sim run`: the run ends, every frame has one verdict, what is
forwarded is what came in, tshark reads the same fields, and a second run writes the same bytes.

capture_test.py SIM CAPTURE [FIDELITY ...]   77 when the capture or tshark is not there. With
fidelities, every run must also write the bytes of the model's."""
import filecmp
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from capture_files import on_the_wire, read_pcap, read_pcapng, RAW_LINKS  # noqa: E402

OUTPUTS = ["p0.pcapng", "p1.pcapng", "p2.pcapng", "p3.pcapng", "cpu.pcapng", "toe.pcapng",
           "packets.jsonl", "stats.json", "console.log"]


def fail(text):
    print("FAIL:", text)
    sys.exit(1)


def check(condition, text):
    if not condition:
        fail(text)


def run(sim, capture, out, *more):
    env = {k: v for k, v in os.environ.items() if k != "FLATPROXY_CONFIG"}
    done = subprocess.run([sim, "run", "--in", "p0=" + capture, "--out-dir", out, *more],
                          capture_output=True, text=True, cwd=out, env=env)
    check(done.returncode == 0, f"exit status {done.returncode}\n{done.stderr}")
    for name in OUTPUTS:
        check(os.path.exists(os.path.join(out, name)), f"{name} is missing")
    return done.stderr


def tshark_fields(capture, names):
    """Per frame {name: [values, outermost first]}."""
    command = ["tshark", "-n", "-r", capture, "-T", "fields", "-E", "separator=/t", "-E",
               "occurrence=a", "-E", "aggregator=|", "-o", "tcp.relative_sequence_numbers:FALSE",
               "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE",
               "-o", "tcp.desegment_tcp_streams:FALSE", "-e", "frame.protocols"]
    for name in names:
        command += ["-e", name]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    frames = []
    for line in out.splitlines():
        protocols, *values = line.split("\t")
        values += [""] * (len(names) - len(values))
        frames.append((protocols.split(":"),
                       {n: v.split("|") for n, v in zip(names, values) if v != ""}))
    return frames


def same(mine, theirs):
    """Equal texts; hexadecimal numbers may be padded to another width."""
    if mine.startswith("0x") and theirs.startswith("0x"):
        return int(mine, 16) == int(theirs, 16)
    return mine == theirs


def compare_fields(capture, link, records, lines):
    names = sorted({name for line in lines for name in line["fields"]})
    if not names:
        fail("no fields at all")
    frames = tshark_fields(capture, names)
    check(len(frames) == len(records), f"tshark sees {len(frames)} frames, not {len(records)}")
    compared = 0
    for number, (line, (protocols, expected)) in enumerate(zip(lines, frames), 1):
        for name, value in line["fields"].items():
            if name.startswith("eth.") and link in RAW_LINKS:
                continue
            if name == "ip.len" and value == "0":
                continue  # segmentation offload: tshark shows the length it infers
            mine = value if isinstance(value, list) else [value]
            theirs = expected.get(name)
            if name == "ip.version" and theirs is not None:
                theirs = [v for v in theirs if v == "4"]  # IPv6 shows up under this name, too
            if theirs is None and records[number - 1][2] > len(records[number - 1][1]):
                continue  # cut by the recorder within the header
            check(theirs is not None, f"frame {number}: {name} is {mine}, tshark has none")
            # tshark also opens packets quoted in ICMP errors, and tunnels this program ends at.
            check(len(mine) <= len(theirs) and all(map(same, mine, theirs)), f"frame {number}: {name} is {mine}, tshark {theirs}")
            compared += 1
        # A parser that finds nothing would agree with everything.
        if line["verdict"] == "forward":
            for protocol, field in (("ip", "ip.src"), ("ipv6", "ipv6.src"), ("tcp", "tcp.srcport"),
                                    ("udp", "udp.srcport"), ("arp", "arp.opcode")):
                first = [p for p in protocols if p in ("icmp", "icmpv6", protocol)][:1]
                if first == [protocol]:
                    check(field in line["fields"], f"frame {number}: no {field}, tshark has it")
    return compared


def check_verdicts(link, records, lines, stats, out):
    check([line["n"] for line in lines] == list(range(1, len(records) + 1)),
          "packets.jsonl does not hold every frame once, in order")
    packets = stats["packets"]
    check(packets["in"] == len(records), f"{packets['in']} frames in, not {len(records)}")
    check(packets["in"] == packets["forwarded"] + packets["dropped"] + packets["slow"] +
          packets["held"], f"not conserved: {packets}")
    check(packets["held"] == 0, "a run that ended holds frames")
    for verdict, count in (("forward", "forwarded"), ("drop", "dropped"), ("slow", "slow")):
        n = sum(line["verdict"] == verdict for line in lines)
        check(n == packets[count], f"{n} lines say {verdict}, stats {packets[count]}")
    check(sum(stats["drops"].values()) == packets["dropped"], "drop reasons do not add up")
    left = {p: read_pcapng(os.path.join(out, p + ".pcapng"))
            for p in ("p0", "p1", "p2", "p3", "cpu", "toe")}
    copies = sum(len(line["out"]) for line in lines)
    check(sum(map(len, left.values())) == copies + packets["originated"],
          "frames out are not copies plus originated")
    first_ns = records[0][0] if records else 0
    ns = {"paper": 4, "asic": 1}[stats["profile"]]
    for line, (_, captured, length) in zip(lines, records):
        frame, reason = on_the_wire(link, captured, length)
        where = f"frame {line['n']}"
        if reason:
            check((line["verdict"], line["reason"]) == ("drop", reason),
                  f"{where}: {line['verdict']} {line['reason']}, expected drop {reason}")
        check((line["reason"] is None) == (line["verdict"] == "forward"), f"{where}: reason")
        check(len(line["out"]) == (0 if line["verdict"] == "drop" else 1), f"{where}: copies")
        for copy in line["out"]:
            check(copy["port"] == ("cpu" if line["verdict"] == "slow" else "p1"),
                  f"{where}: left by {copy['port']}")
            time, sent = left[copy["port"]][copy["n"] - 1]
            check(sent == frame, f"{where}: left changed by {copy['port']}")
            check(time == first_ns + copy["cycle"] * ns, f"{where}: stamp {time}")
            check(copy["cycle"] > line["cycle_in"], f"{where}: left before it came")


def main():
    sim, capture, *fidelities = sys.argv[1:]
    sim, capture = os.path.abspath(sim), os.path.abspath(capture)
    if not os.path.exists(capture):
        print("skipped: no", capture)
        return 77
    if shutil.which("tshark") is None:
        print("skipped: no tshark")
        return 77
    link, records = read_pcap(capture)
    with tempfile.TemporaryDirectory() as top:
        first, second = os.path.join(top, "1"), os.path.join(top, "2")
        os.mkdir(first)
        os.mkdir(second)
        run(sim, capture, first)
        lines = [json.loads(line) for line in open(os.path.join(first, "packets.jsonl"))]
        stats = json.load(open(os.path.join(first, "stats.json")))
        check_verdicts(link, records, lines, stats, first)
        compared = compare_fields(capture, link, records, lines)
        for again in fidelities or ["model"]:
            more = [] if again == "model" else ["--fidelity", again]
            run(sim, capture, second, *more)
            for name in OUTPUTS:
                check(filecmp.cmp(os.path.join(first, name), os.path.join(second, name), False),
                      f"{name} differs in a second run ({again})")
    print(f"{len(records)} frames, {compared} fields equal to tshark's, "
          f"{stats['packets']}, {stats['cycles']} cycles")
    return 0


if __name__ == "__main__":
    sys.exit(main())
