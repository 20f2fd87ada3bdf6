# SPDX-License-Identifier: Apache-2.0
"""C++ types and the straight-line pack/unpack code of structs."""

from dataclasses import dataclass

from .names import camel

UNROLL = 64  # arrays that cannot be copied as bytes are unrolled up to this many elements


def uint_type(bits):
    """Smallest natural unsigned type (bool for one bit); bits <= 64."""
    if bits == 1:
        return "bool"
    for width in (8, 16, 32, 64):
        if bits <= width:
            return f"uint{width}_t"
    raise ValueError(bits)


def enum_base(width):
    return f"uint{8 if width <= 8 else 16 if width <= 16 else 32}_t"


def type_name(kind, block):
    prefix = "" if kind.block == block else f"{kind.block}::"
    return prefix + camel(kind.name)


def element_type(field, block):
    if field.type is not None:
        return type_name(field.type, block)
    if field.bits > 64:
        return f"std::array<uint32_t, {-(-field.bits // 32)}>"
    return uint_type(field.bits)


def member_type(field, block):
    element = element_type(field, block)
    return f"std::array<{element}, {field.count}>" if field.count else element


def hexu(value):
    return f"0x{value:x}u" if value > 9 else f"{value}u"


@dataclass
class Leaf:
    """One piece of a struct at a bit position. kind: scalar | bytes | loop."""
    kind: str
    expr: str
    lsb: int
    bits: int          # of one element
    type: str          # C++ type of one element
    field: object = None
    count: int = 1
    name: str = ""     # dotted path for messages

    @property
    def total(self):
        return self.bits * self.count


def _natural(field):
    """Bits the C++ element occupies in memory, 0 when it is no plain little-endian integer."""
    if field.type is not None:
        return int(enum_base(field.bits)[4:-2]) if field.type.is_enum else 0
    if field.bits > 64 or field.bits == 1:
        return 0
    return int(uint_type(field.bits)[4:-2])


def leaves(struct, block, prefix="", base=0, path=""):
    """The struct flattened to scalars, byte runs and loops."""
    out = []
    for item in struct.members:
        expr, at, name = prefix + item.name, base + item.lsb, path + item.name
        element = element_type(item, block)
        if item.type is not None and not item.type.is_enum:
            for index in range(item.count or 1):
                sub = f"[{index}]" if item.count else ""
                out += leaves(item.type, block, f"{expr}{sub}.", at + index * item.bits,
                              f"{name}{sub}.")
        elif item.bits > 64:
            for index in range(item.count or 1):
                sub = f"[{index}]" if item.count else ""
                out += _wide(item, f"{expr}{sub}", at + index * item.bits, name + sub)
        elif item.count is None:
            out.append(Leaf("scalar", expr, at, item.bits, element, item, name=name))
        elif _natural(item) == item.bits and at % 8 == 0:
            out.append(Leaf("bytes", expr, at, item.bits, element, item, item.count, name))
        elif item.count <= UNROLL:
            for index in range(item.count):
                out.append(Leaf("scalar", f"{expr}[{index}]", at + index * item.bits, item.bits,
                                element, item, name=f"{name}[{index}]"))
        else:
            out.append(Leaf("loop", expr, at, item.bits, element, item, item.count, name))
    return out


