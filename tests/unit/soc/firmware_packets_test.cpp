// SPDX-License-Identifier: Apache-2.0
//
// The real firmware, its packet queue and a flood: answers, and how long the configuration plane
// waits for its own meanwhile. Bounds are in cycles of the 250 MHz core.
#include "tests/unit/soc/firmware_board.hpp"

namespace fp::soc {
namespace {

using mailbox::Status;
using test::Board;
using test::body_of;
using test::Words;
using Bytes = std::vector<uint8_t>;

constexpr uint8_t kLocal = static_cast<uint16_t>(rmt::Reason::kLocal) & 0xff;
constexpr std::array<uint8_t, 6> kMac = {2, 0, 0, 0, 0x10, 1};

mailbox::InterfaceAddress router(uint8_t last = 1) {
  mailbox::InterfaceAddress a;
  a.family = mailbox::Family::kIpv4;
  a.prefix = 24;
  a.vlan = 10;
  a.mac = kMac;
  a.address = {10, 0, 10, last};
  return a;
}

Bytes arp_request() {
  return {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0x10, 2, 0x81, 0, 0,    10,
          8,    6,    0,    1,    8,    0,    6, 4, 0, 1, 2,    0, 0,    0, 0x10, 2,
          10,   0,    10,   2,    0,    0,    0, 0, 0, 0, 10,   0, 10,   1, 0,    0,
          0,    0,    0,    0,    0,    0,    0, 0, 0, 0, 0,    0, 0,    0, 0,    0};
}

// RFC 1071, on the bytes' own terms.
uint16_t checksum(const Bytes& b, size_t at, size_t end) {
  uint32_t sum = 0;
  for (size_t i = at; i < end; ++i)
    sum += static_cast<uint32_t>(b[i]) << ((i - at) % 2 == 0 ? 8 : 0);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

Bytes echo_request(size_t payload) {
  Bytes b = {2, 0, 0, 0, 0x10, 1, 2, 0, 0, 0, 0x10, 2, 0x81, 0, 0, 10, 8, 0, 0x45, 0};
  const size_t length = 28 + payload;
  b.insert(b.end(), {static_cast<uint8_t>(length >> 8),
                     static_cast<uint8_t>(length),
                     0,
                     1,
                     0,
                     0,
                     64,
                     1,
                     0,
                     0,
                     10,
                     0,
                     10,
                     2,
                     10,
                     0,
                     10,
                     1,
                     8,
                     0,
                     0,
                     0,
                     0,
                     7,
                     0,
                     1});
  for (size_t i = 0; i < payload; ++i) b.push_back(static_cast<uint8_t>(i * 7));
  const uint16_t head = checksum(b, 18, 38);
  b[28] = static_cast<uint8_t>(head >> 8);
  b[29] = static_cast<uint8_t>(head);
  const uint16_t body = checksum(b, 38, b.size());
  b[40] = static_cast<uint8_t>(body >> 8);
  b[41] = static_cast<uint8_t>(body);
  return b;
}

class Packets : public testing::Test {
 protected:
  void SetUp() override {
    board_.boot();
    ASSERT_EQ(board_.ask_status(Board::kConfig, router()), Status::kOk);
    board_.start();
  }
  // Cycles from a table write's post to its answer.
  uint64_t table_write() {
    mailbox::TableWrite body;
    body.block = mailbox::Target::kRmt;
    body.table_id = static_cast<uint8_t>(rmt::TableId::kGroup);
    body.index = 3;
    body.n_words = rmt::McastGroup::kWords;
    Words words(mailbox::TableWrite::kWords + body.n_words);
    body.pack(words.data());
    const uint64_t start = board_.now();
    const Words answer =
        board_.ask(Board::kConfig, test::make_message(static_cast<uint8_t>(body.kId), 5, words));
    EXPECT_FALSE(answer.empty()) << board_.console;
    if (answer.empty()) return UINT64_MAX;
    EXPECT_EQ(body_of<mailbox::Reply>(answer).status, Status::kOk);
    return board_.now() - start;
  }
  // The longest of fifty writes, one every `gap` cycles.
  uint64_t slowest(uint64_t gap) {
    uint64_t most = 0;
    for (int i = 0; i < 50; ++i) {
      most = std::max(most, table_write());
      board_.run(gap);
    }
    EXPECT_TRUE(board_.alive()) << board_.console;
    return most;
  }
  void offer(const Bytes& bytes, uint8_t reason, unsigned count, uint64_t every) {
    for (unsigned i = 0; i < count; ++i) {
      board_.cpu_port.frames.push_back({bytes, reason, board_.now() + i * every});
    }
  }

  Board board_;
};

TEST_F(Packets, AnArpRequestIsAnswered) {
  offer(arp_request(), 0, 1, 0);
  ASSERT_TRUE(board_.run_until([&] { return !board_.cpu_port.sent.empty(); }, 20'000));
  EXPECT_EQ(board_.cpu_port.sent[0],
            (Bytes{2,  0, 0,  0, 0x10, 2, 2, 0, 0,    0, 0x10, 1, 0x81, 0, 0,    10,
                   8,  6, 0,  1, 8,    0, 6, 4, 0,    2, 2,    0, 0,    0, 0x10, 1,
                   10, 0, 10, 1, 2,    0, 0, 0, 0x10, 2, 10,   0, 10,   2}));
}

TEST_F(Packets, EchoesOfEveryLengthToTheLongestFrame) {
  std::vector<size_t> lengths = {0, 1, 2, 3, 4, 5, 6, 7, 8, 63, 1472, 9216 - 46};
  for (const size_t n : lengths) offer(echo_request(n), kLocal, 1, 0);
  // The queue's memory holds what is shorter; the longest follows when there is room.
  ASSERT_TRUE(
      board_.run_until([&] { return board_.cpu_port.sent.size() == lengths.size(); }, 400'000))
      << board_.cpu_port.sent.size();
  for (size_t i = 0; i < lengths.size(); ++i) {
    const Bytes& reply = board_.cpu_port.sent[i];
    const Bytes question = echo_request(lengths[i]);
    ASSERT_EQ(reply.size(), question.size());
    EXPECT_EQ(reply[38], 0) << "echo reply";
    EXPECT_EQ(checksum(reply, 18, 38), 0);
    EXPECT_EQ(checksum(reply, 38, reply.size()), 0);
    EXPECT_TRUE(std::equal(reply.begin() + 42, reply.end(), question.begin() + 42));
  }
}

// 10,000 a second, one in 25,000 cycles, is what the issue asks for; the wire can do a thousand
// times as much. The bounds are the writes' own time and one frame of each class.
TEST_F(Packets, TableProgrammingStaysResponsiveUnderFloods) {
  const uint64_t alone = slowest(1000);
  offer(arp_request(), 0, 60, 25'000);
  const uint64_t ten_thousand = slowest(25'500);
  board_.run_until([&] { return board_.cpu_port.frames.empty(); }, 2'000'000);
  board_.run(10'000);
  const size_t answered = board_.cpu_port.sent.size();
  EXPECT_EQ(answered, 60u) << "each of them is answered";

  offer(arp_request(), 0, 100'000, 0);
  const uint64_t line_rate = slowest(1000);
  EXPECT_FALSE(board_.cpu_port.frames.empty()) << "the flood went on";
  EXPECT_GT(board_.cpu_port.sent.size(), answered + 40);
  board_.cpu_port.frames.clear();

  const Bytes longest = echo_request(1472);
  for (unsigned i = 0; i < 30'000; ++i) {
    offer(arp_request(), 0, 1, 0);
    offer(longest, kLocal, 1, 0);
  }
  const uint64_t mixed = slowest(1000);
  EXPECT_FALSE(board_.cpu_port.frames.empty());
  std::cout << "cycles for a table write: alone " << alone << ", 10,000 ARP/s " << ten_thousand
            << ", ARP at line rate " << line_rate << ", and long echoes " << mixed << "\n";
  EXPECT_LE(ten_thousand, alone + 2'500);
  EXPECT_LE(line_rate, alone + 2'500);
  EXPECT_LE(mixed, alone + 25'000);
}

// RMT may pause its inputs; the mailbox must not wait for it.
TEST_F(Packets, AnAnswerThatCannotLeaveKeepsNobodyWaiting) {
  board_.cpu_port.deaf = true;
  offer(arp_request(), 0, 5, 0);
  board_.run(50'000);
  EXPECT_LT(table_write(), 20'000u);
  EXPECT_TRUE(board_.cpu_port.sent.empty());
  board_.cpu_port.deaf = false;
  EXPECT_TRUE(board_.run_until([&] { return board_.cpu_port.sent.size() == 5; }, 50'000));
}

TEST_F(Packets, AddressesAreRefusedTwiceAndBeyondTheTable) {
  EXPECT_EQ(board_.ask_status(Board::kConfig, router()), Status::kRefused);
  mailbox::InterfaceAddress a = router(2);
  a.prefix = 33;
  EXPECT_EQ(board_.ask_status(Board::kConfig, a), Status::kRefused);
  for (unsigned i = 1; i < 512; ++i) {
    a = router(2);
    a.address[1] = static_cast<uint8_t>(1 + i / 200);
    a.address[3] = static_cast<uint8_t>(1 + i % 200);
    ASSERT_EQ(board_.ask_status(Board::kConfig, a), Status::kOk) << i;
  }
  a.address[1] = 99;
  EXPECT_EQ(board_.ask_status(Board::kConfig, a), Status::kNoRoom);
}

TEST(PacketsOff, WithoutAnAddressNoClassOpens) {
  Board board;
  board.boot();
  board.start();
  board.cpu_port.frames.push_back({arp_request(), 0, 0});
  board.run(10'000);
  EXPECT_TRUE(board.cpu_port.frames.empty());
  EXPECT_TRUE(board.cpu_port.sent.empty());
  EXPECT_FALSE(board.soc->packets().irq());
  EXPECT_TRUE(board.soc->asleep());
}

}  // namespace
}  // namespace fp::soc
