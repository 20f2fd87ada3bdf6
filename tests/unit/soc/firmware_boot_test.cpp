// SPDX-License-Identifier: Apache-2.0
//
// From reset to READY, and what happens when firmware dies.
#include <cstring>

#include "contract/sysctl.hpp"
#include "tests/unit/soc/firmware_board.hpp"

namespace fp::soc {
namespace {

using mailbox::Status;
using test::Board;
using test::body_of;
using test::header_of;
using test::message;
using test::Words;

Words table_write(uint8_t table, uint16_t index, const Words& row, uint8_t seq = 1) {
  mailbox::TableWrite body;
  body.block = mailbox::Target::kRmt;
  body.table_id = table;
  body.index = index;
  body.n_words = static_cast<uint8_t>(row.size());
  Words words(mailbox::TableWrite::kWords);
  body.pack(words.data());
  words.insert(words.end(), row.begin(), row.end());
  return test::make_message(static_cast<uint8_t>(mailbox::MsgId::kTableWrite), seq, words);
}

Words numbered(size_t n, uint32_t first) {
  Words row(n);
  for (uint32_t& w : row) w = first++;
  return row;
}

Status status_of(const Words& m) {
  return m.empty() ? Status::kBadState : body_of<mailbox::Reply>(m).status;
}

TEST(Boot, HelloComesWhenEveryBlockIsInitialised) {
  Board board;
  board.rmt.init_at = 4000;
  board.mbuf.init_at = 9000;
  board.vq.init_at = 6000;
  EXPECT_TRUE(board.take(Board::kConfig, 8900).empty()) << board.console;
  board.boot();
  EXPECT_GE(board.now(), 9000u);
  EXPECT_EQ(board.console.substr(0, board.console.find("self-test: ")),
            "flatproxy firmware, 250 MHz\nblocks initialised\n");
  EXPECT_TRUE(board.run_until([&] { return board.soc->asleep(); })) << "it sleeps until mail comes";
  EXPECT_TRUE(board.alive());
}

TEST(Boot, RowsGoToTheShadowBankWordForWord) {
  Board board;
  board.boot();
  constexpr auto kExact = static_cast<uint8_t>(rmt::TableId::kStage0Exact) + rmt::kStageTableStride;
  const Words tcam = numbered(rmt::ParserTcam::kWords, 100);
  const Words exact = numbered(rmt::ExactEntry::kWords, 200);
  const Words action = numbered(rmt::ActionInstr::kWords, 300);
  EXPECT_EQ(status_of(board.ask(Board::kConfig, table_write(1, 127, tcam))), Status::kOk);
  EXPECT_EQ(status_of(board.ask(Board::kConfig, table_write(kExact, 1023, exact))), Status::kOk);
  EXPECT_EQ(status_of(board.ask(
                Board::kConfig,
                table_write(static_cast<uint8_t>(rmt::TableId::kStage0Action), 5, action))),
            Status::kOk);
  ASSERT_EQ(board.rmt.rows.size(), 3u);
  const auto expect_row = [&](size_t i, uint8_t table, uint16_t index, const Words& words) {
    const auto& row = board.rmt.rows[i];
    EXPECT_EQ(row.table, table);
    EXPECT_EQ(row.index, index);
    EXPECT_EQ(Words(row.words.begin(), row.words.begin() + static_cast<long>(words.size())), words);
  };
  expect_row(0, 1, 127, tcam);
  expect_row(1, kExact, 1023, exact);
  expect_row(2, static_cast<uint8_t>(rmt::TableId::kStage0Action), 5, action);
  for (const auto& row : board.rmt.rows) EXPECT_TRUE(row.bank) << "epoch 0 uses bank 0";

  // The epoch moves on; the other bank is the shadow now.
  mailbox::EpochCommit commit;
  commit.block = mailbox::Target::kRmt;
  EXPECT_EQ(board.ask_status(Board::kConfig, commit), Status::kOk);
  EXPECT_EQ(board.rmt.regs().epoch_epoch_q, 1);
  EXPECT_EQ(status_of(board.ask(Board::kConfig, table_write(1, 0, tcam))), Status::kOk);
  EXPECT_FALSE(board.rmt.rows.back().bank);
  EXPECT_EQ(board.ask_status(Board::kConfig, commit), Status::kOk);
  EXPECT_EQ(board.rmt.regs().epoch_epoch_q, 2);
}

TEST(Boot, ABankInUseIsBusyAndARefusedRowIsRefused) {
  Board board;
  board.boot();
  const Words row = numbered(rmt::ParserTcam::kWords, 1);
  board.rmt.inflight = {0, 1};
  EXPECT_EQ(status_of(board.ask(Board::kConfig, table_write(1, 0, row))), Status::kBusy);
  EXPECT_TRUE(board.rmt.rows.empty());
  board.rmt.inflight = {1, 0};
  EXPECT_EQ(status_of(board.ask(Board::kConfig, table_write(1, 0, row))), Status::kOk);
  board.rmt.refuse = true;
  const Words answer = board.ask(Board::kConfig, table_write(1, 99, row, 42));
  EXPECT_EQ(status_of(answer), Status::kRefused);
  EXPECT_EQ(body_of<mailbox::Reply>(answer).detail, 99);
  EXPECT_EQ(header_of(answer).seq, 42);
}

// A short row would be filled up with words of the row before.
TEST(Boot, ARowOfTheWrongLengthIsABadMessage) {
  Board board;
  board.boot();
  for (const size_t n :
       {size_t{0}, size_t{rmt::ParserTcam::kWords - 1}, size_t{rmt::ParserTcam::kWords + 1}}) {
    EXPECT_EQ(status_of(board.ask(Board::kConfig, table_write(1, 0, numbered(n, 1)))),
              Status::kBadMessage);
  }
  Words lying = table_write(1, 0, numbered(rmt::ParserTcam::kWords, 1));
  lying.push_back(7);
  lying[0] += 1u << 16;  // the header tells of the extra word, n_words does not
  EXPECT_EQ(status_of(board.ask(Board::kConfig, lying)), Status::kBadMessage);
  EXPECT_TRUE(board.rmt.rows.empty());
}

TEST(Boot, StartEnablesEveryBlockOnceAndSaysReady) {
  for (const bool lossless : {false, true}) {
    Board board;
    board.boot();
    EXPECT_FALSE(board.rmt.regs().ctrl_enable_q);
    EXPECT_FALSE(board.mbuf.regs().ctrl_enable_q);
    EXPECT_FALSE(board.vq.regs().ctrl_enable_q);
    EXPECT_FALSE(board.stream.regs().ctrl_enable_q);
    board.start(lossless);
    EXPECT_TRUE(board.rmt.regs().ctrl_enable_q);
    EXPECT_EQ(board.rmt.regs().ctrl_lossless_q, lossless);
    EXPECT_TRUE(board.mbuf.regs().ctrl_enable_q);
    EXPECT_TRUE(board.vq.regs().ctrl_enable_q);
    EXPECT_TRUE(board.stream.regs().ctrl_enable_q);
    EXPECT_EQ(board.ask_status(Board::kConfig, mailbox::Start{}), Status::kBadState);
  }
}

TEST(Boot, OneListenerPerDestination) {
  Board board;
  board.boot();
  mailbox::Listen listen;
  listen.family = mailbox::Family::kIpv4;
  listen.port = 80;
  listen.address = {10, 0, 0, 1};
  EXPECT_EQ(board.ask_status(Board::kConfig, listen), Status::kOk);
  EXPECT_EQ(board.ask_status(Board::kConfig, listen), Status::kRefused);
  listen.port = 81;
  EXPECT_EQ(board.ask_status(Board::kConfig, listen), Status::kOk);
  listen.family = mailbox::Family::kIpv6;
  EXPECT_EQ(board.ask_status(Board::kConfig, listen), Status::kOk);
  listen.port = 82;
  listen.vq = vq::kNumVqs;
  EXPECT_EQ(board.ask_status(Board::kConfig, listen), Status::kRefused);
  listen.vq = 0;
  for (unsigned n = 3; n < 512; ++n) {
    listen.port = static_cast<uint16_t>(1000 + n);
    // 3 are there: 80 and 81 over IPv4, 81 over IPv6.
    ASSERT_EQ(board.ask_status(Board::kConfig, listen), Status::kOk) << n;
  }
  listen.port = 1;
  EXPECT_EQ(board.ask_status(Board::kConfig, listen), Status::kNoRoom);
}

uint32_t word(const Board& board, uint32_t addr) {
  std::array<uint8_t, 4> bytes{};
  EXPECT_TRUE(board.soc->hart().peek(addr, bytes));
  uint32_t value;
  std::memcpy(&value, bytes.data(), 4);
  return value;
}

TEST(Crash, AnIllegalInstructionLeavesARecordAndALine) {
  Board board;
  board.boot();
  ASSERT_TRUE(board.run_until([&] { return board.soc->asleep(); }));
  // An empty page: the all-zero instruction is illegal by definition.
  constexpr uint32_t kNowhere = kRamBase + kRamBytes / 2;
  board.soc->hart().set_pc(kNowhere);
  board.soc->hart().set_reg(1, 0x11111111);
  board.soc->hart().set_reg(5, 0x55555555);
  board.soc->hart().set_reg(31, 0x31313131);
  board.console.clear();
  board.post(Board::kConfig, message(mailbox::Start{}));  // wakes it
  ASSERT_TRUE(board.run_until([&] { return !board.alive(); })) << "the platform is told";
  const uint32_t record = board.soc->crash_record();
  EXPECT_EQ(word(board, record), 0x48535243u);  // "CRSH"
  EXPECT_EQ(word(board, record + 4), 2u);       // illegal instruction
  EXPECT_EQ(word(board, record + 8), kNowhere);
  EXPECT_EQ(word(board, record + 12), 0u);
  const uint32_t registers = word(board, record + 16);
  EXPECT_EQ(word(board, registers + 4 * 1), 0x11111111u);
  EXPECT_EQ(word(board, registers + 4 * 5), 0x55555555u) << "the one the handler works with";
  EXPECT_EQ(word(board, registers + 4 * 31), 0x31313131u);
  EXPECT_EQ(
      board.console.rfind("crash: cause 2 pc 0x80200000 value 0x00000000 ra 0x11111111 sp ", 0), 0u)
      << board.console;
  EXPECT_EQ(board.console.back(), '\n');
  // Dead: mail is no longer answered.
  EXPECT_TRUE(board.take(Board::kConfig, 20'000).empty());
}

TEST(Crash, JumpingToWhereNothingIsLeavesARecordToo) {
  Board board;
  board.boot();
  ASSERT_TRUE(board.run_until([&] { return board.soc->asleep(); }));
  constexpr uint32_t kNobody = kCsrBase + 15 * kCsrSlotBytes;  // a slot without a block: DECERR
  board.soc->hart().set_pc(kNobody);
  board.post(Board::kConfig, message(mailbox::Start{}));
  ASSERT_TRUE(board.run_until([&] { return !board.alive(); }));
  EXPECT_EQ(word(board, board.soc->crash_record() + 4), 1u);  // instruction access fault
  EXPECT_EQ(word(board, board.soc->crash_record() + 8), kNobody);
}

}  // namespace
}  // namespace fp::soc

// libsystemc's own main() refers to it.
int sc_main(int, char**) { return 0; }