def _wide(item, expr, at, name):
    if at % 8 == 0 and item.bits % 8 == 0:
        return [Leaf("bytes", expr, at, 8, "uint32_t", item, item.bits // 8, name)]
    out = []
    for word in range(-(-item.bits // 32)):
        bits = min(32, item.bits - 32 * word)
        out.append(Leaf("scalar", f"{expr}[{word}]", at + 32 * word, bits, "uint32_t", item,
                        name=name))
    return out


def _value(leaf):
    """The leaf's value masked to its width, as uint32_t (or uint64_t above 32 bits)."""
    wide = "uint64_t" if leaf.bits > 32 else "uint32_t"
    value = f"static_cast<{wide}>({leaf.expr})"
    natural = {"bool": 1, "uint8_t": 8, "uint16_t": 16, "uint32_t": 32, "uint64_t": 64}
    if natural.get(leaf.type) == leaf.bits:
        return value
    mask = (1 << leaf.bits) - 1
    return f"({value} & {hex(mask)}u{'ll' if leaf.bits > 32 else ''})"


def pack_lines(struct, block):
    """Statements that fill words[0..kWords)."""
    words = -(-struct.bits // 32)
    terms = [[] for _ in range(words)]
    covered = [0] * words  # bits of each word that a byte run writes
    tail = []
    for leaf in leaves(struct, block):
        if leaf.kind == "scalar":
            for word in range(leaf.lsb // 32, (leaf.lsb + leaf.bits - 1) // 32 + 1):
                shift = leaf.lsb - 32 * word
                value = _value(leaf)
                if shift > 0:
                    value = f"({value} << {shift})"
                elif shift < 0:
                    value = f"({value} >> {-shift})"
                if leaf.bits > 32:
                    value = f"static_cast<uint32_t>({value})"
                terms[word].append(value)
        elif leaf.kind == "bytes":
            for word in range(words):
                low, high = max(leaf.lsb, 32 * word), min(leaf.lsb + leaf.total, 32 * word + 32)
                covered[word] += max(0, high - low)
            tail.append(f"contract::put_bytes(words, {leaf.lsb // 8}, {leaf.expr}.data(), "
                        f"{leaf.total // 8});")
        else:
            tail.append(f"for (unsigned i = 0; i < {leaf.count}; ++i) contract::put_bits(words, "
                        f"{leaf.lsb} + i * {leaf.bits}, {leaf.bits}, "
                        f"static_cast<uint64_t>({leaf.expr}[i]));")
    lines = []
    for word in range(words):
        if terms[word]:
            lines.append(f"words[{word}] = " + " |\n             ".join(terms[word]) + ";")
        elif covered[word] != 32:
            lines.append(f"words[{word}] = 0;")
    return lines + tail


def _read(lsb, bits):
    """Expression for `bits` bits at `lsb` of words[]."""
    word, shift = lsb // 32, lsb % 32
    mask = (1 << bits) - 1
    if bits <= 32:
        value = f"words[{word}] >> {shift}" if shift else f"words[{word}]"
        if shift + bits > 32:
            value = f"({value}) | (words[{word + 1}] << {32 - shift})"
        return value if bits == 32 and not shift else f"({value}) & {hex(mask)}u"
    parts = [f"(static_cast<uint64_t>(words[{word}]) >> {shift})",
             f"(static_cast<uint64_t>(words[{word + 1}]) << {32 - shift})"]
    if shift + bits > 64:
        parts.append(f"(static_cast<uint64_t>(words[{word + 2}]) << {64 - shift})")
    value = " | ".join(parts)
    return value if bits == 64 else f"({value}) & {hex(mask)}ull"


def unpack_lines(struct, block):
    """Statements that fill `v` from words[]."""
    lines = []
    for leaf in leaves(struct, block, "v."):
        if leaf.kind == "scalar":
            value = _read(leaf.lsb, leaf.bits)
            value = f"({value}) != 0" if leaf.type == "bool" else f"static_cast<{leaf.type}>({value})"
            lines.append(f"{leaf.expr} = {value};")
        elif leaf.kind == "bytes":
            lines.append(f"contract::get_bytes(words, {leaf.lsb // 8}, {leaf.expr}.data(), "
                         f"{leaf.total // 8});")
        else:
            lines.append(f"for (unsigned i = 0; i < {leaf.count}; ++i) {leaf.expr}[i] = "
                         f"static_cast<{leaf.type}>(contract::get_bits(words, {leaf.lsb} + i * "
                         f"{leaf.bits}, {leaf.bits}));")
    return lines


def reserved_masks(struct, base=0, path=""):
    """(word, mask, name) of every reserved bit, nested structs included."""
    out = []
    for item in struct.fields:
        at = base + item.lsb
        if item.reserved:
            for word in range(at // 32, (at + item.total - 1) // 32 + 1):
                low, high = max(at, 32 * word) - 32 * word, min(at + item.total, 32 * word + 32)
                mask = (1 << (high - 32 * word)) - (1 << low)
                out.append((word, mask, path + item.name))
        elif item.type is not None and not item.type.is_enum:
            for index in range(item.count or 1):
                sub = f"[{index}]" if item.count else ""
                out += reserved_masks(item.type, at + index * item.bits, f"{path}{item.name}{sub}.")
    return out


def checks(struct, block):
    """Conditions that validation must hold: (kind, C++ condition that is true when bad, name)."""
    out = []
    for leaf in leaves(struct, block, "v."):
        kind = leaf.field.type
        many = leaf.kind != "scalar"
        element = "x" if many else leaf.expr
        if kind is not None and kind.is_enum:
            if len(kind.values) == 1 << kind.width:
                continue
            prefix = "" if kind.block == block else f"{kind.block}::"
            bad, error = f"!{prefix}is_valid({element})", "kEnum"
        elif leaf.field.max is not None and leaf.field.max != (1 << leaf.field.bits) - 1:
            bad, error = f"{element} > {leaf.field.max}u", "kRange"
        else:
            continue
        name = leaf.name[2:] if leaf.name.startswith("v.") else leaf.name
        out.append((error, bad, name, leaf.expr if many else None))
    return out


def mask(bits):
    return hexu((1 << bits) - 1)
