# SPDX-License-Identifier: Apache-2.0
"""Places for tests of the eBPF path: cgroups, network namespaces and pins of their own, removed in
every case, and the three ways a connection can be carried (VARIANTS)."""
import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import traceback

CLONE_NEWNET = 0x40000000
SKIP = 77
VARIANTS = ("tcp", "flatproxy", "sockhash")
libc = ctypes.CDLL(None, use_errno=True)
# A test that is stopped leaves nothing behind either.
signal.signal(signal.SIGTERM, lambda *unused: sys.exit(128 + signal.SIGTERM))


class Skip(Exception):
    """The machine lacks something, named."""


def cgroup_root():
    for line in open("/proc/self/mounts"):
        fields = line.split()
        if fields[2] == "cgroup2":
            return fields[1]
    raise Skip("cgroup2 is not mounted")


def enter_cgroup(path):
    with open(path + "/cgroup.procs", "w") as f:
        f.write("0")


def new_netns():
    if libc.unshare(CLONE_NEWNET) != 0:
        raise Skip("unshare(CLONE_NEWNET): " + os.strerror(ctypes.get_errno()))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


class Child:
    """A process that calls `work` in a cgroup and, when `netns`, a network namespace of its own. What
    it prints or raises comes back from wait()."""

    def __init__(self, work, cgroup=None, netns=False):
        self.read, write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.read)
            os.setpgid(0, 0)
            status = 0
            try:
                if cgroup:
                    enter_cgroup(cgroup)
                if netns:
                    new_netns()
                answer = work()
                os.write(write, json.dumps({"ok": answer}).encode())
            except BaseException as e:  # whatever it was, the parent must hear of it
                text = "%s: %s" % (type(e).__name__, e)
                if not isinstance(e, (AssertionError, OSError, Skip)):
                    text = traceback.format_exc()
                os.write(write, json.dumps({"error": text, "skip": isinstance(e, Skip)}).encode())
                status = 1
            os._exit(status)
        os.close(write)

    def wait(self, limit):
        """The answer; raises TimeoutError after `limit` seconds, when the process group is killed."""
        data = b""
        end = time.monotonic() + limit
        try:
            while True:
                left = end - time.monotonic()
                if left <= 0:
                    raise TimeoutError("hangs")
                import select
                if not select.select([self.read], [], [], left)[0]:
                    raise TimeoutError("hangs")
                more = os.read(self.read, 65536)
                if not more:
                    break
                data += more
        finally:
            self.kill()
        if not data:
            raise AssertionError("the process died")
        result = json.loads(data)
        if "error" in result:
            raise (Skip if result["skip"] else AssertionError)(result["error"])
        return result["ok"]

    def kill(self):
        if self.pid:
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            os.close(self.read)
            os.waitpid(self.pid, 0)
            self.pid = 0


class Sandbox:
    """A cgroup with one of VARIANTS attached to it."""
    count = 0

    def __init__(self, variant, tools):
        Sandbox.count += 1
        name = "fp-%d-%d" % (os.getpid(), Sandbox.count)
        self.variant, self.tools = variant, tools
        self.cgroup = cgroup_root() + "/" + name
        self.outside = cgroup_root() + "/" + name + "-outside"
        self.pins = "/sys/fs/bpf/" + name
        self.helper = None

    def __enter__(self):
        os.mkdir(self.cgroup)
        os.mkdir(self.outside)
        try:
            if self.variant == "flatproxy":
                self.attach()
            elif self.variant == "sockhash":
                self.helper = subprocess.Popen([self.tools["plain"], self.tools["object"], self.cgroup],
                                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                if self.helper.stdout.readline() != "ready\n":
                    raise Skip("the comparison program does not load here")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *unused):
        if self.helper:
            self.helper.stdin.close()
            self.helper.wait()
            self.helper.stdout.close()
        if self.variant == "flatproxy":
            subprocess.run([self.tools["flatproxy"], "bpf", "detach", "--force", "--wait", "0", "--pins", self.pins],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for path in (self.cgroup, self.outside):
            for _ in range(200):  # what ran there is being buried
                try:
                    os.rmdir(path)
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    for pid in open(path + "/cgroup.procs").read().split():
                        os.kill(int(pid), signal.SIGKILL)
                    time.sleep(0.02)

    def flatproxy(self, *args):
        return subprocess.run([self.tools["flatproxy"], "bpf", *args, "--pins", self.pins],
                              capture_output=True, text=True)

    def attach(self, *args):
        done = self.flatproxy("attach", "--cgroup", self.cgroup, *args)
        if done.returncode == 4:
            raise Skip(done.stderr.strip().splitlines()[-1])
        assert done.returncode == 0, done.stderr

    def detach(self):
        done = self.flatproxy("detach")
        assert done.returncode == 0 and "left behind: 0" in done.stdout, done.stdout + done.stderr

    def status(self):
        return json.loads(self.flatproxy("status", "--json").stdout)


def need(*tools):
    for tool in tools:
        if subprocess.run(["sh", "-c", "command -v " + tool], stdout=subprocess.DEVNULL).returncode != 0:
            raise Skip(tool + " is not installed")


def need_privileges(flatproxy):
    """Skips where bpf(2), cgroup2 or network namespaces are not permitted."""
    if os.geteuid() != 0:
        raise Skip("root is needed for bpf(2) and network namespaces")
    root = cgroup_root()
    probe = root + "/fp-probe-%d" % os.getpid()
    try:
        os.mkdir(probe)
        os.rmdir(probe)
    except OSError as e:
        raise Skip("%s: %s" % (probe, e.strerror))
    Child(lambda: None, netns=True).wait(30)
    done = subprocess.run([flatproxy, "bpf", "doctor", "--json"], capture_output=True, text=True)
    for check in json.loads(done.stdout):
        if check["result"] == "missing" and check["check"] != "bpffs":
            raise Skip("%s: %s" % (check["check"], check["detail"]))


def listener(family=socket.AF_INET, host=None, port=0, **options):
    s = socket.socket(family)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for (level, name), value in options.get("options", {}).items():
        s.setsockopt(level, name, value)
    s.bind((host or ("::1" if family == socket.AF_INET6 else "127.0.0.1"), port))
    s.listen(512)
    return s


def pair(listening, bind=None, to=None):
    """A connection: (client, server)."""
    c = socket.socket(listening.family)
    if bind:
        c.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        c.bind(bind)
    c.connect(to or listening.getsockname()[:2])
    s, _ = listening.accept()
    return c, s


def read_exactly(s, n):
    parts = []
    while n > 0:
        data = s.recv(min(n, 1 << 20))
        if not data:
            break
        parts.append(data)
        n -= len(data)
    return b"".join(parts)


def ping(c, s, n=1, size=64):
    """n round trips."""
    for i in range(n):
        data = bytes([i & 255]) * size
        c.sendall(data)
        assert read_exactly(s, size) == data, "the request changed"
        s.sendall(data)
        assert read_exactly(c, size) == data, "the answer changed"


def warm_up(family=socket.AF_INET):
    """Shows by plain TCP how this program reads, so that its next connections are enrolled."""
    with listener(family) as l:
        c, s = pair(l)
        ping(c, s)
        c.close()
        s.close()


def names(source):
    return re.findall(r"^def case_([a-z0-9_]+)", open(source).read(), re.M)


def say(text):
    print(text, flush=True)
    sys.stdout.flush()
