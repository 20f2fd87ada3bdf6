// SPDX-License-Identifier: Apache-2.0
#include "cmodel/riscv/elf_image.hpp"

#include <elf.h>
#include <libelf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

namespace fp::riscv {
namespace {

constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{256} << 20;

struct ElfCloser {
  void operator()(Elf* elf) const { elf_end(elf); }
};
using ElfHandle = std::unique_ptr<Elf, ElfCloser>;

std::string hex(std::uint64_t value) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(value));
  return text.data();
}

bool fail(ElfError& error, std::string field, std::string found, std::string expected) {
  error = {.field = std::move(field), .found = std::move(found), .expected = std::move(expected)};
  return false;
}

// libelf hands out tables where they stand in the file, aligned or not.
template <typename Record>
Record copy_of(const void* at) {
  Record record;
  std::memcpy(&record, at, sizeof(record));
  return record;
}

std::string libelf_message() {
  const char* const message = elf_errmsg(-1);
  return message == nullptr ? "an unreadable ELF" : message;
}

bool check_ident(std::span<const std::uint8_t> file, ElfError& error) {
  if (file.size() < sizeof(Elf32_Ehdr)) {
    return fail(error, "size", std::to_string(file.size()) + " bytes",
                "at least " + std::to_string(sizeof(Elf32_Ehdr)));
  }
  if (std::memcmp(file.data(), ELFMAG, SELFMAG) != 0) {
    return fail(error, "e_ident", "no ELF magic", "0x7f 'E' 'L' 'F'");
  }
  if (file[EI_CLASS] != ELFCLASS32) {
    return fail(error, "EI_CLASS", std::to_string(file[EI_CLASS]), "1 (32-bit)");
  }
  if (file[EI_DATA] != ELFDATA2LSB) {
    return fail(error, "EI_DATA", std::to_string(file[EI_DATA]), "1 (little-endian)");
  }
  return true;
}

bool check_header(const Elf32_Ehdr& header, ElfError& error) {
  if (header.e_machine != EM_RISCV) {
    return fail(error, "e_machine", std::to_string(header.e_machine), "243 (RISC-V)");
  }
  if (header.e_type != ET_EXEC) {
    return fail(error, "e_type", std::to_string(header.e_type), "2 (executable)");
  }
  return true;
}

bool read_segments(Elf* elf, std::span<const std::uint8_t> file, std::vector<ElfSegment>& segments,
                   ElfError& error) {
  std::size_t count = 0;
  if (elf_getphdrnum(elf, &count) != 0) {
    return fail(error, "e_phnum", libelf_message(), "a program header table");
  }
  const void* const table = count == 0 ? nullptr : elf32_getphdr(elf);
  if (count != 0 && table == nullptr) {
    return fail(error, "e_phoff", libelf_message(), "a program header table inside the file");
  }
  for (std::size_t i = 0; i < count; ++i) {
    const auto header =
        copy_of<Elf32_Phdr>(static_cast<const std::uint8_t*>(table) + i * sizeof(Elf32_Phdr));
    if (header.p_type != PT_LOAD || header.p_memsz == 0) continue;
    const std::uint64_t file_end = std::uint64_t{header.p_offset} + header.p_filesz;
    if (file_end > file.size()) {
      return fail(error, "p_filesz", "an end at " + hex(file_end),
                  "at most the file's " + hex(file.size()) + " bytes");
    }
    if (header.p_filesz > header.p_memsz) {
      return fail(error, "p_memsz", hex(header.p_memsz),
                  "at least p_filesz " + hex(header.p_filesz));
    }
    const std::uint64_t memory_end = std::uint64_t{header.p_paddr} + header.p_memsz;
    if (memory_end > std::uint64_t{1} << 32) {
      return fail(error, "p_paddr", "an end at " + hex(memory_end), "at most 0x100000000");
    }
    const auto bytes = file.subspan(header.p_offset, header.p_filesz);
    segments.push_back({.addr = header.p_paddr,
                        .size = header.p_memsz,
                        .bytes = std::vector<std::uint8_t>(bytes.begin(), bytes.end())});
  }
  if (segments.empty()) {
    return fail(error, "e_phnum", "no loadable segment", "at least one");
  }
  return true;
}

