#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows that the RTL is synthesisable, and how large it is.

  yosys_reads.py check --root TREE --list FILE.f --contract DIR --out RESULT.json [--gates]
      has yosys read every module of a block's file list (format: docs/uarch/common.md) as a top:
      `hierarchy -check; proc; check -assert`. RESULT.json gets cells and memory bits of each;
      --gates maps to gates first and adds the longest path (minutes and gigabytes for large
      blocks).
  yosys_reads.py unlisted --root TREE
      fails on a synthesisable .sv file that no list names.
  yosys_reads.py report --out PAGE.md RESULT.json...
      writes the table.

Exit status 0 done, 1 not so, 77 without yosys."""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# An unpacked array of a package's struct: yosys 0.23 reads one element and selects bits of it, without
# a word. Packed vectors of the struct's width are what it understands.
MISREAD = re.compile(r"^\s*\w+::\w+_t\s+\w+\s*\[", re.MULTILINE)
MODULE = re.compile(r"^module\s+(\w+)", re.MULTILINE)


CONTRACT = "${FLATPROXY_CONTRACT}/"


def read_list(path):
    """Entries of a .f file: (sources as they stand there, {module: [Name=Value]})."""
    sources, params = [], {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line, _, comment = line.partition("//")
        words = comment.split()
        if words[:1] == ["+param"] and len(words) >= 3:
            params[words[1]] = words[2:]
        words = line.split()
        if len(words) == 1 and words[0].endswith(".sv"):
            sources.append(words[0])
        elif words:
            sys.exit(f"{path}:{number}: found {line.strip()!r}, expected a .sv path")
    return sources, params


def resolve(path, source, contract):
    """Where an entry of the list `path` lies."""
    if source.startswith(CONTRACT):
        return contract / source[len(CONTRACT):]
    return pathlib.Path(os.path.normpath(path.parent / source))


PARAMOD = re.compile(r"^\$paramod(?:\$[0-9a-f]+)?\\(\w+)(.*)$")


def plain(name):
    """\\fifo or $paramod\\fifo\\Width=s32'...101 as (fifo, "Width=5")."""
    found = PARAMOD.match(name)
    if not found:
        return name.lstrip("\\"), ""
    values = re.findall(r"\\(\w+)=s?\d+'([01]+)", found.group(2))
    return found.group(1), " ".join(f"{n}={int(v, 2)}" for n, v in values)


def check_top(top, params, files, gates):
    """Elaborates one top; returns a row for each module below it, or the complaint. Each module is
    measured by itself, instances below it count in their own rows."""
    sets = " ".join(f"-chparam {n} {v}" for n, v in (p.split("=", 1) for p in params))
    reads = "; ".join(f"read_verilog -sv -defer {f}" for f in files)
    with tempfile.TemporaryDirectory() as folder:
        # Only `stat` and `ltp` are kept: the whole log of a large block is gigabytes.
        out = pathlib.Path(folder) / "report.txt"
        tee = f"tee -q -a {out}"
        script = f"{reads}; hierarchy -check -top {top} {sets}; proc; check -assert; {tee} stat;"
        if gates:
            script += (" opt -fast; memory_dff; memory_collect; techmap; opt -fast; abc -fast;"
                       f" opt_clean; {tee} stat; {tee} ltp -noff")
        run = subprocess.run(["yosys", "-q", "-p", script], capture_output=True, text=True,
                             check=False)
        log = out.read_text() if out.exists() else ""
    if run.returncode != 0:
        lines = (run.stdout + run.stderr).splitlines()
        return None, "\n".join(x for x in lines if "ERROR" in x or "Warning" in x)
    rows = {}
    for name, body in re.findall(r"^=== (\S+) ===\n\n(.*?)\n\n", log, re.MULTILINE | re.DOTALL):
        if name == "design":
            continue
        numbers = dict(re.findall(r"Number of ([a-z ]+):\s+(\d+)", body))
        row = rows.setdefault(name, {"memory_bits": int(numbers["memory bits"])})
        row["cells"] = int(numbers["cells"])   # the last `stat` counts
    for name, depth in re.findall(r"Longest topological path in (\S+) \(length=(\d+)\)", log):
        if name in rows:
            rows[name]["depth"] = int(depth)
    result = []
    for name, row in rows.items():
        module, values = plain(name)
        if module == top and not values:
            values = " ".join(params)
        result.append({"module": module, "params": values, "gates": gates, "depth": 0, **row})
    return result, None


