// SPDX-License-Identifier: Apache-2.0
#include "firmware/linux/pipeline/params.hpp"

#include "contract/rmt.hpp"

namespace fp::pipeline {

namespace {

constexpr unsigned kBits = rmt::kParamWords * 32;

std::vector<unsigned> cut(unsigned bits) {
  if (bits == 48) return {32, 16};
  if (bits == 64) return {32, 32};
  if (bits == 128) return {32, 32, 32, 32};
  return {bits};
}

}  // namespace

// Largest first and each at the lowest aligned place: for sizes that divide each other this finds a
// place whenever there is one.
std::optional<ParamLayout> layout_params(const Action& action,
                                         const std::map<std::string, unsigned>& fixed, int taken) {
  ParamLayout out;
  std::vector<bool> used(kBits / 8);  // by byte
  const auto claim = [&](unsigned bit, unsigned bits) {
    for (unsigned b = bit / 8; b < (bit + bits) / 8; ++b) used[b] = true;
  };
  if (taken >= 0) claim(static_cast<unsigned>(taken) * 16, 16);
  for (const Action::Param& p : action.params) {
    const auto f = fixed.find(p.name);
    if (f == fixed.end()) continue;
    claim(f->second * 16, 16);
    out.parts[p.name] = {{f->second * 16, 16}};
  }
  for (unsigned width = 32; width >= 8; width /= 2) {
    for (const Action::Param& p : action.params) {
      if (fixed.count(p.name) != 0) continue;
      const std::vector<unsigned> pieces = cut(p.bits);
      std::vector<ParamPart>& parts = out.parts[p.name];
      parts.resize(pieces.size());
      for (size_t i = 0; i < pieces.size(); ++i) {
        if (pieces[i] != width) continue;
        unsigned at = 0;
        const auto free = [&](unsigned bit) {
          for (unsigned b = bit / 8; b < (bit + width) / 8; ++b) {
            if (used[b]) return false;
          }
          return true;
        };
        while (at < kBits && !free(at)) at += width;
        if (at == kBits) return std::nullopt;
        claim(at, width);
        parts[i] = {at, width};
      }
    }
  }
  return out;
}

}  // namespace fp::pipeline
