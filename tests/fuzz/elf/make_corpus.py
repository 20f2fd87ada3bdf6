#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of elf_fuzz into the folder given: small RISC-V executables, good and bent."""
import os
import struct
import sys

BASE = 0x80000000
EHDR = "<16sHHIIIIIHHHHHH"
PHDR = "<IIIIIIII"
SHDR = "<IIIIIIIIII"
SYM = "<IIIBBH"
# lui t0, 0x80001; li a0, 1; sw a0, 0(t0); sw zero, 4(t0); j -8
PASS = struct.pack("<5I", 0x800012B7, 0x00100513, 0x00A2A023, 0x0002A223, 0xFF9FF06F)


def elf(code, symbols, entry=BASE, machine=243, memsz=0x2000, sections=True):
    names = b"\0" + b"".join(name.encode() + b"\0" for name in symbols)
    table = struct.pack(SYM, 0, 0, 0, 0, 0, 0)
    for name, value in symbols.items():
        at = names.index(b"\0" + name.encode() + b"\0") + 1
        table += struct.pack(SYM, at, value, 0, 0x10, 0, 0xFFF1)
    start = struct.calcsize(EHDR) + struct.calcsize(PHDR)
    sym_at = start + len(code)
    str_at = sym_at + len(table)
    sh_at = str_at + len(names)
    ident = b"\x7fELF\x01\x01\x01".ljust(16, b"\0")
    out = struct.pack(EHDR, ident, 2, machine, 1, entry, struct.calcsize(EHDR), sh_at if sections else 0, 0,
                      struct.calcsize(EHDR), struct.calcsize(PHDR), 1, struct.calcsize(SHDR),
                      3 if sections else 0, 0)
    out += struct.pack(PHDR, 1, start, BASE, BASE, len(code), memsz, 7, 4096)
    out += code + table + names
    if sections:
        out += struct.pack(SHDR, *([0] * 10))
        out += struct.pack(SHDR, 0, 2, 0, 0, sym_at, len(table), 2, 1, 4, struct.calcsize(SYM))
        out += struct.pack(SHDR, 0, 3, 0, 0, str_at, len(names), 0, 0, 1, 0)
    return out


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    host = {"tohost": BASE + 0x1000, "fromhost": BASE + 0x1040}
    signature = {"begin_signature": BASE + 0x1100, "end_signature": BASE + 0x1200}
    good = elf(PASS, host | signature)
    seeds = {
        "pass": good,
        "stripped": elf(PASS, {}, sections=False),
        "odd_entry": elf(PASS, host, entry=BASE + 1),
        "outside": elf(PASS, host, memsz=0x7FFFFFFF),
        "tohost_outside": elf(PASS, {"tohost": 0xFFFFFFFC}),
        "other_machine": elf(PASS, host, machine=62),
        "truncated": good[: len(good) // 2],
        "random_code": elf(bytes((i * 73 + 11) & 0xFF for i in range(512)), host),
        "wfi": elf(struct.pack("<I", 0x10500073), host),
        "magic_only": b"\x7fELF",
    }
    for name, data in seeds.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)


if __name__ == "__main__":
    main()
