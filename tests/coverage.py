#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Sums gcov's output per folder: gcov -n ... | tests/coverage.py. Reported, not a gate."""
import re
import sys

folders = {}
name = None
for line in sys.stdin:
    found = re.match(r"File '(.*)'", line)
    if found:
        name = found.group(1)
        continue
    found = re.match(r"Lines executed:([\d.]+)% of (\d+)", line)
    if not found or name is None:
        continue
    path = name.split("/")
    name = None
    if path[0] not in ("cmodel", "sim-tb", "hostdrv", "firmware"):
        continue
    lines = int(found.group(2))
    hit = float(found.group(1)) / 100 * lines
    row = folders.setdefault("/".join(path[:2]), {})
    # A header is reported once per object; the best count is the file's.
    row[path[-1]] = max(row.get(path[-1], (0, 0)), (hit, lines))
if not folders:
    print("coverage: gcov: found no files, expected a coverage build that was run", file=sys.stderr)
    sys.exit(1)
total_hit = total = 0
print("%-24s %8s %8s" % ("folder", "lines", "covered"))
for folder in sorted(folders):
    hit = sum(h for h, _ in folders[folder].values())
    lines = sum(n for _, n in folders[folder].values())
    total_hit += hit
    total += lines
    print("%-24s %8d %7.1f%%" % (folder, lines, 100 * hit / lines if lines else 0))
print("%-24s %8d %7.1f%%" % ("all", total, 100 * total_hit / total if total else 0))
