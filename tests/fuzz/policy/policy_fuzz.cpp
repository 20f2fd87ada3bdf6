// SPDX-License-Identifier: Apache-2.0
//
// Arbitrary text as a policy file.
#include <cstdio>
#include <cstdlib>

#include "bpf/loader/policy.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fp;
  try {
    const bpf::Policy p =
        bpf::Policy::load_text(std::string(reinterpret_cast<const char*>(data), size), "fuzz");
    bool good = true;
    for (const bpf::Policy::Prefix& prefix : p.prefixes) good &= prefix.prefix.bits <= 128;
    for (const bpf::Policy::Ports& ports : p.ports)
      good &= ports.first >= 1 && ports.first <= ports.last;
    for (const std::string& name : p.programs)
      good &= !name.empty() && name.size() < FP_PROGRAM_NAME;
    if (!good) {
      std::fprintf(stderr, "policy_fuzz: found a rule that the maps cannot hold\n");
      std::abort();
    }
  } catch (const config::InputError&) {
  }
  return 0;
}
