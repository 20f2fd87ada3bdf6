# SPDX-License-Identifier: Apache-2.0
"""What only makes sense over all blocks: reasons, the address map, the waits-for graph."""

import json
import os

from . import emit as emitter
from .marks import ContractError
from .names import camel
from .schema import load_block


def _clash(block, key, found, expected):
    raise ContractError(block.path, block.lines.get(key, 1), key, found, expected)


def collect(paths):
    """All blocks in the given order, checked against each other."""
    cache, blocks = {}, []
    for path in paths:
        block = load_block(path, path, cache=cache)
        if block not in blocks:
            blocks.append(block)
    names, ids, reasons, labels = {}, {}, {}, {}
    for block in blocks:
        if block.name in names:
            _clash(block, "block", f"{block.name}, already in {names[block.name]}",
                   "a name of its own")
        names[block.name] = block.path
        if block.block_id is not None:
            if block.block_id in ids:
                _clash(block, "block_id", f"{block.block_id}, already {ids[block.block_id]}",
                       "an id of its own")
            ids[block.block_id] = block.name
        for reason in block.reasons:
            for key, table in ((reason.name, reasons), (camel(reason.name), labels)):
                if key in table:
                    raise ContractError(block.path, reason.line, f"reasons.{reason.name}",
                                        f"the name of a reason of {table[key]}",
                                        "a globally unique name")
                table[key] = block.name
    mapped = sorted((b for b in blocks if b.registers), key=lambda b: b.base)
    for low, high in zip(mapped, mapped[1:]):
        if low.base + low.size > high.base:
            _clash(high, "base", f"{hex(high.base)} inside {low.name} ({hex(low.base)}.."
                   f"{hex(low.base + low.size - 1)})", "a free range")
    return blocks


def outputs():
    return {"sv/reasons_pkg.sv": "reasons_pkg.sv.j2",
            "include/contract/reasons.hpp": "reasons.hpp.j2",
            "include/contract/address_map.hpp": "address_map.hpp.j2"}


def emit(blocks, out):
    env = emitter.environment()
    reasons = [reason for block in blocks for reason in block.reasons]
    counters = {(block.name, reg.name): block.base + reg.offset
                for block in blocks for reg in block.registers if reg.is_counter}
    for path, template in outputs().items():
        text = env.get_template(template).render(
            blocks=blocks, reasons=reasons, counters=counters,
            mapped=sorted((b for b in blocks if b.registers), key=lambda b: b.base))
        emitter.write(os.path.join(out, path), emitter.tidy(text))
    edges = [{"from": edge.source, "to": edge.target, "doc": edge.doc,
              "where": f"{block.name}:{edge.where.rsplit(':', 1)[1]}"}
             for block in blocks for edge in block.waits_for]
    emitter.write(os.path.join(out, "waits_for.json"), json.dumps(edges, indent=1) + "\n")
