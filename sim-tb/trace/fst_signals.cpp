// SPDX-License-Identifier: Apache-2.0
//
// The FST reader that comes with Verilator, whose runtime every RTL build links.
#include <gtkwave/fstapi.h>

#include <algorithm>

#include "sim-tb/trace/gtkw.hpp"

namespace fp::sim {

std::vector<WaveSignal> read_fst_signals(const std::string& file) {
  std::vector<WaveSignal> signals;
  void* const reader = fstReaderOpen(file.c_str());
  if (reader == nullptr) return signals;
  std::vector<std::string> scopes;
  while (const fstHier* const h = fstReaderIterateHier(reader)) {
    if (h->htyp == FST_HT_SCOPE) {
      const std::string name(h->u.scope.name, h->u.scope.name_length);
      scopes.push_back(scopes.empty() ? name : scopes.back() + "." + name);
    } else if (h->htyp == FST_HT_UPSCOPE) {
      if (!scopes.empty()) scopes.pop_back();
    } else if (h->htyp == FST_HT_VAR) {
      std::string name(h->u.var.name, h->u.var.name_length);
      std::erase(name, ' ');
      signals.push_back({scopes.empty() ? "" : scopes.back(), name, h->u.var.length});
    }
  }
  fstReaderClose(reader);
  return signals;
}

}  // namespace fp::sim
