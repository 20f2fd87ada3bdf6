#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""package_test.py PART BUILD SOURCE: tests the installed package as an outsider meets it. `install`
comes first: it installs to BUILD/host_package/prefix and builds the examples there by pkg-config."""
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

part, build, source = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
work = build / "host_package"
prefix = work / "prefix"
examples = prefix / "share/flatproxy/examples"


def run(*command, **keywords):
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, **keywords)
    if done.returncode != 0:
        sys.exit(f"FAIL: status {done.returncode} of {' '.join(map(str, command))}\n{done.stdout}")
    return done.stdout


def check(condition, what):
    if not condition:
        sys.exit("FAIL: " + what)


def libdir():
    return next(prefix.glob("lib*/**/libflatproxy.so")).parent


def environment():
    env = {k: v for k, v in os.environ.items() if not k.startswith("FLATPROXY_")}
    env["LD_LIBRARY_PATH"] = str(libdir())
    env["PKG_CONFIG_PATH"] = str(libdir() / "pkgconfig")
    env.setdefault("LSAN_OPTIONS", "detect_leaks=0")  # the servers end by a signal
    return env


def build_flags():
    """What programs need that link a library of such a build."""
    cache = (build / "CMakeCache.txt").read_text()
    flags = []
    if "FP_SANITIZE:BOOL=ON" in cache:
        flags.append("-fsanitize=address,undefined")
    if "FP_COVERAGE:BOOL=ON" in cache:
        flags.append("--coverage")
    return flags


def install():
    shutil.rmtree(work, ignore_errors=True)
    run("cmake", "--install", build, "--prefix", prefix, "--component", "host")
    # Moved: nothing may remember where it was installed to.
    moved = work / "moved"
    prefix.rename(moved)
    moved.rename(prefix)
    env = environment()
    flags = run("pkg-config", "--cflags", "--libs", "flatproxy", env=env).split() + build_flags()
    (work / "bin").mkdir()
    common = ["-Wall", "-Wextra", "-Werror", "-O1"]
    run("cc", "-std=c11", *common, examples / "echo.c", "-o", work / "bin/echo", *flags)
    for name in ("http_server", "file_server"):
        run("c++", "-std=c++20", *common, examples / f"{name}.cpp", "-o", work / "bin" / name,
            *flags)


def symbols():
    """Exported symbols are those of the version map, and the header's, no others."""
    library = libdir() / "libflatproxy.so"
    found = set()
    for line in run("nm", "-D", "--defined-only", library).splitlines():
        name = line.split()[-1]
        if not name.startswith("FLATPROXY_"):
            found.add(name)
    mapped = set()
    version = None
    for line in (source / "hostdrv/src/libflatproxy.map").read_text().splitlines():
        if m := re.match(r"(FLATPROXY_[\d.]+) \{", line):
            version = m.group(1)
        if m := re.match(r"\s+(fp_\w+);", line):
            mapped.add(f"{m.group(1)}@@{version}")
    check(found == mapped, f"exported {sorted(found - mapped)}, missing {sorted(mapped - found)}")
    header = (prefix / "include/flatproxy/flatproxy.h").read_text()
    header = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
    declared = set(re.findall(r"^[\w ]+?[ *]+(fp_\w+)\(", header, re.M)) - {"fp_log_fn"}
    check(declared == {n.split("@")[0] for n in mapped}, f"declared {sorted(declared)}")
    soname = re.search(r"SONAME\s+(\S+)", run("objdump", "-p", library)).group(1)
    check(soname == "libflatproxy.so.0", soname)


def manual():
    """Every call has a page, and man finds nothing to complain about."""
    pages = prefix / "share/man/man3"
    for line in (source / "hostdrv/src/libflatproxy.map").read_text().splitlines():
        if not (m := re.match(r"\s+(fp_\w+);", line)):
            continue
        page = pages / f"{m.group(1)}.3"
        check(page.exists(), f"no page {page.name}")
        text = page.read_text()
        if text.startswith(".so man3/"):
            text = (prefix / "share/man" / text.split()[1]).read_text()
        check(f"{m.group(1)}(" in text, f"{page.name} does not show its prototype")
    if shutil.which("groff") is None:
        print("groff is not installed: formatting skipped")
        return
    for page in pages.glob("*.3"):
        if page.read_text().startswith(".so"):
            continue
        done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", page], capture_output=True,
                              text=True, check=False)
        check(done.returncode == 0 and not done.stderr, f"{page.name}: {done.stderr}")


