// SPDX-License-Identifier: Apache-2.0
#include "firmware/linux/pipeline/entries_file.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "firmware/linux/pipeline/phv_layout.hpp"

namespace fp::pipeline {

namespace {

using Bytes = std::vector<uint8_t>;

constexpr unsigned kMacBytes = 6;

Bytes big_endian(uint64_t value, unsigned n) {
  Bytes bytes(n);
  for (unsigned i = 0; i < n && i < 8; ++i) {
    bytes[n - 1 - i] = static_cast<uint8_t>(value >> (8 * i));
  }
  return bytes;
}

std::optional<Bytes> mac_of(const std::string& text) {
  if (text.size() != 3 * kMacBytes - 1) return std::nullopt;
  Bytes mac(kMacBytes);
  for (size_t i = 0; i < kMacBytes; ++i) {
    const char* at = text.data() + 3 * i;
    const auto [end, error] = std::from_chars(at, at + 2, mac[i], 16);
    if (error != std::errc() || end != at + 2 || (i + 1 < kMacBytes && at[2] != ':')) {
      return std::nullopt;
    }
  }
  return mac;
}

std::optional<Bytes> address_of(const std::string& text) {
  Bytes v4(4), v6(16);
  if (inet_pton(AF_INET, text.c_str(), v4.data()) == 1) return v4;
  if (inet_pton(AF_INET6, text.c_str(), v6.data()) == 1) return v6;
  return std::nullopt;
}

class Reader {
 public:
  explicit Reader(const Program& program) : program_(program) {}

  Configured run(const Yaml& root) {
    root.allow_keys({"entries", "meters", "groups", "edits"});
    if (root.has("entries")) {
      for (const auto& [name, list] : root.at("entries").members()) {
        const Table* table = program_.table(name);
        if (!table) list.fail(name, "a table of program " + program_.name);
        for (const Yaml& item : list.items()) entry(*table, item);
      }
    }
    if (root.has("meters")) {
      for (const auto& [name, list] : root.at("meters").members()) {
        for (const Yaml& item : list.items()) meter(name, item);
      }
    }
    if (root.has("groups")) {
      for (const Yaml& item : root.at("groups").items()) group(item);
    }
    if (root.has("edits")) {
      for (const Yaml& item : root.at("edits").items()) edit(item);
    }
    return std::move(out_);
  }

 private:
  static std::string where(const Yaml& node) { return node.place(); }

  // Bits of a key field.
  unsigned bits_of(const std::string& name, const Yaml& node) const {
    const size_t dot = name.find('.');
    if (dot == std::string::npos) node.fail(name, "INSTANCE.FIELD");
    const std::string instance = name.substr(0, dot), field = name.substr(dot + 1);
    if (instance == "meta") return meta_bits(field, node);
    const State* state = program_.state(instance);
    const HeaderField* f = state ? state->header->find(field) : nullptr;
    if (!f) node.fail(name, "a field of program " + program_.name);
    return f->bits;
  }

  unsigned meta_bits(const std::string& field, const Yaml& node) const {
    for (const Metadata& m : program_.metadata) {
      if (m.name == field) return m.bits;
    }
    const auto container = builtin_meta(field);
    if (!container) node.fail("meta." + field, "metadata of program " + program_.name);
    return container_bits(*container);
  }

  // A number, a name, a MAC or an IP address, as `bits` bits.
  Bytes value(const Yaml& node, const std::string& field, unsigned bits) const {
    const unsigned n = (bits + 7) / 8;
    const std::string text = node.text();
    for (const auto& bytes : {mac_of(text), address_of(text)}) {
      if (!bytes) continue;
      if (bytes->size() != n) node.expected("a value of " + std::to_string(bits) + " bits");
      return *bytes;
    }
    if (const auto named = value_of_name(program_, field, bits, text)) return big_endian(*named, n);
    return big_endian(node.number(bits >= 64 ? UINT64_MAX : (uint64_t{1} << bits) - 1), n);
  }

  KeyValue key_value(const Yaml& node, const std::string& field) const {
    const unsigned bits = bits_of(field, node);
    if (node.is_map()) {
      node.allow_keys({"value", "mask", "prefix"});
      KeyValue v(value(node.at("value"), field, bits));
      if (node.has("mask")) v.mask = value(node.at("mask"), field, bits);
      if (node.has("prefix")) v.prefix = static_cast<unsigned>(node.at("prefix").number(bits));
      return v;
    }
    const std::string text = node.text();
    const size_t slash = text.find('/');
    if (slash == std::string::npos) return value(node, field, bits);
    const auto address = address_of(text.substr(0, slash));
    unsigned length = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, length);
    if (!address || 8 * address->size() != bits || error != std::errc() || stop != end ||
        length > bits) {
      node.expected("a prefix of " + std::to_string(bits) + " bits");
    }
    return KeyValue::prefixed(*address, length);
  }

