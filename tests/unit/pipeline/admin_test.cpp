// SPDX-License-Identifier: Apache-2.0
//
// The bring-up conversation with the firmware, right answers and wrong ones.
#include "firmware/linux/pipeline/admin.hpp"

#include <gtest/gtest.h>

#include "tests/unit/pipeline/small_program.hpp"

namespace fp::pipeline {
namespace {

using mailbox::MsgHeader;
using mailbox::MsgId;
using mailbox::Status;

template <class Body>
Message message(const Body& body, uint8_t seq) {
  Message words(1 + Body::kWords);
  MsgHeader header;
  header.id = static_cast<uint8_t>(Body::kId);
  header.seq = seq;
  header.length = Body::kWords;
  header.pack(words.data());
  body.pack(words.data() + 1);
  return words;
}

Message hello(uint16_t version = mailbox::kProtocolVersion) {
  mailbox::Hello body;
  body.version = version;
  return message(body, 0);
}
Message reply(uint8_t seq, Status status = Status::kOk, uint16_t detail = 0) {
  mailbox::Reply body;
  body.status = status;
  body.detail = detail;
  return message(body, seq);
}
Message ready(uint8_t seq) {
  mailbox::Ready body;
  body.boot_ok = true;
  return message(body, seq);
}

class Admin : public testing::Test {
 protected:
  Admin() {
    const Program program = parse_program(test::kSmall, "p.yaml");
    Entry entry{"t", {{"ip.dst", {10, 0, 0, 1}}}, "out", {{"port", 3}}, "here"};
    image_ = compile(program, std::span(&entry, 1));
    listen_.resize(2);
    for (mailbox::Listen& l : listen_) l.family = mailbox::Family::kIpv4;
    listen_[1].port = 80;
    addresses_.resize(1);
    addresses_[0].family = mailbox::Family::kIpv6;
  }

  AdminSession session() const { return AdminSession(image_, listen_, true, addresses_); }
  static MsgHeader header(const AdminSession& s) { return MsgHeader::unpack(s.next()->data()); }

  // Says hello and answers everything up to the message with this id.
  static void answer_until(AdminSession& s, MsgId id) {
    ASSERT_EQ(s.receive(hello()), "");
    while (header(s).id != static_cast<uint8_t>(id)) {
      const uint8_t seq = header(s).seq;
      s.sent();
      ASSERT_EQ(s.receive(reply(seq)), "");
    }
  }

