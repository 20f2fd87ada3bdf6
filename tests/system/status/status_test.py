#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""status_test.py FLATPROXY PACKAGE: what `flatproxy status` says of the echo example."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

program, package = sys.argv[1], pathlib.Path(sys.argv[2])
folder = tempfile.TemporaryDirectory()
env = {k: v for k, v in os.environ.items() if not k.startswith("FLATPROXY_")}
env.update(FLATPROXY_STATUS="1", FLATPROXY_STATUS_DIR=folder.name,
           LD_LIBRARY_PATH=str(next((package / "prefix").glob("lib*/libflatproxy.so")).parent))
env.setdefault("LSAN_OPTIONS", "detect_leaks=0")


def check(condition, what):
    if not condition:
        sys.exit("FAIL: " + str(what))


def status(expected=0):
    done = subprocess.run([program, "status", "--json"], env=env, capture_output=True, text=True,
                          check=False)
    check(done.returncode == expected, (done.returncode, done.stdout, done.stderr))
    return json.loads(done.stdout)


def connections(role):
    return [c for c in status()["connections"] if c["role"] == role]


def until(condition):
    end = time.monotonic() + 60
    while not condition():
        check(time.monotonic() < end, status())
        time.sleep(0.05)


check(status(1)["processes"] == [], "nobody is there yet")
echo = subprocess.Popen([str(package / "bin/echo"), "0"], env=env, stdout=subprocess.PIPE, text=True,
                        stderr=subprocess.DEVNULL)
try:
    port = int(echo.stdout.readline().split()[1])
    said = status()
    check(said["backend"] == "tcp" and said["reason"].startswith("plain TCP: vfio: "), said)
    check([p["pid"] for p in said["processes"]] == [echo.pid], said)
    check(said["processes"][0]["program"] == "echo", said)
    check([c["local"] for c in connections("listener")] == [f"127.0.0.1:{port}"], said)

    a = socket.create_connection(("127.0.0.1", port))
    a.sendall(b"x" * 1000)
    got = b""
    while len(got) < 1000:
        got += a.recv(2000)
    (one,) = connections("connection")
    check(one["local"] == f"127.0.0.1:{port}", one)
    check(one["remote"] == "%s:%d" % a.getsockname(), one)
    check((one["rx_bytes"], one["tx_bytes"]) == (1000, 1000), one)
    check(one["backend"] == "tcp" and one["reason"] == said["reason"], one)

    b = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
    until(lambda: len(connections("connection")) == 21)
    for s in b:
        s.close()
    until(lambda: len(connections("connection")) == 1)

    # Pages that are none, of the dead, and of liars are passed over.
    page = pathlib.Path(folder.name) / str(echo.pid)
    (pathlib.Path(folder.name) / "4000001").write_bytes(page.read_bytes())
    (pathlib.Path(folder.name) / "4000002").write_bytes(b"short")
    (pathlib.Path(folder.name) / "4000003").symlink_to(page)
    os.mkfifo(pathlib.Path(folder.name) / "4000004")
    check([p["pid"] for p in status()["processes"]] == [echo.pid], "strangers were believed")

    # The text is for people; --watch goes on until a signal.
    text = subprocess.run([program, "status"], env=env, capture_output=True, text=True, check=True)
    check(f"echo (pid {echo.pid}): tcp: plain TCP" in text.stdout, text.stdout)
    watch = subprocess.Popen([program, "status", "--watch", "--json"], env=env, text=True,
                             stdout=subprocess.PIPE)
    for _ in range(2):
        check(json.loads(watch.stdout.readline())["processes"][0]["pid"] == echo.pid, "watch")
    watch.send_signal(signal.SIGINT)
    check(watch.wait() == 130, watch.returncode)
finally:
    echo.kill()
    echo.wait()
check(status(1)["processes"] == [], "the dead live on")
check(page.exists(), "killed, it could not remove its page, or this test tests nothing")
print("ok")
