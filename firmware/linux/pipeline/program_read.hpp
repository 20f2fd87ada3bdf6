// SPDX-License-Identifier: Apache-2.0
//
// Pieces of the reader of pipeline programs, used by its files only (program.cpp: headers and parse
// graph; program_tables.cpp: actions and tables).
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "firmware/linux/pipeline/program.hpp"

namespace fp::pipeline {

template <class T>
const T* by_name(const std::vector<T>& all, const std::string& name) {
  auto it = std::find_if(all.begin(), all.end(), [&](const T& t) { return t.name == name; });
  return it == all.end() ? nullptr : &*it;
}

// All throw InputError at `y`.
FieldRef read_ref(const Yaml& y);
Action read_action(const std::string& name, const Yaml& y);
Table read_table(const Program& program, const std::string& name, const Yaml& y);

bool is_builtin_meta(const std::string& name);

}  // namespace fp::pipeline
