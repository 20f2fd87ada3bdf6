// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/gdb/target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "sim-tb/gdb/packet.hpp"
#include "sim-tb/gdb/registers.hpp"

namespace fp::gdb {
namespace {

// Error numbers are the errno values that GDB's manual names for the file protocol.
constexpr const char* kBadPacket = "E16";   // EINVAL
constexpr const char* kBadAddress = "E0e";  // EFAULT
constexpr const char* kNoRoom = "E1c";      // ENOSPC
// GDB's own signal numbers.
constexpr unsigned kSigInt = 2;
constexpr unsigned kSigTrap = 5;
constexpr unsigned kSigAbrt = 6;

constexpr size_t kOutputChunk = kPacketSize / 2 - 1;  // bytes of console output in one packet

Target::Answer say(std::string payload) { return {.packets = {std::move(payload)}}; }
Target::Answer ok() { return say("OK"); }

// What stands before `separator`; `text` keeps what follows it. All of it if there is none.
std::string_view take(std::string_view& text, char separator) {
  const size_t at = std::min(text.find(separator), text.size());
  const std::string_view head = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return head;
}

bool strip(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

struct Range {
  uint32_t addr;
  uint32_t bytes;
};

// "ADDR,LENGTH"
std::optional<Range> parse_range(std::string_view text) {
  const auto addr = number_from_hex(take(text, ','));
  const auto bytes = number_from_hex(text);
  if (!addr || !bytes) return std::nullopt;
  return Range{*addr, *bytes};
}

}  // namespace

std::string Target::stop_reply() const {
  std::string reason;
  unsigned signal = kSigTrap;
  switch (stop_.why) {
    case Stop::Why::kAttach:
    case Stop::Why::kStep:
      break;
    case Stop::Why::kInterrupt:
      signal = kSigInt;
      break;
    case Stop::Why::kCrash:
      signal = kSigAbrt;
      break;
    case Stop::Why::kPoint:
      switch (stop_.point) {
        case Point::kSoftware:
          if (swbreak_) reason = "swbreak:;";
          break;
        case Point::kHardware:
          if (hwbreak_) reason = "hwbreak:;";
          break;
        case Point::kWrite:
          reason = fmt::format("watch:{:x};", stop_.addr);
          break;
        case Point::kRead:
          reason = fmt::format("rwatch:{:x};", stop_.addr);
          break;
        case Point::kAccess:
          reason = fmt::format("awatch:{:x};", stop_.addr);
          break;
      }
      break;
  }
  return fmt::format("T{:02x}{}thread:1;", signal, reason);
}

Target::Answer Target::handle(std::string_view packet) {
  if (packet.empty()) return say("");
  const std::string_view rest = packet.substr(1);
  switch (packet[0]) {
    case '?':
      return say(stop_reply());
    case 'g':
      return read_general();
    case 'G':
      return write_general(rest);
    case 'p':
      return read_one(rest);
    case 'P':
      return write_one(rest);
    case 'm':
      return read_memory(rest);
    case 'M':
      return write_memory(rest, false);
    case 'X':
      return write_memory(rest, true);
    case 'c':
    case 'C':
    case 's':
    case 'S':
      return resume(packet);
    case 'z':
    case 'Z':
      return change_point(packet);
    case 'D':
      return {.packets = {"OK"}, .resume = Resume::kDetach};
    case 'k':
      return {.resume = Resume::kKill};
    case 'H':
    case 'T':
      // One thread, always alive; every choice is it.
      return ok();
    case 'q':
    case 'Q':
      return query(packet);
    case 'v':
      if (packet == "vCont?") return say("vCont;c;C;s;S");
      if (packet.starts_with("vCont;")) return vcont(packet.substr(6));
      if (packet.starts_with("vKill;")) return {.packets = {"OK"}, .resume = Resume::kKill};
      return say("");
    default:
      return say("");
  }
}

Target::Answer Target::query(std::string_view packet) {
  std::string_view rest = packet;
  if (strip(rest, "qSupported")) {
    strip(rest, ":");
    while (!rest.empty()) {
      const std::string_view feature = take(rest, ';');
      swbreak_ |= feature == "swbreak+";
      hwbreak_ |= feature == "hwbreak+";
    }
    return say(
        fmt::format("PacketSize={:x};QStartNoAckMode+;swbreak+;hwbreak+;qXfer:features:read+;"
                    "vContSupported+",
                    kPacketSize));
  }
  if (packet == "QStartNoAckMode") {
    no_ack_ = true;
    return ok();
  }
  if (strip(rest, "qXfer:features:read:")) return features(rest);
  if (strip(rest, "qRcmd,")) return monitor(rest);
  if (packet == "qC") return say("QC1");
  if (packet == "qfThreadInfo") return say("m1");
  if (packet == "qsThreadInfo") return say("l");
  // Attached, not started by us: gdb that quits detaches and the run goes on.
  if (packet.starts_with("qAttached")) return say("1");
  if (packet.starts_with("qSymbol")) return ok();
  return say("");
}

// "target.xml:OFFSET,LENGTH"
Target::Answer Target::features(std::string_view text) {
  if (take(text, ':') != "target.xml") return say("E00");
  const auto range = parse_range(text);
  if (!range) return say("E00");
  const std::string xml = describe(hart_);
  if (range->addr >= xml.size()) return say("l");
  // Nothing in it needs an escape, so that a packet holds as many characters as bytes.
  const size_t length = std::min<size_t>(range->bytes, kPacketSize - 1);
  const std::string part = xml.substr(range->addr, length);
  return say((range->addr + part.size() < xml.size() ? "m" : "l") + part);
}

Target::Answer Target::monitor(std::string_view digits) {
  const auto bytes = from_hex(digits);
  if (!bytes) return say(kBadPacket);
  const std::string text = around_.monitor(
      std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
  Answer answer;
  for (size_t at = 0; at < text.size(); at += kOutputChunk) {
    answer.packets.push_back("O" + to_hex(std::string_view(text).substr(at, kOutputChunk)));
  }
  answer.packets.emplace_back("OK");
  return answer;
}

// c[ADDR], s[ADDR], CSIGNAL[;ADDR], SSIGNAL[;ADDR]: the core has no use for signals.
Target::Answer Target::resume(std::string_view packet) {
  const bool step = packet[0] == 's' || packet[0] == 'S';
  std::string_view rest = packet.substr(1);
  if (packet[0] == 'C' || packet[0] == 'S') {
    if (!number_from_hex(take(rest, ';'))) return say(kBadPacket);
  }
  if (!rest.empty()) {
    const auto addr = number_from_hex(rest);
    if (!addr) return say(kBadPacket);
    hart_.set_pc(*addr);
  }
  return {.resume = step ? Resume::kStep : Resume::kContinue};
}

// ACTION[:THREAD];...: the first that names the core's thread, or no thread, counts.
Target::Answer Target::vcont(std::string_view actions) {
  while (!actions.empty()) {
    std::string_view thread = take(actions, ';');
    const std::string_view action = take(thread, ':');
    if (action.empty()) return say(kBadPacket);
    if (!thread.empty() && thread != "1" && thread != "0" && thread != "-1") continue;
    if (action[0] == 'c' || action[0] == 'C') return {.resume = Resume::kContinue};
    if (action[0] == 's' || action[0] == 'S') return {.resume = Resume::kStep};
    return say(kBadPacket);
  }
  return say(kBadPacket);
}

Target::Answer Target::read_general() {
  std::string digits;
  for (uint32_t n = 0; n < kNumGeneral; ++n) digits += word_to_hex(*read_register(hart_, n));
  return say(digits);
}

Target::Answer Target::write_general(std::string_view digits) {
  const auto bytes = from_hex(digits);
  if (!bytes || bytes->size() != 4 * kNumGeneral) return say(kBadPacket);
  for (uint32_t n = 0; n < kNumGeneral; ++n) {
    write_register(hart_, n, *word_from_hex(digits.substr(8 * n, 8)));
  }
  return ok();
}

Target::Answer Target::read_one(std::string_view number) {
  const auto n = number_from_hex(number);
  if (!n) return say(kBadPacket);
  const auto value = read_register(hart_, *n);
  return say(value ? word_to_hex(*value) : kBadPacket);
}

// NUMBER=VALUE
Target::Answer Target::write_one(std::string_view assignment) {
  const auto n = number_from_hex(take(assignment, '='));
  const auto value = word_from_hex(assignment);
  if (!n || !value || !write_register(hart_, *n, *value)) return say(kBadPacket);
  return ok();
}

Target::Answer Target::read_memory(std::string_view text) {
  const auto range = parse_range(text);
  if (!range) return say(kBadPacket);
  std::vector<uint8_t> bytes(std::min<size_t>(range->bytes, kPacketSize / 2));
  bytes.resize(around_.read(range->addr, bytes));
  if (bytes.empty() && range->bytes != 0) return say(kBadAddress);
  return say(to_hex(std::span<const uint8_t>(bytes)));
}

// ADDR,LENGTH:DATA in digits (M) or bytes (X)
Target::Answer Target::write_memory(std::string_view packet, bool binary) {
  const auto range = parse_range(take(packet, ':'));
  if (!range) return say(kBadPacket);
  std::vector<uint8_t> bytes(packet.begin(), packet.end());
  if (!binary) {
    auto decoded = from_hex(packet);
    if (!decoded) return say(kBadPacket);
    bytes = std::move(*decoded);
  }
  if (bytes.size() != range->bytes) return say(kBadPacket);
  // Of no bytes: gdb asks whether X is known.
  if (bytes.empty() || around_.write(range->addr, bytes)) return ok();
  return say(kBadAddress);
}

// Z or z, TYPE,ADDR,KIND; the kind of a watchpoint is its length.
Target::Answer Target::change_point(std::string_view packet) {
  const bool insert = packet[0] == 'Z';
  std::string_view rest = packet.substr(1);
  const std::string_view type = take(rest, ',');
  if (type.size() != 1 || type[0] < '0' || type[0] > '4') return say("");
  rest = rest.substr(0, rest.find(';'));  // conditions and commands were not offered
  const auto range = parse_range(rest);
  if (!range) return say(kBadPacket);
  const auto point = static_cast<Point>(type[0] - '0');
  if (insert) return points_.insert(point, range->addr, range->bytes) ? ok() : say(kNoRoom);
  // Removing twice is no error: gdb may repeat itself.
  points_.remove(point, range->addr, range->bytes);
  return ok();
}

}  // namespace fp::gdb
