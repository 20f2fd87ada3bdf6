// SPDX-License-Identifier: Apache-2.0
//
// Compiles the generated headers as firmware does; used by no program.
#include "contract/address_map.hpp"
#include "contract/demo.hpp"
#include "contract/reasons.hpp"

uint32_t firmware_view(const uint32_t* words, unsigned count) {
  const auto check = fp::demo::validate_message(3, {words, count});
  fp::demo::reg::Ctrl ctrl{words[0]};
  ctrl.set_mode(fp::demo::Verdict::kDrop);
  return ctrl.raw + check.ok() + fp::kCsrRanges.size() + fp::kReasons.size();
}
