// SPDX-License-Identifier: Apache-2.0
//
// Any words as messages of the firmware (ServiceController::handle): the library answers ring
// requests with well-formed messages, ignores what is none, and keeps its memory in order.
//
// Input: a byte with the number of words, then the words little-endian, and so on. Bit 7 of the
// number polls the queue afterwards.
#include "tests/fuzz/stub_device.hpp"

using namespace flatproxy;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Host host;
  for (size_t at = 0; at < size;) {
    const uint8_t count = data[at++];
    std::vector<uint32_t> words(std::min<size_t>(count & 0x7f, (size - at) / 4));
    if (!words.empty()) std::memcpy(words.data(), data + at, 4 * words.size());
    at += 4 * words.size();
    if (words.empty() && at + 4 > size) at = size;
    const size_t answers = host.device.replies.size();
    const bool request = !words.empty() &&
                         fp::mailbox::MsgHeader::unpack(words.data()).id ==
                             static_cast<uint8_t>(fp::mailbox::MsgId::kRingRequest) &&
                         fp::mailbox::MsgHeader::unpack(words.data()).length == words.size() - 1 &&
                         fp::mailbox::validate_message(144, std::span(words).subspan(1)).ok();
    host.device.mail.push_back(words);
    while (poll_control(host.context)) {
    }
    fuzz::require(host.device.replies.size() == answers + (request ? 1 : 0));
    if ((count & 0x80) != 0) {
      fp_event ev[4];
      fp_poll(host.queue, ev, 4, 0);
    }
  }
  return 0;
}
