// SPDX-License-Identifier: Apache-2.0
//
// Strict reading of YAML configuration: every value is asked for by type and range, unknown and
// duplicate keys are refused, and every complaint names file, line and path.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace fp::config {

// Bad input. what() is "FILE:LINE: PATH: found X, expected Y", ready to print after the program's
// name (docs/cli.md, exit status 2).
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// One node of a document, with the path that leads to it. Copies share the document. Every member
// that reads throws InputError.
class Yaml {
 public:
  // Reads a whole file. Throws InputError when it cannot be read or is not YAML.
  static Yaml load_file(const std::string& file);
  // The same for text in memory; `file` is the name used in messages.
  static Yaml load_text(const std::string& text, const std::string& file);

  bool is_map() const { return node_.IsMap(); }
  bool is_list() const { return node_.IsSequence(); }
  bool is_scalar() const { return node_.IsScalar(); }
  bool is_null() const { return node_.IsNull(); }

  // Refuses keys outside `allowed` and keys given twice.
  void allow_keys(std::initializer_list<std::string_view> allowed) const;

  bool has(const std::string& key) const;
  // A required member of a map.
  Yaml at(const std::string& key) const;
  // Members of a map in file order, duplicates refused; elements of a list.
  std::vector<std::pair<std::string, Yaml>> members() const;
  std::vector<Yaml> items() const;

  std::string text() const;
  bool boolean() const;
  // Decimal or 0x hexadecimal, at most `max`.
  uint64_t number(uint64_t max = UINT64_MAX) const;

  // "FILE:LINE: PATH", for messages about it later.
  std::string place() const;

  const std::string& path() const { return path_; }
  // 1-based line, 0 when unknown.
  int line() const { return node_.Mark().line + 1; }
  // What stands here, shortened, for messages.
  std::string found() const;
  [[noreturn]] void fail(const std::string& found, const std::string& expected) const;
  [[noreturn]] void expected(const std::string& expected) const { fail(found(), expected); }

 private:
  Yaml(YAML::Node node, std::string file, std::string path)
      : node_(std::move(node)), file_(std::move(file)), path_(std::move(path)) {}

  YAML::Node node_;
  std::string file_;
  std::string path_;
};

}  // namespace fp::config
