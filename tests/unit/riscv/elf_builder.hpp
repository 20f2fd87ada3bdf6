// SPDX-License-Identifier: Apache-2.0
// Builds small 32-bit RISC-V executables in memory, with every field open to being wrong.
#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace fp::riscv::test {

struct ElfBuilder {
  struct Symbol {
    std::string name;
    std::uint32_t value;
    bool is_local = false;
  };

  Elf32_Ehdr header = [] {
    Elf32_Ehdr h{};
    std::memcpy(h.e_ident, ELFMAG, SELFMAG);
    h.e_ident[EI_CLASS] = ELFCLASS32;
    h.e_ident[EI_DATA] = ELFDATA2LSB;
    h.e_ident[EI_VERSION] = EV_CURRENT;
    h.e_type = ET_EXEC;
    h.e_machine = EM_RISCV;
    h.e_version = EV_CURRENT;
    h.e_entry = 0x80000000;
    h.e_ehsize = sizeof(Elf32_Ehdr);
    h.e_phentsize = sizeof(Elf32_Phdr);
    h.e_shentsize = sizeof(Elf32_Shdr);
    return h;
  }();
  Elf32_Phdr segment = [] {
    Elf32_Phdr p{};
    p.p_type = PT_LOAD;
    p.p_vaddr = p.p_paddr = 0x80000000;
    p.p_flags = PF_R | PF_W | PF_X;
    return p;
  }();
  std::vector<std::uint8_t> contents = {0x6f, 0, 0, 0};  ///< jal x0, 0
  std::uint32_t extra_memory = 0;                        ///< p_memsz - p_filesz
  std::vector<Symbol> symbols;

  /// Lays out header, program header, contents, symbols; `tweak(header, segment, sections)` runs
  /// before the bytes are written.
  template <typename Tweak>
  std::vector<std::uint8_t> build(Tweak tweak) const {
    Elf32_Ehdr h = header;
    Elf32_Phdr p = segment;
    const std::size_t contents_at = sizeof(h) + sizeof(p);
    h.e_phoff = sizeof(h);
    h.e_phnum = 1;
    p.p_offset = static_cast<std::uint32_t>(contents_at);
    p.p_filesz = static_cast<std::uint32_t>(contents.size());
    p.p_memsz = p.p_filesz + extra_memory;

    std::string names(1, '\0');
    std::vector<Elf32_Sym> table(1);
    for (const Symbol& symbol : symbols) {
      Elf32_Sym s{};
      s.st_name = static_cast<std::uint32_t>(names.size());
      s.st_value = symbol.value;
      s.st_info = ELF32_ST_INFO(symbol.is_local ? STB_LOCAL : STB_GLOBAL, STT_NOTYPE);
      s.st_shndx = SHN_ABS;
      table.push_back(s);
      names += symbol.name + '\0';
    }
    std::vector<Elf32_Shdr> sections(3);
    sections[1].sh_type = SHT_SYMTAB;
    sections[1].sh_offset = static_cast<std::uint32_t>(contents_at + contents.size());
    sections[1].sh_size = static_cast<std::uint32_t>(table.size() * sizeof(Elf32_Sym));
    sections[1].sh_link = 2;
    sections[1].sh_entsize = sizeof(Elf32_Sym);
    sections[2].sh_type = SHT_STRTAB;
    sections[2].sh_offset = sections[1].sh_offset + sections[1].sh_size;
    sections[2].sh_size = static_cast<std::uint32_t>(names.size());
    h.e_shoff = sections[2].sh_offset + sections[2].sh_size;
    h.e_shnum = static_cast<std::uint16_t>(sections.size());
    tweak(h, p, sections);

    std::vector<std::uint8_t> out;
    const auto put = [&](const void* data, std::size_t size) {
      const auto* const bytes = static_cast<const std::uint8_t*>(data);
      out.insert(out.end(), bytes, bytes + size);
    };
    put(&h, sizeof(h));
    put(&p, sizeof(p));
    put(contents.data(), contents.size());
    put(table.data(), table.size() * sizeof(Elf32_Sym));
    put(names.data(), names.size());
    put(sections.data(), sections.size() * sizeof(Elf32_Shdr));
    return out;
  }
  std::vector<std::uint8_t> build() const {
    return build([](Elf32_Ehdr&, Elf32_Phdr&, std::vector<Elf32_Shdr>&) {});
  }
};

}  // namespace fp::riscv::test
