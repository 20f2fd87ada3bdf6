// SPDX-License-Identifier: Apache-2.0
//
// One packet's way through the pipeline, put together from what the model did with it, from the
// compiled image replayed without cycles, and from what the hardware reported; the three must
// agree.
#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "firmware/linux/pipeline/compiler.hpp"
#include "sim-tb/explain/pass_recorder.hpp"

namespace fp::explain {

// Model, replay and reports tell different stories: a fault of ours, exit status 70.
class Disagreement : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What is known when the run is over.
struct Material {
  const pipeline::Program& program;
  const pipeline::Image& image;
  const std::vector<pipeline::Entry>& entries;  // that the image was compiled from
  const std::vector<Pass>& passes;
  nlohmann::ordered_json line;  // of packets.jsonl: the hardware's reports
  uint64_t ready_cycle = 0;     // block time that counts as cycle 0
  // Bytes of the copies in line["out"], in its order.
  std::vector<std::vector<uint8_t>> copies;
};

// The object that docs/cli.md describes for `explain --json`. Throws Disagreement.
nlohmann::ordered_json explanation(const Material& m);

// The same for people, many lines.
std::string explanation_text(const nlohmann::ordered_json& explanation);

}  // namespace fp::explain
