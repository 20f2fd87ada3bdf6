// SPDX-License-Identifier: Apache-2.0
//
// Framing of GDB's remote serial protocol ("GDB Remote Serial Protocol", Overview, in GDB's
// manual): $payload#checksum, acknowledgements, the interrupt byte, and the hexadecimal that
// payloads are made of.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fp::gdb {

// Bytes between $ and #, in either direction; told to gdb as PacketSize. Room for 8 KiB of memory.
inline constexpr size_t kPacketSize = 0x4000;

// Takes what a connection delivers byte by byte. Any bytes are allowed; one thread.
class PacketReader {
 public:
  enum class Kind : uint8_t {
    kNothing,    // more bytes are needed
    kPacket,     // a whole one with the right checksum; payload() has it, unescaped
    kBad,        // a whole one that is not: wrong checksum, too long, or cut inside an escape
    kAck,        // +
    kNak,        // -
    kInterrupt,  // 0x03 between packets: Ctrl-C
  };

  Kind push(char byte);
  // Of the latest kPacket, until the next push().
  const std::string& payload() const { return payload_; }

 private:
  enum class State : uint8_t { kBetween, kBody, kFirstDigit, kSecondDigit };

  Kind finish(char digit);

  State state_ = State::kBetween;
  std::string payload_;
  uint8_t sum_ = 0;
  uint8_t expected_ = 0;
  bool escaped_ = false;
  bool broken_ = false;
};

// `payload` with escapes, between $ and its checksum.
std::string frame(std::string_view payload);

// Two lower-case digits a byte.
std::string to_hex(std::span<const uint8_t> bytes);
std::string to_hex(std::string_view text);
// Four bytes, least significant first: how registers travel.
std::string word_to_hex(uint32_t value);
// Nothing if a character is no digit or their number is odd.
std::optional<std::vector<uint8_t>> from_hex(std::string_view digits);
std::optional<uint32_t> word_from_hex(std::string_view digits);
// A number as protocol texts write it, most significant digit first; nothing if it is empty, has
// another character or needs more than 32 bits.
std::optional<uint32_t> number_from_hex(std::string_view digits);

}  // namespace fp::gdb
