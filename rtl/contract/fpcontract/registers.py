# SPDX-License-Identifier: Apache-2.0
"""The `registers:` section: offsets, fields, access types and their checks."""

from .marks import Seq
from .model import RegField, Register
from .names import UPPER, Scope, camel
from .schema import RANGE, show

_KEYS = ("name", "offset", "doc", "count", "stride", "kind", "width", "inc_bits", "pulse", "fields")
_FIELD_KEYS = ("name", "bits", "sw", "hw", "reset", "type", "live", "pulse", "doc")
_SW = ("rw", "ro", "w1c", "wo")
_HW = ("none", "ro", "wo", "rw")
# Names of the accessor struct's own members.
_TAKEN = ("raw", "offset_of")


def read_registers(reader):
    """Fills reader.block.registers, base and size."""
    block, root = reader.block, reader.root
    entries = reader.sequence("registers")
    if not entries:
        for key in ("base", "size"):
            if key in root:
                reader.fail(root.lines[key], key, "no registers", "`base`/`size` only beside them")
        return
    for key in ("base", "size"):
        if key not in root:
            reader.fail(root.lines["registers"], key, "nothing", "the key beside `registers`")
    block.size = reader.integer(root, "size", "", 4, 0x10000)
    if block.size & (block.size - 1):
        reader.fail(root.lines["size"], "size", hex(block.size), "a power of two")
    block.base = reader.integer(root, "base", "", 0, 0xFFFFFFFF)
    if block.base % block.size:
        reader.fail(root.lines["base"], "base", hex(block.base),
                    f"a multiple of size {hex(block.size)}")
    reader.declare(root.lines["base"], "base", sv=["CsrBase", "CsrSize"],
                   cpp=["kCsrBase", "kCsrSize"])
    reader.declare(root.lines["registers"], "registers",
                   sv=["reg2hw_t", "hw2reg_t", "Reg2hwBits", "Hw2regBits"],
                   cpp=["Reg2Hw", "Hw2Reg", "Regs", "reg", "kCsrTable"], plain=["reg2hw", "hw2reg"])
    words = {}
    members = Scope(reader.shown, "reg2hw_t/hw2reg_t")
    accessors = Scope(reader.shown, "namespace reg")
    for item, line in entries:
        _register(reader, item, line, words, members, accessors)


