// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a frame of the cpu port (fw::packets::answer): an answer goes to one station or all
// nodes of the VLAN the question came from, has its length, and never answers another answer.
//
// Input: one byte, the reason (0: no note), then the frame. Checksums that are wrong by little are
// what a random input never gets right, so bit 7 of the reason has them put in.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "contract/rmt.hpp"
#include "firmware/embedded/control/packets/answer.hpp"

using namespace fw::packets;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

const Interfaces& interfaces() {
  static const Interfaces table = [] {
    Interfaces t;
    Interfaces::Address a;
    a.family = fp::mailbox::Family::kIpv4;
    a.prefix = 24;
    a.vlan = 10;
    a.mac = {2, 0, 0, 0, 0x10, 1};
    a.address = {10, 0, 10, 1};
    t.add(a);
    a.family = fp::mailbox::Family::kIpv6;
    a.prefix = 64;
    a.address = {0x20, 1, 0xd, 0xb8, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    t.add(a);
    return t;
  }();
  return table;
}

// Fills in the checksums that answer() wants, where the packet has room for them.
void repair(std::vector<uint8_t>& f) {
  if (f.size() < 38 || get16(&f[12]) != 0x8100) return;
  if (get16(&f[16]) == 0x0800) {
    const size_t head = (f[18] & 0xfu) * 4, length = get16(&f[20]);
    if (head < 20 || length < head || 18 + length > f.size()) return;
    put16(&f[28], 0);
    put16(&f[28], checksum_of(add_words(0, Bytes(f).subspan(18, head))));
    if (length < head + 4) return;
    put16(&f[18 + head + 2], 0);
    put16(&f[18 + head + 2], checksum_of(add_words(0, Bytes(f).subspan(18 + head, length - head))));
  } else if (get16(&f[16]) == 0x86dd && f.size() >= 62) {
    const size_t length = get16(&f[22]);
    if (length < 4 || 58 + length > f.size()) return;
    put16(&f[60], 0);
    put16(&f[60], checksum_of(add_words(static_cast<uint32_t>(length) + 58,
                                        Bytes(f).subspan(26, 32 + length))));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  // An exact copy, so that a byte behind the frame is a byte behind the allocation.
  std::vector<uint8_t> frame(data + 1, data + size);
  if ((data[0] & 0x80) != 0) repair(frame);
  ErrorLimit limit(250'000'000);
  uint16_t id = 0;
  alignas(4) static std::array<uint8_t, kAnswerBytes> out;
  const Context context{interfaces(), limit, id};
  const Answer a = answer(context, {frame, static_cast<uint8_t>(data[0] & 0x7f), 0}, out);
  const bool answers = a.outcome <= Outcome::kUnreachable;
  require((a.length != 0) == answers && static_cast<unsigned>(a.outcome) < kNumOutcomes);
  if (!answers) return 0;
  require(a.length >= 46 && a.length <= std::max<size_t>(frame.size(), 1298) + 28);
  require(std::equal(&out[6], &out[12], interfaces().mac(10)));
  // The question's VLAN and type; its priority stays behind.
  require(get16(&out[12]) == 0x8100 && get16(&out[14]) == (get16(&frame[14]) & 0xfff));
  require(get16(&out[16]) == get16(&frame[16]));
  const bool all_nodes = out[0] == 0x33 && out[5] == 1 && out[17] == 0xdd;
  require((out[0] & 1) == 0 || all_nodes);
  // What the DPU says must not make another DPU speak.
  const std::vector<uint8_t> reply(out.begin(), out.begin() + a.length);
  std::vector<uint8_t> heard = reply;
  heard[11] = 0x77;
  std::copy_n(interfaces().mac(10), 6, heard.begin());
  require(answer(context, {heard, 0, 0}, out).length == 0);
  return 0;
}