  void entry(const Table& table, const Yaml& node) {
    node.allow_keys({"key", "action", "params", "priority"});
    Entry e;
    e.table = table.name;
    e.where = where(node);
    if (node.has("key")) {
      for (const auto& [field, value] : node.at("key").members()) {
        e.key.emplace(field, key_value(value, field));
      }
    }
    e.action = node.at("action").text();
    const Action* action = program_.action(e.action);
    if (!action) node.at("action").expected("an action of table " + table.name);
    if (node.has("params")) {
      for (const auto& [name, value_node] : node.at("params").members()) {
        const Action::Param* p = action->param(name);
        if (!p) value_node.fail(name, "a parameter of action " + e.action);
        // Named like the metadata that it most likely goes into.
        e.params.emplace(name, ParamValue(value(value_node, param_field(*action, name), p->bits)));
      }
    }
    if (node.has("priority")) {
      e.priority = static_cast<uint32_t>(node.at("priority").number(UINT32_MAX));
    }
    out_.entries.push_back(std::move(e));
  }

  // The field a parameter is written to, so that its names can be used; empty when there is none.
  static std::string param_field(const Action& action, const std::string& name) {
    for (const Statement& s : action.body) {
      if (s.from.kind == Operand::Kind::kParam && s.from.name == name) return s.to.name();
    }
    return "";
  }

  void meter(const std::string& table, const Yaml& node) {
    node.allow_keys({"row", "cir", "pir", "cbs", "pbs"});
    rmt::MeterCfg cfg;
    cfg.cir = static_cast<uint32_t>(node.at("cir").number(UINT32_MAX));
    cfg.pir = static_cast<uint32_t>(node.at("pir").number(UINT32_MAX));
    cfg.cbs = static_cast<uint32_t>(node.at("cbs").number(UINT32_MAX));
    cfg.pbs = static_cast<uint32_t>(node.at("pbs").number(UINT32_MAX));
    const auto row = static_cast<uint32_t>(node.at("row").number(rmt::kMeterRows - 1));
    out_.extras.meters.push_back({table, row, cfg, where(node)});
  }

  void group(const Yaml& node) {
    node.allow_keys({"group", "copies"});
    rmt::McastGroup g;
    size_t n = 0;
    for (const Yaml& item : node.at("copies").items()) {
      if (n == rmt::kGroupCopies) {
        item.fail("one more copy", "at most " + std::to_string(rmt::kGroupCopies));
      }
      item.allow_keys({"port", "queue", "edit", "prune"});
      rmt::GroupCopy& copy = g.copy[n++];
      copy.en = true;
      copy.port = value(item.at("port"), "meta.out_port", 8)[0];
      if (copy.port >= rmt::kNumPorts) item.at("port").expected("a port frames can leave by");
      if (item.has("queue")) {
        copy.queue = static_cast<uint8_t>(item.at("queue").number(rmt::kNumQueues - 1));
      }
      if (item.has("edit")) {
        copy.edit = static_cast<uint8_t>(item.at("edit").number(rmt::kNumEdits - 1));
      }
      copy.prune = item.has("prune") && item.at("prune").boolean();
    }
    out_.extras.groups.push_back(
        {static_cast<uint32_t>(node.at("group").number(rmt::kNumGroups - 1)), g, where(node)});
  }

  void edit(const Yaml& node) {
    node.allow_keys({"edit", "at", "data"});
    rmt::EgressEdit e;
    if (node.has("at")) e.at = static_cast<uint8_t>(node.at("at").number(31));
    const Yaml data = node.at("data");
    const std::string hex = data.text();
    if (hex.size() % 2 != 0 || hex.size() / 2 > rmt::kEditBytes) {
      data.expected("up to " + std::to_string(rmt::kEditBytes) + " bytes, two hex digits each");
    }
    for (size_t i = 0; i < hex.size(); i += 2) {
      const auto [end, error] = std::from_chars(&hex[i], &hex[i] + 2, e.data[i / 2], 16);
      if (error != std::errc() || end != &hex[i] + 2) data.expected("two hex digits a byte");
    }
    e.len = static_cast<uint8_t>(hex.size() / 2);
    out_.extras.edits.push_back(
        {static_cast<uint32_t>(node.at("edit").number(rmt::kNumEdits - 1)), e, where(node)});
  }

  const Program& program_;
  Configured out_;
};

}  // namespace

Configured load_entries(const Program& program, const std::string& file) {
  return Reader(program).run(Yaml::load_file(file));
}

Configured parse_entries(const Program& program, const std::string& text, const std::string& file) {
  return Reader(program).run(Yaml::load_text(text, file));
}

}  // namespace fp::pipeline
