// SPDX-License-Identifier: Apache-2.0
//
// What rmt.yaml says of egress edits, of the bytes the deparser removes and of multicast groups,
// untimed: the outside truth of the traffic manager's tests. Random ones of each as well.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "contract/rmt.hpp"
#include "sim-tb/lockstep/random.hpp"

namespace fp::rmt::test {

using Bytes = std::vector<uint8_t>;

// The frame as it leaves with edit `e`.
inline Bytes edited(const Bytes& frame, const EgressEdit& e, unsigned entropy) {
  if (frame.size() <= e.at) return frame;
  Bytes ins(e.data.begin(), e.data.end());
  const auto length = static_cast<unsigned>(frame.size());
  const auto put = [&](unsigned at, unsigned value) {
    const unsigned half = at / 2;
    if (half >= ins.size() / 2) return;
    ins[2 * half] = static_cast<uint8_t>(value / 256 % 256);
    ins[2 * half + 1] = static_cast<uint8_t>(value % 256);
  };
  const unsigned first_length = (length + e.len0_add) % 65536;
  // Ones' complement: a carry out of bit 15 comes back in at bit 0.
  unsigned sum = first_length;
  if (e.csum_at / 2 < kEditBytes / 2) {
    sum += e.data[e.csum_at / 2 * 2] * 256u + e.data[e.csum_at / 2 * 2 + 1];
  }
  if (sum > 65535) sum -= 65535;
  if (e.len0_en) put(e.len0_at, first_length);
  if (e.len1_en) put(e.len1_at, (length + e.len1_add) % 65536);
  if (e.csum_en) put(e.csum_at, 65535 - sum);
  if (e.hash_en) put(e.hash_at, 0xc000 + entropy % 0x4000);
  ins.resize(std::min<size_t>(e.len, kEditBytes));
  Bytes out = frame;
  out.insert(out.begin() + e.at, ins.begin(), ins.end());
  return out;
}

// Positions of headers found, and bytes of the window that a row removes.
inline Bytes popped(Bytes frame, const DeparserPop& p,
                    const std::array<std::optional<unsigned>, kNumHeaders>& header) {
  if (!p.en || !header[p.from_hdr] || !header[p.to_hdr]) return frame;
  const size_t from = *header[p.from_hdr] + p.from_off;
  const size_t to = *header[p.to_hdr] + p.to_off;
  const size_t end = std::min<size_t>(frame.size(), kWindowBytes);
  if (from >= end || to >= end || from > to) return frame;
  frame.erase(frame.begin() + static_cast<long>(from), frame.begin() + static_cast<long>(to));
  return frame;
}

inline EgressEdit random_edit(sim::Random& r) {
  EgressEdit e;
  const auto offset = [&] {
    return static_cast<uint8_t>(r.chance(90) ? 2 * r.below(36) : r.below(128));
  };
  e.at = static_cast<uint8_t>(r.chance(50) ? (r.chance(50) ? 0 : 12) : r.below(32));
  switch (r.below(6)) {
    case 0:
      e.len = static_cast<uint8_t>(r.below(128));
      break;
    case 1:
      e.len = static_cast<uint8_t>(62 + r.below(11));
      break;
    case 2:
      e.len = 50;
      break;
    default:
      e.len = static_cast<uint8_t>(r.below(73));
      break;
  }
  e.len0_en = r.chance(50);
  e.len1_en = r.chance(50);
  e.csum_en = r.chance(50);
  e.hash_en = r.chance(50);
  e.len0_at = offset();
  e.len1_at = offset();
  e.csum_at = offset();
  e.hash_at = offset();
  e.len0_add = static_cast<uint16_t>(r.next() >> 20);
  e.len1_add = static_cast<uint16_t>(r.next() >> 20);
  for (uint8_t& b : e.data) b = static_cast<uint8_t>(r.next() >> 30);
  return e;
}

// Copies to ports that exist, now and then to one that does not; `edits`: edits to choose from.
// Copies to one port take one queue, so that a checker can tell which is which by their order.
inline McastGroup random_group(sim::Random& r, unsigned edits) {
  McastGroup g;
  const unsigned percent = static_cast<unsigned>(r.below(5) * 25);
  std::array<uint8_t, 8> queue;
  for (uint8_t& q : queue) q = static_cast<uint8_t>(r.below(kNumQueues));
  for (GroupCopy& c : g.copy) {
    c.en = r.chance(percent);
    c.port = static_cast<uint8_t>(r.below(r.chance(97) ? kNumPorts : 8));
    c.queue = queue[c.port];
    c.edit = static_cast<uint8_t>(r.chance(50) ? 0 : r.below(edits));
    c.prune = r.chance(30);
  }
  return g;
}

// A copy that a group asks for; `bad`: to a port that does not exist.
struct WantedCopy {
  unsigned port = 0;
  unsigned queue = 0;
  unsigned edit = 0;
};
inline std::vector<WantedCopy> wanted_copies(const McastGroup& g, unsigned in_port) {
  std::vector<WantedCopy> copies;
  for (const GroupCopy& c : g.copy) {
    if (!c.en || c.port >= kNumPorts || (c.prune && c.port == in_port)) continue;
    copies.push_back({c.port, c.queue, c.edit});
  }
  return copies;
}
inline unsigned bad_copies(const McastGroup& g) {
  return static_cast<unsigned>(std::count_if(g.copy.begin(), g.copy.end(), [](const GroupCopy& c) {
    return c.en && c.port >= kNumPorts;
  }));
}

}  // namespace fp::rmt::test
