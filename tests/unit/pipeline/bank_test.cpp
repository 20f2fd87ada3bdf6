// SPDX-License-Identifier: Apache-2.0
//
// What a bank holds after images come and go, whatever it held before; and the order of rows.
#include "firmware/linux/pipeline/bank.hpp"

#include <gtest/gtest.h>

#include "contract/rmt.hpp"
#include "sim-tb/lockstep/random.hpp"
#include "tests/unit/pipeline/random_text.hpp"
#include "tests/unit/pipeline/small_program.hpp"

namespace fp::pipeline {
namespace {

using Place = std::pair<unsigned, unsigned>;
using Bank = std::map<Place, std::vector<uint32_t>>;  // rows that are not zero

bool zero(const std::vector<uint32_t>& words) {
  return std::all_of(words.begin(), words.end(), [](uint32_t w) { return w == 0; });
}

void write(Bank& bank, const std::vector<Row>& rows) {
  for (const Row& r : rows) {
    EXPECT_LT(r.index, bank_table(r.table).rows);
    EXPECT_EQ(r.words.size(), bank_table(r.table).words);
    if (zero(r.words)) {
      bank.erase({r.table, r.index});
    } else {
      bank[{r.table, r.index}] = r.words;
    }
  }
}

Bank of(const Image& image) {
  Bank bank;
  for (const Row& r : image.rows) bank[{r.table, r.index}] = r.words;
  return bank;
}

std::vector<Image> images() {
  std::vector<Image> out;
  for (uint64_t seed = 1; out.size() < 12; ++seed) {
    sim::Random random(seed);
    test::RandomText source(random);
    const Program program = parse_program(source.text(), "r.yaml");
    try {
      std::vector<std::vector<uint8_t>> frames{source.frame(), source.frame(), source.frame()};
      out.push_back(compile(program, source.entries(program, frames), source.extras(program)));
    } catch (const InputError&) {
      continue;
    }
  }
  return out;
}

TEST(Bank, HoldsTheLastImageAndNothingElse) {
  Bank bank;
  BankContents contents;
  for (const Image& image : images()) {
    const std::vector<Row> rows = contents.update(image);
    write(bank, rows);
    EXPECT_EQ(bank, of(image));
  }
}

TEST(Bank, WritesOnlyWhatChanges) {
  const Image image = images()[0];
  BankContents contents;
  EXPECT_EQ(contents.update(image).size(), image.rows.size());
  EXPECT_TRUE(contents.update(image).empty());
  Image less = image;
  less.rows.erase(less.rows.begin() + 3);
  const std::vector<Row> rows = contents.update(less);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].table, image.rows[3].table);
  EXPECT_EQ(rows[0].index, image.rows[3].index);
  EXPECT_TRUE(zero(rows[0].words));
}

TEST(Bank, ThatNobodyKnowsIsSwept) {
  // Filled to the last row with what was there.
  Bank bank;
  for (unsigned t = 0; t <= UINT8_MAX; ++t) {
    const TableShape shape = bank_table(static_cast<uint8_t>(t));
    for (unsigned i = 0; i < shape.rows; ++i) {
      bank[{t, i}] = std::vector<uint32_t>(shape.words, 0xa5a5a5a5);
    }
  }
  const Image image = images()[1];
  BankContents contents(BankContents::Start::kUnknown);
  write(bank, contents.update(image));
  EXPECT_EQ(bank, of(image));
}

TEST(Bank, ImagesHoldNoRowTwiceAndNoZeroRow) {
  for (const Image& image : images()) {
    std::set<Place> seen;
    for (const Row& r : image.rows) {
      EXPECT_TRUE(seen.insert({r.table, r.index}).second);
      EXPECT_FALSE(zero(r.words));
    }
  }
}

// An entry never stands before what it leads to: the actions, a pivot's bucket, a key's tables.
TEST(Bank, RowsComeBehindThoseTheyLeadTo) {
  using rmt::TableId;
  for (const Image& image : images()) {
    std::map<unsigned, std::set<unsigned>> written;  // table -> rows
    for (const Row& r : image.rows) {
      const bool in_stage = r.table >= rmt::kStageTableBase;
      const unsigned base = in_stage ? (r.table - rmt::kStageTableBase) / rmt::kStageTableStride *
                                           rmt::kStageTableStride
                                     : 0;
      const auto id = static_cast<TableId>(r.table - base);
      const auto table = [&](TableId t) -> std::set<unsigned>& {
        return written[static_cast<unsigned>(t) + base];
      };
      if (id == TableId::kStage0Action || id == TableId::kStage0Side ||
          id == TableId::kStage0State || id == TableId::kStage0Meter) {
        EXPECT_TRUE(table(TableId::kStage0Exact).empty());
        EXPECT_TRUE(table(TableId::kStage0Ternary).empty());
        EXPECT_TRUE(table(TableId::kStage0LpmEntry).empty());
        EXPECT_TRUE(table(TableId::kStage0Default).empty());
      }
      if (id == TableId::kStage0LpmEntry) {
        EXPECT_EQ(table(TableId::kStage0LpmPivot).count(r.index / rmt::kLpmSlots), 0u);
      }
      if (in_stage) {
        EXPECT_TRUE(table(TableId::kStage0Key).empty());
        EXPECT_TRUE(written[static_cast<unsigned>(TableId::kParserTcam)].empty());
      } else {
        EXPECT_TRUE(written[static_cast<unsigned>(TableId::kParserInit)].empty());
      }
      if (id == TableId::kParserAction) {
        EXPECT_EQ(table(TableId::kParserTcam).count(r.index), 0u);
      }
      written[r.table].insert(r.index);
    }
  }
}

}  // namespace
}  // namespace fp::pipeline
