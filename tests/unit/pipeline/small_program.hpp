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

// A program with everything the language has beside the parser.
inline constexpr const char* kEdge = R"(program: edge
headers:
  eth:
    - {name: dst, bits: 48}
    - {name: src, bits: 48}
    - {name: type, bits: 16}
  tag:
    - {name: pcp, bits: 4}
    - {name: vid, bits: 12}
    - {name: type, bits: 16}
  v4:
    - {name: proto, bits: 8}
    - {name: ttl, bits: 8}
    - {name: len, bits: 16}
    - {name: dst, bits: 32}
  v6:
    - {name: nxt, bits: 8}
    - {name: hlim, bits: 8}
    - {name: len, bits: 16}
    - {name: dst, bits: 128}
parse:
  start: eth
  states:
    eth:
      header: eth
      select: [type]
      next:
        - {type: 0x8100, to: tag}
        - {type: 0x800, to: v4}
        - {type: 0x86dd, to: v6}
        - {to: accept}
    tag:
      header: tag
      select: [type]
      next:
        - {type: 0x800, to: v4}
        - {type: 0x86dd, to: v6}
        - {to: accept}
    v4: {header: v4, next: [{to: accept}]}
    v6: {header: v6, next: [{to: accept}]}
metadata:
  - {name: bd, bits: 16}
  - {name: colour, bits: 8}
  - {name: seen, bits: 32}
same:
  - [v6.dst, v4.dst]
  - [v6.hlim, v4.ttl]
  - [v6.len, v4.len]
pops:
  untag: {from: eth.type, to: tag.type}
actions:
  join:
    params: {bd: 16}
    do:
      - {set: meta.bd, with: $bd}
  deny:
    do:
      - {count: frame}
      - {set: meta.reason, with: acl}
  police:
    params: {rate: 16}
    do:
      - {count: frame}
      - {meter: frame, red: drop}
  route:
    params: {port: 8, mac: 48, group: 16}
    do:
      - {set: meta.out_port, with: $port}
      - {set: eth.dst, with: $mac}
      - {set: meta.verdict, with: forward}
      - {sub: v6.hlim, with: 1}
      - {register: add, with: 1, to: meta.seen}
      - {set: meta.entropy, with: hash}
  flood:
    do:
      - {set: meta.out_port, with: multicast}
      - {set: meta.pop, with: untag}
tables:
  vlans:
    kind: exact
    key: [meta.in_port, tag.vid]
    size: 64
    actions: [join]
  acl:
    kind: ternary
    key: [meta.bd, v6.dst, eth.src]
    size: 32
    actions: [deny, police]
    state:
      counter: {row: entry, bytes: v6.len}
      meter: {row: $rate, colour: meta.colour, bytes: v6.len}
  routes:
    kind: lpm
    key: [meta.bd, v6.dst]
    size: 512
    actions: [route]
    default: flood
    state:
      register: {row: $group, size: 100}
)";

// `text` with the first occurrence of `from` replaced; `from` must be there.
inline std::string bent(const std::string& from, const std::string& to, std::string text = kSmall) {
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
