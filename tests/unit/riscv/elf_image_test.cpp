// SPDX-License-Identifier: Apache-2.0
// The ELF reader: what a good file gives, and the one-line reason for each way a file can be wrong.
#include "cmodel/riscv/elf_image.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/riscv/elf_builder.hpp"

namespace fp::riscv::test {
namespace {

constexpr std::uint32_t kBase = 0x80000000;

using Sections = std::vector<Elf32_Shdr>;
using Tweak = std::function<void(Elf32_Ehdr&, Elf32_Phdr&, Sections&)>;

std::string refusal(const std::vector<std::uint8_t>& file) {
  ElfError error;
  return ElfImage::parse(file, error) ? "accepted" : error.text();
}

TEST(ElfImage, GivesSegmentsEntryAndSymbols) {
  ElfBuilder builder;
  builder.contents = {1, 2, 3, 4, 5};
  builder.extra_memory = 3;
  builder.symbols = {{"tohost", 0x80001000}, {"begin_signature", 0x80002000}};
  ElfError error;
  const auto image = ElfImage::parse(builder.build(), error);
  ASSERT_TRUE(image) << error.text();
  EXPECT_EQ(image->entry(), kBase);
  ASSERT_EQ(image->segments().size(), 1u);
  EXPECT_EQ(image->segments()[0].addr, kBase);
  EXPECT_EQ(image->segments()[0].size, 8u);
  EXPECT_EQ(image->segments()[0].bytes, builder.contents);
  EXPECT_EQ(image->symbol("tohost"), 0x80001000u);
  EXPECT_EQ(image->symbol("begin_signature"), 0x80002000u);
  EXPECT_EQ(image->symbol("absent"), std::nullopt);
}

TEST(ElfImage, GlobalSymbolsWinOverLocalOnes) {
  for (bool local_first : {false, true}) {
    ElfBuilder builder;
    builder.symbols = {{"x", 1, local_first}, {"x", 2, !local_first}};
    ElfError error;
    const auto image = ElfImage::parse(builder.build(), error);
    ASSERT_TRUE(image);
    EXPECT_EQ(image->symbol("x"), local_first ? 2u : 1u);
  }
}

TEST(ElfImage, StrippedFileHasNoSymbols) {
  const auto file = ElfBuilder{}.build([](Elf32_Ehdr& h, Elf32_Phdr&, Sections&) {
    h.e_shoff = 0;
    h.e_shnum = 0;
  });
  ElfError error;
  EXPECT_TRUE(ElfImage::parse(file, error)) << error.text();
}

TEST(ElfImage, PlacesBytesAndZeroes) {
  ElfBuilder builder;
  builder.contents = {1, 2, 3, 4};
  builder.extra_memory = 4;
  ElfError error;
  const auto image = ElfImage::parse(builder.build(), error);
  ASSERT_TRUE(image);
  std::vector<std::uint8_t> memory(12, 0xff);
  ASSERT_TRUE(image->place(memory, kBase, error)) << error.text();
  EXPECT_EQ(memory, (std::vector<std::uint8_t>{1, 2, 3, 4, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}));
}

TEST(ElfImage, RefusesWhatDoesNotFitMemory) {
  ElfBuilder builder;
  builder.extra_memory = 5;
  ElfError error;
  const auto image = ElfImage::parse(builder.build(), error);
  ASSERT_TRUE(image);
  std::vector<std::uint8_t> memory(8, 0xff);
  EXPECT_FALSE(image->place(memory, kBase, error));
  EXPECT_EQ(error.text(),
            "p_paddr: found 0x80000000..0x80000008, expected a segment in memory at "
            "0x80000000..0x80000007");
  EXPECT_EQ(memory, std::vector<std::uint8_t>(8, 0xff));
  EXPECT_FALSE(image->place(memory, kBase + 4, error));
}

TEST(ElfImage, NamesTheFieldThatIsWrong) {
  const struct {
    Tweak tweak;
    const char* reason;
  } cases[] = {
      {[](Elf32_Ehdr& h, Elf32_Phdr&, Sections&) { h.e_ident[0] = 'x'; },
       "e_ident: found no ELF magic, expected 0x7f 'E' 'L' 'F'"},
      {[](Elf32_Ehdr& h, Elf32_Phdr&, Sections&) { h.e_ident[EI_CLASS] = ELFCLASS64; },
       "EI_CLASS: found 2, expected 1 (32-bit)"},
      {[](Elf32_Ehdr& h, Elf32_Phdr&, Sections&) { h.e_ident[EI_DATA] = ELFDATA2MSB; },
       "EI_DATA: found 2, expected 1 (little-endian)"},
      {[](Elf32_Ehdr& h, Elf32_Phdr&, Sections&) { h.e_machine = EM_ARM; },
       "e_machine: found 40, expected 243 (RISC-V)"},
      {[](Elf32_Ehdr& h, Elf32_Phdr&, Sections&) { h.e_type = ET_REL; },
       "e_type: found 1, expected 2 (executable)"},
      {[](Elf32_Ehdr& h, Elf32_Phdr&, Sections&) { h.e_entry = 0x80000004; },
       "e_entry: found 0x80000004, expected an even address in a loaded segment"},
      {[](Elf32_Ehdr& h, Elf32_Phdr&, Sections&) { h.e_entry = 0x80000001; },
       "e_entry: found 0x80000001, expected an even address in a loaded segment"},
      {[](Elf32_Ehdr& h, Elf32_Phdr&, Sections&) { h.e_phnum = 0; },
       "e_phnum: found no loadable segment, expected at least one"},
      {[](Elf32_Ehdr&, Elf32_Phdr& p, Sections&) { p.p_type = PT_NOTE; },
       "e_phnum: found no loadable segment, expected at least one"},
      {[](Elf32_Ehdr&, Elf32_Phdr& p, Sections&) { p.p_memsz = 3; },
       "p_memsz: found 0x3, expected at least p_filesz 0x4"},
      {[](Elf32_Ehdr&, Elf32_Phdr& p, Sections&) { p.p_memsz = 0x80000001; },
       "p_paddr: found an end at 0x100000001, expected at most 0x100000000"},
      {[](Elf32_Ehdr&, Elf32_Phdr& p, Sections&) { p.p_offset = 0xfffffffc; },
       "p_filesz: found an end at 0x100000000, expected at most the file's 0xe1 bytes"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(refusal(ElfBuilder{}.build(c.tweak)), c.reason);
  }
  EXPECT_EQ(refusal({0x7f, 'E', 'L', 'F'}), "size: found 4 bytes, expected at least 52");
  EXPECT_EQ(refusal({}), "size: found 0 bytes, expected at least 52");
}

TEST(ElfImage, RefusesTablesOutsideTheFile) {
  const Tweak tweaks[] = {
      [](Elf32_Ehdr& h, Elf32_Phdr&, Sections&) { h.e_phoff = 0xfffffff0; },
      [](Elf32_Ehdr& h, Elf32_Phdr&, Sections&) { h.e_phnum = 0xfffe; },
      [](Elf32_Ehdr&, Elf32_Phdr&, Sections& s) { s[1].sh_offset = 0xfffffff0; },
      [](Elf32_Ehdr&, Elf32_Phdr&, Sections& s) { s[1].sh_size = 0x10000000; },
      [](Elf32_Ehdr&, Elf32_Phdr&, Sections& s) { s[1].sh_link = 77; },
      [](Elf32_Ehdr&, Elf32_Phdr&, Sections& s) { s[2].sh_size = 1; },
      [](Elf32_Ehdr&, Elf32_Phdr&, Sections& s) { s[2].sh_offset = 0xfffffff0; },
  };
  int number = 0;
  for (const Tweak& tweak : tweaks) {
    ElfBuilder builder;
    builder.symbols = {{"tohost", 0x80000000}};
    EXPECT_NE(refusal(builder.build(tweak)), "accepted") << number;
    ++number;
  }
}

TEST(ElfImage, AnyTruncationAndAnyByteIsSurvived) {
  ElfBuilder builder;
  builder.symbols = {{"tohost", 0x80000000}, {"fromhost", 0x80000004}};
  const std::vector<std::uint8_t> good = builder.build();
  for (std::size_t size = 0; size < good.size(); ++size) {
    refusal({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)});
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (std::uint8_t value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      std::vector<std::uint8_t> bad = good;
      bad[at] = value;
      refusal(bad);
    }
  }
}

TEST(ElfImage, ReadNamesAnAbsentFile) {
  ElfError error;
  EXPECT_FALSE(ElfImage::read("/nonexistent/file.elf", error));
  EXPECT_EQ(error.text(), "file: found No such file or directory, expected a readable ELF file");
  EXPECT_FALSE(ElfImage::read("/", error));
  EXPECT_EQ(error.field, "file");
}

}  // namespace
}  // namespace fp::riscv::test
