// SPDX-License-Identifier: Apache-2.0
#include "firmware/linux/common/yaml.hpp"

#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

namespace fp::config {

namespace {

// Control characters, NUL among them, would end or break a one-line message.
std::string printable(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return text;
}

std::string located(const std::string& file, int line, const std::string& path,
                    const std::string& found, const std::string& expected) {
  std::ostringstream out;
  out << file;
  if (line > 0) out << ':' << line;
  out << ": " << (path.empty() ? "document" : printable(path)) << ": found " << found
      << ", expected " << printable(expected);
  return out.str();
}

// Messages are one line whatever the input holds: a value is cut, a phrase with names in it later.
constexpr size_t kMostOfValue = 60;
constexpr size_t kMostOfPhrase = 160;

std::string one_line(std::string text, size_t most = kMostOfValue) {
  text = printable(std::move(text));
  if (text.size() > most) text = text.substr(0, most) + "...";
  return text;
}

// Ignores what it is told: for looking at a text's structure only.
class Silent : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// Documents in a text, counted up to two. YAML::LoadAll never ends on a text like ",", which its
// parser neither takes nor refuses; here that is a second document without end.
int documents(const std::string& text) {
  std::istringstream in(text);
  YAML::Parser parser(in);
  Silent silent;
  int n = 0;
  while (n < 2 && parser.HandleNextDocument(silent)) ++n;
  return n;
}

}  // namespace

Yaml Yaml::load_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    throw InputError(located(file, 0, "file", std::strerror(errno), "a readable YAML file"));
  }
  std::stringstream text;
  text << in.rdbuf();
  if (in.bad() || text.fail()) {
    throw InputError(located(file, 0, "file", "nothing readable", "a YAML file"));
  }
  return load_text(text.str(), file);
}

Yaml Yaml::load_text(const std::string& text, const std::string& file) {
  try {
    if (const int n = documents(text); n != 1) {
      throw InputError(
          located(file, 0, "file", std::to_string(n) + " documents", "one YAML document"));
    }
    return Yaml(YAML::Load(text), file, "");
  } catch (const YAML::Exception& e) {
    throw InputError(located(file, e.mark.line + 1, "syntax", one_line(e.msg), "valid YAML"));
  }
}

void Yaml::fail(const std::string& found, const std::string& expected) const {
  throw InputError(located(file_, line(), path_, one_line(found, kMostOfPhrase), expected));
}

std::string Yaml::place() const {
  return file_ + (line() > 0 ? ":" + std::to_string(line()) : "") + ": " + printable(path_);
}

std::string Yaml::found() const {
  if (node_.IsScalar()) {
    return node_.Scalar().empty() ? "an empty value" : one_line(node_.Scalar());
  }
  if (node_.IsMap()) return "a map";
  if (node_.IsSequence()) return "a list of " + std::to_string(node_.size());
  return "nothing";
}

std::vector<std::pair<std::string, Yaml>> Yaml::members() const {
  if (!node_.IsMap()) expected("a map");
  std::vector<std::pair<std::string, Yaml>> out;
  std::set<std::string> seen;
  for (const auto& pair : node_) {
    if (!pair.first.IsScalar()) expected("scalar keys");
    std::string key = pair.first.Scalar();
    Yaml child(pair.second, file_, path_.empty() ? key : path_ + "." + key);
    if (!seen.insert(key).second) {
      throw InputError(
          located(file_, pair.first.Mark().line + 1, child.path_, "a second one", "each key once"));
    }
    out.emplace_back(std::move(key), std::move(child));
  }
  return out;
}

void Yaml::allow_keys(std::initializer_list<std::string_view> allowed) const {
  for (const auto& [key, child] : members()) {
    if (std::find(allowed.begin(), allowed.end(), key) != allowed.end()) continue;
    std::string names;
    for (std::string_view a : allowed) names += (names.empty() ? "" : ", ") + std::string(a);
    child.fail("an unknown field", "one of " + names);
  }
}

bool Yaml::has(const std::string& key) const {
  return node_.IsMap() && static_cast<bool>(node_[key]);
}

Yaml Yaml::at(const std::string& key) const {
  if (!node_.IsMap()) expected("a map with " + key);
  YAML::Node child = node_[key];
  std::string path = path_.empty() ? key : path_ + "." + key;
  if (!child) throw InputError(located(file_, line(), path, "nothing", "a value"));
  return Yaml(child, file_, path);
}

std::vector<Yaml> Yaml::items() const {
  if (!node_.IsSequence()) expected("a list");
  std::vector<Yaml> out;
  for (size_t i = 0; i < node_.size(); ++i) {
    out.push_back(Yaml(node_[i], file_, path_ + "[" + std::to_string(i) + "]"));
  }
  return out;
}

std::string Yaml::text() const {
  if (!node_.IsScalar() || node_.Scalar().empty()) expected("text");
  return node_.Scalar();
}

bool Yaml::boolean() const {
  if (node_.IsScalar() && node_.Scalar() == "true") return true;
  if (node_.IsScalar() && node_.Scalar() == "false") return false;
  expected("true or false");
}

uint64_t Yaml::number(uint64_t max) const {
  const std::string wanted =
      max == UINT64_MAX ? "a number" : "a number up to " + std::to_string(max);
  if (!node_.IsScalar()) expected(wanted);
  const std::string& s = node_.Scalar();
  const bool hex = s.size() > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
  const char* first = s.data() + (hex ? 2 : 0);
  const char* last = s.data() + s.size();
  uint64_t value = 0;
  auto [end, error] = std::from_chars(first, last, value, hex ? 16 : 10);
  if (error != std::errc() || end != last || first == last || value > max) expected(wanted);
  return value;
}

}  // namespace fp::config