def _register(reader, item, line, words, members, accessors):
    field = "registers"
    reader.mapping(item, line, field, _KEYS, ("name", "offset"))
    name = reader.name(item, field, UPPER)
    field = f"registers.{name}"
    own_line = item.lines["name"]
    kind = reader.choice(item, "kind", field, ("fields", "counter"), "fields")
    counter = kind == "counter"
    width = reader.integer(item, "width", field, 32, 64, 64 if counter else 32)
    if width not in ((32, 64) if counter else (32,)):
        reader.fail(item.lines["width"], f"{field}.width", str(width),
                    "32 or 64" if counter else "32 (64 for counters only)")
    unit = width // 8
    count = reader.integer(item, "count", field, 1, 4096, 1)
    stride = reader.integer(item, "stride", field, unit, 0x10000, unit)
    offset = reader.integer(item, "offset", field, 0, 0xFFFF)
    if offset % unit:
        reader.fail(item.lines["offset"], f"{field}.offset", hex(offset), f"a multiple of {unit}")
    if stride % unit:
        reader.fail(item.lines["stride"], f"{field}.stride", str(stride), f"a multiple of {unit}")
    last = offset + (count - 1) * stride + unit
    if last > reader.block.size:
        reader.fail(item.lines["offset"], f"{field}.offset", f"an end at {hex(last)}",
                    f"an end within size {hex(reader.block.size)}")
    if "inc_bits" in item and not counter:
        reader.fail(item.lines["inc_bits"], f"{field}.inc_bits", "no counter", "`kind: counter`")
    reg = Register(name, offset, count, stride, kind, width,
                   reader.integer(item, "inc_bits", field, 1, 32, 1),
                   reader.flag(item, "pulse", field), [], reader.text(item, "doc", field))
    accessors.take(camel(name), own_line, field)
    accessors.take(f"k{camel(name)}", own_line, field)
    # Appended names: a register CTRL_ADDR beside CTRL would collide in kCtrlAddr.
    for suffix in ("Addr",) + (("Count", "Stride") if count > 1 else ()):
        accessors.take(f"k{camel(name)}{suffix}", own_line, field)
    reader.declare(own_line, field, sv=[f"{camel(name)}Offset"], plain=[f"register {name}"])
    for index in range(count):
        for word in range(unit // 4):
            at = offset + index * stride + word * 4
            if at in words:
                reader.fail(item.lines["offset"], f"{field}.offset",
                            f"{hex(at)}, already {words[at]}", "a free offset")
            words[at] = name
    if counter:
        for key in ("fields", "pulse"):
            if key in item:
                reader.fail(item.lines[key], f"{field}.{key}", "the key", "none on a counter")
        members.take(f"{reg.snake}_inc", own_line, field)
    else:
        if reg.pulse:
            members.take(f"{reg.snake}_qe", item.lines["pulse"], field)
        _fields(reader, item, field, reg, members)
    reader.block.registers.append(reg)


def _fields(reader, item, field, reg, members):
    entries = item.get("fields")
    if not isinstance(entries, Seq) or not entries:
        reader.fail(item.lines.get("fields", item.line), f"{field}.fields",
                    show(entries) if entries is not None else "nothing", "a list of fields")
    used, scope = {}, Scope(reader.shown, f"register {reg.name}")
    for entry, line in zip(entries, entries.lines):
        made = _field(reader, entry, line, field, scope)
        where = f"{field}.{made.name}"
        for bit in range(made.lsb, made.msb + 1):
            if bit in used:
                reader.fail(entry.lines["bits"], f"{where}.bits", f"bit {bit}, already {used[bit]}",
                            "free bits")
            used[bit] = made.name
        for suffix in ("q", "qe", "d", "de"):
            members.take(f"{reg.snake}_{made.name.lower()}_{suffix}", entry.lines["name"], where)
        reg.fields.append(made)
    if reg.pulse and all(made.sw == "ro" for made in reg.fields):
        reader.fail(item.lines["pulse"], f"{field}.pulse", "a register software cannot write",
                    "a field with sw: rw, w1c or wo")


def _field(reader, entry, line, field, scope):
    reader.mapping(entry, line, f"{field}.fields", _FIELD_KEYS, ("name", "bits", "sw", "hw"))
    name = reader.name(entry, f"{field}.fields", UPPER)
    where = f"{field}.{name}"
    if name.lower() in _TAKEN:
        reader.fail(entry.lines["name"], where, show(name), "no name of a generated member")
    scope.take(name, entry.lines["name"], where)
    scope.take("~" + camel(name), entry.lines["name"], where)
    match = RANGE.match(str(entry["bits"]))
    if isinstance(entry["bits"], bool) or not match:
        reader.fail(entry.lines["bits"], f"{where}.bits", show(entry["bits"]), '"N" or "MSB:LSB"')
    msb = int(match.group(1))
    lsb = int(match.group(2)) if match.group(2) else msb
    if msb > 31 or lsb > msb:
        reader.fail(entry.lines["bits"], f"{where}.bits", show(entry["bits"]),
                    "31 >= MSB >= LSB >= 0")
    kind = reader.type_of(entry, where) if "type" in entry else None
    if kind is not None and (not kind.is_enum or kind.bits != msb - lsb + 1):
        reader.fail(entry.lines["type"], f"{where}.type",
                    f"{entry['type']} of {kind.bits} bits" if kind.is_enum else "a struct",
                    f"an enum of {msb - lsb + 1} bits")
    reset = reader.integer(entry, "reset", where, 0, 0xFFFFFFFF, 0)
    if reset >= 1 << (msb - lsb + 1):
        reader.fail(entry.lines["reset"], f"{where}.reset", hex(reset),
                    f"a value of {msb - lsb + 1} bits")
    made = RegField(name, msb, lsb, reader.choice(entry, "sw", where, _SW),
                    reader.choice(entry, "hw", where, _HW), reset, kind,
                    reader.flag(entry, "live", where), reader.flag(entry, "pulse", where),
                    reader.text(entry, "doc", where))
    if made.live and (made.sw, made.hw) != ("ro", "wo"):
        reader.fail(entry.lines["live"], f"{where}.live", f"sw: {made.sw}, hw: {made.hw}",
                    "sw: ro, hw: wo")
    if made.live and made.reset:
        reader.fail(entry.lines["reset"], f"{where}.reset", hex(reset), "none on a live field")
    if made.pulse and (made.sw == "ro" or not made.hw_reads):
        reader.fail(entry.lines["pulse"], f"{where}.pulse", f"sw: {made.sw}, hw: {made.hw}",
                    "a field software writes and hardware reads")
    return made
