#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""libflatproxy's back end sockmap on a real kernel, by the C ABI of the shared library: what fp_open() takes, what it
says when it does not, and what `flatproxy status` shows.

  library.py --flatproxy F --plain P --object O --library L CASE"""
import argparse
import ctypes
import errno
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sandbox import SKIP, Child, Sandbox, Skip, need_privileges, read_exactly, say, warm_up

SOCKMAP, TCP = 3, 4  # enum fp_backend


class Library:
    def __init__(self, path, pins, **environment):
        os.environ.update(environment, FLATPROXY_PINS=pins)
        self.lib = ctypes.CDLL(path)
        for name in ("fp_ctx_reason", "fp_last_error", "fp_sock_backend_reason"):
            getattr(self.lib, name).restype = ctypes.c_char_p
        for name in ("fp_recv", "fp_send"):
            getattr(self.lib, name).restype = ctypes.c_ssize_t
        self.lines = []
        self.log = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p)(
            lambda user, level, line: self.lines.append(line.decode()))
        self.lib.fp_set_log(self.log, None)
        self.context = ctypes.c_void_p()
        self.status = self.lib.fp_open(None, ctypes.byref(self.context))

    def told(self):
        if self.status < 0:
            return {"status": self.status, "error": self.lib.fp_last_error().decode(), "lines": self.lines}
        return {"status": 0, "backend": self.lib.fp_ctx_backend(self.context), "lines": self.lines,
                "reason": self.lib.fp_ctx_reason(self.context).decode()}


def opened(args, pins, cgroup, user=0, **environment):
    def work():
        if user:
            os.setgid(user)
            os.setuid(user)
        return Library(args.library, pins, **environment).told()

    return Child(work, cgroup).wait(30)


def expect_fallback(args, box, words, cgroup=None, pins=None, user=0):
    """Automatic: plain TCP and one line. Strict: refused, for the same reason."""
    cgroup, pins = cgroup or box.cgroup, pins or box.pins
    answer = opened(args, pins, cgroup, user)
    assert answer["status"] == 0 and answer["backend"] == TCP, answer
    assert len(answer["lines"]) == 1 and answer["lines"][0] == answer["reason"], answer
    assert answer["reason"].startswith("plain TCP: ") and "sockmap: " + words in answer["reason"], answer
    answer = opened(args, pins, cgroup, user, FLATPROXY_STRICT="1", FLATPROXY_BACKEND="sockmap")
    assert answer["status"] == -errno.ENODEV, answer
    assert answer["error"] == "fp_open: sockmap: " + words, answer


def case_takes_the_pins_by_itself(args, box):
    answer = opened(args, box.pins, box.cgroup)
    assert answer["backend"] == SOCKMAP, answer
    assert answer["reason"].startswith("sockmap: pins in " + box.pins), answer


def case_no_pins(args, box):
    pins = box.pins + "-none"
    expect_fallback(args, box, pins + ": found No such file or directory, expected the pins of flatproxy bpf attach",
                    pins=pins)


def case_unreadable_pins(args, box):
    copy = tempfile.mkdtemp()  # a user other than root must be able to load the library
    os.chmod(copy, 0o755)
    try:
        args.library = shutil.copy(args.library, copy + "/libflatproxy.so")
        os.chmod(args.library, 0o755)
        expect_fallback(args, box, box.pins + ": found Permission denied, expected pins that this user may read",
                        user=65534)
    finally:
        shutil.rmtree(copy)


def case_another_cgroup(args, box):
    expect_fallback(args, box, box.pins + ": attached to a cgroup that this process is not in", cgroup=box.outside)


def case_says_what_each_connection_runs_on(args, box):
    """`flatproxy status` and the socket agree; a detach in between is complete, and the socket says so."""
    def work():
        with tempfile.TemporaryDirectory() as d:
            warm_up()
            own = Library(args.library, box.pins, FLATPROXY_STATUS="1", FLATPROXY_STATUS_DIR=d)
            lib, queue, listening, s = own.lib, ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
            assert lib.fp_vq_create(own.context, 0, ctypes.byref(queue)) == 0
            assert lib.fp_socket(queue, socket.AF_INET, socket.SOCK_STREAM, 0, ctypes.byref(listening)) == 0
            address = ctypes.create_string_buffer(struct.pack("=H2s4s8x", socket.AF_INET, b"\0\0", b"\x7f\0\0\1"), 16)
            assert lib.fp_bind(listening, address, 16) == 0 and lib.fp_listen(listening, 8) == 0
            size = ctypes.c_uint32(16)
            assert lib.fp_getsockname(listening, address, ctypes.byref(size)) == 0
            c = socket.create_connection(("127.0.0.1", struct.unpack("!H", address.raw[2:4])[0]))
            assert lib.fp_accept(listening, queue, None, None, ctypes.byref(s)) == 0
            for _ in range(8):
                c.sendall(b"x" * 64)
                buffer = ctypes.create_string_buffer(64)
                assert lib.fp_recv(s, buffer, ctypes.c_size_t(64), socket.MSG_WAITALL) == 64
                assert lib.fp_send(s, buffer, ctypes.c_size_t(64), 0) == 64
                read_exactly(c, 64)
            shown = json.loads(subprocess.run([args.flatproxy, "status", "--json"], capture_output=True, text=True).stdout)
            before = [lib.fp_sock_backend(s), lib.fp_sock_backend_reason(s).decode()]
            passed = box.status()["tcp"]
            assert "reader_special" not in passed, "the library's MSG_WAITALL reached the kernel: %s" % passed
            box.detach()
            return [shown, before, [lib.fp_sock_backend(s), lib.fp_sock_backend_reason(s).decode()]]

    shown, before, after = Child(work, box.cgroup).wait(60)
    rows = shown["connections"]
    assert before == [SOCKMAP, "sockmap: both ends are on this node and enrolled"], before
    assert any(r["backend"] == "sockmap" and r["reason"] == before[1] for r in rows), shown
    assert after[0] == TCP and "flatproxy bpf detach" in after[1], after


def main():
    parser = argparse.ArgumentParser()
    for flag in ("--flatproxy", "--plain", "--object", "--library"):
        parser.add_argument(flag, required=True)
    parser.add_argument("case")
    args = parser.parse_args()
    try:
        need_privileges(args.flatproxy)
        with Sandbox("flatproxy", vars(args)) as box:
            globals()["case_" + args.case](args, box)
    except Skip as e:
        say("skipped: %s" % e)
        return SKIP
    return 0


if __name__ == "__main__":
    sys.exit(main())
