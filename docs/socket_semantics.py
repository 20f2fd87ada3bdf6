#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The table of docs/socket-semantics.md from a run of sockets_test:

  sockets_test --gtest_filter=-*/sockmap --gtest_output=xml:FILE
  tests/unit/hostdrv/sockets/sockmap_world.py --flatproxy F sockets_test --gtest_filter=*/sockmap --gtest_output=xml:FILE2
  docs/socket_semantics.py FILE FILE2 docs/socket-semantics.md
  docs/socket_semantics.py --check sockets_test docs/socket-semantics.md   the tests are the page's?"""
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

WORLDS = ["linux", "tcp", "sockmap", "device"]
BEGIN, END = "<!-- table begin -->\n", "<!-- table end -->"


def words(name):
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return text[0] + text[1:].lower()


def table(reports):
    rows = {}
    for suite in (s for r in reports for s in ElementTree.parse(r).getroot().findall("testsuite")):
        if not suite.get("name").startswith("Sockets/"):
            continue
        for case in suite.findall("testcase"):
            name, world = case.get("name").split("/")
            skipped = case.find("skipped")
            if case.find("failure") is not None:
                result = "**fails**"
            elif skipped is not None or case.get("status") == "notrun":
                text = (skipped.get("message") if skipped is not None else "") or ""
                result = "no: " + text.strip().splitlines()[-1] if text.strip() else "no"
            else:
                result = "yes"
            rows.setdefault((suite.get("name")[8:], name), {})[world] = result
    lines = ["| what holds | test | " + " | ".join(WORLDS) + " |", "|---|---|" + "---|" * len(WORLDS)]
    for (suite, name), results in rows.items():
        cells = " | ".join(results.get(w, "-") for w in WORLDS)
        lines.append(f"| {words(name)} | `{suite}.{name}` | {cells} |")
    return "\n".join(lines) + "\n"


def check(binary, page):
    listed, suite = set(), ""
    for line in subprocess.run([binary, "--gtest_list_tests"], stdout=subprocess.PIPE, text=True,
                               check=True).stdout.splitlines():
        if not line.startswith(" "):
            suite = line.split("#")[0].strip().rstrip(".")
        elif suite.startswith("Sockets/"):
            listed.add(f"{suite[8:]}.{line.split('/')[0].strip()}")
    shown = set(re.findall(r"`(\w+\.\w+)`", open(page, encoding="utf-8").read()))
    if listed == shown:
        return 0
    print(f"socket_semantics.py: {page}: found {sorted(shown - listed)}, "
          f"expected {sorted(listed - shown)}: run it again", file=sys.stderr)
    return 1


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "--check":
        return check(sys.argv[2], sys.argv[3])
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    text = open(sys.argv[-1], encoding="utf-8").read()
    head, rest = text.split(BEGIN)
    tail = rest.split(END, 1)[1]
    open(sys.argv[-1], "w", encoding="utf-8").write(head + BEGIN + table(sys.argv[1:-1]) + END + tail)
    return 0


sys.exit(main())
