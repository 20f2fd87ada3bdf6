// SPDX-License-Identifier: Apache-2.0
#include "bpf/loader/policy.hpp"

#include <arpa/inet.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <map>
#include <set>

#include "bpf/loader/cgroup.hpp"

namespace fp::bpf {
namespace {

using config::Yaml;

uint32_t action_of(const Yaml& y) {
  const std::string text = y.text();
  if (text == "redirect") {
    return FP_ACTION_REDIRECT;
  }
  if (text != "tcp") {
    y.expected("redirect or tcp");
  }
  return FP_ACTION_TCP;
}

bool parse_port(const char* begin, const char* end, uint16_t& out) {
  const auto [stop, error] = std::from_chars(begin, end, out);
  return error == std::errc() && stop == end && begin != end && out != 0;
}

Policy::Ports ports_of(const Yaml& y, uint32_t action) {
  const std::string text = y.text();
  const size_t dash = text.find('-');
  Policy::Ports p{0, 0, action};
  const char* end = text.data() + text.size();
  const bool ok = dash == std::string::npos
                      ? parse_port(text.data(), end, p.first)
                      : parse_port(text.data(), text.data() + dash, p.first) &&
                            parse_port(text.data() + dash + 1, end, p.last);
  if (dash == std::string::npos) {
    p.last = p.first;
  }
  if (!ok || p.first > p.last) {
    y.expected("a port from 1 to 65535, or FIRST-LAST");
  }
  return p;
}

// {default: ACTION, rules: [{KEY: .., action: ..}]}
template <typename F>
void section(const Yaml& root, const std::string& name, const char* key, uint32_t& otherwise,
             F each) {
  if (!root.has(name)) {
    return;
  }
  const Yaml s = root.at(name);
  s.allow_keys({"default", "rules"});
  if (s.has("default")) {
    otherwise = action_of(s.at("default"));
  }
  if (!s.has("rules")) {
    return;
  }
  for (const Yaml& rule : s.at("rules").items()) {
    rule.allow_keys({key, "action"});
    each(rule.at(key), action_of(rule.at("action")));
  }
}

Policy parse(const Yaml& root) {
  root.allow_keys({"schema", "cgroups", "addresses", "ports", "readers", "streams"});
  if (root.at("schema").number() != 1) {
    root.at("schema").expected("1");
  }
  Policy p;
  section(root, "cgroups", "path", p.cgroup_default,
          [&](const Yaml& y, uint32_t action) { p.cgroups.push_back({y.text(), action}); });
  section(root, "addresses", "prefix", p.address_default, [&](const Yaml& y, uint32_t action) {
    Policy::Prefix entry{{}, action, y.text()};
    if (!parse_prefix(entry.text, entry.prefix)) {
      y.expected("an IPv4 or IPv6 prefix without bits behind its length");
    }
    p.prefixes.push_back(entry);
  });
  section(root, "ports", "range", p.port_default,
          [&](const Yaml& y, uint32_t action) { p.ports.push_back(ports_of(y, action)); });
  if (root.has("readers")) {
    const Yaml readers = root.at("readers");
    readers.allow_keys({"tcp"});
    p.programs.clear();
    for (const Yaml& y : readers.at("tcp").items()) {
      const std::string name = y.text();
      if (name.empty() || name.size() >= FP_PROGRAM_NAME) {
        y.expected("a program's name of 1 to 15 bytes, as ps -o comm prints it");
      }
      p.programs.push_back(name);
    }
  }
  if (root.has("streams")) {
    const Yaml streams = root.at("streams");
    streams.allow_keys({"small_bytes", "run"});
    if (streams.has("small_bytes")) {
      p.small_bytes = streams.at("small_bytes").number(UINT32_MAX);
    }
    if (streams.has("run")) {
      p.stream_run = streams.at("run").number(UINT32_MAX);
    }
  }
  return p;
}

// Makes the map hold exactly `wanted`: inserts first, so that no rule is missing meanwhile.
template <typename Key>
void replace(int map, const char* name, const std::vector<std::pair<Key, uint32_t>>& wanted) {
  const auto less = [](const Key& a, const Key& b) { return std::memcmp(&a, &b, sizeof(Key)) < 0; };
  std::set<Key, decltype(less)> keep(less);
  for (const auto& [key, value] : wanted) {
    if (bpf_map_update_elem(map, &key, &value, BPF_ANY) != 0) {
      fail_errno(name, errno, "room for " + std::to_string(wanted.size()) + " rules");
    }
    keep.insert(key);
  }
  std::vector<Key> stale;
  Key key{};
  for (int more = bpf_map_get_next_key(map, nullptr, &key); more == 0;
       more = bpf_map_get_next_key(map, &key, &key)) {
    if (!keep.contains(key)) {
      stale.push_back(key);
    }
  }
  for (const Key& k : stale) {
    bpf_map_delete_elem(map, &k);
  }
}

const char* name_of(uint32_t action) { return action == FP_ACTION_REDIRECT ? "redirect" : "tcp"; }

}  // namespace

bool parse_prefix(const std::string& text, fp_prefix& out) {
  const size_t slash = text.find('/');
  const std::string address = text.substr(0, slash);
  out = {};
  uint32_t base = 0;
  if (inet_pton(AF_INET, address.c_str(), &out.address[12]) == 1) {
    out.address[10] = out.address[11] = 0xff;
    base = 96;
  } else if (inet_pton(AF_INET6, address.c_str(), out.address) != 1) {
    return false;
  }
  uint32_t bits = 128 - base;
  if (slash != std::string::npos) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, bits);
    if (error != std::errc() || stop != end || bits > 128 - base) {
      return false;
    }
  }
  out.bits = base + bits;
  for (uint32_t bit = out.bits; bit < 128; ++bit) {
    if ((out.address[bit / 8] >> (7 - bit % 8) & 1) != 0) {
      return false;
    }
  }
  return true;
}

