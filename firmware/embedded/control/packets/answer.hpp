// SPDX-License-Identifier: Apache-2.0
//
// What the control core says to a frame that the pipeline left to it: ARP and neighbour discovery
// for its own addresses, echo, and ICMP errors. Bytes in, bytes out; no hardware, so it also runs
// on the build machine (tests, fuzzing). Whatever comes in is outside input.
#pragma once

#include <cstdint>
#include <span>

#include "firmware/embedded/control/packets/bytes.hpp"
#include "firmware/embedded/control/packets/interfaces.hpp"

namespace fw::packets {

enum class Outcome : uint8_t {
  kArpReply,
  kNeighbourAdvertisement,
  kEchoReply,
  kTimeExceeded,
  kUnreachable,
  kNotForUs,     // well formed as far as read, and nothing to say
  kMalformed,    // a length, checksum or value that its RFC forbids
  kUnsupported,  // IP options, extension headers, fragments to an own address
  kRateLimited,  // an error that would have been one too many
};
inline constexpr unsigned kNumOutcomes = 9;

// Tokens for ICMP errors (RFC 4443 section 2.4 (f), RFC 1812 section 4.3.2.8). The figures are
// those of Linux 6.1: icmp_msgs_per_sec 1000, icmp_msgs_burst 50.
class ErrorLimit {
 public:
  static constexpr uint32_t kPerSecond = 1000;
  static constexpr uint32_t kBurst = 50;

  explicit ErrorLimit(uint32_t cycles_per_second) : cycles_(cycles_per_second / kPerSecond) {}

  // Takes a token. `now` in cycles, never less than before.
  bool take(uint64_t now);

 private:
  uint32_t cycles_;  // a token each
  uint64_t last_ = 0;
  uint32_t tokens_ = kBurst;
};

struct Context {
  const Interfaces& interfaces;
  ErrorLimit& errors;
  uint16_t& ip_id;  // identification of the next IPv4 packet (RFC 6864)
};

struct Question {
  Bytes frame;     // as it came from the cpu port: its VLAN is its tag
  uint8_t reason;  // of the slow verdict, code within rmt; 0 for none
  uint64_t now;    // cycles
};

struct Answer {
  Outcome outcome;
  uint32_t length;  // bytes of the frame written, 0 for none
};

// Room that an answer may need: an echo as long as the longest frame.
inline constexpr uint32_t kAnswerBytes = 9216;

// Writes the answer, if there is one, into `out`, which has kAnswerBytes.
Answer answer(const Context& context, const Question& question, std::span<uint8_t> out);

}  // namespace fw::packets
