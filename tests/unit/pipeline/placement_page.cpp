// SPDX-License-Identifier: Apache-2.0
//
// Prints docs/uarch/rmt-placement.md: where the programs that come with the project lie in the PHV
// and in the stages.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "contract/rmt.hpp"
#include "firmware/linux/pipeline/compiler.hpp"
#include "firmware/linux/pipeline/phv_layout.hpp"

namespace {

using namespace fp::pipeline;
namespace rmt = fp::rmt;

std::string container(unsigned id) {
  if (id < rmt::kC16Base) return "b" + std::to_string(id);
  if (id < rmt::kC32Base) return "h" + std::to_string(id - rmt::kC16Base);
  return "w" + std::to_string(id - rmt::kC32Base);
}

std::string joined(const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& s : all) out += (out.empty() ? "" : ", ") + s;
  return out.empty() ? "-" : out;
}

std::string containers(const PhvLayout& layout, const FieldRef& ref) {
  std::string out;
  for (const FieldPart& p : layout.parts(ref)) {
    out += (out.empty() ? "" : " ") + container(p.container);
  }
  return out;
}

constexpr const char* kBuiltIn[] = {"in_port", "out_port", "verdict", "reason",  "queue",
                                    "edit",    "pop",      "group",   "entropy", "recirc"};

void headers(const Program& program, const PhvLayout& layout) {
  std::set<unsigned> used;
  for (const char* name : kBuiltIn) used.insert(*builtin_meta(name));
  std::printf("| id | header | byte: container |\n|---|---|---|\n");
  for (unsigned i = 0; i < program.states.size(); ++i) {
    std::vector<std::string> units;
    for (const Placed& p : layout.units(program.states[i].name)) {
      units.push_back(std::to_string(p.unit.offset / 8) + ": " + container(p.container));
      used.insert(p.container);
    }
    std::printf("| %u | %s | %s |\n", i, program.states[i].name.c_str(), joined(units).c_str());
  }
  std::vector<std::string> own;
  for (const Metadata& m : program.metadata) {
    const FieldRef ref{"meta", m.name, m.where};
    own.push_back(m.name + " " + containers(layout, ref));
    used.insert(layout.parts(ref)[0].container);
  }
  if (!own.empty()) std::printf("\nMetadata: %s.\n", joined(own).c_str());
  unsigned n8 = 0, n16 = 0, n32 = 0, entries = 0;
  for (unsigned id : used) ++(id < rmt::kC16Base ? n8 : id < rmt::kC32Base ? n16 : n32);
  for (const State& s : program.states) entries += static_cast<unsigned>(s.edges.size());
  std::printf(
      "\nUsed: %u of %u 8-bit, %u of %u 16-bit, %u of %u 32-bit containers; %zu of %u headers; %u "
      "of %u parser entries.\n\n",
      n8, rmt::kNumC8, n16, rmt::kNumC16, n32, rmt::kNumC32, program.states.size(),
      rmt::kNumHeaders, entries, rmt::kParserEntries);
}

void tables(const Program& program, const PhvLayout& layout, const Image& image) {
  std::printf(
      "| stage | table | kind | key | selectors 32/16/8 | entries | actions |\n"
      "|---|---|---|---|---|---|---|\n");
  for (unsigned stage = 0; stage < image.stages.size(); ++stage) {
    for (const Image::TableInfo& info : image.stages[stage].tables) {
      const Table& table = *program.table(info.name);
      std::vector<std::string> key;
      std::set<unsigned> selected;
      for (const FieldRef& f : table.key) {
        key.push_back(f.name() + " (" + containers(layout, f) + ")");
        for (const FieldPart& p : layout.parts(f)) selected.insert(p.container);
      }
      unsigned n8 = 0, n16 = 0, n32 = 0;
      for (unsigned id : selected) ++(id < rmt::kC16Base ? n8 : id < rmt::kC32Base ? n16 : n32);
      std::vector<std::string> actions = table.actions;
      if (table.default_action) actions.push_back("else " + *table.default_action);
      std::printf("| %u | %s | %s | %s | %u/%u/%u | %u | %s |\n", stage, table.name.c_str(),
                  to_string(table.kind), joined(key).c_str(), n32, n16, n8, table.size,
                  joined(actions).c_str());
    }
  }
}

}  // namespace

int main() {
  std::vector<std::filesystem::path> files;
  for (const auto& f :
       std::filesystem::directory_iterator(FP_SOURCE_DIR "/firmware/linux/pipeline/programs")) {
    if (f.path().extension() == ".yaml") files.push_back(f.path());
  }
  std::sort(files.begin(), files.end());
  std::printf(
      "# Where a program lies in the RMT pipeline\n\n"
      "Printed by `rmt_placement_page` (tests/unit/pipeline/placement_page.cpp); the test "
      "`pipeline.placement_page`\nfails when this page is not what it prints. Container names: bN "
      "8 bits, hN 16 bits, wN 32 bits.\n\n"
      "Only fields that a key, an action or an output names are extracted. Headers that no frame "
      "holds together share\ncontainers; what a key or an action names is shared with fields of "
      "`same` only.\n\nBuilt-in metadata:");
  for (const char* name : kBuiltIn) {
    std::printf(" %s %s%s", name, container(*builtin_meta(name)).c_str(),
                name == kBuiltIn[std::size(kBuiltIn) - 1] ? ".\n" : ",");
  }
  for (const auto& file : files) {
    const Program program = load_program(file.string());
    const PhvLayout layout(program);
    const Image image = compile(program, {});
    std::printf("\n## %s\n\nfirmware/linux/pipeline/programs/%s\n\n", program.name.c_str(),
                file.filename().c_str());
    headers(program, layout);
    tables(program, layout, image);
  }
  return 0;
}
