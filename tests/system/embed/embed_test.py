#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The installed package in somebody else's platform (sim-tb/examples/foreign_top).

embed_test.py install BUILD PREFIX EXAMPLE_SOURCE EXAMPLE_BUILD
    installs the build tree, then configures and builds the example in a clean folder against it
embed_test.py run PREFIX PROGRAM CONFIG [--pins]
    the foreign program gives the packets of `flatproxy-sim run`, at the same cycles
embed_test.py headers PREFIX FOLDER
    every installed header compiles alone
embed_test.py lint PREFIX LIST TOP
    verilator reads the installed RTL by its file list, in a folder that holds nothing else"""
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ENV = {k: v for k, v in os.environ.items() if k not in ("FLATPROXY_CONFIG", "CMAKE_PREFIX_PATH")}
ENV["SYSTEMC_DISABLE_COPYRIGHT_MESSAGE"] = "1"


def fail(text):
    print("FAIL:", text)
    sys.exit(1)


def do(*command, **more):
    done = subprocess.run([str(c) for c in command], env=ENV, capture_output=True, text=True, **more)
    if done.returncode != 0:
        fail(f"status {done.returncode} of {' '.join(map(str, command))}\n{done.stdout[-4000:]}"
             f"\n{done.stderr[-4000:]}")
    return done.stdout


def install(build, prefix, source, example):
    for folder in (prefix, example):
        shutil.rmtree(folder, ignore_errors=True)
    do("cmake", "--install", build, "--prefix", prefix)
    launcher = [f"-DCMAKE_CXX_COMPILER_LAUNCHER={c}" for c in [shutil.which("ccache")] if c]
    do("cmake", "-S", source, "-B", example, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}", *launcher)
    do("cmake", "--build", example)
    # The example has seen nothing but the package.
    tree = pathlib.Path(source).resolve().parents[2]
    with open(os.path.join(example, "build.ninja"), encoding="utf-8") as f:
        for line in f:
            if line.strip().startswith("INCLUDES") and str(tree / "cmodel") in line:
                fail(f"the example includes the source tree: {line}")


def run(prefix, program, config, *more):
    from traffic import write_captures, write_config
    from capture_files import read_pcapng
    with tempfile.TemporaryDirectory() as top:
        mine = os.path.join(top, "network.yaml")
        files = write_captures(write_config(config, mine), top, 800)
        inputs = [x for p, f in sorted(files.items()) for x in ("--in", f"{p}={f}")]
        out = os.path.join(top, "out")
        do(os.path.join(prefix, "bin/flatproxy-sim"), "run", "--config", mine, "--out-dir", out, *inputs,
           cwd=top)
        printed = do(program, "--config", mine, *inputs, *more, cwd=top).splitlines()

        expected, verdicts, late = {}, {}, 0
        left = {}
        with open(os.path.join(out, "packets.jsonl"), encoding="utf-8") as f:
            for line in map(json.loads, f):
                verdicts[line["in"], line["n"]] = line["verdict"]
                for copy in line["out"]:
                    port = copy["port"]
                    if port not in left:
                        left[port] = read_pcapng(os.path.join(out, port + ".pcapng"))
                    expected[port, copy["n"]] = (copy["cycle"], line["in"], line["n"],
                                                 left[port][copy["n"] - 1][1].hex())
        found, found_verdicts = {}, {}
        for line in map(json.loads, printed):
            if "verdict" in line:
                found_verdicts[line["from"], line["frame"]] = line["verdict"]
                continue
            frame = line["bytes"]
            if line["port"] in ("p0", "p1", "p2", "p3"):
                frame = frame.ljust(120, "0")  # a MAC pads
            found[line["port"], line["n"]] = (line["cycle"], line["from"], line["frame"], frame)
    ports = {p for p, _ in found} | {"p0", "p1", "p2", "p3"}
    expected = {k: v for k, v in expected.items() if k[0] in ports}
    for key in sorted(expected.keys() | found.keys()):
        if expected.get(key) != found.get(key):
            fail(f"{key[0]} frame {key[1]}: found {found.get(key)}, expected {expected.get(key)}")
    if found_verdicts and found_verdicts != verdicts:
        fail("verdicts differ: " + str([(k, found_verdicts.get(k), v) for k, v in verdicts.items()
                                        if found_verdicts.get(k) != v][:5]))
    seen = collections.Counter(verdicts.values())
    if min(seen["forward"], seen["drop"], seen["slow"]) < 10 or len(found) < 100:
        fail(f"too little to compare: {dict(seen)}, {len(found)} copies")
    print(f"{len(found)} copies of {len(verdicts)} frames at the same cycles, {dict(seen)}")


def headers(prefix, folder):
    include = pathlib.Path(prefix) / "include/flatproxy"
    flags = ["-std=c++20", "-Wall", "-Wextra", "-Werror", "-DSC_CPLUSPLUS=201703L", "-I", include]
    ccache = [c for c in [shutil.which("ccache")] if c]
    os.makedirs(folder, exist_ok=True)
    # Those of component systemc; another one's folder has a test of its own.
    names = sorted(h.relative_to(include) for part in ("cmodel", "contract", "firmware", "sim-tb")
                   for h in (include / part).rglob("*.hpp"))
    if len(names) < 30:
        fail(f"{len(names)} headers installed")
    for name in names:
        stem = os.path.join(folder, str(name).replace("/", "_"))
        with open(stem + ".cpp", "w", encoding="utf-8") as f:
            f.write(f'#include "{name}"\n')
        do(*ccache, "g++", *flags, "-c", stem + ".cpp", "-o", stem + ".o")
    print(len(names), "headers")


def lint(prefix, name, top):
    if shutil.which("verilator") is None:
        print("verilator is not installed: skipped")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        rtl = os.path.join(folder, "rtl")
        shutil.copytree(os.path.join(prefix, "share/flatproxy/rtl"), rtl)
        ENV["FLATPROXY_CONTRACT"] = os.path.join(rtl, "contract")
        do("verilator", "--lint-only", "-Wall", "--top-module", top, "-F", os.path.join(rtl, name),
           cwd=folder)


{"lint": lint, "install": install, "run": run, "headers": headers}[sys.argv[1]](*sys.argv[2:])