def check(args):
    if shutil.which("yosys") is None:
        print("yosys is not installed: skipped")
        return 77
    sources, params = read_list(args.list)
    own = args.list.parent.relative_to(args.root)
    files, tops = [], []
    for source in sources:
        path = resolve(args.list, source, args.contract)
        if not path.exists():
            sys.exit(f"{args.list}: {source}: listed, but not there")
        files.append(str(path))
        text = path.read_text()
        for found in MISREAD.finditer(text):
            line = text.count("\n", 0, found.end()) + 1
            sys.exit(f"{source}:{line}: found an array of a package's struct, which yosys reads wrong, "
                     "expected an array of vectors")
        modules = MODULE.findall(text)
        if modules not in ([path.stem], []):
            sys.exit(f"{source}: holds {modules}, expected one module named as the file")
        if modules and (path.parent == args.list.parent or path.name == f"{own.name}_regs.sv"):
            tops += modules
    unknown = set(params) - set(tops)
    if unknown:
        sys.exit(f"{args.list}: +param of {sorted(unknown)}, which is none of its modules")
    # From the last module of the list, usually the block itself, down: what a run has elaborated
    # needs no run of its own.
    rows, bad, seen = [], 0, set()
    for top in reversed(tops):
        # Sizes of its own (+param) matter to the area report only.
        if top in seen and (top not in params or not args.gates):
            continue
        found, complaint = check_top(top, params.get(top, []), files, args.gates)
        if complaint is not None:
            bad += 1
            print(f"{top}: {complaint or 'yosys failed'}")
            continue
        for row in found:
            seen.add(row["module"])
            if row["module"] in tops and row not in rows:
                rows.append(row)
                print(f"{row['module']} {row['params']}: {row['cells']} cells, "
                      f"{row['memory_bits']} memory bits, longest path {row['depth']}")
    rows.sort(key=lambda row: (tops.index(row["module"]), row["params"]))
    absent = [top for top in tops if top not in seen]
    if absent and not bad:
        sys.exit(f"{args.list}: not reached: {absent}")
    args.out.write_text(json.dumps({"block": str(own), "rows": rows}, indent=1) + "\n")
    if not tops:
        print(f"{args.list}: names no module of {own}")
    return 1 if bad or not tops else 0


def unlisted(args):
    listed = set()
    for path in args.root.glob("rtl/*/*.f"):
        listed |= {os.path.relpath(path.parent / s, args.root) for s in read_list(path)[0]
                   if not s.startswith(CONTRACT)}
    for source in sorted(listed):
        if not (args.root / source).exists():
            print(f"{source}: listed, but not there")
    missing = [str(p.relative_to(args.root)) for p in sorted(args.root.glob("rtl/*/*.sv"))
               if str(p.relative_to(args.root)) not in listed]
    for source in missing:
        print(f"{source}: in no rtl/*/*.f")
    gone = [s for s in listed if not (args.root / s).exists()]
    return 1 if missing or gone or not listed else 0


def report(args):
    lines = ["# Synthesis", "",
             "Every synthesisable module as yosys 0.23 reads it, once for each set of parameters in use.",
             "Cells are gates after `techmap; abc -fast` where marked g, else word-level cells; instances",
             "count in their own rows. The longest path counts cells between registers (`ltp -noff`).",
             "Refreshed by `cmake --build build --target synthesis_update`.", "",
             "| block | module | parameters | cells | memory bits | longest path |",
             "|---|---|---|---:|---:|---:|"]
    for path in args.results:
        result = json.loads(path.read_text())
        for row in result["rows"]:
            mark = " g" if row["gates"] else ""
            lines.append(f"| {result['block']} | `{row['module']}` | {row['params']} | "
                         f"{row['cells']}{mark} | {row['memory_bits']} | {row['depth'] or '-'} |")
    args.out.write_text("\n".join(lines) + "\n")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = parser.add_subparsers(required=True)
    c = sub.add_parser("check")
    c.add_argument("--root", type=pathlib.Path, required=True)
    c.add_argument("--list", type=pathlib.Path, required=True)
    c.add_argument("--contract", type=pathlib.Path, required=True)
    c.add_argument("--out", type=pathlib.Path, required=True)
    c.add_argument("--gates", action="store_true")
    c.set_defaults(do=check)
    u = sub.add_parser("unlisted")
    u.add_argument("--root", type=pathlib.Path, required=True)
    u.set_defaults(do=unlisted)
    r = sub.add_parser("report")
    r.add_argument("--out", type=pathlib.Path, required=True)
    r.add_argument("results", type=pathlib.Path, nargs="+")
    r.set_defaults(do=report)
    args = parser.parse_args()
    return args.do(args)


if __name__ == "__main__":
    sys.exit(main())
