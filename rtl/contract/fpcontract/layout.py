# SPDX-License-Identifier: Apache-2.0
"""Bit-layout pictures in text for the Markdown pages."""

CELL = 2  # characters of one bit


def _row(parts):
    """One 32-bit row from [(label, bits)], most significant first."""
    cells = []
    for label, bits in parts:
        width = bits * CELL - 1
        text = label if len(label) <= width else label[:max(0, width - 1)] + "~" if width > 1 else "*"
        cells.append(text.center(width))
    return "|" + "|".join(cells) + "|"


def _rule(parts):
    return "+" + "+".join("-" * (bits * CELL - 1) for _, bits in parts) + "+"


def picture(fields, total):
    """Rows of 32 bits, bit 31 to the left; fields are (name, lsb, bits). Long byte runs collapse."""
    lines, previous, skipped = [], None, 0
    lines.append(" " + "".join(f"{bit // 10 if bit % 10 == 0 else ' '} " for bit in range(31, -1, -1)))
    lines.append(" " + "".join(f"{bit % 10} " for bit in range(31, -1, -1)))
    for word in range(-(-total // 32)):
        parts, position = [], 32 * word
        for name, lsb, bits in fields:
            low, high = max(lsb, 32 * word), min(lsb + bits, 32 * word + 32)
            if low >= high:
                continue
            if low > position:
                parts.append(("-", low - position))
            parts.append((name, high - low))
            position = high
        if position < 32 * word + 32:
            parts.append(("-", 32 * word + 32 - position))
        parts.reverse()
        if parts == previous and len(parts) == 1:
            skipped += 1
            continue
        if skipped:
            lines.append(f"|{f'... {skipped} more words ...'.center(63)}|")
            skipped = 0
        if previous is None or len(parts) > 0:
            lines.append(_rule(parts))
        lines.append(f"{_row(parts)}  word {word}")
        previous = parts
    if skipped:
        lines.append(f"|{f'... {skipped} more words ...'.center(63)}|")
    lines.append(_rule(previous))
    return "\n".join(line.rstrip() for line in lines)


def reg_fields(reg):
    """(name, lsb, bits) of a register's fields by rising position."""
    return [(f.name, f.lsb, f.bits) for f in sorted(reg.fields, key=lambda f: f.lsb)]


def struct_fields(struct):
    """(name, lsb, bits) of a struct's fields; reserved ones show as `-`."""
    return [("-" if f.reserved else f.name, f.lsb, f.total) for f in struct.fields]


def csr_rows(block):
    """One entry per mapped word, as include/contract/csr_row.hpp describes."""
    rows = []
    for reg in block.registers:
        for index in range(reg.count):
            name = f"{reg.name}[{index}]" if reg.count > 1 else reg.name
            offset = reg.offset + index * reg.stride
            if reg.is_counter:
                for word in range(reg.words):
                    rows.append(dict(name=name + (".HI" if word else ""), offset=offset + 4 * word,
                                     reset=0, rw=0, ro=0xFFFFFFFF, w1c=0, wo=0, reserved=0,
                                     volatile=0xFFFFFFFF, counter=True, pulse=False))
                continue
            masks = {sw: sum(f.mask for f in reg.fields if f.sw == sw)
                     for sw in ("rw", "ro", "w1c", "wo")}
            rows.append(dict(
                name=name, offset=offset, reset=reg.reset & ~masks["wo"],
                reserved=0xFFFFFFFF & ~reg.field_mask, counter=False,
                volatile=sum(f.mask for f in reg.fields if f.hw_writes),
                pulse=reg.pulse or any(f.pulse for f in reg.fields), **masks))
    return rows
