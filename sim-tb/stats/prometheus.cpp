// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/stats/prometheus.hpp"

#include <fmt/format.h>

#include <iterator>
#include <utility>
#include <vector>

namespace fp::stats {
namespace {

using Json = nlohmann::ordered_json;
using Labels = std::vector<std::pair<const char*, std::string>>;

// In a label's value a backslash, a quote and a line feed are escaped.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out;
}

class Writer {
 public:
  // Samples of one name follow their HELP and TYPE.
  void metric(const char* name, const char* type, const char* help) {
    name_ = name;
    fmt::format_to(std::back_inserter(out_), "# HELP flatproxy_{0} {2}\n# TYPE flatproxy_{0} {1}\n",
                   name, type, help);
  }
  void sample(const Labels& labels, const Json& value) {
    if (value.is_null()) return;
    auto to = std::back_inserter(out_);
    fmt::format_to(to, "flatproxy_{}", name_);
    for (const auto& [label, text] : labels) {
      fmt::format_to(to, "{}{}=\"{}\"", &label == &labels[0].first ? "{" : ",", label,
                     escaped(text));
    }
    fmt::format_to(to, "{} {}\n", labels.empty() ? "" : "}", value.dump());
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
  const char* name_ = "";
};

}  // namespace

std::string prometheus_text(const Json& stats) {
  Writer w;
  w.metric("run_info", "gauge", "What was run; always 1.");
  w.sample({{"profile", stats.at("profile")}, {"seed", stats.at("seed").dump()}}, 1);
  w.metric("boot_cycles", "gauge", "Cycles from reset to READY.");
  w.sample({}, stats.at("boot_cycles"));
  w.metric("cycles_total", "counter", "Cycles from READY to the end.");
  w.sample({}, stats.at("cycles"));
  w.metric("packets_total", "counter",
           "Frames by what became of them; in is what the wires brought.");
  for (const auto& [kind, n] : stats.at("packets").items()) w.sample({{"kind", kind}}, n);
  w.metric("drops_total", "counter", "Frames dropped, by reason.");
  for (const auto& [reason, n] : stats.at("drops").items()) w.sample({{"reason", reason}}, n);
  w.metric("slow_total", "counter", "Frames sent to the control core, by reason.");
  for (const auto& [reason, n] : stats.at("slow").items()) w.sample({{"reason", reason}}, n);
  w.metric("originated_dropped_total", "counter", "Frames made inside that no port sent.");
  w.sample({}, stats.at("originated_dropped"));
  w.metric("latency_cycles", "gauge",
           "First beat in to first beat of the first copy out, by percentile.");
  const Json& latency = stats.at("latency_cycles");
  w.sample({{"percentile", "50"}}, latency.at("p50"));
  w.sample({{"percentile", "99"}}, latency.at("p99"));
  w.sample({{"percentile", "100"}}, latency.at("max"));
  for (const auto& [name, help] : {std::pair{"packets", "Frames that a table entry counted."},
                                   {"bytes", "Bytes that a table entry counted."}}) {
    const std::string metric = fmt::format("table_entry_{}_total", name);
    w.metric(metric.c_str(), "counter", help);
    for (const auto& [table, entries] : stats.at("tables").items()) {
      // Entries of one origin are told apart by their place in the table.
      size_t place = 0;
      for (const Json& e : entries) {
        w.sample(
            {{"table", table}, {"entry", e.at("entry")}, {"place", fmt::format("{}", place++)}},
            e.at(name));
      }
    }
  }
  for (const auto& [name, help] :
       {std::pair{"bytes_in", "Payload bytes taken from a connection."},
        {"bytes_out", "Payload bytes given to a connection."},
        {"out_of_order", "Segments of a connection that came out of order."},
        {"trimmed", "Segments of a connection cut to what was new."},
        {"no_room", "Segments of a connection that found no room."}}) {
    const std::string metric = fmt::format("stream_{}_total", name);
    w.metric(metric.c_str(), "counter", help);
    for (const Json& f : stats.at("ideal_stream").at("flows")) {
      w.sample({{"local", f.at("local")},
                {"local_port", f.at("local_port").dump()},
                {"remote", f.at("remote")},
                {"remote_port", f.at("remote_port").dump()}},
               f.at(name));
    }
  }
  return w.take();
}

}  // namespace fp::stats
