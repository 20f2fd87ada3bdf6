// SPDX-License-Identifier: Apache-2.0
//
// Where header fields lie in the PHV: checked against the frames a parse graph can produce, found
// by walking it, not by the layout's own closure.
#include "firmware/linux/pipeline/phv_layout.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "contract/rmt.hpp"
#include "tests/unit/pipeline/small_program.hpp"

namespace fp::pipeline {
namespace {

using test::bent;

// Every set of headers that one frame can hold.
std::set<std::set<std::string>> frames_of(const Program& program) {
  std::set<std::set<std::string>> out;
  std::set<std::pair<std::string, std::set<std::string>>> seen;
  std::function<void(const State&, std::set<std::string>)> walk = [&](const State& s,
                                                                      std::set<std::string> have) {
    have.insert(s.name);
    if (!seen.insert({s.name, have}).second) return;
    for (const Edge& e : s.edges) {
      if (e.to == Edge::To::kState) {
        walk(*program.state(e.target), have);
      } else {
        out.insert(have);
      }
    }
  };
  walk(program.states[0], {});
  return out;
}

unsigned width_of(unsigned id) { return id < rmt::kC16Base ? 8 : id < rmt::kC32Base ? 16 : 32; }

// Metadata containers of rmt.yaml, by container id.
constexpr unsigned kMeta[] = {rmt::kMetaInPort,
                              rmt::kMetaOutPort,
                              rmt::kMetaVerdict,
                              rmt::kMetaReason,
                              rmt::kMetaQueue,
                              rmt::kMetaEdit,
                              rmt::kMetaPop,
                              rmt::kC16Base + rmt::kMetaGroup,
                              rmt::kC16Base + rmt::kMetaEntropy,
                              rmt::kC32Base + rmt::kMetaRecirc};

void check(const Program& program) {
  const PhvLayout layout(program);
  // Each unit lies in a container of its width, in no metadata container, inside its header.
  for (const State& s : program.states) {
    for (const Placed& p : layout.units(s.name)) {
      EXPECT_EQ(width_of(p.container), p.unit.bits);
      EXPECT_LT(p.container, rmt::kNumContainers);
      EXPECT_EQ(p.unit.offset % 8, 0);
      EXPECT_LE(p.unit.offset + p.unit.bits, s.header->bits);
      for (unsigned meta : kMeta) EXPECT_NE(p.container, meta);
    }
  }
  // Metadata has containers of its own.
  std::set<unsigned> taken(std::begin(kMeta), std::end(kMeta));
  for (const Metadata& m : program.metadata) {
    const auto parts = layout.parts({"meta", m.name, m.where});
    ASSERT_EQ(parts.size(), 1u);
    EXPECT_EQ(parts[0].bits, m.bits);
    EXPECT_EQ(width_of(parts[0].container), m.bits);
    EXPECT_TRUE(taken.insert(parts[0].container).second) << m.name;
  }
  for (const State& s : program.states) {
    for (const Placed& p : layout.units(s.name)) {
      // Except for a field that metadata keeps.
      const bool kept = std::any_of(s.keep.begin(), s.keep.end(), [&](const State::Keep& k) {
        return layout.parts({"meta", k.metadata, k.where})[0].container == p.container &&
               k.field->offset == p.unit.offset;
      });
      EXPECT_EQ(taken.count(p.container), kept ? 1u : 0u);
    }
  }
  // Fields of `same` lie in the same containers, from the last one on.
  std::set<std::pair<std::string, std::string>> joined;  // instances
  for (const Same& same : program.same) {
    for (const FieldRef& a : same.fields) {
      for (const FieldRef& b : same.fields) {
        const auto pa = layout.parts(a), pb = layout.parts(b);
        for (size_t i = 1; i <= std::min(pa.size(), pb.size()); ++i) {
          EXPECT_EQ(pa[pa.size() - i].container, pb[pb.size() - i].container);
          EXPECT_EQ(pa[pa.size() - i].lsb, pb[pb.size() - i].lsb);
        }
        joined.insert({a.instance, b.instance});
      }
    }
  }
  // No two fields of one frame share a container.
  for (const auto& frame : frames_of(program)) {
    std::map<unsigned, std::string> owner;
    for (const std::string& instance : frame) {
      for (const Placed& p : layout.units(instance)) {
        const auto [it, fresh] = owner.emplace(p.container, instance);
        EXPECT_TRUE(fresh) << instance << " and " << it->second << " share container "
                           << int{p.container};
      }
    }
  }
  // What a key or an action names is nobody else's: an absent header reads as zero.
  std::vector<FieldRef> named;
  for (const Table& t : program.tables) named.insert(named.end(), t.key.begin(), t.key.end());
  for (const Action& a : program.actions) {
    for (const Statement& st : a.body) named.push_back(st.to);
  }
  for (const FieldRef& ref : named) {
    if (ref.instance == "meta") continue;
    for (const FieldPart& part : layout.parts(ref)) {
      for (const State& s : program.states) {
        if (s.name == ref.instance || joined.count({s.name, ref.instance}) != 0) continue;
        for (const Placed& p : layout.units(s.name)) {
          EXPECT_NE(p.container, part.container) << ref.name() << " and " << s.name;
        }
      }
    }
  }
  // The parts of a shown field are the whole field.
  for (const State& s : program.states) {
    for (const HeaderField& f : s.header->fields) {
      if (f.shown.empty()) continue;
      unsigned bits = 0;
      for (const FieldPart& part : layout.parts({s.name, f.name, s.where})) bits += part.bits;
      EXPECT_EQ(bits, f.bits) << s.name << "." << f.name;
    }
  }
}

TEST(PhvLayout, TheDefaultProgramLiesWithoutOverlap) {
  check(load_program(FP_SOURCE_DIR "/firmware/linux/pipeline/programs/mesh.yaml"));
}

TEST(PhvLayout, TheSmallProgramLiesWithoutOverlap) { check(parse_program(test::kSmall, "p.yaml")); }

TEST(PhvLayout, JoinedFieldsAndMetadataLieAsTheyShould) {
  check(parse_program(test::kEdge, "p.yaml"));
}

// A container that fields of `same` have in common is theirs alone, also when nobody names them.
TEST(PhvLayout, JoinedFieldsNobodyElseHas) {
  std::string text = bent("    - {name: proto, bits: 8}",
                          "    - {name: proto, bits: 8, shown: ip.proto}", test::kEdge);
  text = bent("  - [v6.dst, v4.dst]\n", "  - [v6.dst, v4.dst]\n  - [v6.nxt, v4.proto]\n", text);
  // A header that neither of them can be in one frame with.
  text = bent("parse:\n", "  arp:\n    - {name: hlen, bits: 8, shown: arp.hlen}\nparse:\n", text);
  text = bent("        - {type: 0x800, to: v4}\n",
              "        - {type: 0x806, to: arp}\n        - {type: 0x800, to: v4}\n", text);
  text = bent("metadata:\n", "    arp: {header: arp, next: [{to: accept}]}\nmetadata:\n", text);
  const Program program = parse_program(text, "p.yaml");
  const PhvLayout layout(program);
  const Yaml& y = program.tables[0].where;
  const unsigned home = layout.parts({"v4", "proto", y})[0].container;
  EXPECT_EQ(layout.parts({"v6", "nxt", y})[0].container, home);
  for (const State& s : program.states) {
    for (const Placed& p : layout.units(s.name)) {
      if (p.container == home) {
        EXPECT_TRUE(s.name == "v4" || s.name == "v6");
        EXPECT_EQ(p.unit.offset, 0);
      }
    }
  }
}

TEST(PhvLayout, HeadersThatExcludeEachOtherShareContainers) {
  const Program program = load_program(FP_SOURCE_DIR "/firmware/linux/pipeline/programs/mesh.yaml");
  const PhvLayout layout(program);
  std::set<unsigned> arp, ipv6;
  for (const Placed& p : layout.units("arp")) arp.insert(p.container);
  for (const Placed& p : layout.units("ipv6")) ipv6.insert(p.container);
  std::set<unsigned> both;
  std::set_intersection(arp.begin(), arp.end(), ipv6.begin(), ipv6.end(),
                        std::inserter(both, both.end()));
  EXPECT_FALSE(both.empty());
}

TEST(PhvLayout, FieldsAreJoinedAndCutIntoContainers) {
  const Program program = parse_program(
      bent("    - {name: dst, bits: 48, shown: eth.dst, as: mac}",
           "    - {name: a, bits: 4}\n    - {name: b, bits: 12}\n    - {name: c, bits: 24}\n"
           "    - {name: d, bits: 8}\n    - {name: e, bits: 40}\n    - {name: f, bits: 24}"),
      "p.yaml");
  const HeaderType& eth = *program.header("eth");
  std::vector<std::pair<unsigned, unsigned>> units;
  for (const Unit& u : units_of(eth, program.states[0].where)) units.emplace_back(u.offset, u.bits);
  // a+b, c+d, e 32 + 8, f with src's first 8, src 32, src 8, type.
  EXPECT_EQ(units,
            (std::vector<std::pair<unsigned, unsigned>>{
                {0, 16}, {16, 32}, {48, 32}, {80, 8}, {88, 32}, {120, 32}, {152, 8}, {160, 16}}));
}

TEST(PhvLayout, MoreFieldsThanContainersAreRefusedWithNumbers) {
  std::string fields;
  for (int i = 0; i < 13; ++i)
    fields += "    - {name: x" + std::to_string(i) + ", bits: 8, shown: x}\n";
  const std::string text =
      bent("    - {name: type, bits: 16}\n", "    - {name: type, bits: 16}\n" + fields);
  try {
    PhvLayout layout(parse_program(text, "p.yaml"));
    FAIL();
  } catch (const InputError& e) {
    EXPECT_NE(
        std::string(e.what()).find(
            "parse.states.eth: found no free 8-bit container for header eth, expected at most "
            "9 in use at a time"),
        std::string::npos)
        << e.what();
  }
}

}  // namespace
}  // namespace fp::pipeline
