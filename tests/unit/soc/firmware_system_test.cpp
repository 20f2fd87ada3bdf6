// SPDX-License-Identifier: Apache-2.0
//
// The firmware's care for itself: self-test, watchdog, and the shell on its console.
#include <string>

#include "contract/mbuf_csr_table.hpp"
#include "contract/rmt_csr_table.hpp"
#include "contract/vq_csr_table.hpp"
#include "contract/wdt.hpp"
#include "tests/unit/soc/firmware_board.hpp"

namespace fp::soc {
namespace {

using mailbox::Status;
using test::Board;
using test::Words;

// A slow clock, so that a character takes 1000 cycles only.
constexpr SocConfig kSlow{.clock_hz = 11'520'000};
constexpr uint64_t kMs = kSlow.clock_hz / 1000;  // cycles

// What the console says from the moment `line` was typed until the firmware sleeps again.
std::string answer(Board& board, const std::string& line) {
  const size_t before = board.console.size();
  board.soc->console().type(board.now() + 1, line + "\n");
  EXPECT_TRUE(board.run_until(
      [&] { return board.soc->console().next_arrival() == kNever && board.soc->asleep(); },
      100 * kMs));
  std::string text = board.console.substr(before);
  EXPECT_EQ(text.substr(0, line.size() + 1), line + "\n") << "typed text is echoed";
  return text.substr(std::min(text.size(), line.size() + 1));
}

TEST(SelfTest, CountsEveryRegisterThatHardwareDoesNotChange) {
  Board board(kSlow);
  board.boot();
  unsigned registers = 0;
  const auto count = [&](const auto& table) {
    for (const auto& row : table) registers += row.volatile_mask != 0xffffffff;
  };
  count(rmt::kCsrTable);
  count(mbuf::kCsrTable);
  count(vq::kCsrTable);
  EXPECT_NE(board.console.find(std::to_string(registers) + " registers as reset leaves them"),
            std::string::npos)
      << board.console;
}

TEST(SelfTest, ARegisterThatIsNotAsResetLeavesItStopsTheBoot) {
  for (const auto& row : rmt::kCsrTable) {
    if (row.rw_mask == 0 || row.pulse || row.volatile_mask != 0) continue;
    if (std::string(row.name) != "Q_LIMIT[3]" && std::string(row.name) != "EPOCH") continue;
    Board board(kSlow);
    board.rmt.init_at = 5000;
    board.run(1000);
    board.poke(rmt::kCsrBase + row.offset, row.reset ^ 1);
    EXPECT_FALSE(board.run_until([&] { return !board.from_firmware[0].empty(); }, 100'000));
    EXPECT_FALSE(board.alive());
    const std::string complaint = std::string("self-test: rmt.") + row.name + ": found 0x";
    EXPECT_NE(board.console.find(complaint), std::string::npos) << board.console;
  }
}

TEST(Watchdog, EndsAFirmwareThatWaitsForABlockForEver) {
  Board board(kSlow);
  board.rmt.init_at = UINT64_MAX;
  board.run(10 * kMs);
  EXPECT_EQ(board.soc->expired_watchdog(), nullptr) << "it was started after reset";
  board.run(3 * kMs);
  ASSERT_NE(board.soc->expired_watchdog(), nullptr);
  EXPECT_EQ(board.soc->expired_watchdog()->timeout(), 10 * kMs);
  const uint32_t pc = board.soc->hart().pc();
  board.rmt.init_at = 0;
  board.run(10'000);
  EXPECT_EQ(board.soc->hart().pc(), pc) << "the core is held";
}

TEST(Watchdog, SleepIsNoSilence) {
  Board board(kSlow);
  board.boot();
  board.start();
  board.run(30 * kMs);
  EXPECT_EQ(board.soc->expired_watchdog(), nullptr);
  EXPECT_TRUE(board.alive());
}

TEST(Watchdog, APeerThatTakesNoMailIsToBlameItself) {
  Board board(kSlow);
  board.deaf = true;
  board.run(25 * kMs);  // hello, then the answer that finds the slot full
  board.post(Board::kConfig, test::message(mailbox::Start{}, 1));
  board.run(25 * kMs);
  EXPECT_EQ(board.soc->expired_watchdog(), nullptr);
  board.deaf = false;
  EXPECT_TRUE(board.run_until([&] { return board.from_firmware[0].size() == 2; }));
}

TEST(Shell, AnswersEachCommand) {
  Board board(kSlow);
  board.boot();
  board.start();
  EXPECT_NE(answer(board, "help").find("show counters"), std::string::npos);
  EXPECT_EQ(answer(board, ""), "");
  EXPECT_EQ(answer(board, "  show   log "), board.console.substr(0, board.console.find("help\n")));
  EXPECT_EQ(
      answer(board, "show me"),
      "found show me, expected one of: help, show tables, show counters, show packets, show log\n");
}

TEST(Shell, ShowsTheRowsOfTheBankInForce) {
  Board board(kSlow);
  board.boot();
  const auto write = [&](unsigned table, uint16_t index, size_t n) {
    mailbox::TableWrite body;
    body.block = mailbox::Target::kRmt;
    body.table_id = static_cast<uint8_t>(table);
    body.index = index;
    body.n_words = static_cast<uint8_t>(n);
    Words words(mailbox::TableWrite::kWords);
    body.pack(words.data());
    words.insert(words.end(), n, 0);
    const Words m =
        board.ask(Board::kConfig,
                  test::make_message(static_cast<uint8_t>(mailbox::MsgId::kTableWrite), 1, words));
    EXPECT_EQ(test::body_of<mailbox::Reply>(m).status, Status::kOk);
  };
  const auto exact3 =
      static_cast<unsigned>(rmt::TableId::kStage0Exact) + 3 * rmt::kStageTableStride;
  write(static_cast<unsigned>(rmt::TableId::kParserTcam), 4, rmt::ParserTcam::kWords);
  write(exact3, 0, rmt::ExactEntry::kWords);
  write(exact3, 9, rmt::ExactEntry::kWords);
  EXPECT_EQ(answer(board, "show tables"), "rows written to the tables in force (epoch 0)\n")
      << "they are in the shadow bank";
  mailbox::EpochCommit commit;
  commit.block = mailbox::Target::kRmt;
  ASSERT_EQ(board.ask_status(Board::kConfig, commit), Status::kOk);
  EXPECT_EQ(answer(board, "show tables"),
            "rows written to the tables in force (epoch 1)\nparser_tcam 1\nstage 3 exact 2\n");
}

TEST(Shell, ShowsCountersByTheNamesOfTheContract) {
  Board board(kSlow);
  board.boot();
  EXPECT_EQ(answer(board, "show counters"), "") << "nothing has happened";
  board.rmt.packets = 70;
  board.run(100);
  EXPECT_EQ(answer(board, "show counters"), "rmt.PKT_IN 70\n");
  const std::string all = answer(board, "show counters all");
  EXPECT_NE(all.find("rmt.PKT_IN 70\nrmt.FORWARDED 0\n"), std::string::npos) << all;
  EXPECT_NE(all.find("\nvq."), std::string::npos);
  EXPECT_EQ(all.find(".HI"), std::string::npos);
}

TEST(Shell, LinesAreEditedAndBounded) {
  Board board(kSlow);
  board.boot();
  const auto type = [&](const std::string& text) {
    const size_t before = board.console.size();
    board.soc->console().type(board.now() + 1, text);
    EXPECT_TRUE(board.run_until(
        [&] { return board.soc->console().next_arrival() == kNever && board.soc->asleep(); },
        100 * kMs));
    return board.console.substr(before);
  };
  EXPECT_NE(type("hexx\b\x7flp\r").find("show tables   "), std::string::npos);
  EXPECT_EQ(type("\b\bhelp\x03\n").find("show tables   "), std::string::npos) << "thrown away";
  const std::string text = type(std::string(200, 'a') + "\nx\n");
  EXPECT_NE(text.find(std::string(80, 'a') + "\nfound a line above 80 characters"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("\nfound x, expected"), std::string::npos);
  std::string noise;
  for (int c = 0; c < 256; ++c) noise += static_cast<char>(c);
  type(noise + "\n");
  EXPECT_TRUE(board.alive());
  EXPECT_NE(answer(board, "help").find("show log"), std::string::npos);
}

}  // namespace
}  // namespace fp::soc
