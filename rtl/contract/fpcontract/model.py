# SPDX-License-Identifier: Apache-2.0
"""What a checked block YAML becomes: plain data that the templates read."""

from dataclasses import dataclass, field
from typing import Optional, Union

from .names import camel


@dataclass
class Constant:
    name: str
    value: int
    width: Optional[int]  # None: int unsigned, or 64 bits when the value needs them
    doc: str
    unit: str


@dataclass
class EnumValue:
    name: str
    value: int
    doc: str
    label: str = ""  # to_string's text when it is not the name (reasons have dots)


@dataclass
class EnumType:
    block: str
    name: str
    width: int
    doc: str
    values: list
    bits: int = 0
    is_enum: bool = True

    def __post_init__(self):
        self.bits = self.width


@dataclass
class Field:
    name: str
    bits: int                    # of one element
    count: Optional[int] = None  # None: a scalar
    type: Optional[Union[EnumType, "StructType"]] = None
    reserved: bool = False
    doc: str = ""
    unit: str = ""
    max: Optional[int] = None    # messages: the largest value that validation lets through
    lsb: int = 0

    @property
    def total(self):
        return self.bits * (self.count or 1)


@dataclass
class StructType:
    block: str
    name: str
    doc: str
    fields: list
    bits: int = 0
    msg_id: Optional[int] = None
    is_enum: bool = False

    def lay_out(self):
        """Gives every field its bit position; the first listed field is at bit 0."""
        position = 0
        for item in self.fields:
            item.lsb = position
            position += item.total
        self.bits = position

    @property
    def cpp_name(self):
        return {"reg2hw": "Reg2Hw", "hw2reg": "Hw2Reg"}.get(self.name) or camel(self.name)

    @property
    def members(self):
        """The fields that exist in C++ (reserved bits do not)."""
        return [item for item in self.fields if not item.reserved]


@dataclass
class RegField:
    name: str
    msb: int
    lsb: int
    sw: str
    hw: str
    reset: int
    type: Optional[EnumType]
    live: bool
    pulse: bool
    doc: str

    @property
    def bits(self):
        return self.msb - self.lsb + 1

    @property
    def mask(self):
        return ((1 << self.bits) - 1) << self.lsb

    @property
    def stored(self):
        """Needs flip-flops: anything but a live value or a constant."""
        return not self.live and not (self.sw == "ro" and self.hw in ("none", "ro"))

    @property
    def hw_reads(self):
        return self.hw in ("ro", "rw")

    @property
    def hw_writes(self):
        return self.hw in ("wo", "rw")


@dataclass
class Register:
    name: str
    offset: int
    count: int
    stride: int
    kind: str      # "fields" or "counter"
    width: int     # counters: 32 or 64
    inc_bits: int
    pulse: bool
    fields: list
    doc: str

    @property
    def is_counter(self):
        return self.kind == "counter"

    @property
    def words(self):
        return 2 if self.is_counter and self.width == 64 else 1

    @property
    def snake(self):
        return self.name.lower()

    @property
    def camel(self):
        return camel(self.name)

    @property
    def reset(self):
        return sum(item.reset << item.lsb for item in self.fields)

    @property
    def field_mask(self):
        return sum(item.mask for item in self.fields)


@dataclass
class Reason:
    block: str
    name: str
    code: int      # block_id << 8 | the YAML's code
    verdict: str
    counter: str
    doc: str
    line: int


@dataclass
class Edge:
    source: str
    target: str
    doc: str
    where: str


@dataclass
class Block:
    name: str
    path: str                     # as given to the generator, for messages
    doc: str = ""
    block_id: Optional[int] = None
    base: Optional[int] = None
    size: Optional[int] = None
    imports: dict = field(default_factory=dict)
    files: list = field(default_factory=list)      # absolute paths of this YAML and all imports
    constants: list = field(default_factory=list)
    enums: list = field(default_factory=list)
    structs: list = field(default_factory=list)
    messages: list = field(default_factory=list)
    registers: list = field(default_factory=list)
    reasons: list = field(default_factory=list)
    waits_for: list = field(default_factory=list)
    lines: dict = field(default_factory=dict)      # lines of the top-level keys

    def all_imports(self):
        """Imported blocks, each after those it imports itself (SV compile order)."""
        order = []
        for block in self.imports.values():
            for item in block.all_imports() + [block]:
                if item.name not in [known.name for known in order]:
                    order.append(item)
        return order

    def reg2hw(self):
        """The struct the register block hands to the hardware, flat, in register order."""
        fields = []
        for reg in self.registers:
            count = reg.count if reg.count > 1 else None
            for item in reg.fields:
                name = f"{reg.snake}_{item.name.lower()}"
                if item.hw_reads:
                    fields.append(Field(f"{name}_q", item.bits, count, item.type, doc=item.doc))
                if item.pulse:
                    fields.append(Field(f"{name}_qe", 1, count, doc="software wrote it"))
            if reg.pulse:
                fields.append(Field(f"{reg.snake}_qe", 1, count, doc="software wrote it"))
        return self._flat("reg2hw", fields)

    def hw2reg(self):
        """The struct the hardware hands to the register block."""
        fields = []
        for reg in self.registers:
            count = reg.count if reg.count > 1 else None
            if reg.is_counter:
                fields.append(Field(f"{reg.snake}_inc", reg.inc_bits, count, doc="events now"))
            for item in reg.fields:
                name = f"{reg.snake}_{item.name.lower()}"
                if item.hw_writes:
                    fields.append(Field(f"{name}_d", item.bits, count, item.type, doc=item.doc))
                    if not item.live:
                        fields.append(Field(f"{name}_de", 1, count, doc="load d at this edge"))
        return self._flat("hw2reg", fields)

    def _flat(self, name, fields):
        # A packed struct may not be empty; the one bit then means nothing.
        struct = StructType(self.name, name, "", fields or [Field("none", 1, doc="no members")])
        struct.lay_out()
        return struct
