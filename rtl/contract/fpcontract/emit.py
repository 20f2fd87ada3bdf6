# SPDX-License-Identifier: Apache-2.0
"""Runs the templates and writes files only when their text changed (no needless rebuilds)."""

import os

import jinja2

from . import cpp, layout, sv
from .model import EnumType, EnumValue
from .names import camel

TEMPLATES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "templates")


def oneline(text):
    return " ".join(text.split())


def note(doc, unit=""):
    """A trailing comment, or nothing."""
    text = oneline(doc)
    if unit:
        text = f"{text} [{unit}]" if text else f"[{unit}]"
    return f"  // {text}" if text else ""


def all_enums(block):
    """The YAML's enums and those that reasons and messages imply."""
    enums = list(block.enums)
    if block.reasons:
        values = [EnumValue(r.name.replace(".", "_"), r.code, f"{r.verdict}, counted by {r.counter}",
                            r.name) for r in block.reasons]
        enums.append(EnumType(block.name, "reason", 16, "Why a frame or message was not forwarded.",
                              values))
    if block.messages:
        values = [EnumValue(m.name, m.msg_id, "") for m in block.messages]
        enums.append(EnumType(block.name, "msg_id", 16, "Mailbox messages.", values))
    return enums


def environment():
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    env.filters.update(camel=camel, oneline=oneline,
                       cell=lambda text: oneline(text).replace("|", "\\|"))
    env.globals.update(cpp=cpp, sv=sv, note=note, layout=layout)
    return env


def tidy(text):
    """No trailing blanks, no runs of blank lines, none after an opening line or at either end."""
    out = []
    for line in (line.rstrip() for line in text.splitlines()):
        if not line and (not out or not out[-1]):
            continue
        out.append(line)
    while out and not out[-1]:
        out.pop()
    return "\n".join(out) + "\n"


def write(path, text):
    """Writes the file unless it already says so; True when it changed."""
    try:
        with open(path, encoding="utf-8") as stream:
            if stream.read() == text:
                return False
    except OSError:
        pass
    os.makedirs(os.path.dirname(path), exist_ok=True)
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.replace(temporary, path)
    return True


def outputs(block):
    """{path below the output folder: template} of one block."""
    name = block.name
    files = {f"sv/{name}_pkg.sv": "pkg.sv.j2", f"include/contract/{name}.hpp": "block.hpp.j2",
             f"docs/{name}.md": "block.md.j2"}
    if block.registers:
        files[f"sv/{name}_regs.sv"] = "regs.sv.j2"
        files[f"include/contract/{name}_regs.hpp"] = "regs.hpp.j2"
        files[f"include/contract/{name}_csr_table.hpp"] = "csr_table.hpp.j2"
    return files


def render(block, source, template):
    return tidy(environment().get_template(template).render(
        block=block, source=source, enums=all_enums(block), reg2hw=block.reg2hw(),
        hw2reg=block.hw2reg(), csr_rows=layout.csr_rows(block)))


def emit(block, source, out):
    for path, template in outputs(block).items():
        write(os.path.join(out, path), render(block, source, template))
