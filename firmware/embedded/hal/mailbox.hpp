// SPDX-License-Identifier: Apache-2.0
//
// Driver of the mailbox: one message at a time per channel and direction.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "contract/mailbox.hpp"

namespace fw::hal::mailbox {

// A message taken out of a slot.
struct Message {
  fp::mailbox::MsgHeader header;
  std::array<uint32_t, fp::mailbox::kSlotWords> body;

  std::span<const uint32_t> words() const { return {body.data(), header.length}; }
};

void enable_interrupts();

// Takes a waiting message; false when there is none. A header that claims more words than a slot
// holds arrives with length 0.
bool receive(unsigned channel, Message& message);

// Waits for the outbound slot to be empty, then hands the message over.
void send(unsigned channel, fp::mailbox::MsgId id, uint8_t seq, std::span<const uint32_t> body);

// Checks and reads a message body; false when it is not well formed.
template <class Body>
bool parse(std::span<const uint32_t> words, Body& body) {
  if (!fp::mailbox::validate_message(static_cast<uint32_t>(Body::kId), words).ok()) return false;
  body = Body::unpack(words.data());
  return true;
}

template <class Body>
void send(unsigned channel, uint8_t seq, const Body& body) {
  std::array<uint32_t, Body::kWords> words;
  body.pack(words.data());
  send(channel, Body::kId, seq, words);
}

}  // namespace fw::hal::mailbox
