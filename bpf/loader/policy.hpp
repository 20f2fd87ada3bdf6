// SPDX-License-Identifier: Apache-2.0
//
// The policy file: what may be redirected, by cgroup, address, port and program. A connection is
// redirected when cgroup, both addresses and the accepting port all say so, at both ends.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bpf/loader/object.hpp"
#include "firmware/linux/common/yaml.hpp"

namespace fp::bpf {

struct Policy {
  struct Cgroup {
    std::string path;
    uint32_t action;
  };
  struct Prefix {
    fp_prefix prefix;
    uint32_t action;
    std::string text;
  };
  struct Ports {
    uint16_t first, last;
    uint32_t action;
  };
  uint32_t cgroup_default = FP_ACTION_REDIRECT;
  uint32_t address_default = FP_ACTION_REDIRECT;
  uint32_t port_default = FP_ACTION_REDIRECT;
  std::vector<Cgroup> cgroups;
  std::vector<Prefix> prefixes;
  std::vector<Ports> ports;           // later ones win
  std::vector<std::string> programs;  // left to TCP
  uint32_t small_bytes = 4096;
  uint32_t stream_run = 32;

  // Redirect all, but for programs known to ask FIONREAD now and then only.
  Policy();
  // Throw fp::config::InputError.
  static Policy load_file(const std::string& file);
  static Policy load_text(const std::string& text, const std::string& file);

  // Puts it into the maps, what is new first; throws Error when a cgroup is not there.
  void write(const Object& object) const;
  // For --dry-run, a line each.
  std::vector<std::string> describe() const;
};

// "10.0.0.0/8", "fd00::/8", "10.1.2.3". False when it is none, or has bits behind its length.
bool parse_prefix(const std::string& text, fp_prefix& out);

}  // namespace fp::bpf