  Image image_;
  std::vector<mailbox::Listen> listen_;
  std::vector<mailbox::InterfaceAddress> addresses_;
};

TEST_F(Admin, SendsRowsThenEpochThenListenersThenStart) {
  AdminSession s = session();
  EXPECT_EQ(s.next(), nullptr) << "nothing before hello";
  ASSERT_EQ(s.receive(hello()), "");
  size_t row = 0;
  std::vector<uint8_t> ids;
  while (s.next() != nullptr) {
    const Message m = *s.next();
    const MsgHeader h = MsgHeader::unpack(m.data());
    ASSERT_EQ(m.size(), 1u + h.length);
    if (h.id == static_cast<uint8_t>(MsgId::kTableWrite)) {
      const auto body = mailbox::TableWrite::unpack(m.data() + 1);
      ASSERT_LT(row, image_.rows.size());
      EXPECT_EQ(body.table_id, image_.rows[row].table);
      EXPECT_EQ(body.index, image_.rows[row].index);
      EXPECT_EQ(Message(m.begin() + 1 + mailbox::TableWrite::kWords, m.end()),
                image_.rows[row].words);
      EXPECT_EQ(body.n_words, image_.rows[row].words.size());
      EXPECT_LE(m.size(), mailbox::kSlotWords);
      ++row;
    } else {
      EXPECT_TRUE(mailbox::validate_message(h.id, std::span(m).subspan(1)).ok());
      ids.push_back(h.id);
    }
    s.sent();
    EXPECT_EQ(s.next(), nullptr) << "one message at a time";
    if (h.id == static_cast<uint8_t>(MsgId::kStart)) {
      EXPECT_TRUE(mailbox::Start::unpack(m.data() + 1).lossless);
      EXPECT_FALSE(s.ready());
      ASSERT_EQ(s.receive(ready(h.seq)), "");
    } else {
      ASSERT_EQ(s.receive(reply(h.seq)), "");
    }
  }
  EXPECT_TRUE(s.ready());
  EXPECT_EQ(row, image_.rows.size());
  EXPECT_EQ(ids, (std::vector<uint8_t>{
                     2, 4, 4, 6, 3}));  // epoch_commit, listen, listen, interface_address, start
}

TEST_F(Admin, SequenceNumbersTellAnswersApart) {
  AdminSession s = session();
  ASSERT_EQ(s.receive(hello()), "");
  const uint8_t first = header(s).seq;
  s.sent();
  ASSERT_EQ(s.receive(reply(first)), "");
  EXPECT_NE(header(s).seq, first);
  s.sent();
  EXPECT_NE(s.receive(reply(first)), "") << "an answer to the message before";
}

TEST_F(Admin, AnotherProtocolIsRefused) {
  AdminSession s = session();
  EXPECT_EQ(s.receive(hello(7)), "firmware: hello.version: found 7, expected 1");
  EXPECT_EQ(s.next(), nullptr);
}

TEST_F(Admin, ARefusalNamesTheMessageAndTheDetail) {
  AdminSession s = session();
  answer_until(s, MsgId::kEpochCommit);
  const uint8_t seq = header(s).seq;
  s.sent();
  EXPECT_EQ(s.receive(reply(seq, Status::kBusy, 12)),
            "firmware: epoch_commit: found busy (detail 12), expected ok");
  EXPECT_EQ(s.next(), nullptr) << "the session is over";
}

TEST_F(Admin, WrongAnswersEndTheSession) {
  const auto first_answer = [&](auto&& make) {
    AdminSession s = session();
    EXPECT_EQ(s.receive(hello()), "");
    const uint8_t seq = header(s).seq;
    s.sent();
    const std::string complaint = s.receive(make(seq));
    EXPECT_EQ(s.next(), nullptr);
    EXPECT_FALSE(s.ready());
    return complaint;
  };
  EXPECT_NE(first_answer([](uint8_t seq) { return ready(seq); }), "") << "ready before start";
  EXPECT_NE(first_answer([](uint8_t) { return hello(); }), "") << "hello twice";
  EXPECT_NE(first_answer([](uint8_t) { return Message{}; }), "") << "nothing at all";
  EXPECT_NE(first_answer([](uint8_t seq) {
              Message m = reply(seq);
              m.push_back(0);
              return m;
            }),
            "")
      << "longer than its header says";
  EXPECT_NE(first_answer([](uint8_t seq) {
              Message m = reply(seq);
              m[1] |= 0xff000000;  // reserved bits
              return m;
            }),
            "");
  EXPECT_NE(first_answer([](uint8_t seq) {
              Message m = reply(seq);
              m[1] = 0xee;  // no status
              return m;
            }),
            "");
}

TEST_F(Admin, AReplyBeforeAnythingWasAskedEndsTheSession) {
  AdminSession s = session();
  EXPECT_NE(s.receive(reply(0)), "");
  AdminSession t = session();
  ASSERT_EQ(t.receive(hello()), "");
  EXPECT_NE(t.receive(reply(header(t).seq)), "") << "not sent yet";
}

TEST_F(Admin, StartIsAnsweredByReadyOnly) {
  AdminSession s = session();
  answer_until(s, MsgId::kStart);
  const uint8_t seq = header(s).seq;
  s.sent();
  EXPECT_NE(s.receive(reply(seq)), "");
  EXPECT_FALSE(s.ready());
}

}  // namespace
}  // namespace fp::pipeline
