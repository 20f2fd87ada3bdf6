// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/trace/gtkw.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace fp::sim {
namespace {

// Flags of a trace line, GTKWave's analyzer.h.
constexpr unsigned kHex = 0x22;
constexpr unsigned kBinary = 0x28;
constexpr unsigned kGroupOpen = 0x800200;
constexpr unsigned kGroupClosed = 0xc00200;
constexpr unsigned kGroupEnd = 0x1000200;

// "state_q[2:0]" -> "state_q"
std::string_view base_name(std::string_view name) { return name.substr(0, name.find('[')); }

bool is_input(const WaveSignal& s) { return base_name(s.name).ends_with("_i"); }
bool is_output(const WaveSignal& s) { return base_name(s.name).ends_with("_o"); }
bool is_state(const WaveSignal& s) { return base_name(s.name).ends_with("state_q"); }

// The instance that a scope below the top belongs to, by name without u_ and with the generate
// block it stands in ("gen_stage[3].stage"), and whether the scope is the instance itself. Empty:
// none.
std::pair<std::string, bool> place(std::string_view scope) {
  std::string name;
  while (!scope.empty()) {
    const size_t dot = std::min(scope.find('.'), scope.size());
    const std::string_view part = scope.substr(0, dot);
    scope.remove_prefix(std::min(dot + 1, scope.size()));
    const bool instance = part.starts_with("u_");
    name += instance ? part.substr(2) : part;
    if (instance) return {name, scope.empty()};
    name += '.';
  }
  return {};
}

// A frame's way through rmt; instances of other blocks, and helpers, follow in the file's order.
size_t flow_position(std::string_view instance) {
  constexpr std::string_view kFlow[] = {"input", "window", "parser", "stage", "deparser", "tm"};
  const std::string_view last = instance.substr(instance.rfind('.') + 1);
  return static_cast<size_t>(std::find(std::begin(kFlow), std::end(kFlow), last) -
                             std::begin(kFlow));
}

class Writer {
 public:
  // Writes nothing for a group without signals.
  void group(const std::string& name, const std::vector<const WaveSignal*>& members, bool closed) {
    if (members.empty()) return;
    text_ += fmt::format("@{:x}\n-{}\n", closed ? kGroupClosed : kGroupOpen, name);
    for (const WaveSignal* s : members) {
      text_ += fmt::format("@{:x}\n{}.{}\n", s->bits == 1 ? kBinary : kHex, s->scope, s->name);
    }
    text_ += fmt::format("@{:x}\n-{}\n", kGroupEnd, name);
  }
  std::string& text() { return text_; }

 private:
  std::string text_;
};

}  // namespace

std::string gtkwave_save(const std::string& fst, const std::vector<WaveSignal>& signals) {
  // The top is the shortest scope that has a clock and is not the simulator's own.
  std::string top;
  for (const WaveSignal& s : signals) {
    if (base_name(s.name) != "clk_i" || s.scope.find('.') == std::string::npos) continue;
    if (top.empty() || s.scope.size() < top.size()) top = s.scope;
  }
  std::vector<const WaveSignal*> inputs, outputs;
  // By instance, in the order of the file.
  std::vector<std::string> instances;
  std::map<std::string, std::vector<const WaveSignal*>> inside;
  std::set<std::string> seen;
  for (const WaveSignal& s : signals) {
    if (!seen.insert(s.scope + "." + s.name).second) continue;
    if (s.scope == top) {
      if (is_input(s)) inputs.push_back(&s);
      if (is_output(s)) outputs.push_back(&s);
      continue;
    }
    if (!s.scope.starts_with(top + ".")) continue;
    const auto [instance, direct] = place(std::string_view(s.scope).substr(top.size() + 1));
    if (instance.empty() || (!is_state(s) && !(direct && (is_input(s) || is_output(s))))) continue;
    if (!inside.contains(instance)) instances.push_back(instance);
    inside[instance].push_back(&s);
  }
  std::stable_sort(instances.begin(), instances.end(), [](const auto& a, const auto& b) {
    return flow_position(a) < flow_position(b);
  });
  Writer writer;
  writer.text() = fmt::format("[dumpfile] \"{}\"\n[size] 1600 900\n", fst);
  writer.group("inputs", inputs, false);
  for (const std::string& instance : instances) {
    writer.group(instance.starts_with("u_") ? instance.substr(2) : instance, inside[instance],
                 true);
  }
  writer.group("outputs", outputs, false);
  return writer.text();
}

}  // namespace fp::sim