// Copies the defined symbols of one symbol table.
bool read_symbol_table(Elf* elf, Elf_Scn* section, const Elf32_Shdr& header,
                       std::map<std::string, std::uint32_t, std::less<>>& symbols,
                       std::set<std::string, std::less<>>& local, ElfError& error) {
  const Elf_Data* const data = elf_rawdata(section, nullptr);
  if (data == nullptr || (data->d_size != 0 && data->d_buf == nullptr)) {
    return fail(error, ".symtab", libelf_message(), "a table inside the file");
  }
  const auto* const bytes = static_cast<const std::uint8_t*>(data->d_buf);
  for (std::size_t at = 0; at + sizeof(Elf32_Sym) <= data->d_size; at += sizeof(Elf32_Sym)) {
    const auto symbol = copy_of<Elf32_Sym>(bytes + at);
    const unsigned type = ELF32_ST_TYPE(symbol.st_info);
    if (symbol.st_name == 0 || symbol.st_shndx == SHN_UNDEF || type == STT_SECTION ||
        type == STT_FILE) {
      continue;
    }
    const char* const name = elf_strptr(elf, header.sh_link, symbol.st_name);
    if (name == nullptr) {
      return fail(error, "st_name", hex(symbol.st_name), "an offset into the string table");
    }
    const bool is_local = ELF32_ST_BIND(symbol.st_info) == STB_LOCAL;
    const auto [entry, is_new] = symbols.try_emplace(name, symbol.st_value);
    if (is_new) {
      if (is_local) local.emplace(name);
    } else if (!is_local && local.erase(name) != 0) {
      entry->second = symbol.st_value;
    }
  }
  return true;
}

bool read_symbols(Elf* elf, std::map<std::string, std::uint32_t, std::less<>>& symbols,
                  ElfError& error) {
  std::set<std::string, std::less<>> local;
  for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr;
       section = elf_nextscn(elf, section)) {
    const void* const found = elf32_getshdr(section);
    if (found == nullptr) {
      return fail(error, "e_shoff", libelf_message(), "a section header table inside the file");
    }
    const auto header = copy_of<Elf32_Shdr>(found);
    if (header.sh_type != SHT_SYMTAB) continue;
    if (!read_symbol_table(elf, section, header, symbols, local, error)) return false;
  }
  return true;
}

}  // namespace

std::optional<ElfImage> ElfImage::parse(std::span<const std::uint8_t> file, ElfError& error) {
  if (!check_ident(file, error)) return std::nullopt;
  if (elf_version(EV_CURRENT) == EV_NONE) {
    fail(error, "libelf", libelf_message(), "ELF version 1");
    return std::nullopt;
  }
  // libelf wants a buffer that it may write to.
  std::vector<char> copy(file.begin(), file.end());
  const ElfHandle elf(elf_memory(copy.data(), copy.size()));
  if (elf == nullptr || elf32_getehdr(elf.get()) == nullptr) {
    fail(error, "e_ident", libelf_message(), "an ELF header");
    return std::nullopt;
  }
  const auto header = copy_of<Elf32_Ehdr>(elf32_getehdr(elf.get()));
  ElfImage image;
  if (!check_header(header, error) || !read_segments(elf.get(), file, image.segments_, error) ||
      !read_symbols(elf.get(), image.symbols_, error)) {
    return std::nullopt;
  }
  image.entry_ = header.e_entry;
  const bool entry_loaded = std::any_of(
      image.segments_.begin(), image.segments_.end(),
      [&](const ElfSegment& segment) { return image.entry_ - segment.addr < segment.size; });
  if (!entry_loaded || image.entry_ % 2 != 0) {
    fail(error, "e_entry", hex(image.entry_), "an even address in a loaded segment");
    return std::nullopt;
  }
  return image;
}

std::optional<ElfImage> ElfImage::read(const std::string& path, ElfError& error) {
  std::error_code code;
  const std::uintmax_t size = std::filesystem::file_size(path, code);
  if (code) {
    fail(error, "file", code.message(), "a readable ELF file");
    return std::nullopt;
  }
  if (size > kMaxFileBytes) {
    fail(error, "size", std::to_string(size) + " bytes",
         "at most " + std::to_string(kMaxFileBytes));
    return std::nullopt;
  }
  std::ifstream stream(path, std::ios::binary);
  std::vector<std::uint8_t> bytes(size);
  stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (!stream) {
    fail(error, "file", std::generic_category().message(errno), "a readable ELF file");
    return std::nullopt;
  }
  return parse(bytes, error);
}

std::optional<std::uint32_t> ElfImage::symbol(std::string_view name) const {
  const auto found = symbols_.find(name);
  if (found == symbols_.end()) return std::nullopt;
  return found->second;
}

bool ElfImage::place(std::span<std::uint8_t> memory, std::uint32_t base, ElfError& error) const {
  const std::string range = hex(base) + ".." + hex(std::uint64_t{base} + memory.size() - 1);
  for (const ElfSegment& segment : segments_) {
    if (segment.addr < base || std::uint64_t{segment.addr} - base + segment.size > memory.size()) {
      return fail(error, "p_paddr",
                  hex(segment.addr) + ".." + hex(std::uint64_t{segment.addr} + segment.size - 1),
                  "a segment in memory at " + range);
    }
  }
  if (entry_ < base || entry_ - base >= memory.size()) {
    return fail(error, "e_entry", hex(entry_), "an address in memory at " + range);
  }
  for (const ElfSegment& segment : segments_) {
    const auto at = memory.begin() + (segment.addr - base);
    std::copy(segment.bytes.begin(), segment.bytes.end(), at);
    std::fill(at + static_cast<std::ptrdiff_t>(segment.bytes.size()),
              at + static_cast<std::ptrdiff_t>(segment.size), std::uint8_t{0});
  }
  return true;
}

}  // namespace fp::riscv
