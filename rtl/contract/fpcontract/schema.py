# SPDX-License-Identifier: Apache-2.0
"""Reads one block YAML (and its imports) into model.Block, refusing everything that is not right."""

import os
import re

from . import expr, marks, names
from .marks import ContractError, Map, Seq
from .model import (Block, Constant, Edge, EnumType, EnumValue, Field, Reason, StructType)
from .names import CAMEL, DOTTED, SNAKE, UPPER, Scope, camel

TOP_KEYS = ("block", "block_id", "doc", "imports", "base", "size", "constants", "enums", "structs",
            "registers", "reasons", "messages", "waits_for")
VERDICTS = ("slow", "drop", "abort", "reply")
_STYLE = {CAMEL: "UpperCamelCase", SNAKE: "snake_case", UPPER: "UPPER_SNAKE_CASE",
          DOTTED: "lower-case words with `.` or `_`"}


def show(value):
    """A value as it appears after `found`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return repr(value)
    return str(value)


class Reader:
    """Checked access to one file's mappings; every error carries that file and a line."""

    def __init__(self, path, shown):
        self.path, self.shown = path, shown
        self.root = marks.load(path, shown)
        self.block = Block("", shown)
        self.types = {}       # enums and structs of this block by name
        self.constants = {}
        self.sv = Scope(shown, "the SystemVerilog package")
        self.cpp = Scope(shown, "the C++ namespace")
        self.declared = Scope(shown, "the block")

    # -- primitives ------------------------------------------------------------------------------

    def fail(self, line, field, found, expected):
        raise ContractError(self.shown, line, field, found, expected)

    def mapping(self, value, line, field, allowed, required=()):
        if not isinstance(value, Map):
            self.fail(line, field, show(value), "a mapping")
        for key in value:
            if key not in allowed:
                self.fail(value.lines[key], f"{field}.{key}" if field else key, "an unknown key",
                          "one of " + ", ".join(allowed))
        for key in required:
            if key not in value:
                self.fail(value.line, f"{field}.{key}" if field else key, "nothing", "the key")
        return value

    def sequence(self, key):
        """(item, line) of a top-level list; empty when absent."""
        value = self.root.get(key, Seq(0))
        if not isinstance(value, Seq):
            self.fail(self.root.lines[key], key, show(value), "a list")
        return list(zip(value, value.lines))

    def text(self, item, key, field, default=""):
        value = item.get(key, default)
        if not isinstance(value, str):
            if isinstance(value, (int, bool)) and key in ("doc", "unit"):
                return show(value)
            self.fail(item.lines[key], f"{field}.{key}", show(value), "text")
        return value.strip()

    def flag(self, item, key, field):
        value = item.get(key, False)
        if not isinstance(value, bool):
            self.fail(item.lines[key], f"{field}.{key}", show(value), "true or false")
        return value

    def choice(self, item, key, field, options, default=None):
        value = item.get(key, default)
        if value not in options or isinstance(value, bool):
            self.fail(item.lines.get(key, item.line), f"{field}.{key}",
                      "nothing" if value is None else show(value), "one of " + ", ".join(options))
        return value

    def name(self, item, field, style, key="name"):
        value = item[key]
        line = item.lines[key]
        where = f"{field}.{key}" if field else key
        if not isinstance(value, str) or not style.match(value):
            self.fail(line, where, show(value), f"a name in {_STYLE[style]}")
        if value.lower() in names.KEYWORDS and style is not DOTTED:
            self.fail(line, where, f"{value!r}, a keyword", "no SystemVerilog or C++ keyword")
        return value

    def lookup(self, name):
        """Value of a constant, own or imported, for expressions."""
        if "." in name:
            block, _, constant = name.partition(".")
            imported = self.block.imports.get(block)
            if imported is None:
                raise expr.ExprError(f"`{name}` of a block that is not imported")
            for item in imported.constants:
                if item.name == constant:
                    return item.value
            raise expr.ExprError(f"`{name}`, no constant there")
        if name not in self.constants:
            raise expr.ExprError(f"`{name}`, no constant above")
        return self.constants[name]

    def number(self, value, line, where, low, high):
        if isinstance(value, str):
            try:
                value = expr.evaluate(value, self.lookup)
            except expr.ExprError as error:
                self.fail(line, where, str(error), "a number or an expression over constants")
        if isinstance(value, bool) or not isinstance(value, int):
            self.fail(line, where, show(value), "a number")
        if not low <= value <= high:
            self.fail(line, where, hex(value) if value > 4096 else str(value),
                      f"{low}..{hex(high) if high > 4096 else high}")
        return value

    def integer(self, item, key, field, low, high, default=None):
        if key not in item:
            return default
        return self.number(item[key], item.lines[key], f"{field}.{key}" if field else key, low, high)

    def declare(self, line, field, sv=(), cpp=(), plain=()):
        for name in plain:
            self.declared.take(name, line, field)
        for name in sv:
            self.sv.take(name, line, field)
        for name in cpp:
            self.cpp.take(name, line, field)

    def type_of(self, item, field):
        """The enum or struct that `type:` names."""
        value, line = item["type"], item.lines["type"]
        where = f"{field}.type"
        if not isinstance(value, str):
            self.fail(line, where, show(value), "the name of a type")
        if "." in value:
            block, _, name = value.partition(".")
            imported = self.block.imports.get(block)
            if imported is None:
                self.fail(line, where, show(value), f"an import of block {block}")
            for candidate in imported.enums + imported.structs:
                if candidate.name == name:
                    return candidate
            self.fail(line, where, show(value), f"an enum or struct of {block}")
        if value not in self.types:
            self.fail(line, where, show(value), "an enum or struct declared above or imported")
        return self.types[value]

    # -- sections --------------------------------------------------------------------------------

    def read(self, chain, cache):
        root, block = self.root, self.block
        self.mapping(root, 1, "", TOP_KEYS, ("block",))
        block.lines = root.lines
        block.name = self.name(root, "", SNAKE, "block")
        block.doc = self.text(root, "doc", "")
        block.files = [self.path]
        self._imports(chain, cache)
        for item, line in self.sequence("constants"):
            self._constant(item, line)
        block.block_id = self.integer(root, "block_id", "", 1, 255)
        for item, line in self.sequence("enums"):
            self._enum(item, line)
        for item, line in self.sequence("structs"):
            self._struct(item, line)
        self._messages()
        from .registers import read_registers  # one subject a file; needs Reader
        read_registers(self)
        self._reasons()
        for item, line in self.sequence("waits_for"):
            self._edge(item, line)
        return block

    def _imports(self, chain, cache):
        for item, line in self.sequence("imports"):
            if not isinstance(item, str):
                self.fail(line, "imports", show(item), "a path")
            path = os.path.realpath(os.path.join(os.path.dirname(self.path), item))
            if path in chain:
                self.fail(line, "imports", f"{item}, which imports this file", "no import cycle")
            shown = os.path.normpath(os.path.join(os.path.dirname(self.shown), item))
            if not os.path.isfile(path):
                self.fail(line, "imports", f"{item!r}", "an existing file")
            imported = load_block(path, shown, chain + [path], cache)
            if imported.name in self.block.imports or imported.name == self.block.name:
                self.fail(line, "imports", f"block {imported.name} twice", "each block once")
            self.block.imports[imported.name] = imported
            self.block.files += [name for name in imported.files if name not in self.block.files]

    def _constant(self, item, line):
        field = "constants"
        self.mapping(item, line, field, ("name", "value", "width", "doc", "unit"),
                     ("name", "value"))
        name = self.name(item, field, CAMEL)
        field = f"constants.{name}"
        width = self.integer(item, "width", field, 1, 64)
        value = self.integer(item, "value", field, 0, (1 << (width or 64)) - 1)
        self.declare(item.lines["name"], field, sv=[name], cpp=[f"k{name}"], plain=[name])
        self.constants[name] = value
        self.block.constants.append(Constant(name, value, width, self.text(item, "doc", field),
                                             self.text(item, "unit", field)))

    def _enum(self, item, line):
        field = "enums"
        self.mapping(item, line, field, ("name", "width", "doc", "values"),
                     ("name", "width", "values"))
        name = self.name(item, field, SNAKE)
        field = f"enums.{name}"
        width = self.integer(item, "width", field, 1, 32)
        own_line = item.lines["name"]
        self.declare(own_line, field, sv=[f"{name}_e", f"{camel(name)}Bits"], cpp=[camel(name)],
                     plain=[name])
        if not isinstance(item["values"], Seq) or not item["values"]:
            self.fail(item.lines["values"], f"{field}.values", show(item["values"]),
                      "a list of values")
        values, used = [], {}
        scope = Scope(self.shown, f"enum {name}")
        for entry, entry_line in zip(item["values"], item["values"].lines):
            self.mapping(entry, entry_line, f"{field}.values", ("name", "value", "doc"),
                         ("name", "value"))
            # A value's name never stands alone in the output, so keywords are harmless here.
            label = entry["name"]
            where = f"{field}.{label}"
            if not isinstance(label, str) or not SNAKE.match(label):
                self.fail(entry.lines["name"], f"{field}.values.name", show(label),
                          "a name in snake_case")
            number = self.integer(entry, "value", where, 0, (1 << 32) - 1)
            if number >= 1 << width:
                self.fail(entry.lines["value"], f"{where}.value", str(number),
                          f"a value of {width} bits")
            if number in used:
                self.fail(entry.lines["value"], f"{where}.value",
                          f"{number}, already {used[number]}", "a value of its own")
            used[number] = label
            scope.take(label, entry.lines["name"], where)
            scope.take("~" + camel(label), entry.lines["name"], where)
            self.declare(entry.lines["name"], where, sv=[camel(name) + camel(label)])
            values.append(EnumValue(label, number, self.text(entry, "doc", where)))
        enum = EnumType(self.block.name, name, width, self.text(item, "doc", field), values)
        self.types[name] = enum
        self.block.enums.append(enum)

    def _fields(self, item, field):
        """Fields of a struct or message, laid out by the caller."""
        entries = item["fields"]
        if not isinstance(entries, Seq) or not entries:
            self.fail(item.lines["fields"], f"{field}.fields", show(entries), "a list of fields")
        fields = []
        scope = Scope(self.shown, field.split(".")[-1])
        for entry, line in zip(entries, entries.lines):
            self.mapping(entry, line, f"{field}.fields",
                         ("name", "bits", "count", "type", "doc", "unit", "reserved", "max"),
                         ("name",))
            name = self.name(entry, f"{field}.fields", SNAKE)
            where = f"{field}.{name}"
            if name in names.STRUCT_MEMBERS:
                self.fail(entry.lines["name"], where, show(name), "no name of a generated member")
            scope.take(name, entry.lines["name"], where)
            kind = self.type_of(entry, where) if "type" in entry else None
            bits = self.integer(entry, "bits", where, 1, 65536)
            if kind is None and bits is None:
                self.fail(entry.line, where, "neither `bits` nor `type`", "one of them")
            if kind is not None and bits not in (None, kind.bits):
                self.fail(entry.lines["bits"], f"{where}.bits", str(bits),
                          f"{kind.bits}, the width of {entry['type']}")
            made = Field(name, kind.bits if kind else bits,
                         self.integer(entry, "count", where, 1, 65536), kind,
                         self.flag(entry, "reserved", where), self.text(entry, "doc", where),
                         self.text(entry, "unit", where))
            if made.reserved and kind is not None:
                self.fail(entry.lines["reserved"], f"{where}.reserved", "a typed field",
                          "`bits` only")
            if "max" in entry:
                if kind is not None or made.reserved or made.bits > 64:
                    self.fail(entry.lines["max"], f"{where}.max", "a limit",
                              "a plain field of at most 64 bits")
                made.max = self.integer(entry, "max", where, 0, (1 << made.bits) - 1)
            fields.append(made)
        return fields

    def _finish(self, item, field, struct):
        """Bit positions, `bits` and `pad`."""
        struct.lay_out()
        bits = self.integer(item, "bits", field, 1, 1 << 20)
        pad = item.get("pad", False)
        if isinstance(pad, bool):
            target = bits if pad else None
            if pad and bits is None:
                self.fail(item.lines["pad"], f"{field}.pad", "true without `bits`",
                          "`bits`, or a number of bits to pad to a multiple of")
        else:
            step = self.integer(item, "pad", field, 1, 4096)
            target = -(-struct.bits // step) * step
        if target is not None and target > struct.bits:
            struct.fields.append(Field("rsvd_pad", target - struct.bits, reserved=True,
                                       doc="padding, zero"))
            struct.lay_out()
        if bits is not None and bits != struct.bits:
            self.fail(item.lines["bits"], f"{field}.bits", str(bits), f"{struct.bits} bits of fields")

    def _struct(self, item, line):
        field = "structs"
        self.mapping(item, line, field, ("name", "doc", "bits", "pad", "fields"),
                     ("name", "fields"))
        name = self.name(item, field, SNAKE)
        field = f"structs.{name}"
        self.declare(item.lines["name"], field, sv=[f"{name}_t", f"{camel(name)}Bits"],
                     cpp=[camel(name)], plain=[name])
        struct = StructType(self.block.name, name, self.text(item, "doc", field),
                            self._fields(item, field))
        self._finish(item, field, struct)
        self.types[name] = struct
        self.block.structs.append(struct)

    def _messages(self):
        ids = {}
        entries = self.sequence("messages")
        if entries:
            self.declare(self.root.lines["messages"], "messages", sv=["msg_id_e", "MsgIdBits"],
                         cpp=["MsgId"], plain=["msg_id"])
        for item, line in entries:
            field = "messages"
            self.mapping(item, line, field, ("name", "id", "doc", "bits", "pad", "fields"),
                         ("name", "id", "fields"))
            name = self.name(item, field, SNAKE)
            field = f"messages.{name}"
            msg_id = self.integer(item, "id", field, 0, 0xFFFF)
            if msg_id in ids:
                self.fail(item.lines["id"], f"{field}.id", f"{msg_id}, already {ids[msg_id]}",
                          "an id of its own")
            ids[msg_id] = name
            self.declare(item.lines["name"], field,
                         sv=[f"{name}_t", f"{camel(name)}Bits", f"MsgId{camel(name)}"],
                         cpp=[camel(name)], plain=[name])
            struct = StructType(self.block.name, name, self.text(item, "doc", field),
                                self._fields(item, field), msg_id=msg_id)
            self._finish(item, field, struct)
            if struct.bits % 32:
                self.fail(item.lines["fields"], f"{field}.fields", f"{struct.bits} bits",
                          "whole 32-bit words (`pad: 32`)")
            self.block.messages.append(struct)

    def _reasons(self):
        entries = self.sequence("reasons")
        if not entries:
            return
        if self.block.block_id is None:
            self.fail(self.root.lines["reasons"], "reasons", "no `block_id`",
                      "`block_id: N` beside reasons")
        self.declare(self.root.lines["reasons"], "reasons", sv=["reason_e", "ReasonBits"],
                     cpp=["Reason"], plain=["reason"])
        counters = {reg.name for reg in self.block.registers if reg.is_counter}
        codes = {}
        for item, line in entries:
            field = "reasons"
            self.mapping(item, line, field, ("name", "code", "verdict", "counter", "doc"),
                         ("name", "code", "verdict", "counter"))
            name = self.name(item, field, DOTTED)
            field = f"reasons.{name}"
            code = self.integer(item, "code", field, 0, 255)
            if code in codes:
                self.fail(item.lines["code"], f"{field}.code", f"{code}, already {codes[code]}",
                          "a code of its own")
            codes[code] = name
            verdict = self.choice(item, "verdict", field, VERDICTS)
            counter = item["counter"]
            if counter not in counters:
                self.fail(item.lines["counter"], f"{field}.counter", show(counter),
                          "a register of `kind: counter` in this block")
            self.declare(item.lines["name"], field, sv=[f"Reason{camel(name)}"],
                         plain=[f"reason {name}", f"reason~{camel(name)}"])
            self.block.reasons.append(Reason(
                self.block.name, name, self.block.block_id << 8 | code, verdict, counter,
                self.text(item, "doc", field), item.lines["name"]))

    def _edge(self, item, line):
        self.mapping(item, line, "waits_for", ("from", "to", "doc"), ("from", "to"))
        ends = [self.name(item, "waits_for", DOTTED, key) for key in ("from", "to")]
        self.block.waits_for.append(
            Edge(ends[0], ends[1], self.text(item, "doc", "waits_for"), f"{self.shown}:{line}"))


def load_block(path, shown=None, chain=None, cache=None):
    """Checked model of the YAML at `path`; raises ContractError."""
    path = os.path.realpath(path)
    cache = {} if cache is None else cache
    if path not in cache:
        reader = Reader(path, shown or path)
        cache[path] = reader.read(chain or [path], cache)
    return cache[path]


RANGE = re.compile(r"^(\d+)(?::(\d+))?$")