Policy::Policy() : programs{"nginx"} {}

Policy Policy::load_file(const std::string& file) { return parse(Yaml::load_file(file)); }

Policy Policy::load_text(const std::string& text, const std::string& file) {
  return parse(Yaml::load_text(text, file));
}

void Policy::write(const Object& object) const {
  std::vector<std::pair<uint64_t, uint32_t>> groups;
  for (const Cgroup& g : cgroups) {
    groups.emplace_back(cgroup_id(open_cgroup(g.path)), g.action);
  }
  std::vector<std::pair<fp_prefix, uint32_t>> addresses;
  for (const Prefix& p : prefixes) {
    addresses.emplace_back(p.prefix, p.action);
  }
  using Name = std::array<char, FP_PROGRAM_NAME>;
  std::vector<std::pair<Name, uint32_t>> names;
  for (const std::string& program : programs) {
    Name name{};
    std::memcpy(name.data(), program.data(), program.size());
    names.emplace_back(name, 1);
  }
  std::array<uint64_t, 65536 / 64> opposite{};
  for (const Ports& p : ports) {
    for (uint32_t port = p.first; port <= p.last; ++port) {
      const uint64_t bit = 1ull << (port % 64);
      opposite[port / 64] =
          p.action == port_default ? opposite[port / 64] & ~bit : opposite[port / 64] | bit;
    }
  }
  replace(object.map("policy_cgroups"), "cgroups", groups);
  replace(object.map("policy_addresses"), "addresses", addresses);
  replace(object.map("policy_readers"), "readers", names);
  for (uint32_t word = 0; word < opposite.size(); ++word) {
    bpf_map_update_elem(object.map("policy_ports"), &word, &opposite[word], BPF_ANY);
  }
}

std::vector<std::string> Policy::describe() const {
  std::vector<std::string> lines;
  lines.push_back(std::string("cgroups: default ") + name_of(cgroup_default));
  for (const Cgroup& g : cgroups) {
    lines.push_back("cgroups: " + g.path + " " + name_of(g.action));
  }
  lines.push_back(std::string("addresses: default ") + name_of(address_default));
  for (const Prefix& p : prefixes) {
    lines.push_back("addresses: " + p.text + " " + name_of(p.action));
  }
  lines.push_back(std::string("ports: default ") + name_of(port_default));
  for (const Ports& p : ports) {
    lines.push_back("ports: " + std::to_string(p.first) + "-" + std::to_string(p.last) + " " +
                    name_of(p.action));
  }
  for (const std::string& program : programs) {
    lines.push_back("readers: " + program + " tcp");
  }
  return lines;
}

}  // namespace fp::bpf
