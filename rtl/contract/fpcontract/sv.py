# SPDX-License-Identifier: Apache-2.0
"""SystemVerilog spelling inside yosys 0.23's subset.

yosys finds no type of another package inside a typedef: imported structs are therefore repeated in
the package (common_conn_ref_t, bit-identical) and imported enums become plain vectors.
"""


def dims(bits):
    return "" if bits == 1 else f"[{bits - 1}:0] "


def member(field, block, plain=False):
    """One struct member. plain: no named types (register structs)."""
    kind = None if plain else field.type
    if kind is not None and field.count is None:
        if not kind.is_enum:
            prefix = "" if kind.block == block else f"{kind.block}_"
            return f"{prefix}{kind.name}_t {field.name};"
        if kind.block == block:
            return f"{kind.name}_e {field.name};"
    note = ""
    if field.type is not None:
        suffix = "e" if field.type.is_enum else "t"
        note = f"  // {field.type.block}_pkg::{field.type.name}_{suffix}"
    if field.count:
        inner = "" if field.bits == 1 else f"[{field.bits - 1}:0]"
        return f"logic [{field.count - 1}:0]{inner} {field.name};{note}"
    return f"logic {dims(field.bits)}{field.name};{note}"


def mirrors(block):
    """Imported structs that this block's structs use as scalars, each after those it needs."""
    out = []

    def visit(struct):
        for item in struct.fields:
            kind = item.type
            if kind is None or kind.is_enum or item.count is not None:
                continue
            visit(kind)
            if kind.block != block.name and kind not in out:
                out.append(kind)

    for struct in block.structs + block.messages:
        visit(struct)
    return out


def mirror_member(field, owner):
    """A member of a repeated struct: nested structs by their repeated name, enums as vectors."""
    kind = field.type
    if kind is not None and not kind.is_enum and field.count is None:
        return f"{kind.block}_{kind.name}_t {field.name};"
    return member(field, owner, plain=True)


def constant(item):
    if item.width:
        return f"localparam logic {dims(item.width)}{item.name} = {item.width}'h{item.value:x};"
    if item.value >= 1 << 32:
        return f"localparam logic [63:0] {item.name} = 64'h{item.value:x};"
    return f"localparam int unsigned {item.name} = 32'd{item.value};"
