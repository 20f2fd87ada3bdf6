#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the manual pages of libflatproxy: generate.py HEADER PAGES VERSION OUT.

PAGES says what each call does (its first lines tell how); HEADER gives the prototypes. Every call of
HEADER must be in PAGES."""
import pathlib
import re
import sys


def escape(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text[:1] in ".'" else text


def prototypes(header):
    text = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
    text = re.sub(r"^#.*$", "", text, flags=re.M)
    found = {}
    for m in re.finditer(r"^([\w ]+?[ *]+)(fp_\w+)(\([^{};]*\));", text, re.M):
        if not m.group(1).startswith("typedef"):
            found[m.group(2)] = re.sub(r"\s+", " ", "".join(m.groups())) + ";"
    return found


def body(lines):
    out, entry = [], False
    for line in lines:
        if line.startswith("# "):
            out.append(".SH " + line[2:].upper())
            entry = False
        elif line.startswith("- "):
            name, text = line[2:].split(": ", 1)
            out += [".TP", ".B " + escape(name), escape(text)]
            entry = True
        elif not line.strip():
            if out and out[-1] != ".PP":
                out.append(".PP")
            entry = False
        else:
            if entry:
                out.append(".PP")
                entry = False
            out.append(escape(line))
    while out and out[-1] == ".PP":
        out.pop()
    # A heading needs no paragraph before it.
    return [l for i, l in enumerate(out)
            if not (l == ".PP" and i + 1 < len(out) and out[i + 1].startswith((".SH", ".TP")))]


def page(calls, title, lines, declared, version):
    out = [f'.TH {calls[0].upper()} 3 "" "flatproxy {version}" "Library Functions Manual"',
           ".SH NAME", f"{', '.join(calls)} \\- {escape(title)}", ".SH LIBRARY",
           "libflatproxy (\\-lflatproxy)", ".SH SYNOPSIS", ".nf",
           ".B #include <flatproxy/flatproxy.h>", ".PP"]
    out += [f'.B "{escape(declared[c])}"' for c in calls]
    out += [".fi", ".SH DESCRIPTION"] + body(lines)
    out += [".SH RETURN VALUE",
            "What answers a number answers 0 or a count on success and a negative error number on",
            "failure; errno is never touched.",
            ".SH SEE ALSO", ".BR fp_open (3),", ".BR fp_last_error (3)"]
    return "\n".join(out) + "\n"


def main():
    header, pages, version, out = sys.argv[1:]
    declared = prototypes(pathlib.Path(header).read_text(encoding="utf-8"))
    folder = pathlib.Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    blocks = re.split(r"^= ", pathlib.Path(pages).read_text(encoding="utf-8"), flags=re.M)[1:]
    told = []
    for block in blocks:
        head, *lines = block.split("\n")
        names, title = head.split(": ", 1)
        calls = names.split()
        for name in calls:
            if name not in declared:
                sys.exit(f"generate.py: {pages}: call: found {name}, expected one of {header}")
        told += calls
        (folder / f"{calls[0]}.3").write_text(page(calls, title, lines, declared, version),
                                              encoding="utf-8")
        for name in calls[1:]:
            (folder / f"{name}.3").write_text(f".so man3/{calls[0]}.3\n", encoding="utf-8")
    missing = sorted(set(declared) - set(told))
    if missing or len(told) != len(set(told)):
        sys.exit(f"generate.py: {pages}: calls: found none for {', '.join(missing) or 'one twice'},"
                 " expected one page each")
    return 0


sys.exit(main())
