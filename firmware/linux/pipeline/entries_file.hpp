// SPDX-License-Identifier: Apache-2.0
//
// Table entries written by hand: what fills a program's tables when no network.yaml stands behind
// it. docs/pipeline-programs.md has the format.
#pragma once

#include <string>
#include <vector>

#include "firmware/linux/pipeline/compiler.hpp"

namespace fp::pipeline {

struct Configured {
  std::vector<Entry> entries;
  Extras extras;
};

// Entries for `program`'s tables. Throws InputError naming file, line and field; whether tables
// hold them is compile()'s business.
Configured load_entries(const Program& program, const std::string& file);
Configured parse_entries(const Program& program, const std::string& text, const std::string& file);

}  // namespace fp::pipeline
