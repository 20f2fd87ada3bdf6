// SPDX-License-Identifier: Apache-2.0
//
// Arbitrary text as network.yaml: what is taken becomes tables that fit the hardware, or is
// refused.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "firmware/linux/network/lower.hpp"
#include "firmware/linux/pipeline/shipped.hpp"

namespace {

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "config_fuzz: found %s\n", what);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fp::network;
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const NetworkConfig c = parse_network_config(text, "fuzz");
    require(!c.ports.empty() && std::is_sorted(c.ports.begin(), c.ports.end()),
            "ports out of order");
    require(std::adjacent_find(c.ports.begin(), c.ports.end()) == c.ports.end(), "a port twice");
    std::vector<uint8_t> ends;
    for (const auto& [a, b] : c.pairs) {
      ends.push_back(a);
      ends.push_back(b);
    }
    std::sort(ends.begin(), ends.end());
    require(std::adjacent_find(ends.begin(), ends.end()) == ends.end(), "a port in two pairs");
    require(std::includes(c.ports.begin(), c.ports.end(), ends.begin(), ends.end()),
            "a pair of a port that is not listed");
    for (const Stream& s : c.streams) require(s.port != 0, "port 0");
    static const fp::pipeline::Program program = fp::pipeline::mesh_program();
    const MeshTables tables = mesh_tables(c, "fuzz", 250'000'000);
    for (const auto& row : fp::pipeline::compile(program, tables.entries, tables.extras).rows) {
      require(!row.words.empty() && row.words.size() <= fp::rmt::reg::kTblDataCount,
              "a row too long");
    }
  } catch (const fp::config::InputError& e) {
    const std::string message = e.what();
    require(message.rfind("fuzz:", 0) == 0 && message.find(": found ") != std::string::npos &&
                message.find(", expected ") != std::string::npos &&
                message.find('\n') == std::string::npos,
            "a complaint of another form");
  }
  return 0;
}
