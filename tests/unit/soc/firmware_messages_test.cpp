// SPDX-License-Identifier: Apache-2.0
//
// Whatever arrives in the mailbox is answered once, by its sequence number, and kills nobody.
#include "sim-tb/lockstep/random.hpp"
#include "tests/unit/soc/firmware_board.hpp"

namespace fp::soc {
namespace {

using mailbox::MsgId;
using mailbox::Status;
using test::Board;
using test::body_of;
using test::header_of;
using test::Words;

bool for_config(uint8_t id) {
  return id == static_cast<uint8_t>(MsgId::kTableWrite) ||
         id == static_cast<uint8_t>(MsgId::kEpochCommit) ||
         id == static_cast<uint8_t>(MsgId::kInterfaceAddress) ||
         id == static_cast<uint8_t>(MsgId::kTableRead) ||
         id == static_cast<uint8_t>(MsgId::kListen) || id == static_cast<uint8_t>(MsgId::kStart);
}
bool for_host(uint8_t id) {
  return id == static_cast<uint8_t>(MsgId::kVqSetup) ||
         id == static_cast<uint8_t>(MsgId::kWindowSetup) ||
         id == static_cast<uint8_t>(MsgId::kRingReply);
}

// Random words under a header that is mostly plausible; every third body is well formed but for a
// few flipped bits.
Words random_message(sim::Random& r) {
  static constexpr uint8_t kIds[] = {1, 2, 3, 4, 6, 16, 17, 18, 128, 129, 130, 144, 145};
  const uint8_t id =
      r.chance(90) ? kIds[r.below(std::size(kIds))] : static_cast<uint8_t>(r.next() >> 9);
  size_t length = r.chance(70) ? mailbox::message_words(id) : r.below(mailbox::kSlotWords);
  if (id == 1 && r.chance(80)) length += r.below(mailbox::kMaxRowWords + 2);
  Words body(std::min<size_t>(length, mailbox::kSlotWords - 1));
  for (uint32_t& w : body) {
    w = r.chance(40) ? static_cast<uint32_t>(r.next() >> 11) : static_cast<uint32_t>(r.below(4));
  }
  if (id == 1 && !body.empty() && r.chance(70)) {
    mailbox::TableWrite t;
    t.block = mailbox::Target::kRmt;
    t.table_id = static_cast<uint8_t>(r.below(32));
    t.index = static_cast<uint16_t>(r.next() >> 7);
    t.n_words = static_cast<uint8_t>(body.size() -
                                     std::min<size_t>(body.size(), mailbox::TableWrite::kWords));
    Words head(mailbox::TableWrite::kWords);
    t.pack(head.data());
    std::copy_n(head.begin(), std::min(head.size(), body.size()), body.begin());
  }
  Words m = test::make_message(id, static_cast<uint8_t>(r.next() >> 13), body);
  // Now and then the header lies about its length, also beyond the slot.
  if (r.chance(5)) m[0] = (m[0] & 0xffff) | static_cast<uint32_t>(r.next() >> 17) << 16;
  return m;
}

// What the firmware can see: the words that the header claims, if the slot has that many.
Words visible_body(const Words& m) {
  const unsigned length = header_of(m).length;
  if (length >= mailbox::kSlotWords) return {};
  Words body(m.begin() + 1, m.end());
  body.resize(length);  // the slot is cleared behind a message
  return body;
}

bool well_formed(uint8_t id, const Words& body) {
  if (id != static_cast<uint8_t>(MsgId::kTableWrite)) {
    return mailbox::validate_message(id, body).ok();
  }
  constexpr size_t kHead = mailbox::TableWrite::kWords;
  if (body.size() < kHead || !mailbox::validate_message(id, std::span(body).first(kHead)).ok()) {
    return false;
  }
  return body.size() == kHead + mailbox::TableWrite::unpack(body.data()).n_words;
}

void pour(unsigned channel, unsigned count, uint64_t seed) {
  Board board;
  board.boot();
  sim::Random r(seed);
  std::map<Status, unsigned> answers;
  for (unsigned i = 0; i < count; ++i) {
    const Words m = random_message(r);
    const mailbox::MsgHeader h = header_of(m);
    const Words answer = board.ask(channel, m);
    ASSERT_TRUE(board.alive()) << board.console;
    ASSERT_FALSE(answer.empty()) << "message " << i << " id " << int{h.id} << " not answered";
    ASSERT_EQ(header_of(answer).seq, h.seq);
    const bool known = channel == Board::kConfig ? for_config(h.id) : for_host(h.id);
    if (header_of(answer).id == static_cast<uint8_t>(MsgId::kReady)) {
      ASSERT_EQ(h.id, static_cast<uint8_t>(MsgId::kStart));
      ASSERT_TRUE(well_formed(h.id, visible_body(m)));
      continue;
    }
    const Status status = body_of<mailbox::Reply>(answer).status;
    ++answers[status];
    if (!known || !well_formed(h.id, visible_body(m))) {
      ASSERT_EQ(status, Status::kBadMessage) << "id " << int{h.id};
    }
  }
  EXPECT_TRUE(board.from_firmware[0].empty() && board.from_firmware[1].empty())
      << "one answer each";
  EXPECT_GT(answers[Status::kBadMessage], count / 10);
  EXPECT_GT(answers[Status::kOk], 0u) << "some were right";
}

TEST(Messages, FiveThousandRandomOnesForTheConfigurationPlane) { pour(Board::kConfig, 5000, 1); }
TEST(Messages, FiveThousandRandomOnesForTheHost) { pour(Board::kHost, 5000, 2); }

TEST(Messages, AnOversizedHeaderIsABadMessage) {
  Board board;
  board.boot();
  for (const unsigned length : {mailbox::kSlotWords, 1000u, 0xffffu}) {
    Words m(mailbox::kSlotWords, 0);
    mailbox::MsgHeader h;
    h.id = 2;
    h.seq = 5;
    h.length = static_cast<uint16_t>(length);
    h.pack(m.data());
    for (const unsigned channel : {Board::kConfig, Board::kHost}) {
      const Words answer = board.ask(channel, m);
      ASSERT_FALSE(answer.empty());
      EXPECT_EQ(body_of<mailbox::Reply>(answer).status, Status::kBadMessage);
    }
  }
}

// The other side is slow: the firmware waits with its answer and loses none.
TEST(Messages, AFullOutboundSlotIsWaitedFor) {
  Board board;
  board.boot();
  for (uint8_t i = 0; i < 20; ++i) {
    board.post(Board::kConfig, test::make_message(99, i, {}));
    board.post(Board::kHost, test::make_message(99, static_cast<uint8_t>(100 + i), {}));
  }
  board.deaf = true;
  board.run(20'000);
  EXPECT_TRUE(board.from_firmware[0].empty());
  board.deaf = false;
  board.run(100'000);
  ASSERT_EQ(board.from_firmware[0].size(), 20u);
  ASSERT_EQ(board.from_firmware[1].size(), 20u);
  for (uint8_t i = 0; i < 20; ++i) {
    EXPECT_EQ(header_of(board.from_firmware[0][i]).seq, i);
    EXPECT_EQ(header_of(board.from_firmware[1][i]).seq, 100 + i);
  }
}

}  // namespace
}  // namespace fp::soc
