// SPDX-License-Identifier: Apache-2.0
//
// Names of cgroups (version 2) and the numbers the kernel knows them by.
#pragma once

#include <cstdint>
#include <string>

#include "bpf/loader/object.hpp"

namespace fp::bpf {

// Where the cgroup2 hierarchy is mounted. Throws Error when it is nowhere.
std::string cgroup_root();
// An absolute path, or one below cgroup_root(), as an open directory. Throws Error.
Fd open_cgroup(const std::string& path);
// The id of an open cgroup.
uint64_t cgroup_id(const Fd& cgroup);
// The path of an id, below the root; "id N" when it has gone.
std::string cgroup_name(uint64_t id);

}  // namespace fp::bpf
