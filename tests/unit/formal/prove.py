#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves a module's immediate assertions (under `ifdef FORMAL`) for all time with yosys' temporal
induction: they hold from the first reset on, whatever the inputs.

  prove.py --root TREE --top MODULE [--set Param=Value]... FILE...
  prove.py --cut SELECTION ...    what yosys selects gives any value in any cycle, so that memories whose
                                  contents the proof does not need cost nothing
  prove.py --refuse PATCH ...     the same with PATCH applied to a copy; succeeds only if yosys finds
                                  the proof wrong, which shows that the assertions say something

Paths are relative to TREE. Exit status 0 done, 1 not so, 77 without yosys."""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile


def prove(root, args):
    """Runs yosys; returns (proven, refused, log)."""
    params = " ".join(f"-chparam {name} {value}"
                      for name, value in (s.split("=", 1) for s in args.set))
    reads = "; ".join(f"read_verilog -sv -formal -DFORMAL {root / f}" for f in args.files)
    cut = f"cutpoint {args.cut};" if args.cut else ""
    script = (f"{reads}; hierarchy -check -top {args.top} {params}; proc; opt -fast; "
              f"memory -nomap; {cut} memory_map; opt -fast; flatten; async2sync; dffunmap; opt_clean; "
              f"sat -tempinduct -prove-asserts -set-assumes -maxsteps {args.steps} -verify")
    run = subprocess.run(["yosys", "-p", script], capture_output=True, text=True, check=False)
    log = run.stdout + run.stderr
    # Without assertions in the netlist a proof would be empty.
    checks = log.count("Import proof for assert")
    proven = run.returncode == 0 and "SUCCESS" in log and checks > 0
    # Refused: a run from reset that breaks an assertion, not merely an induction that stays open.
    solved = [line for line in log.splitlines() if "Solving problem with" in line]
    refused = "proof did fail" in log and bool(solved) and solved[-1].startswith("[base case")
    return proven, refused, log


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", required=True, type=pathlib.Path)
    parser.add_argument("--top", required=True)
    parser.add_argument("--set", action="append", default=[], metavar="PARAM=VALUE")
    parser.add_argument("--steps", type=int, default=16)
    parser.add_argument("--cut", metavar="SELECTION")
    parser.add_argument("--refuse", type=pathlib.Path, metavar="PATCH")
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    if shutil.which("yosys") is None:
        print("yosys is not installed: skipped")
        return 77
    if args.refuse is None:
        proven, _, log = prove(args.root, args)
        print(f"{args.top} {' '.join(args.set)}: {'proven' if proven else 'NOT PROVEN'}")
        if not proven:
            print("\n".join(log.splitlines()[-30:]))
        return 0 if proven else 1
    with tempfile.TemporaryDirectory() as copy:
        for f in args.files:
            if pathlib.Path(f).is_absolute():  # generated, never patched
                continue
            target = pathlib.Path(copy) / f
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(args.root / f, target)
        patch = (args.root / args.refuse).read_bytes()
        subprocess.run(["patch", "-p1", "-s", "-d", copy], input=patch, check=True)
        proven, refused, log = prove(pathlib.Path(copy), args)
    print(f"{args.top} with {args.refuse.name}: "
          f"{'PROVEN ALL THE SAME' if proven else 'refused' if refused else 'yosys failed'}")
    if not refused:
        print("\n".join(log.splitlines()[-30:]))
    return 0 if refused and not proven else 1


if __name__ == "__main__":
    sys.exit(main())
