// SPDX-License-Identifier: Apache-2.0
//
// A small correct pipeline program as text, for tests that bend one line of it.
#pragma once

#include <string>

namespace fp::pipeline::test {

inline constexpr const char* kSmall = R"(program: small
headers:
  eth:
    - {name: dst, bits: 48, shown: eth.dst, as: mac}
    - {name: src, bits: 48}
    - {name: type, bits: 16}
  ip:
    - {name: ver, bits: 4}
    - {name: ihl, bits: 4}
    - {name: tos, bits: 8}
    - {name: ttl, bits: 8}
    - {name: proto, bits: 8}
    - {name: csum, bits: 16}
    - {name: id, bits: 16}
    - {name: src, bits: 32, shown: ip.src, as: ipv4}
    - {name: dst, bits: 32}
parse:
  start: eth
  states:
    eth:
      header: eth
      select: [type]
      next:
        - {type: 0x800, to: ip}
        - {to: accept}
    ip:
      header: ip
      length: {bytes: 0, field: ihl, unit: 4}
      select: [ihl]
      next:
        - {ihl: {value: 0, mask: 0xc}, to: {drop: header_error}}
        - {to: accept}
actions:
  out:
    params: {port: 8}
    do:
      - {set: meta.out_port, with: $port}
      - {set: meta.verdict, with: forward}
  age:
    do:
      - {sub: ip.ttl, with: 1}
      - {set: ip.id, with: 7}
tables:
  t:
    kind: exact
    when: [ip]
    key: [ip.dst]
    size: 16
    actions: [out, age]
    default: age
checksums:
  - {field: ip.csum, covers: [ip.*]}
)";

// kSmall with the first occurrence of `from` replaced; `from` must be there.
inline std::string bent(const std::string& from, const std::string& to) {
  std::string text = kSmall;
  const size_t at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("no such text: " + from);
  return text.replace(at, from.size(), to);
}

// 1-based line on which `part` stands first.
inline int line_of(const std::string& text, const std::string& part) {
  const size_t at = text.find(part);
  int line = 1;
  for (size_t i = 0; i < at; ++i) line += text[i] == '\n';
  return line;
}

}  // namespace fp::pipeline::test
