// SPDX-License-Identifier: Apache-2.0
//
// Every connection the kernel programs have seen, in all network namespaces, with its verdict.
#pragma once

#include <string>
#include <vector>

#include "bpf/include/verdict.hpp"
#include "bpf/loader/object.hpp"

namespace fp::bpf {

// Read through the pinned iterator; throws Error when it is not there.
std::vector<fp_record> list_connections(const std::string& pins);

struct Endpoints {
  std::string local, remote;  // "A:P" or "[A]:P"; IPv4 mapped into IPv6 is printed as IPv4
};
Endpoints endpoints_of(const fp_record& record);

const char* reason_name(uint32_t reason);
const char* reason_text(uint32_t reason);
bool reason_counts_messages(uint32_t reason);

inline Verdict verdict_of(const fp_record& record) {
  return verdict_of(record.connection, record.pair);
}

}  // namespace fp::bpf
