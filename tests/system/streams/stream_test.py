#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""One recorded connection against the echo service.

stream_test.py SIM CAPTURE ADDRESS PORT [FIDELITY]   The side of the recording that ADDRESS:PORT did
not send is the client. What the client sent, as `tshark -z follow` reassembles it, must come back in
segments whose checksums tshark finds right, each byte once and in order. With a fidelity, that run
writes the same bytes as the model's. 77: capture or tshark missing."""
import filecmp
import ipaddress
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../captures"))
from capture_files import read_pcapng  # noqa: E402


def check(condition, text):
    if not condition:
        print("FAIL:", text)
        sys.exit(1)


def tshark(*args):
    return subprocess.run(["tshark", "-n", *args], capture_output=True, text=True,
                          check=True).stdout


def endpoint(text):
    host, _, port = text.rpartition(":")
    return ipaddress.ip_address(host.strip("[]")), int(port)


def client_bytes(capture, server):
    """What tshark reassembles of the direction towards `server`, in the first conversation."""
    sent, indented = bytearray(), None
    for line in tshark("-r", capture, "-q", "-z", "follow,tcp,raw,0").splitlines():
        if line.startswith("Node "):
            node, _, address = line.partition(": ")
            # Node 1's lines are indented.
            if endpoint(address) != server:
                indented = node == "Node 1"
        elif line and all(c in "0123456789abcdef\t" for c in line):
            if line.startswith("\t") == indented:
                sent += bytes.fromhex(line.strip())
    return bytes(sent)


def compare(sim, capture, config, top, one, other):
    dirs = [tempfile.mkdtemp(dir=top) for _ in range(2)]
    for directory, more in zip(dirs, (one, other)):
        run(sim, capture, config, os.path.join(directory, "out"), *more, ok=(0, 3))
    for name in os.listdir(os.path.join(dirs[0], "out")):
        check(filecmp.cmp(*(os.path.join(d, "out", name) for d in dirs), False),
              f"{name} differs between {one} and {other}")


def run(sim, capture, config, out, *more, ok=(0,)):
    os.mkdir(out)
    done = subprocess.run([sim, "run", "--config", config, "--in", "p0=" + capture, "--out-dir", out,
                           *more], capture_output=True, text=True)
    check(done.returncode in ok, f"exit status {done.returncode}\n{done.stderr}")


def main():
    sim, capture, address, port, *fidelity = [a for a in sys.argv[1:] if a]
    sim = os.path.abspath(sim)
    if not os.path.exists(capture) or shutil.which("tshark") is None:
        print("skipped: no", capture, "or no tshark")
        return 77
    server = ipaddress.ip_address(address), int(port)
    sent = client_bytes(capture, server)
    check(len(sent) > 0, "tshark reassembles nothing")
    with tempfile.TemporaryDirectory() as top:
        config = os.path.join(top, "n.yaml")
        with open(config, "w") as f:
            f.write(f'streams: [{{address: "{address}", port: {port}, service: echo}}]\n')
        out = os.path.join(top, "out")
        run(sim, capture, config, out)
        stats = json.load(open(os.path.join(out, "stats.json")))
        lines = [json.loads(line) for line in open(os.path.join(out, "packets.jsonl"))]
        toe = sum(any(c["port"] == "toe" for c in line["out"]) for line in lines)
        check(toe == len(read_pcapng(os.path.join(out, "toe.pcapng"))) > 0, "frames to the TOE")
        (flow,) = [f for f in stats["ideal_stream"]["flows"] if f["accepted"]]
        check(flow["bytes_in"] == len(sent), f"{flow['bytes_in']} bytes in, client sent {len(sent)}")
        check(flow["bytes_out"] == len(sent), f"{flow['bytes_out']} bytes out")
        check(stats["originated_dropped"] == 0, "segments lost inside")

        # All that leaves by p0 is ours: the recording came in there.
        rows = [row.split("\t") for row in tshark(
            "-r", os.path.join(out, "p0.pcapng"), "-o", "tcp.check_checksum:TRUE",
            "-o", "ip.check_checksum:TRUE", "-o", "tcp.relative_sequence_numbers:FALSE",
            "-o", "tcp.desegment_tcp_streams:FALSE", "-T", "fields", "-e", "tcp.srcport",
            "-e", "tcp.seq", "-e", "tcp.len", "-e", "tcp.checksum.status", "-e",
            "ip.checksum.status", "-e", "tcp.payload", "-e", "tcp.dstport").splitlines()]
        check(len(rows) == stats["packets"]["originated"] > 0, f"{len(rows)} frames left by p0")
        back, expected = bytearray(), None
        for number, (source, seq, length, tcp_ok, ip_ok, payload, _) in enumerate(rows, 1):
            check(int(source) == int(port), f"frame {number}: from port {source}")
            check(tcp_ok == "1" and ip_ok in ("1", ""), f"frame {number}: checksum")
            check(int(length) <= 1460, f"frame {number}: {length} bytes")
            check(expected in (None, int(seq)), f"frame {number}: sequence {seq}, not {expected}")
            expected = (int(seq) + int(length)) % 2**32
            back += bytes.fromhex(payload)
        check(bytes(back) == sent, "what came back is not what was sent")

        # Idle time skipped or not, models or RTL: the same bytes.
        fast = ["--rate", "line", "--max-cycles", "200000"]
        compare(sim, capture, config, top, fast, fast + ["--no-skip"])
        for other in fidelity:
            compare(sim, capture, config, top, [], ["--fidelity", other])
    print(f"{len(sent)} bytes echoed in {len(rows)} segments, {flow}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
