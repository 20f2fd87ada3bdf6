// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/check/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>

#include "sim-tb/io/capture.hpp"
#include "sim-tb/io/dissect.hpp"

namespace fp::check {
namespace {

using Bytes = std::vector<uint8_t>;

// Bits that are compared: all but those of ignored fields, where the expected frame has them.
Bytes compared_bits(const Bytes& expected, const std::vector<std::string>& ignore) {
  Bytes mask(expected.size(), 0xff);
  if (ignore.empty()) return mask;
  for (const io::FrameField& f : io::dissect(expected)) {
    if (std::find(ignore.begin(), ignore.end(), f.name) == ignore.end()) continue;
    for (uint32_t i = f.bit; i < f.bit + f.bits; ++i) {
      mask[i / 8] &= static_cast<uint8_t>(~(0x80u >> i % 8));
    }
  }
  return mask;
}

// The field of the first differing bit of byte `at`.
io::FrameField field_at(const Bytes& expected, size_t at, uint8_t bits) {
  uint32_t bit = static_cast<uint32_t>(8 * at);
  for (uint32_t mask = 0x80; (bits & mask) == 0; mask >>= 1) ++bit;
  io::FrameField found{"data", static_cast<uint32_t>(8 * at), 8, io::FieldForm::kBytes};
  for (const io::FrameField& f : io::dissect(expected)) {
    if (f.bit <= bit && bit < f.bit + f.bits) found = f;
  }
  // Of a payload, from the difference on.
  if (found.form == io::FieldForm::kBytes) {
    const uint32_t end = found.bit + found.bits;
    found.bit = static_cast<uint32_t>(8 * at);
    found.bits = end - found.bit;
  }
  return found;
}

// The line of 16 bytes around `at`, of both.
std::string hex_context(const Bytes& found, const Bytes& expected, size_t at) {
  std::string out;
  const size_t start = at / 16 * 16;
  const auto line = [&](const char* who, const Bytes& bytes) {
    const size_t from = std::min(start, bytes.size()), to = std::min(start + 16, bytes.size());
    const std::span<const uint8_t> shown(bytes.data() + from, to - from);
    fmt::format_to(std::back_inserter(out), "    {:<8} {:04x}  {:02x}\n", who, start,
                   fmt::join(shown, " "));
  };
  line("found", found);
  line("expected", expected);
  // Under the byte: after the name, the offset and three columns a byte.
  out += std::string(19 + 3 * (at - start), ' ') + "^^\n";
  return out;
}

std::optional<Difference> compare_frames(const Bytes& found, const Bytes& expected,
                                         const std::vector<std::string>& ignore) {
  if (found == expected) return {};
  const Bytes mask = compared_bits(expected, ignore);
  const size_t common = std::min(found.size(), expected.size());
  Difference d;
  for (size_t at = 0; at < common; ++at) {
    const auto bits = static_cast<uint8_t>((found[at] ^ expected[at]) & mask[at]);
    if (bits == 0) continue;
    const io::FrameField field = field_at(expected, at, bits);
    d.byte = at;
    d.field = field.name;
    d.found = io::field_text(field, found);
    d.expected = io::field_text(field, expected);
    d.context = hex_context(found, expected, at);
    return d;
  }
  if (found.size() == expected.size()) return {};
  d.byte = common;
  d.field = "frame.len";
  d.found = fmt::format("{}", found.size());
  d.expected = fmt::format("{}", expected.size());
  d.context = hex_context(found, expected, common);
  return d;
}

std::string json_text(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

PortResult compare_captures(const std::string& port, const std::string& found,
                            const std::string& expected, const std::vector<std::string>& ignore) {
  io::CaptureReader have(found), want(expected);
  io::CapturedFrame a, b;
  PortResult result;
  for (;;) {
    const bool has = have.next(a), wants = want.next(b);
    if (!has && !wants) return result;
    result.found += has;
    result.expected += wants;
    if (wants && b.mark == io::FrameMark::kCutByRecorder) {
      throw io::InputError(
          fmt::format("{}: record {}: found a frame cut by its recorder, "
                      "expected whole frames",
                      expected, b.record));
    }
    std::optional<Difference> d;
    if (has && wants) {
      d = compare_frames(a.bytes, b.bytes, ignore);
      result.different += d.has_value();
    } else if (!result.first) {
      const auto text = [](bool there, const Bytes& bytes) {
        return there ? fmt::format("{} bytes", bytes.size()) : "no frame";
      };
      d = Difference{
          .field = "frame", .found = text(has, a.bytes), .expected = text(wants, b.bytes)};
    }
    if (d && !result.first) {
      d->port = port;
      d->packet = std::max(result.found, result.expected);
      result.first = std::move(d);
    }
  }
}

std::optional<Difference> compare_stats(const std::string& text,
                                        const std::vector<StatsValue>& values) {
  const nlohmann::json stats = nlohmann::json::parse(text);
  for (const StatsValue& v : values) {
    const nlohmann::json* at = &stats;
    for (const StatsValue::Step& step : v.steps) {
      const nlohmann::json* next = nullptr;
      if (const auto* name = std::get_if<std::string>(&step)) {
        if (at->is_object() && at->contains(*name)) next = &at->at(*name);
      } else if (const size_t index = std::get<size_t>(step);
                 at->is_array() && index < at->size()) {
        next = &at->at(index);
      }
      at = next;
      if (at == nullptr) break;
    }
    if (at != nullptr && *at == v.value) continue;
    Difference d;
    d.field = "stats." + v.path;
    d.found = at == nullptr         ? "nothing"
              : at->is_structured() ? "more than a value"
                                    : json_text(*at);
    d.expected = json_text(v.value);
    return d;
  }
  return {};
}

}  // namespace fp::check
