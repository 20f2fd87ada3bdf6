#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""flatproxy bpf attach, status, explain, detach: what they promise, on a real kernel.

  commands.py --flatproxy F [--plain P --object O] [CASE...]

Exit status: 0 passed, 1 failed, 77 skipped: the machine lacks something, named."""
import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sandbox import SKIP, Child, Sandbox, Skip, listener, names, need_privileges, pair, ping, say, warm_up


def attach_with(box, policy):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as f:
        f.write(policy)
        f.flush()
        done = box.flatproxy("attach", "--cgroup", box.cgroup, "--policy", f.name)
    assert done.returncode == 0, done.stderr


def exchange(family=socket.AF_INET):
    warm_up(family)
    with listener(family) as l:
        c, s = pair(l)
        ping(c, s, 10)
        port = l.getsockname()[1]
        c.close()
        s.close()
    return port


def in_pod(box, work):
    return Child(work, cgroup=box.cgroup, netns=True).wait(60)


def case_dry_run_changes_nothing(box):
    box.detach()
    done = box.flatproxy("attach", "--cgroup", box.cgroup, "--dry-run")
    assert done.returncode == 0 and "would attach sockops" in done.stdout, done.stdout + done.stderr
    assert not os.path.exists(box.pins)
    assert box.flatproxy("status").returncode == 1


def case_a_failed_attach_leaves_nothing(box):
    box.detach()
    # bpffs takes no names with a dot, which shows when everything is loaded.
    pins = box.pins + ".refused"
    flatproxy = box.tools["flatproxy"]
    done = subprocess.run([flatproxy, "bpf", "attach", "--cgroup", box.cgroup, "--pins", pins], capture_output=True, text=True)
    assert done.returncode == 4, done
    assert len(done.stderr.strip().splitlines()[-1:]) == 1 and pins in done.stderr, done.stderr
    assert not [n for n in os.listdir("/sys/fs/bpf") if os.path.basename(box.pins) in n]
    in_pod(box, exchange)  # nothing hangs on the cgroup
    box.attach()


def case_without_permission_one_line_and_4(box):
    done = subprocess.run([box.tools["flatproxy"], "bpf", "attach", "--cgroup", box.cgroup, "--pins", box.pins + "x"],
                          capture_output=True, text=True, user=65534, group=65534, extra_groups=[])
    assert done.returncode == 4, done
    assert len(done.stderr.splitlines()) == 1 and "expected" in done.stderr, done.stderr


def case_detach_leaves_nothing(box):
    in_pod(box, exchange)
    box.detach()
    assert not os.path.exists(box.pins)
    assert box.flatproxy("status").returncode == 1
    again = box.flatproxy("detach")
    assert again.returncode == 0 and "nothing attached" in again.stdout


def case_detach_waits_for_unread_bytes(box):
    def work():
        warm_up()
        with listener() as l:
            c, s = pair(l)
            ping(c, s, 3)
            c.sendall(b"unread")
            refused = box.flatproxy("detach", "--wait", "0")
            assert refused.returncode == 1 and "unread" in refused.stderr, refused
            assert not box.status()["redirecting"]
            c.sendall(b" by TCP")
            assert s.recv(6) == b"unread"
            box.detach()
            assert s.recv(7) == b" by TCP"
            ping(c, s, 5)

    in_pod(box, work)


def case_policy_leaves_ports_to_tcp(box):
    attach_with(box, "schema: 1\nports: {default: tcp, rules: [{range: 1, action: redirect}]}\n")
    in_pod(box, exchange)
    status = box.status()
    assert status["redirected"] == 0 and status["ends"]["policy_port"] >= 2, status
    attach_with(box, "schema: 1\nports: {rules: [{range: 1-65535, action: tcp}, {range: 1024-65535, action: redirect}]}\n")
    in_pod(box, exchange)
    assert box.status()["redirected"] > 0


def case_policy_takes_the_longest_prefix(box):
    rules = "schema: 1\naddresses: {rules: [{prefix: 127.0.0.0/8, action: %s}, {prefix: 127.0.0.1, action: %s}]}\n"
    attach_with(box, rules % ("redirect", "tcp"))
    in_pod(box, exchange)
    status = box.status()
    assert status["redirected"] == 0 and status["ends"]["policy_address"] >= 2, status
    attach_with(box, rules % ("tcp", "redirect"))
    in_pod(box, exchange)
    assert box.status()["redirected"] > 0
    attach_with(box, "schema: 1\naddresses: {rules: [{prefix: '::1/128', action: tcp}]}\n")
    before = box.status()["redirected"]
    in_pod(box, lambda: exchange(socket.AF_INET6))
    assert box.status()["redirected"] == before


def case_policy_takes_the_nearest_cgroup(box):
    inner = box.cgroup + "/inner"
    os.mkdir(inner)
    try:
        attach_with(box, "schema: 1\ncgroups: {rules: [{path: %s, action: tcp}]}\n" % inner)
        Child(exchange, cgroup=inner, netns=True).wait(60)
        status = box.status()
        assert status["redirected"] == 0 and status["ends"]["policy_cgroup"] >= 2, status
        in_pod(box, exchange)
        assert box.status()["redirected"] > 0
    finally:
        os.rmdir(inner)


def case_a_wrong_policy_is_named_by_line(box):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as f:
        f.write("schema: 1\nports:\n  rules:\n    - {range: 70000, action: tcp}\n")
        f.flush()
        done = box.flatproxy("attach", "--cgroup", box.cgroup, "--policy", f.name)
    assert done.returncode == 2 and "%s:4:" % f.name in done.stderr, done


def case_explain_names_backend_and_reason(box):
    def work():
        warm_up()
        with listener() as l:
            c, s = pair(l)
            ping(c, s, 3)
            local, remote = ("%s:%d" % c.getsockname(), "%s:%d" % c.getpeername())
            for what in (local + "-" + remote, remote + "-" + local, str(os.getpid())):
                answer = json.loads(box.flatproxy("explain", what, "--json").stdout)
                assert answer["backend"] == "sockmap" and answer["reason"] == "enrolled", (what, answer)
            answer = json.loads(box.flatproxy("explain", "10.0.0.1:1-10.0.0.2:2", "--json").stdout)
            assert answer["backend"] == "tcp" and answer["reason"] == "not_seen", answer

    in_pod(box, work)


def case_status_tells_prometheus(box):
    in_pod(box, exchange)
    with tempfile.TemporaryDirectory() as d:
        assert box.flatproxy("status", "--prometheus", d + "/fp.prom").returncode == 0
        text = open(d + "/fp.prom").read()
        assert os.listdir(d) == ["fp.prom"]
    n = box.status()["redirected"]
    assert n > 0 and 'flatproxy_bpf_messages_total{verdict="redirected"} %d\n' % n in text, text


def case_asking_fionread_keeps_a_program_on_tcp(box):
    def work():
        import fcntl
        import termios
        warm_up()
        with listener() as l:
            c, s = pair(l)
            fcntl.ioctl(s, termios.FIONREAD, b"0000")
            c.close()
            s.close()
            before = box.status()["ends"].get("enrolled", 0)
            c, s = pair(l)
            c.sendall(b"x" * 100)
            assert s.recv(1) == b"x"
            left = int.from_bytes(fcntl.ioctl(s, termios.FIONREAD, b"0000"), sys.byteorder)
            assert left == 99, "FIONREAD: found %d, expected 99" % left
            assert box.status()["ends"].get("enrolled", 0) == before

    in_pod(box, work)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--flatproxy", required=True)
    parser.add_argument("--plain")
    parser.add_argument("--object")
    parser.add_argument("cases", nargs="*")
    args = parser.parse_args()
    status = 0
    try:
        need_privileges(args.flatproxy)
        for name in args.cases or names(os.path.abspath(__file__)):
            with Sandbox("flatproxy", {"flatproxy": args.flatproxy}) as box:
                try:
                    globals()["case_" + name](box)
                    say("ok     " + name)
                except (AssertionError, TimeoutError) as e:
                    say("failed %s: %s" % (name, e))
                    status = 1
    except Skip as e:
        say("skipped: %s" % e)
        return SKIP
    return status


if __name__ == "__main__":
    sys.exit(main())
