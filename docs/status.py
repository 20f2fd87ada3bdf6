#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes README's status table from ctest's JUnit files: docs/status.py JUNIT... README.

Of a test that was run again, the last file's result counts. A row is what the tests' names begin with ("rmt.", "lockstep.", ...)."""
import re
import sys
import xml.etree.ElementTree as ElementTree


def area(name):
    head = re.split(r"[./]", name)[0]
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", head)


def main():
    if len(sys.argv) < 3:
        print("status.py: arguments: found %d, expected JUNIT... README" % (len(sys.argv) - 1),
              file=sys.stderr)
        return 2
    results = {}
    for file in sys.argv[1:-1]:
        for case in ElementTree.parse(file).getroot().findall("testcase"):
            results[case.get("name")] = case.get("status")
    rows = {}
    for name, status in results.items():
        row = rows.setdefault(area(name), [0, 0, 0])
        row[0 if status == "run" else 1 if status == "fail" else 2] += 1
    lines = ["| tests | passed | failed | skipped |", "|---|---|---|---|"]
    lines += ["| %s | %d | %d | %d |" % (name, *rows[name]) for name in sorted(rows, key=str.lower)]
    total = [sum(r[i] for r in rows.values()) for i in range(3)]
    lines.append("| **all** | %d | %d | %d |" % tuple(total))
    text = open(sys.argv[-1]).read()
    begin, end = "<!-- status begin -->\n", "<!-- status end -->"
    head, rest = text.split(begin)
    tail = rest.split(end, 1)[1]
    open(sys.argv[-1], "w").write(head + begin + "\n".join(lines) + "\n" + end + tail)
    return 0


sys.exit(main())
