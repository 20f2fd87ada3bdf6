// SPDX-License-Identifier: Apache-2.0
//
// Validation of messages from outside: for any bytes, validate_message() must agree with the rules
// restated here from the YAML (length, reserved bits, enum values, maxima), and a message that
// passes must survive unpack and pack unchanged.
//
// Input: byte 0 is the id, the rest little-endian words (a ragged end is dropped). Built with
// libFuzzer when FP_FUZZ is on; otherwise message_replay.cpp runs the corpus.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "contract/demo.hpp"

namespace {

using fp::demo::AddRoute;
using fp::demo::Ping;

void require(bool condition) {
  if (!condition) std::abort();
}

template <class T>
bool canonical(const std::vector<uint32_t>& words) {
  uint32_t again[T::kWords];
  T::unpack(words.data()).pack(again);
  return std::memcmp(again, words.data(), sizeof again) == 0;
}

bool acceptable(uint32_t id, const std::vector<uint32_t>& words) {
  if (id == 1) return words.size() == Ping::kWords && canonical<Ping>(words);
  if (id != 3 || words.size() != AddRoute::kWords || !canonical<AddRoute>(words)) return false;
  const AddRoute message = AddRoute::unpack(words.data());
  bool good = message.port <= 5 && static_cast<unsigned>(message.verdict) <= 2;
  for (const unsigned weight : message.weights) good = good && weight <= 100;
  for (const auto cls : message.cls) good = good && static_cast<unsigned>(cls) <= 2;
  return good;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const uint32_t id = data[0];
  std::vector<uint32_t> words((size - 1) / 4);
  if (!words.empty()) std::memcpy(words.data(), data + 1, words.size() * 4);
  const fp::contract::MsgCheck check = fp::demo::validate_message(id, words);
  require(check.ok() == acceptable(id, words));
  require(check.ok() == (*check.field == '\0'));
  return 0;
}
