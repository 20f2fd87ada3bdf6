// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <iterator>

#include "sim-tb/explain/explanation.hpp"

namespace fp::explain {
namespace {

using Json = nlohmann::ordered_json;

std::string plain(const Json& j) { return j.is_string() ? j.get<std::string>() : j.dump(); }

// "a=1 b=2"; "-" for none.
std::string pairs(const Json& object) {
  std::string out;
  for (const auto& [name, value] : object.items()) {
    out += fmt::format("{}{}={}", out.empty() ? "" : " ", name, plain(value));
  }
  return out.empty() ? "-" : out;
}

class Text {
 public:
  std::string of(const Json& j) {
    head(j);
    for (const Json& pass : j.at("passes")) {
      if (j.at("passes").size() > 1) line("pass {}", plain(pass.at("pass")));
      parse(pass.at("parse"));
      for (const Json& stage : pass.at("stages")) this->stage(stage);
      if (pass.contains("deparse")) deparse(pass.at("deparse"));
    }
    for (const Json& copy : j.at("out")) this->copy(copy);
    return std::move(out_);
  }

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
    out_ += '\n';
  }

  void head(const Json& j) {
    line("{} packet {}: {}{}", plain(j.at("in")), plain(j.at("n")), plain(j.at("verdict")),
         j.at("reason").is_null() ? "" : " " + plain(j.at("reason")));
    const Json& by = j.at("decided_by");
    if (by.is_null()) {
      line("  not judged: the run ended before");
    } else if (by.at("part") == "stage") {
      line("  decided by stage {}, table {}, {}, action {}", plain(by.at("stage")),
           plain(by.at("table")),
           by.at("entry").is_null() ? "no entry (default)" : "entry " + plain(by.at("entry")),
           plain(by.at("action")));
    } else if (by.at("part") == "parser") {
      line("  decided by the parser{}",
           by.contains("offset") ? fmt::format(" at byte {}", plain(by.at("offset"))) : "");
    } else if (by.at("part") == "no stage") {
      std::string missed;
      for (const Json& t : by.at("missed")) missed += " " + plain(t);
      line("  decided by no stage: no action gave it a verdict; tables that missed:{}",
           missed.empty() ? " none" : missed);
    } else {
      line("  decided by the {}", plain(by.at("part")));
    }
    line("  came in at cycle {}", plain(j.at("cycle_in")));
  }

  void parse(const Json& p) {
    line("parser           cycle {}", plain(p.at("cycle")));
    for (const Json& h : p.at("headers")) {
      line("  {:<16} at byte {}", plain(h.at("header")), plain(h.at("offset")));
    }
    for (const Json& s : p.at("steps")) {
      if (s.contains("short_of")) {
        line("  {} bytes short at byte {}", plain(s.at("short_of")), plain(s.at("offset")));
      }
    }
    if (!p.at("exception").is_null()) {
      line("  exception        {} {}", plain(p.at("exception").at("verdict")),
           plain(p.at("exception").at("reason")));
    }
  }

  void stage(const Json& s) {
    line("stage {}          cycle {}", plain(s.at("stage")), plain(s.at("cycle")));
    for (const Json& t : s.at("tables")) {
      line("  {:<16} {:<8} {}{}", plain(t.at("table")), plain(t.at("kind")), plain(t.at("result")),
           t.contains("entry") ? " " + plain(t.at("entry").at("name")) + place(t.at("entry")) : "");
      if (t.contains("key")) line("    key            {}", pairs(t.at("key")));
    }
    if (!s.at("action").is_null()) {
      line("    action         {}{}{}", plain(s.at("action")),
           s.at("params").empty() ? "" : " " + pairs(s.at("params")),
           s.at("default") == true ? " (default)" : "");
    }
    for (const Json& c : s.at("changes")) {
      line("    {:<14} {} -> {}", plain(c.at("field")), plain(c.at("from")), plain(c.at("to")));
    }
    if (s.contains("counter")) {
      const Json& c = s.at("counter");
      line("    counter        row {}: packets {} -> {}, bytes {} -> {}", plain(c.at("row")),
           plain(c.at("packets")[0]), plain(c.at("packets")[1]), plain(c.at("bytes")[0]),
           plain(c.at("bytes")[1]));
    }
    if (s.contains("meter")) {
      const Json& m = s.at("meter");
      line("    meter          row {}: {}, {} committed and {} peak bytes left", plain(m.at("row")),
           plain(m.at("colour")), plain(m.at("committed_bytes")), plain(m.at("peak_bytes")));
    }
    if (s.contains("register")) {
      const Json& r = s.at("register");
      line("    register       row {}: {} -> {}", plain(r.at("row")), plain(r.at("value")[0]),
           plain(r.at("value")[1]));
    }
  }

  static std::string place(const Json& entry) {
    if (entry.contains("way")) {
      return fmt::format(" (way {}, row {})", plain(entry.at("way")), plain(entry.at("row")));
    }
    if (entry.contains("bucket")) {
      return fmt::format(" (bucket {}, row {})", plain(entry.at("bucket")), plain(entry.at("row")));
    }
    return fmt::format(" (row {})", plain(entry.at("row")));
  }

  void deparse(const Json& d) {
    line("deparser         cycle {} to {}: {} bytes, {}{}", plain(d.at("cycle")),
         plain(d.at("last_cycle")), plain(d.at("bytes")), plain(d.at("verdict")),
         d.contains("reason") ? " " + plain(d.at("reason")) : "");
    if (d.contains("pop")) line("  removed          {}", plain(d.at("pop")));
    if (d.contains("to")) {
      line("traffic manager  to {}, queue {}", plain(d.at("to")), plain(d.at("queue")));
    }
  }

  void copy(const Json& c) {
    std::string more;
    if (c.contains("edit") && !c.at("edit").is_null()) {
      more = fmt::format(", edit {} inserted {} bytes at byte {}", plain(c.at("edit").at("row")),
                         plain(c.at("edit").at("inserted")), plain(c.at("edit").at("at")));
    }
    line("out {:<12} cycle {}: packet {}{}{}", plain(c.at("port")), plain(c.at("cycle")),
         plain(c.at("n")),
         c.contains("bytes")
             ? fmt::format(", {} bytes, queue {}", plain(c.at("bytes")), plain(c.at("queue")))
             : "",
         more);
  }

  std::string out_;
};

}  // namespace

std::string explanation_text(const Json& explanation) { return Text().of(explanation); }

}  // namespace fp::explain
