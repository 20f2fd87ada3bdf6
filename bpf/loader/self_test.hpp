// SPDX-License-Identifier: Apache-2.0
//
// Tries the kernel out: a child in a network namespace and a cgroup of its own loads the programs,
// connects over its loopback and looks. Nothing of it outlives the call. Versions are never asked.
#pragma once

#include <string>
#include <vector>

#include "bpf/loader/object.hpp"

namespace fp::bpf {

enum class Health { kOk, kUnsafe, kMissing };

struct Check {
  std::string name;
  Health health;
  std::string detail;
};

struct SelfTest {
  std::vector<Check> checks;
  uint32_t fionread = FP_FIONREAD_REDIRECTED_ONLY;  // enum fp_fionread
  bool usable = false;                              // nothing that attach needs is missing
};

// Takes some 100 ms. Never throws: what cannot be tried is a check that says so.
SelfTest self_test();

}  // namespace fp::bpf
