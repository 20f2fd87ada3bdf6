// SPDX-License-Identifier: Apache-2.0
//
// What `flatproxy bpf attach` pinned, read by bpf(2) alone: the library neither loads BPF nor needs
// libbpf. Nothing stays open between two calls, so that a detach is complete while programs run.
#pragma once

#include <string>

#include "bpf/include/verdict.hpp"

namespace flatproxy {

class Pins {
 public:
  // $FLATPROXY_PINS, else /sys/fs/bpf/flatproxy.
  Pins();

  const std::string& directory() const { return directory_; }

  // Can this process's connections be redirected, and will it see which? One clause when not.
  bool usable(std::string& reason) const;

  enum class Found { kYes, kNoPins, kUnknown };
  // The verdict on the connected TCP socket `fd`. kUnknown: it is older than the attach, or it was
  // made in a cgroup outside.
  Found verdict(int fd, fp::bpf::Verdict& out) const;

 private:
  bool covers_this_process(std::string& reason) const;

  std::string directory_;
};

}  // namespace flatproxy
