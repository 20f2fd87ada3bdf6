// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/gdb/packet.hpp"

namespace fp::gdb {
namespace {

constexpr char kEscape = '}';
constexpr uint8_t kEscapeBit = 0x20;
constexpr char kInterruptByte = 0x03;

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void append_hex(std::string& out, uint8_t byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += kDigits[byte >> 4];
  out += kDigits[byte & 0xf];
}

}  // namespace

PacketReader::Kind PacketReader::push(char byte) {
  // A packet begins wherever a dollar stands: inside one it would have been escaped.
  if (byte == '$') {
    state_ = State::kBody;
    payload_.clear();
    sum_ = 0;
    escaped_ = broken_ = false;
    return Kind::kNothing;
  }
  switch (state_) {
    case State::kBetween:
      if (byte == '+') return Kind::kAck;
      if (byte == '-') return Kind::kNak;
      return byte == kInterruptByte ? Kind::kInterrupt : Kind::kNothing;
    case State::kBody:
      if (byte == '#') {
        state_ = State::kFirstDigit;
        return Kind::kNothing;
      }
      sum_ = static_cast<uint8_t>(sum_ + static_cast<uint8_t>(byte));
      if (!escaped_ && byte == kEscape) {
        escaped_ = true;
        return Kind::kNothing;
      }
      if (payload_.size() == kPacketSize) {
        broken_ = true;
      } else {
        payload_ += escaped_ ? static_cast<char>(static_cast<uint8_t>(byte) ^ kEscapeBit) : byte;
      }
      escaped_ = false;
      return Kind::kNothing;
    case State::kFirstDigit: {
      const int value = digit_value(byte);
      broken_ |= value < 0;
      expected_ = static_cast<uint8_t>((value & 0xf) << 4);
      state_ = State::kSecondDigit;
      return Kind::kNothing;
    }
    case State::kSecondDigit:
      return finish(byte);
  }
  return Kind::kNothing;
}

PacketReader::Kind PacketReader::finish(char digit) {
  const int value = digit_value(digit);
  state_ = State::kBetween;
  const bool good = !broken_ && !escaped_ && value >= 0 && (expected_ | value) == sum_;
  return good ? Kind::kPacket : Kind::kBad;
}

std::string frame(std::string_view payload) {
  std::string out = "$";
  uint8_t sum = 0;
  const auto put = [&](char c) {
    out += c;
    sum = static_cast<uint8_t>(sum + static_cast<uint8_t>(c));
  };
  for (const char c : payload) {
    // The asterisk would begin a run length.
    if (c == '$' || c == '#' || c == kEscape || c == '*') {
      put(kEscape);
      put(static_cast<char>(static_cast<uint8_t>(c) ^ kEscapeBit));
    } else {
      put(c);
    }
  }
  out += '#';
  append_hex(out, sum);
  return out;
}

std::string to_hex(std::span<const uint8_t> bytes) {
  std::string out;
  for (const uint8_t byte : bytes) append_hex(out, byte);
  return out;
}

std::string to_hex(std::string_view text) {
  std::string out;
  for (const char c : text) append_hex(out, static_cast<uint8_t>(c));
  return out;
}

std::string word_to_hex(uint32_t value) {
  std::string out;
  for (unsigned shift = 0; shift < 32; shift += 8) {
    append_hex(out, static_cast<uint8_t>(value >> shift));
  }
  return out;
}

std::optional<std::vector<uint8_t>> from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i < digits.size(); i += 2) {
    const int high = digit_value(digits[i]);
    const int low = digit_value(digits[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<uint8_t>(high << 4 | low));
  }
  return bytes;
}

std::optional<uint32_t> word_from_hex(std::string_view digits) {
  const auto bytes = from_hex(digits);
  if (!bytes || bytes->size() != 4) return std::nullopt;
  return (*bytes)[0] | uint32_t{(*bytes)[1]} << 8 | uint32_t{(*bytes)[2]} << 16 |
         uint32_t{(*bytes)[3]} << 24;
}

std::optional<uint32_t> number_from_hex(std::string_view digits) {
  if (digits.empty()) return std::nullopt;
  uint64_t value = 0;
  for (const char c : digits) {
    const int digit = digit_value(c);
    if (digit < 0) return std::nullopt;
    value = value << 4 | static_cast<uint64_t>(digit);
    if (value > UINT32_MAX) return std::nullopt;
  }
  return static_cast<uint32_t>(value);
}

}  // namespace fp::gdb
