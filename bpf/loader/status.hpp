// SPDX-License-Identifier: Apache-2.0
//
// What the pins say: is it redirecting, for whom, how much, and why not.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "bpf/loader/connections.hpp"

namespace fp::bpf {

struct Status {
  bool attached = false;
  bool redirecting = false;  // false while a detach drains
  std::string cgroup;
  std::vector<std::string> pins;
  fp_settings settings{};
  std::array<fp_counter, FP_REASONS> counters{};
};

// Never throws for pins that are not there; throws Error when they cannot be read.
Status read_status(const std::string& pins);

// Prometheus text format of a status.
std::string prometheus_text(const Status& status);
// Replaces `file` in one step. Throws Error.
void write_file_atomically(const std::string& file, const std::string& text);

}  // namespace fp::bpf
