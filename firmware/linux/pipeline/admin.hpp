// SPDX-License-Identifier: Apache-2.0
//
// The configuration plane's side of the admin protocol (rtl/soc/mailbox.yaml): turns images into
// messages and checks the answers. Which carrier moves the words (the mailbox now, the PF's admin
// queue later) is the caller's business.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "contract/mailbox.hpp"
#include "firmware/linux/pipeline/compiler.hpp"

namespace fp::pipeline {

// A whole message: header word and body.
using Message = std::vector<uint32_t>;

// A row of a hardware table.
struct RowAddress {
  uint8_t table;
  uint16_t index;
};

// The bring-up conversation with the firmware: after its `hello`, one message at a time, each
// answered by its sequence number, until `ready`; later, rows read back. Single-threaded; holds
// copies of everything.
class AdminSession {
 public:
  // `image` for the RMT is sent, the epoch committed, then come `listens` and `addresses` (complete
  // bodies), and the data path is started.
  AdminSession(const Image& image, std::span<const mailbox::Listen> listens, bool lossless,
               std::span<const mailbox::InterfaceAddress> addresses = {});

  // The message to hand to the firmware now, or nullptr while an answer is due or all is done.
  const Message* next() const;
  // next() has been taken by the carrier.
  void sent();
  // A message from the firmware. Returns an empty string, or one line saying what went wrong; the
  // session is then over.
  std::string receive(std::span<const uint32_t> words);

  bool ready() const { return state_ == State::kReady; }

  // Asks for rows of the RMT; only when ready, which it is again when all have come.
  void collect(std::span<const RowAddress> rows);
  // What came, in the order asked for: row images.
  const std::vector<std::vector<uint32_t>>& collected() const { return collected_; }

  // The whole conversation to or from a simulator's checkpoint (cmodel/common/state_io.hpp).
  template <class Io>
  void checkpoint(Io& io) {
    io(queue_, started_, state_, next_seq_);
    io.resized(collected_);
  }

 private:
  enum class State { kHello, kSend, kReply, kReady, kFailed };

  template <class T>
  Message& add(uint8_t id, const T& body);
  std::string fail(const std::string& what);
  // The message that waits for its answer.
  mailbox::MsgHeader asked() const { return mailbox::MsgHeader::unpack(queue_.front().data()); }

  // The answer to the first message has come.
  void answered();

  std::deque<Message> queue_;
  std::vector<std::vector<uint32_t>> collected_;
  bool started_ = false;
  State state_ = State::kHello;
  uint8_t next_seq_ = 0;
};

}  // namespace fp::pipeline
