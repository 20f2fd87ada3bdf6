#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Torture of the eBPF path. Each case runs in a cgroup and network namespaces of its own, three times: on plain TCP,
on flatproxy, and on a plain sockhash redirect (plain_sockhash.bpf.c) that is there for comparison.

  torture.py --flatproxy F --plain P --object O [CASE...]   runs cases; TCP and flatproxy must pass
  ... --json DIR      leaves DIR/CASE.json
  ... --table FILE    writes the result table (docs)
  ... --connections N for case_many_connections (5000)

Exit status: 0 passed, 1 failed, 77 skipped: the machine lacks something, named."""
import argparse
import ctypes
import hashlib
import json
import os
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sandbox import (SKIP, VARIANTS, Child, Sandbox, Skip, listener, names, need, need_privileges, pair,
                     ping, read_exactly, say, warm_up)

LIMIT = 120  # seconds until a case hangs; the comparison gets fewer, it is not judged
comparison_limit = 3
connections = 5000


def redirected(box, least=1):
    """flatproxy must not pass by doing nothing."""
    if box.variant == "flatproxy":
        n = box.status()["redirected"]
        assert n >= least, "redirected %d messages, expected at least %d" % (n, least)


def counted(box, reason, least=1):
    if box.variant == "flatproxy":
        status = box.status()
        n = status["tcp"].get(reason, status["ends"].get(reason, 0))
        assert n >= least, "%s: found %d, expected at least %d" % (reason, n, least)


def case_data_before_enrolment(box):
    """TCP_DEFER_ACCEPT: bytes are there before the accepting end is"""
    warm_up()
    with listener(options={(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT): 5}) as l:
        for _ in range(20):
            c = socket.create_connection(l.getsockname())
            c.sendall(b"a" * 1000)
            s, _ = l.accept()
            c.sendall(b"b" * 1000)
            got = read_exactly(s, 2000)
            assert got == b"a" * 1000 + b"b" * 1000, "bytes are out of order"
            ping(c, s, 5)
            c.close()
            s.close()
    redirected(box)


def case_order_gate(box):
    """TCP bytes unread when redirecting could begin"""
    warm_up()
    with listener() as l:
        for _ in range(20):
            c, s = pair(l)
            c.sendall(b"1" * 500)
            select.select([s], [], [])
            s.recv(1, socket.MSG_PEEK)
            c.sendall(b"2" * 500)
            c.sendall(b"3" * 500)
            want = b"1" * 500 + b"2" * 500 + b"3" * 500
            assert read_exactly(s, 1500) == want, "bytes are out of order"
            ping(c, s, 5)
            c.close()
            s.close()
    counted(box, "order_gate")
    redirected(box)


def case_sleeping_reader(box):
    """256 MB pushed to a reader that sleeps: bounded, and nothing lost"""
    warm_up()
    with listener() as l:
        c, s = pair(l)
        ping(c, s, 3)
        c.setblocking(False)
        block = random.Random(1).randbytes(1 << 16)
        sent, total, idle = hashlib.sha256(), 0, 0
        while total < 256 << 20 and idle < 20:
            try:
                n = c.send(block)
                sent.update(block[:n])
                total += n
                idle = 0
            except BlockingIOError:
                idle += 1
                time.sleep(0.02)
        c.shutdown(socket.SHUT_WR)
        seen = hashlib.sha256()
        got = 0
        while True:
            data = s.recv(1 << 20)
            if not data:
                break
            got += len(data)
            seen.update(data)
        assert got == total and seen.digest() == sent.digest(), "sent %d bytes, read %d" % (total, got)
        assert total < 64 << 20, "accepted without a limit: %d MB" % (total >> 20)
    redirected(box)
    return "%.1f MB" % (total / 1e6)


def same_tuple(box, second_client_outside):
    """Two namespaces, 127.0.0.1:7001 -> 127.0.0.1:7000 in both; x has bytes unread when y connects."""
    steps = [os.pipe() for _ in range(4)]  # each namespace: go, done

    def pod(mark, go, done, outside):
        if box.variant == "flatproxy":
            warm_up()
        if mark == "y":
            os.read(go, 1)
        l = listener(port=7000)
        accepted = []
        thread = threading.Thread(target=lambda: accepted.append(l.accept()[0]))
        thread.start()
        if outside:
            helper = subprocess.Popen(
                [sys.executable, "-c",
                 "import socket,sys\n"
                 "open(sys.argv[1]+'/cgroup.procs','w').write('0')\n"
                 "c=socket.socket();c.bind(('127.0.0.1',7001));c.connect(('127.0.0.1',7000))\n"
                 "print('up',flush=True);sys.stdin.readline()\n"
                 "c.sendall(b'%s'*100);print('sent',flush=True);sys.stdin.readline()" % mark, box.outside],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            helper.stdout.readline()
        else:
            c = socket.socket()
            c.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            c.bind(("127.0.0.1", 7001))
            c.connect(("127.0.0.1", 7000))
        thread.join()
        s = accepted[0]
        if outside:
            helper.stdin.write("go\n")
            helper.stdin.flush()
            helper.stdout.readline()
        else:
            c.sendall(mark.encode() * 100)
        os.write(done, b"1")
        os.read(go, 1)
        s.setblocking(False)
        got = b""
        for _ in range(100):
            try:
                got += s.recv(1000)
            except BlockingIOError:
                time.sleep(0.01)
            if len(got) >= 100:
                break
        os.write(done, b"2")
        os.read(go, 1)
        foreign = set(got.decode()) - {mark}
        assert not foreign, "bytes of another namespace arrived"
        assert len(got) == 100, "bytes were lost"

    pods = []
    try:
        for i, mark in enumerate("xy"):
            go, done = steps[2 * i], steps[2 * i + 1]
            pods.append(Child(lambda: pod(mark, go[0], done[1], second_client_outside and i == 1),
                              cgroup=box.cgroup, netns=True))
        assert os.read(steps[1][0], 1)
        os.write(steps[2][1], b"g")
        assert os.read(steps[3][0], 1)
        for go in (steps[0][1], steps[2][1]):
            os.write(go, b"g")
        for done in (steps[1][0], steps[3][0]):
            assert os.read(done, 1)
        for go in (steps[0][1], steps[2][1]):
            os.write(go, b"g")
        for p in pods:
            p.wait(10)
    finally:
        for p in pods:
            p.kill()


def case_same_tuple_two_namespaces(box):
    """the same loopback tuple in two network namespaces"""
    same_tuple(box, False)


def case_other_side_not_enrolled(box):
    """the same tuple, and one client outside the cgroup"""
    same_tuple(box, True)


def nft_redirect(port, to):
    need("nft")
    rules = ("table ip fp { chain out { type nat hook output priority -100; "
             "ip daddr 10.9.9.0/24 tcp dport %d redirect to :%d; }; }" % (port, to))
    done = subprocess.run(["nft", "-f", "-"], input=rules, text=True, capture_output=True)
    if done.returncode != 0:
        raise Skip("nft: " + done.stderr.strip().splitlines()[0])
    subprocess.run(["ip", "addr", "add", "10.9.9.8/24", "dev", "lo"], check=True)


def case_nat_redirect(box):
    """a sidecar behind NAT REDIRECT, as Istio makes it"""
    with listener(host="0.0.0.0") as l:
        port = l.getsockname()[1]
        nft_redirect(80, port)
        warm_up()
        before = box.status() if box.variant == "flatproxy" else None
        for _ in range(50):
            c, s = pair(l, to=("10.9.9.9", 80))
            ping(c, s, 5)
            c.close()
            s.close()
    if before:
        after = box.status()
        hits = after["ends"]["enrolled"] - before["ends"].get("enrolled", 0)
        assert hits == 100, "enrolled %d of 100 ends" % hits
        n = after["redirected"] - before["redirected"]
        assert n >= 50 * 8, "redirected %d messages of %d" % (n, 50 * 10)
        return "100 of 100 ends enrolled"


def case_nginx_long_headers(box):
    """nginx with headers of 3 KB, its client in the cgroup and outside"""
    need("nginx")
    with tempfile.TemporaryDirectory() as d:
        os.chmod(d, 0o755)
        with open(d + "/c", "w") as f:
            f.write("daemon off; master_process off; pid %s/pid; error_log %s/error crit;\n"
                    "events { worker_connections 64; }\n"
                    "http { access_log off; client_body_temp_path %s/b; proxy_temp_path %s/p; fastcgi_temp_path %s/f;\n"
                    "uwsgi_temp_path %s/u; scgi_temp_path %s/s;\n"
                    "server { listen 127.0.0.1:8080; location / { return 200 ok; } } }\n" % ((d,) * 7))
        server = subprocess.Popen(["nginx", "-c", d + "/c", "-e", d + "/error"])
        try:
            for _ in range(500):
                try:
                    socket.create_connection(("127.0.0.1", 8080)).close()
                    break
                except ConnectionRefusedError:
                    time.sleep(0.01)

            def ask(sizes):
                with socket.create_connection(("127.0.0.1", 8080)) as c:
                    for size in sizes:
                        c.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * size + b"\r\n\r\n")
                        got = b""
                        while b"\r\n\r\nok" not in got:
                            data = c.recv(4096)
                            assert data, "nginx closed: " + repr(got[:100])
                            got += data

            for _ in range(10):
                ask((10, 3000, 3000, 5000))
                ask((3000, 10, 5000))
            # The same namespace, but another cgroup.
            with open(box.outside + "/cgroup.procs", "w") as f:
                f.write("0")
            for _ in range(10):
                ask((10, 3000, 3000, 5000))
                ask((3000, 10, 5000))
        finally:
            server.kill()
            server.wait()


def case_half_close(box):
    """half close both ways, with bytes before the end"""
    warm_up()
    with listener() as l:
        for _ in range(20):
            c, s = pair(l)
            ping(c, s, 3)
            c.sendall(b"q" * 3000)
            c.shutdown(socket.SHUT_WR)
            assert read_exactly(s, 3001) == b"q" * 3000, "the end came early or late"
            assert s.recv(1) == b"", "no end"
            s.sendall(b"r" * 5000)
            s.shutdown(socket.SHUT_WR)
            assert read_exactly(c, 5001) == b"r" * 5000, "the end came early or late"
            c.close()
            s.close()
    redirected(box)


def case_reset(box):
    """RST behind bytes: the bytes, then ECONNRESET"""
    warm_up()
    with listener() as l:
        for _ in range(20):
            c, s = pair(l)
            ping(c, s, 3)
            c.sendall(b"z" * 100)
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            c.close()
            assert read_exactly(s, 100) == b"z" * 100, "bytes before the reset were lost"
            try:
                s.recv(1)
                raise AssertionError("no reset")
            except ConnectionResetError:
                pass
            s.close()
    redirected(box)


def case_killed_peer(box):
    """the peer is killed: the end, then EPIPE or ECONNRESET, and no hang"""
    warm_up()
    with listener() as l:
        for _ in range(10):
            ready_read, ready_write = os.pipe()
            pid = os.fork()
            if pid == 0:
                c = socket.create_connection(l.getsockname())
                c.sendall(b"k" * 64)
                read_exactly(c, 64)
                c.sendall(b"k" * 64)
                os.write(ready_write, b"1")
                time.sleep(1000)
            s, _ = l.accept()
            assert read_exactly(s, 64) == b"k" * 64
            s.sendall(b"k" * 64)
            os.read(ready_read, 1)
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            assert read_exactly(s, 64) == b"k" * 64, "bytes of the dead were lost"
            assert s.recv(1) == b"", "no end"
            try:
                for _ in range(1000):
                    s.sendall(b"late")
                    time.sleep(0.001)
                raise AssertionError("sends to the dead succeed")
            except (BrokenPipeError, ConnectionResetError):
                pass
            s.close()
            os.close(ready_read)
            os.close(ready_write)
    redirected(box)


def case_msg_peek(box):
    """MSG_PEEK, over several messages and again"""
    warm_up()
    with listener() as l:
        c, s = pair(l)
        ping(c, s, 3)
        for i in range(50):
            c.sendall(b"p" * 100 + bytes([i]))
            select.select([s], [], [])
            assert s.recv(50, socket.MSG_PEEK) == b"p" * 50
            assert s.recv(50, socket.MSG_PEEK) == b"p" * 50
            assert read_exactly(s, 101) == b"p" * 100 + bytes([i])
    redirected(box)


def case_msg_waitall(box):
    """MSG_WAITALL gives all of it, though it comes in pieces"""
    warm_up()
    with listener() as l:
        for first_plain in (False, False, False):
            c, s = pair(l)

            def write():
                for _ in range(20):
                    for _ in range(5):
                        c.sendall(b"w" * 200)
                        time.sleep(0.001)

            t = threading.Thread(target=write)
            t.start()
            for _ in range(20):
                got = s.recv(1000, socket.MSG_WAITALL)
                assert len(got) == 1000, "MSG_WAITALL returned %d of 1000 bytes" % len(got)
            t.join()
            c.close()
            s.close()
    counted(box, "reader_special")


def case_so_rcvlowat(box):
    """SO_RCVLOWAT: poll says readable only when so many bytes are there"""
    warm_up()
    with listener() as l:
        c, s = pair(l)
        ping(c, s, 3)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 500)
        for _ in range(10):
            c.sendall(b"l" * 100)
            assert not select.select([s], [], [], 0.05)[0], "readable below SO_RCVLOWAT"
            c.sendall(b"l" * 400)
            assert select.select([s], [], [], 30)[0], "not readable"
            assert read_exactly(s, 500) == b"l" * 500
    counted(box, "receive_low_water")
    redirected(box)


def case_splice(box):
    """a reader that splices into a pipe"""
    warm_up()
    with listener() as l:
        for _ in range(5):
            c, s = pair(l)
            r, w = os.pipe()
            for i in range(20):
                c.sendall(bytes([i]) * 3000)
                got = b""
                while len(got) < 3000:
                    n = os.splice(s.fileno(), w, 3000 - len(got))
                    got += os.read(r, n)
                assert got == bytes([i]) * 3000
            for f in (r, w):
                os.close(f)
            c.close()
            s.close()
    counted(box, "reader_unseen")


def case_sendfile(box):
    """sendfile() of 8 MB"""
    warm_up()
    data = random.Random(2).randbytes(8 << 20)
    with tempfile.TemporaryFile() as f, listener() as l:
        f.write(data)
        f.flush()
        c, s = pair(l)
        ping(c, s, 3)
        t = threading.Thread(target=lambda: (f.seek(0), c.sendfile(f), c.shutdown(socket.SHUT_WR)))
        t.start()
        got = hashlib.sha256()
        while True:
            part = s.recv(1 << 18)
            if not part:
                break
            got.update(part)
        t.join()
        assert got.digest() == hashlib.sha256(data).digest(), "the file changed"
    redirected(box)


def case_zero_copy(box):
    """MSG_ZEROCOPY: one completion for every send, once the program is known to count them"""
    warm_up()
    so_zerocopy, msg_zerocopy, msg_errqueue, sends = 60, 0x4000000, 0x2000, 20
    with listener() as l:
        for i in range(5):
            c, s = pair(l)
            ping(c, s, 3)
            c.setsockopt(socket.SOL_SOCKET, so_zerocopy, 1)
            for j in range(sends):
                data = bytes([j]) * 20000
                n = c.send(data, msg_zerocopy)
                assert read_exactly(s, n) == data[:n]
            done = 0
            poller = select.poll()
            poller.register(c, 0)
            # On the connection that shows it first, a send may be reported more than once.
            while done < sends or poller.poll(50):
                assert poller.poll(3000), "%d of %d completions" % (done, sends)
                _, control, _, _ = c.recvmsg(1, 512, msg_errqueue)
                for _, _, body in control:
                    low, high = struct.unpack("8xII", body[:16])
                    done += high - low + 1
            assert done == sends or (i == 0 and box.variant == "flatproxy"), "%d completions for %d sends" % (done, sends)
            c.close()
            s.close()
    counted(box, "zero_copy")
    counted(box, "program_zero_copy")


def case_many_connections(box):
    """connections opened and closed in numbers"""
    warm_up()
    with listener() as l:
        stop = threading.Event()

        def serve():
            while True:
                s, _ = l.accept()
                data = read_exactly(s, 8)
                if data == b"finished":
                    return
                s.sendall(data)
                s.close()

        t = threading.Thread(target=serve)
        t.start()
        for i in range(connections):
            c = socket.create_connection(l.getsockname())
            data = struct.pack("<Q", i)
            c.sendall(data)
            assert read_exactly(c, 8) == data, "connection %d got another's answer" % i
            c.close()
        c = socket.create_connection(l.getsockname())
        c.sendall(b"finished")
        t.join()
        c.close()
    counted(box, "enrolled", 2 * connections)
    if box.variant == "flatproxy":
        ends = box.status()["ends"]
        assert "no_slot" not in ends and "map_full" not in ends, ends
    return "%d" % connections


class Stream:
    """Bytes both ways, checked, for as long as `during` runs."""

    def __init__(self, l, size):
        self.c, self.s = pair(l)
        self.size, self.stop, self.errors = size, threading.Event(), []

    def echo(self):
        while True:
            data = self.s.recv(65536)
            if not data:
                break
            self.s.sendall(data)
        self.s.shutdown(socket.SHUT_WR)

    def run(self, during):
        t = threading.Thread(target=self.echo)
        t.start()
        w = threading.Thread(target=self.guarded)
        w.start()
        during()
        self.stop.set()
        w.join()
        t.join()
        assert not self.errors, self.errors[0]

    def guarded(self):
        try:
            i = 0
            while not self.stop.is_set():
                data = struct.pack("<Q", i) * (self.size // 8)
                self.c.sendall(data)
                got = read_exactly(self.c, len(data))
                assert got == data, "round trip %d changed" % i
                i += 1
            self.c.shutdown(socket.SHUT_WR)
            assert self.c.recv(1) == b""
        except Exception as e:
            self.errors.append(str(e))
            self.c.close()


def case_attach_and_detach_in_midstream(box):
    """attach, exchange of programs and detach while bytes flow"""
    with listener() as l:
        warm_up()
        streams = [Stream(l, size) for size in (64, 8000, 64000)]

        def disturb():
            time.sleep(0.1)
            if box.variant == "flatproxy":
                for _ in range(2):
                    box.attach()
                    time.sleep(0.1)
                redirected(box, 10)
                box.detach()
                box.attach()
            elif box.variant == "sockhash":
                box.helper.kill()
            time.sleep(0.1)

        threads = []
        failures = []

        def one(stream, during):
            try:
                stream.run(during)
            except AssertionError as e:
                failures.append(e)

        done = threading.Event()
        for s in streams:
            threads.append(threading.Thread(target=one, args=(s, done.wait)))
            threads[-1].start()
        try:
            disturb()
        finally:
            done.set()
            for t in threads:
                t.join()
        if failures:
            raise failures[0]


def case_integrity_88_mb(box):
    """88 MB in writes of 1 byte to 300 KB, one way and then the other"""
    warm_up()
    total = 88_000_000
    with listener() as l:
        c, s = pair(l)
        ping(c, s, 3)
        results = {}

        def write(name, sock, seed, n):
            r = random.Random(seed)
            block = r.randbytes(1 << 20)
            digest = hashlib.sha256()
            while n > 0:
                size = min(n, int(2 ** r.uniform(0, 18.2)))
                start = r.randrange(len(block) - size)
                sock.sendall(block[start:start + size])
                digest.update(block[start:start + size])
                n -= size
            sock.shutdown(socket.SHUT_WR)
            results[name] = digest.digest()

        def read(name, sock):
            digest = hashlib.sha256()
            while True:
                data = sock.recv(1 << 18)
                if not data:
                    break
                digest.update(data)
            results[name] = digest.digest()

        # Not both at once: of two threads that use one enrolled socket, a blocked recv() may be woken for the
        # blocked send() and then answers EAGAIN (docs/bpf.md, what is not kept).
        for name, to, sock, seed in (("a", s, c, 3), ("b", c, s, 4)):
            threads = [threading.Thread(target=write, args=(name, sock, seed, total // 2)),
                       threading.Thread(target=read, args=(name + "'", to))]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
        assert results["a"] == results["a'"] and results["b"] == results["b'"], "bytes changed"
    redirected(box)


def case_ipv6(box):
    """IPv6, and IPv4 mapped into it"""
    warm_up(socket.AF_INET6)
    with listener(socket.AF_INET6) as l, listener(socket.AF_INET6, host="::") as both:
        for lst, to in ((l, None), (both, ("127.0.0.1", both.getsockname()[1]))):
            if to:
                c = socket.create_connection(to)
                s, _ = lst.accept()
            else:
                c, s = pair(lst)
            ping(c, s, 20)
            c.close()
            s.close()
    redirected(box, 60)


def case_stream_of_small_writes(box):
    """a stream of 1 KB writes leaves the map without losing a byte"""
    warm_up()
    with listener() as l:
        c, s = pair(l)
        ping(c, s, 3)
        for i in range(100):  # a reader that keeps up
            c.sendall(bytes([i]) * 1024)
            assert read_exactly(s, 1024) == bytes([i]) * 1024
        ping(s, c, 3)
        counted(box, "left_stream")
        c.close()
        s.close()
        c, s = pair(l)
        ping(c, s, 3)
        count = 20000

        def write():
            for i in range(count):
                c.sendall(struct.pack("<I", i) * 256)
            c.shutdown(socket.SHUT_WR)

        t = threading.Thread(target=write)
        t.start()
        for i in range(count):
            assert read_exactly(s, 1024) == struct.pack("<I", i) * 256, "record %d" % i
        t.join()
        assert s.recv(1) == b""
    redirected(box)
    if box.variant == "flatproxy":
        ends = box.status()["ends"]
        assert ends.get("left_stream", 0) + ends.get("left_backpressure", 0) >= 1, "the stream stayed: %s" % ends


def run_case(name, variant, tools):
    """(result, text): result is ok, wrong or hangs."""
    work = globals()["case_" + name]
    with Sandbox(variant, tools) as box:
        if name in ("same_tuple_two_namespaces", "other_side_not_enrolled"):
            child = Child(lambda: work(box))  # makes namespaces of its own
        else:
            child = Child(lambda: work(box), cgroup=box.cgroup, netns=True)
        try:
            note = child.wait(comparison_limit if variant == "sockhash" else LIMIT)
            return "ok", note or ""
        except TimeoutError:
            return "hangs", ""
        except AssertionError as e:
            return "wrong", str(e)


def table(results, file):
    lines = ["<!-- Generated by tests/bpf/torture.py --table; do not edit. -->\n\nOne run of each. The case of 88 MB has failed in other runs ([bpf.md](bpf.md), what is not kept); both ways at once is\nnot among the cases.", "",
             "| case | plain TCP | flatproxy | plain sockhash |", "|---|---|---|---|"]
    for name, row in results.items():
        text = globals()["case_" + name].__doc__
        cells = []
        for v in VARIANTS:
            result, note = row[v]
            note = (note or " ").replace("AssertionError: ", "").splitlines()[0].strip()
            cells.append(result + (": " + note if note else ""))
        lines.append("| %s | %s |" % (text, " | ".join(cells)))
    with open(file, "w") as f:
        f.write("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser()
    for flag in ("--flatproxy", "--plain", "--object"):
        parser.add_argument(flag, required=True)
    parser.add_argument("--json")
    parser.add_argument("--table")
    parser.add_argument("--connections", type=int, default=5000)
    parser.add_argument("--variants", default=",".join(VARIANTS))
    parser.add_argument("cases", nargs="*")
    args = parser.parse_args()
    global connections, comparison_limit
    connections = args.connections
    if args.table:
        comparison_limit = 10  # what is printed should tell slow from stuck
    tools = {"flatproxy": args.flatproxy, "plain": args.plain, "object": args.object}
    status, results = 0, {}
    try:
        need_privileges(args.flatproxy)
        for name in args.cases or names(os.path.abspath(__file__)):
            row = {}
            for variant in args.variants.split(","):
                begin = time.monotonic()
                row[variant] = run_case(name, variant, tools)
                say("%-28s %-10s %-6s %5.1f s %s" % (name, variant, row[variant][0], time.monotonic() - begin,
                                                     row[variant][1]))
                if variant != "sockhash" and row[variant][0] != "ok":
                    status = 1
            results[name] = row
            if args.json:
                with open(os.path.join(args.json, name + ".json"), "w") as f:
                    json.dump(row, f)
    except Skip as e:
        say("skipped: %s" % e)
        return SKIP if not results else status
    if args.table:
        table(results, args.table)
    return status


if __name__ == "__main__":
    sys.exit(main())
