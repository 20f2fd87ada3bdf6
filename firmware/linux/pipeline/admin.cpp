// SPDX-License-Identifier: Apache-2.0
#include "firmware/linux/pipeline/admin.hpp"

namespace fp::pipeline {

namespace {

using mailbox::MsgHeader;
using mailbox::MsgId;

const char* name_of(uint8_t id) {
  switch (static_cast<MsgId>(id)) {
    case MsgId::kTableWrite:
      return "table_write";
    case MsgId::kEpochCommit:
      return "epoch_commit";
    case MsgId::kListen:
      return "listen";
    case MsgId::kTableRead:
      return "table_read";
    case MsgId::kInterfaceAddress:
      return "interface_address";
    case MsgId::kStart:
      return "start";
    default:
      return "message";
  }
}

}  // namespace

template <class T>
Message& AdminSession::add(uint8_t id, const T& body) {
  Message words(1 + T::kWords);
  body.pack(words.data() + 1);
  MsgHeader header;
  header.id = id;
  header.seq = next_seq_++;
  header.length = T::kWords;
  header.pack(words.data());
  return queue_.emplace_back(std::move(words));
}

AdminSession::AdminSession(const Image& image, std::span<const mailbox::Listen> listens,
                           bool lossless, std::span<const mailbox::InterfaceAddress> addresses) {
  for (const Row& row : image.rows) {
    mailbox::TableWrite body;
    body.block = mailbox::Target::kRmt;
    body.table_id = row.table;
    body.index = row.index;
    body.n_words = static_cast<uint8_t>(row.words.size());
    Message& words = add(static_cast<uint8_t>(body.kId), body);
    words.insert(words.end(), row.words.begin(), row.words.end());
    MsgHeader header = MsgHeader::unpack(words.data());
    header.length = static_cast<uint16_t>(words.size() - 1);
    header.pack(words.data());
  }
  mailbox::EpochCommit commit;
  commit.block = mailbox::Target::kRmt;
  add(static_cast<uint8_t>(commit.kId), commit);
  for (const mailbox::Listen& listen : listens) add(static_cast<uint8_t>(listen.kId), listen);
  for (const mailbox::InterfaceAddress& a : addresses) add(static_cast<uint8_t>(a.kId), a);
  mailbox::Start start;
  start.lossless = lossless;
  add(static_cast<uint8_t>(start.kId), start);
}

void AdminSession::collect(std::span<const RowAddress> rows) {
  for (const RowAddress& at : rows) {
    mailbox::TableRead body;
    body.block = mailbox::Target::kRmt;
    body.table_id = at.table;
    body.index = at.index;
    add(static_cast<uint8_t>(body.kId), body);
  }
  if (!queue_.empty()) state_ = State::kSend;
}

void AdminSession::answered() {
  queue_.pop_front();
  state_ = started_ && queue_.empty() ? State::kReady : State::kSend;
}

const Message* AdminSession::next() const {
  return state_ == State::kSend && !queue_.empty() ? &queue_.front() : nullptr;
}

void AdminSession::sent() { state_ = State::kReply; }

std::string AdminSession::fail(const std::string& what) {
  state_ = State::kFailed;
  return what;
}

std::string AdminSession::receive(std::span<const uint32_t> words) {
  if (words.empty()) return fail("firmware: message: found no words, expected a header");
  const MsgHeader header = MsgHeader::unpack(words.data());
  if (words.size() != 1u + header.length) {
    return fail("firmware: message: found " + std::to_string(words.size()) + " words, expected " +
                std::to_string(1u + header.length));
  }
  const std::span<const uint32_t> body = words.subspan(1);
  const bool formed = mailbox::validate_message(header.id, body).ok();
  const bool answers = state_ == State::kReply && formed && header.seq == asked().seq;
  switch (static_cast<MsgId>(header.id)) {
    case MsgId::kHello: {
      if (!formed || state_ != State::kHello) break;
      const auto hello = mailbox::Hello::unpack(body.data());
      if (hello.version != mailbox::kProtocolVersion) {
        return fail("firmware: hello.version: found " + std::to_string(hello.version) +
                    ", expected " + std::to_string(mailbox::kProtocolVersion));
      }
      state_ = State::kSend;
      return "";
    }
    case MsgId::kReply: {
      if (!answers) break;
      const auto reply = mailbox::Reply::unpack(body.data());
      if (reply.status != mailbox::Status::kOk) {
        return fail(std::string("firmware: ") + name_of(asked().id) + ": found " +
                    mailbox::to_string(reply.status) + " (detail " + std::to_string(reply.detail) +
                    "), expected ok");
      }
      if (asked().id == static_cast<uint8_t>(MsgId::kStart)) break;  // answered by ready
      answered();
      return "";
    }
    case MsgId::kTableRow: {
      if (state_ != State::kReply || header.seq != asked().seq ||
          asked().id != static_cast<uint8_t>(MsgId::kTableRead) ||
          body.size() < mailbox::TableRow::kWords) {
        break;
      }
      const auto row = mailbox::TableRow::unpack(body.data());
      const auto words = body.subspan(mailbox::TableRow::kWords);
      if (words.size() != row.n_words) break;
      collected_.emplace_back(words.begin(), words.end());
      answered();
      return "";
    }
    case MsgId::kReady:
      if (!answers || asked().id != static_cast<uint8_t>(MsgId::kStart)) break;
      started_ = true;
      answered();
      return "";
    default:
      break;
  }
  return fail("firmware: message: found id " + std::to_string(header.id) + " with " +
              std::to_string(header.length) + " words and sequence number " +
              std::to_string(header.seq) + ", expected an answer");
}

}  // namespace fp::pipeline
