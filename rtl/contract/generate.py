#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Generates SystemVerilog, C++, test tables and Markdown from block YAMLs (docs/contract.md).

  generate.py --out DIR BLOCK.yaml             every product of one block
  generate.py --plan BLOCK.yaml                block, imports, sources and products, for CMake
  generate.py --aggregate --out DIR *.yaml     reasons, address map, waits_for over all blocks
  generate.py --docs DIR --check|--update *.yaml   committed register pages against the YAMLs

Exit status: 0; 1 a committed page is out of date; 2 a YAML is refused (one line on stderr).
"""

import argparse
import os
import sys

sys.dont_write_bytecode = True  # the source tree stays clean

from fpcontract import aggregate, emit  # noqa: E402
from fpcontract.marks import ContractError  # noqa: E402
from fpcontract.schema import load_block  # noqa: E402


def plan(block):
    """key=value lines; lists are separated by `;` as CMake has them."""
    imports = block.all_imports()
    print("block=" + block.name)
    print("imports=" + ";".join(item.name for item in imports))
    print("import_files=" + ";".join(item.files[0] for item in imports))
    print("sources=" + ";".join(block.files))
    print("outputs=" + ";".join(emit.outputs(block)))
    print("registers=" + ("1" if block.registers else "0"))


def docs(paths, folder, update):
    stale = []
    for path in paths:
        block = load_block(path, os.path.relpath(path))
        if not (block.registers or block.structs or block.messages):
            continue
        page = os.path.join(folder, f"{block.name}.md")
        text = emit.render(block, os.path.basename(path), "block.md.j2")
        if update:
            emit.write(page, text)
            continue
        try:
            with open(page, encoding="utf-8") as stream:
                same = stream.read() == text
        except OSError:
            same = False
        if not same:
            stale.append(page)
    for page in stale:
        print(f"{page}: out of date; build the target contract_docs_update", file=sys.stderr)
    return 1 if stale else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("yaml", nargs="*")
    parser.add_argument("--out", help="output folder")
    parser.add_argument("--plan", action="store_true")
    parser.add_argument("--aggregate", action="store_true")
    parser.add_argument("--docs", metavar="DIR", help="folder of the committed pages")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--update", action="store_true")
    args = parser.parse_args()
    if not args.yaml:
        parser.error("no YAML given")
    try:
        if args.docs:
            return docs(args.yaml, args.docs, args.update)
        if args.aggregate:
            aggregate.emit(aggregate.collect(args.yaml), args.out)
            return 0
        for path in args.yaml:
            block = load_block(path, path)
            if args.plan:
                plan(block)
            else:
                emit.emit(block, os.path.basename(path), args.out)
    except ContractError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
