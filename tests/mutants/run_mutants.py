#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Mutation runs: does a block's test notice a broken block?

  run_mutants.py make --top TOP --count N --out DIR FILE...
      reads the RTL with yosys, picks N places to break and writes DIR/netlist.v, in which input
      `mut_sel` = k activates mutant k (0: none), and DIR/mutants.txt, which says what each does.
      Clock and reset ports are left alone. With --hierarchy modules stay apart, so that a mutant is
      in every instance of its module; large blocks become netlists of a size that way.
  run_mutants.py run --exe TEST --list DIR/mutants.txt [--min PERCENT]
      runs TEST (built on the netlist, tests/mutants/mutants.cmake) once per mutant with $FP_MUTANT
      set. A mutant is killed when the test fails, crashes or hangs; one whose netlist oscillates
      ("did not converge") is dropped. Prints the survivors; fails when more survive than PERCENT
      allows, rounded up to a whole mutant: of 20 two may, of 5 one.

Exit status 0 done, 1 not so, 77 without yosys."""

import argparse
import concurrent.futures
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys

SEL_BITS = 12
# Ports of flip-flops and memories that are clock or reset.
KEEP_PORTS = re.compile(r"-port \\(CLK|SRST|ARST|ALOAD|CLR|SET|RD_CLK|WR_CLK|RD_ARST|RD_SRST"
                        r"|clk_i|rst_ni)\b")


def yosys(script, log):
    run = subprocess.run(["yosys", "-q", "-l", str(log), "-p", script],
                         capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"yosys failed, see {log}:\n{run.stderr.strip()}")


def make(args):
    if shutil.which("yosys") is None:
        print("yosys is not installed: skipped")
        return 77
    out = args.out
    out.mkdir(parents=True, exist_ok=True)
    design = out / "design.il"
    picked = out / "picked.txt"
    # Deferred: large modules are elaborated with the parameters of their instances only.
    defer = "-defer" if args.hierarchy else ""
    reads = "; ".join(f"read_verilog -sv {defer} {f}" for f in args.files)
    params = " ".join("-chparam " + s.replace("=", " ") for s in args.set)
    # Optimised first: a mutant of logic that is constant anyway could not be noticed.
    # Before flattening each module is worked on once, whatever the number of its instances.
    flatten = "" if args.hierarchy else "flatten; opt -fast -full -fine; opt_clean;"
    yosys(f"{reads}; hierarchy -check -top {args.top} {params}; proc; opt -full -fine; wreduce;"
          f" memory -nomap; opt_clean; {flatten}"
          f" write_rtlil {design};"
          f" mutate -list {2 * args.count} -seed {args.seed} -o {picked}", out / "pick.log")
    lines = [line for line in picked.read_text().splitlines()
             if line.startswith("mutate") and not KEEP_PORTS.search(line) and "rst_ni" not in line]
    lines = lines[:args.count]
    commands = "\n".join(f"{line} -ctrl mut_sel {SEL_BITS} {k}" for k, line in enumerate(lines, 1))
    (out / "mutate.ys").write_text(commands + "\n")
    yosys(f"read_rtlil {design}; script {out / 'mutate.ys'}; opt_clean;"
          f" write_verilog -noattr {out / 'netlist.v'}", out / "mutate.log")
    (out / "mutants.txt").write_text("".join(f"{k} {line}\n" for k, line in enumerate(lines, 1)))
    print(f"{len(lines)} mutants of {args.top}")
    return 0


def module_of(line):
    # $paramod$HASH\\NAME, $paramod\\NAME\\P=V or NAME
    name = re.search(r"-module (\S+)", line)
    parts = name[1].split("\\") if name else [""]
    return parts[1] if len(parts) > 1 else parts[0]


def run_one(args, number):
    env = dict(os.environ, FP_MUTANT=str(number))
    for chosen in [f"-{args.last}", args.last] if args.last else ["*"]:
        try:
            run = subprocess.run([args.exe, "--gtest_fail_fast", "--gtest_brief=1",
                                  f"--gtest_filter={chosen}"], env=env, text=True,
                                 capture_output=True, timeout=args.timeout, check=False,
                                 errors="replace")
        except subprocess.TimeoutExpired:
            return "hung"
        if "did not converge" in run.stdout + run.stderr:
            return "looping"
        if run.returncode != 0:
            return "killed"
    return "survived"


def run(args):
    if not args.list.exists():
        print("no mutants were made (yosys is not installed): skipped")
        return 77
    if not pathlib.Path(args.exe).exists():
        print(f"{args.name}: skipped: not built; cmake --build BUILD --target mutants builds it")
        return 77
    if run_one(args, 0) != "survived":
        print("the test fails on the netlist without a mutant")
        return 1
    mutants = [line.split(" ", 1) for line in args.list.read_text().splitlines()]
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        results = list(pool.map(lambda m: run_one(args, m[0]), mutants))
    modules = [module_of(line) for _, line in mutants]
    for module in sorted(set(modules)) if len(set(modules)) > 1 else []:
        of = [r for m, r in zip(modules, results) if m == module and r != "looping"]
        print(f"  {module}: {len(of) - of.count('survived')} of {len(of)}")
    count = {r: results.count(r) for r in ("killed", "hung", "looping", "survived")}
    tried = len(mutants) - count["looping"]
    killed = count["killed"] + count["hung"]
    share = 100.0 * killed / tried if tried else 0.0
    for (number, line), result in zip(mutants, results):
        if result == "survived":
            print(f"survivor {number}: {line}")
    print(f"{args.name}: {killed} of {tried} mutants killed ({share:.1f} %), "
          f"{count['hung']} of them by hanging; {count['looping']} looping ones dropped")
    allowed = math.ceil(tried * (100.0 - args.min) / 100.0)
    return 0 if tried and count["survived"] <= allowed else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = parser.add_subparsers(required=True)
    m = sub.add_parser("make")
    m.add_argument("--top", required=True)
    m.add_argument("--count", type=int, required=True)
    m.add_argument("--seed", type=int, default=1)
    m.add_argument("--set", action="append", default=[], metavar="PARAM=VALUE")
    m.add_argument("--hierarchy", action="store_true", help="do not flatten")
    m.add_argument("--out", type=pathlib.Path, required=True)
    m.add_argument("files", nargs="+")
    m.set_defaults(do=make)
    r = sub.add_parser("run")
    r.add_argument("--exe", required=True)
    r.add_argument("--name", default="mutants")
    r.add_argument("--list", type=pathlib.Path, required=True)
    r.add_argument("--min", type=float, default=90.0)
    r.add_argument("--last", default="", help="gtest filter of the tests that are run last")
    r.add_argument("--timeout", type=float, default=120.0, help="seconds for one run")
    r.add_argument("--jobs", type=int, default=os.cpu_count())
    r.set_defaults(do=run)
    args = parser.parse_args()
    return args.do(args)


if __name__ == "__main__":
    sys.exit(main())
