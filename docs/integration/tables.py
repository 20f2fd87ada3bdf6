#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Port and parameter tables of docs/integration/BLOCK.md, from the RTL's module headers.

tables.py --check    fails when a page's table is not the module's
tables.py --update   writes them"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = {"rmt": "rtl/rmt/rmt.sv", "mbuf": "rtl/mbuf/mbuf.sv", "vq": "rtl/vq/vq.sv",
         "csr": "rtl/soc/csr.sv"}
BEGIN, END = "<!-- module: docs/integration/tables.py -->\n", "<!-- end -->"
PORT = re.compile(r"^\s*(input|output)\s+(.*?)\s*\b(\w+)\s*,?\s*(?://\s*(.*))?$")
PARAMETER = re.compile(r"^\s*parameter\s+(.*?)\s*\b(\w+)\s*=\s*(.*?),?\s*(?://\s*(.*))?$")
LOCAL = re.compile(r"^\s*localparam\s+.*?\b(\w+)\s*=\s*(.*?),?\s*(?://.*)?$")


def header(name, text):
    found = re.search(rf"^module {name}\b(.*?)^\);", text, re.M | re.S)
    if not found:
        sys.exit(f"{name}: found no module header")
    return [line for line in found.group(1).splitlines()
            if line.strip() and not line.strip().startswith("//")]


def table(name):
    """The block's tables as Markdown; every line of the header must be understood."""
    ports, parameters, local = [], [], {}
    for line in header(name, (ROOT / PAGES[name]).read_text(encoding="utf-8")):
        if m := PORT.match(line):
            ports.append(m.groups())
        elif m := PARAMETER.match(line):
            parameters.append(m.groups())
        elif m := LOCAL.match(line):
            local[m.group(1)] = m.group(2)
        elif line.strip() not in ("#(", ") (", "(", ")"):
            sys.exit(f"{PAGES[name]}: found {line.strip()!r}, expected a port or a parameter")
    text = ""
    if parameters:
        text += "| parameter | type | default | |\n|---|---|---|---|\n"
        for kind, word, value, note in parameters:
            text += f"| `{word}` | `{kind}` | `{value}` | {note or ''} |\n"
        text += "\n"
    text += "| port | | type | |\n|---|---|---|---|\n"
    for direction, kind, word, note in ports:
        for short, value in local.items():
            kind = re.sub(rf"\b{short}\b", value, kind)
        text += f"| `{word}` | {direction[:-3]} | `{kind}` | {note or ''} |\n"
    return text


def main():
    mode = sys.argv[1] if len(sys.argv) == 2 else ""
    if mode not in ("--check", "--update"):
        sys.exit(__doc__)
    bad = []
    for name in PAGES:
        page = ROOT / f"docs/integration/{name}.md"
        text = page.read_text(encoding="utf-8")
        before, found, rest = text.partition(BEGIN)
        old, end, after = rest.partition(END)
        if not found or not end:
            sys.exit(f"{page.name}: found no place for the table, expected {BEGIN.strip()} and {END}")
        new = "\n" + table(name) + "\n"
        if mode == "--update":
            page.write_text(before + BEGIN + new + END + after, encoding="utf-8")
        elif old != new:
            bad.append(f"{page.name}: found another table than {PAGES[name]}'s; "
                       "docs/integration/tables.py --update")
    if bad:
        sys.exit("\n".join(bad))


main()
