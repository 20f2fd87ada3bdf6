// SPDX-License-Identifier: Apache-2.0
//
// Attaching and detaching. What is attached lives in the pins and nowhere else: no process stays.
#pragma once

#include <string>
#include <vector>

#include "bpf/loader/object.hpp"
#include "bpf/loader/policy.hpp"

namespace fp::bpf {

struct AttachRequest {
  std::string cgroup;        // absolute, or below the mount of cgroup2
  std::string pins = kPins;  // in a mounted bpffs
  Policy policy;
  uint32_t fionread = FP_FIONREAD_REDIRECTED_ONLY;  // enum fp_fionread, from self_test()
};

struct AttachResult {
  bool upgraded = false;  // programs were exchanged, connections and counters kept
  std::vector<std::string> pins;
};

// Loads, pins and switches on, all or nothing: on Error, what was there before is there again. When
// the pins exist, programs and policy are exchanged without a gap; then `cgroup` must be the same.
AttachResult attach(const AttachRequest& request);

struct DetachResult {
  bool attached = false;             // was anything there?
  std::vector<std::string> waiting;  // connections that kept it from finishing
  std::vector<std::string> left;     // what still exists afterwards, by kind and id
  uint32_t removed_links = 0, removed_programs = 0, removed_maps = 0;
};

// Stops redirecting, waits up to `wait_ms` until every redirected byte has been read, gives all
// sockets back to TCP and removes the pins. With connections left in `waiting` the pins stay and
// redirection is off; `force` takes their unread bytes away.
DetachResult detach(const std::string& pins, uint32_t wait_ms, bool force);

}  // namespace fp::bpf