def pkg_config():
    env = environment()
    check(run("pkg-config", "--modversion", "flatproxy", env=env).strip().count(".") == 2,
          "modversion")
    # C++ and C, shared and static, in one small program.
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder) / "program.c"
        program.write_text('#include <flatproxy/flatproxy.h>\n#include <stdio.h>\n'
                           'int main(void) { fp_ctx *c; if (fp_open(0, &c) < 0) return 1;\n'
                           'puts(fp_ctx_reason(c)); fp_close_ctx(c); return 0; }\n')
        flags = run("pkg-config", "--cflags", "--libs", "flatproxy", env=env).split()
        extra = build_flags()
        run("cc", program, "-o", program.with_suffix(".shared"), *flags, *extra)
        cflags = run("pkg-config", "--cflags", "flatproxy", env=env).split()
        private = run("pkg-config", "--libs", "--static", "flatproxy", env=env).split()
        private = [f for f in private if f != "-lflatproxy"]
        run("cc", program, *cflags, libdir() / "libflatproxy.a", *private, *extra, "-o",
            program.with_suffix(".static"))
        for kind in ("shared", "static"):
            said = run(program.with_suffix("." + kind), env=env)
            check("plain TCP: vfio: not in this build" in said, said)


def cmake():
    with tempfile.TemporaryDirectory() as folder:
        flags = " ".join(build_flags())
        run("cmake", "-S", examples, "-B", folder, f"-DCMAKE_PREFIX_PATH={prefix}",
            f"-DCMAKE_C_FLAGS={flags}", f"-DCMAKE_CXX_FLAGS={flags}")
        run("cmake", "--build", folder, "--target", "echo")
        said = run("cmake", "-LA", "-N", folder)
        check(str(prefix) in said, "another package was found")


class Server:
    """One of the examples on a port of its own choice."""

    def __init__(self, name, *arguments):
        self.process = subprocess.Popen([str(work / "bin" / name), "0", *map(str, arguments)],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env=environment())
        line = self.process.stdout.readline()
        check(line.startswith("port "), f"{name} says {line!r} {line or self.process.stderr.read()}")
        self.port = int(line.split()[1])
        self.line = line

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def echo():
    with Server("echo") as server:
        check("on tcp: plain TCP: vfio: not in this build" in server.line, server.line)
        said = run(work / "bin/echo", server.port, "what is said", env=environment())
        check("what is said\n" in said, said)
        # A megabyte both ways at once, by Linux's own sockets.
        sent = os.urandom(1 << 20)
        with socket.create_connection(("127.0.0.1", server.port)) as s:
            s.settimeout(60)

            def send():
                s.sendall(sent)
                s.shutdown(socket.SHUT_WR)

            sender = threading.Thread(target=send)
            sender.start()
            back = b""
            while chunk := s.recv(65536):
                back += chunk
            sender.join()
        check(back == sent, f"{len(back)} bytes came back")


def curl(*arguments):
    if shutil.which("curl") is None:
        print("curl is not installed: skipped")
        sys.exit(77)
    return subprocess.run(["curl", "-sS", "--noproxy", "*", "--max-time", "60", *map(str, arguments)],
                          stdout=subprocess.PIPE, check=True).stdout


def http_server():
    with Server("http_server", 1000) as server:
        url = f"http://127.0.0.1:{server.port}/"
        body = curl(url)
        check(body == b"Hello, world\n" + b"." * 987, str(body))
        check(curl(url, url, url) == 3 * body, "keep-alive")
        # A head in single bytes, and two requests in one packet.
        with socket.create_connection(("127.0.0.1", server.port)) as s:
            s.settimeout(60)
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in b"GET / HTTP/1.1\r\n\r\n":
                s.send(bytes([byte]))
            s.sendall(b"GET / HTTP/1.1\r\n\r\n" * 2)
            answer = b""
            while answer.count(b"HTTP/1.1 200 OK") < 3 or not answer.endswith(body):
                chunk = s.recv(65536)
                check(chunk, f"ended after {answer!r}")
                answer += chunk
            s.sendall(b"POST / HTTP/1.1\r\n\r\n")
            check(s.recv(1) == b"", "POST must end the connection")


def file_server():
    with tempfile.TemporaryDirectory() as folder:
        big = os.urandom(5_000_001)
        (pathlib.Path(folder) / "big").write_bytes(big)
        (pathlib.Path(folder) / "empty").write_bytes(b"")
        with Server("file_server", folder) as server:
            url = f"http://127.0.0.1:{server.port}"
            check(curl(url + "/big") == big, "the bytes differ")
            check(curl(url + "/empty", url + "/big") == big, "keep-alive")
            for name in ("/none", "/%2e%2e/etc/passwd", "/../etc/passwd", "/."):
                status = curl("--path-as-is", "-o", "/dev/null", "-w", "%{http_code}", url + name)
                check(status == b"404", f"{name}: {status}")


globals()[part]()
print(part, "ok")
