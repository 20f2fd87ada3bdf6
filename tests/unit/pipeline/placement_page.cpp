// SPDX-License-Identifier: Apache-2.0
//
// Prints docs/uarch/rmt-placement.md: where the default program lies in the PHV and in the stages,
// and how the whole set of L2-L4 tables fits eight stages. Fails when the plan breaks a limit.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "contract/rmt.hpp"
#include "firmware/linux/pipeline/compiler.hpp"
#include "firmware/linux/pipeline/phv_layout.hpp"

namespace {

using namespace fp::pipeline;
namespace rmt = fp::rmt;

std::string container(unsigned id) {
  if (id < rmt::kC16Base) return "b" + std::to_string(id);
  if (id < rmt::kC32Base) return "h" + std::to_string(id - rmt::kC16Base);
  return "w" + std::to_string(id - rmt::kC32Base);
}

// --- the plan of the full program ------------------------------------------------------------

struct Key {
  const char* field;
  unsigned bits;
};

struct Planned {
  unsigned stage;
  const char* name;
  const char* kinds;  // within a stage: ternary > exact > LPM > default
  std::vector<Key> key;
  const char* entries;
  const char* does;
};

// What the tables hand to each other, beyond the header fields.
struct Metadata {
  const char* name;
  unsigned bits;
  const char* what;
};

const Metadata kMetadata[] = {
    {"bd", 16, "bridge domain"},
    {"vrf", 16, "routing domain and IP version; the TOE's key too"},
    {"tunnel", 16, "VXLAN destination, 0 for none"},
    {"proto", 8, "transport protocol, behind extension headers"},
    {"cls", 8, "traffic class given by the ACL"},
    {"queue", 8, "egress queue and meter colour"},
};

const Planned kPlan[] = {
    {0,
     "vlan",
     "exact",
     {{"meta.in_port", 8}, {"svlan0.vid", 16}, {"vlan0.vid", 16}},
     "1024",
     "membership; sets bd and vrf"},
    {1,
     "vxlan",
     "exact",
     {{"vrf", 16}, {"dst", 128}, {"dport", 16}, {"vxlan.vni", 32}},
     "1024",
     "ends a tunnel: bd and vrf of the inner frame, inner fields over the outer ones, outer "
     "headers invalid"},
    {2,
     "acl",
     "ternary",
     {{"meta.in_port", 8},
      {"vrf", 16},
      {"src", 128},
      {"dst", 128},
      {"sport", 16},
      {"dport", 16},
      {"proto", 8}},
     "512",
     "permits, drops or counts; sets cls"},
    {3,
     "nat, vip",
     "exact, LPM",
     {{"vrf", 16}, {"src", 128}, {"dst", 128}, {"sport", 16}, {"dport", 16}, {"proto", 8}},
     "1024 + 512",
     "nat: a known session, rewrites address and port; else vip: a prefix of (vrf, dst, proto, "
     "dport), to the TOE or an endpoint"},
    {4,
     "route",
     "exact, LPM",
     {{"vrf", 16}, {"dst", 128}},
     "1024 + 1024",
     "host routes before prefixes; sets eth.dst, bd and the source MAC, takes one from the TTL"},
    {5,
     "mac",
     "exact",
     {{"bd", 16}, {"eth.dst", 48}},
     "1024",
     "out port and tunnel; a miss floods the bridge domain's multicast group"},
    {6,
     "classify, meter",
     "ternary",
     {{"cls", 8}, {"tos", 8}, {"bd", 16}},
     "256",
     "egress queue, trTCM meter; red drops"},
    {7,
     "egress",
     "exact",
     {{"meta.out_port", 8}, {"bd", 16}, {"tunnel", 16}},
     "1024",
     "pushes or pops tags, adds VXLAN"},
};

struct Selectors {
  unsigned n32 = 0, n16 = 0, n8 = 0;
  unsigned bits = 0;
};

// Selectors a key needs: values lie in containers of 32 bits and a rest.
Selectors selectors(const std::vector<Key>& key) {
  Selectors s;
  for (const Key& k : key) {
    s.bits += k.bits;
    s.n32 += k.bits / 32;
    s.n16 += k.bits % 32 >= 16;
    s.n8 += k.bits % 16 >= 8;
  }
  return s;
}

void require(bool condition, const std::string& what) {
  if (condition) return;
  std::fprintf(stderr, "rmt_placement_page: %s\n", what.c_str());
  std::exit(1);
}

}  // namespace

int main() {
  const std::string file = FP_SOURCE_DIR "/firmware/linux/pipeline/programs/mesh.yaml";
  const Program program = load_program(file);
  const PhvLayout layout(program);
  const Image image = compile(program, {});

  std::printf(
      "# Where a program lies in the RMT pipeline\n\n"
      "Printed by `rmt_placement_page` (tests/unit/pipeline/placement_page.cpp); the test "
      "`pipeline.placement_page`\nfails when this page is not what it prints. Container names: bN "
      "8 "
      "bits, hN 16 bits, wN 32 bits.\n\n"
      "## The default program: headers in the PHV\n\n"
      "firmware/linux/pipeline/programs/mesh.yaml. Only fields that a key, an action or an output "
      "names are extracted.\nHeaders that no frame holds together share containers; what a key or "
      "an "
      "action names is never shared.\nb%u is the input port, b%u the output port, b%u the verdict, "
      "b%u the reason.\n\n"
      "| id | header | byte: container |\n|---|---|---|\n",
      rmt::kMetaInPort, rmt::kMetaOutPort, rmt::kMetaVerdict, rmt::kMetaReason);
  std::set<unsigned> used{rmt::kMetaInPort, rmt::kMetaOutPort, rmt::kMetaVerdict, rmt::kMetaReason};
  for (unsigned i = 0; i < program.states.size(); ++i) {
    const State& state = program.states[i];
    std::string units;
    for (const Placed& p : layout.units(state.name)) {
      units += (units.empty() ? "" : ", ") + std::to_string(p.unit.offset / 8) + ": " +
               container(p.container);
      used.insert(p.container);
    }
    std::printf("| %u | %s | %s |\n", i, state.name.c_str(), units.empty() ? "-" : units.c_str());
  }
  unsigned n8 = 0, n16 = 0, n32 = 0, entries = 0;
  for (unsigned id : used) ++(id < rmt::kC16Base ? n8 : id < rmt::kC32Base ? n16 : n32);
  for (const State& s : program.states) entries += static_cast<unsigned>(s.edges.size());
  std::printf(
      "\nUsed: %u of %u 8-bit, %u of %u 16-bit, %u of %u 32-bit containers; %zu of %u headers; %u "
      "of "
      "%u parser entries.\n\n",
      n8, rmt::kNumC8, n16, rmt::kNumC16, n32, rmt::kNumC32, program.states.size(),
      rmt::kNumHeaders, entries, rmt::kParserEntries);

  std::printf(
      "## The default program: tables in the stages\n\n"
      "| stage | table | key | entries | actions |\n|---|---|---|---|---|\n");
  for (unsigned stage = 0; stage < image.stages.size(); ++stage) {
    const Table& table = *program.table(image.stages[stage].table);
    std::string key, actions;
    for (const FieldRef& f : table.key) {
      key += (key.empty() ? "" : ", ") + f.name() + " (";
      std::string parts;
      for (const FieldPart& p : layout.parts(f)) {
        parts += (parts.empty() ? "" : " ") + container(p.container);
      }
      key += parts + ")";
    }
    for (const std::string& a : image.stages[stage].actions) {
      actions += (actions.empty() ? "" : ", ") + a;
    }
    std::printf("| %u | %s | %s | %u | %s |\n", stage, table.name.c_str(), key.c_str(), table.size,
                actions.c_str());
  }

  std::printf(
      "\n## The plan for eight stages\n\n"
      "L2 and VLAN, routes, ACL, VIP and NAT, VXLAN, metering and classification, one after the "
      "other: each stage needs what\nthe one before decided. A stage holds one table of each kind; "
      "ternary beats exact beats LPM beats default.\n\n"
      "src, dst, sport, dport and tos are the outer header's containers: IPv4 lies in the last "
      "word of "
      "the IPv6 address, UDP\nwhere TCP lies (headers that exclude each other; the compiler learns "
      "such unions with these tables). Copies into\nmetadata of their own would need 35 of the 32 "
      "32-bit containers. The action that ends a tunnel copies the inner\nheader's containers over "
      "the outer one's.\n\n"
      "| stage | table | kind | key | bits | selectors 32/16/8 | entries | what it does |\n"
      "|---|---|---|---|---|---|---|---|\n");
  for (const Planned& p : kPlan) {
    const Selectors s = selectors(p.key);
    const std::string name = p.name;
    require(s.bits <= rmt::kKeyBits && s.n32 <= rmt::kKeySel32 && s.n16 <= rmt::kKeySel16 &&
                s.n8 <= rmt::kKeySel8,
            name + ": key of " + std::to_string(s.bits) + " bits, " + std::to_string(s.n32) + "/" +
                std::to_string(s.n16) + "/" + std::to_string(s.n8) + " selectors");
    std::string key;
    for (const Key& k : p.key) key += (key.empty() ? "" : ", ") + std::string(k.field);
    std::printf("| %u | %s | %s | %s | %u | %u/%u/%u | %s | %s |\n", p.stage, p.name, p.kinds,
                key.c_str(), s.bits, s.n32, s.n16, s.n8, p.entries, p.does);
  }
  std::printf(
      "\nWhat the tables hand on, beside header fields:\n\n"
      "| name | bits | containers 32/16/8 | what |\n|---|---|---|---|\n");
  unsigned m8 = 0, m16 = 0, m32 = 0;
  for (const Metadata& m : kMetadata) {
    const Selectors s = selectors({{m.name, m.bits}});
    m32 += s.n32;
    m16 += s.n16;
    m8 += s.n8;
    std::printf("| %s | %u | %u/%u/%u | %s |\n", m.name, m.bits, s.n32, s.n16, s.n8, m.what);
  }
  require(n8 + m8 <= rmt::kNumC8 && n16 + m16 <= rmt::kNumC16 && n32 + m32 <= rmt::kNumC32,
          "the plan needs " + std::to_string(n8 + m8) + "/" + std::to_string(n16 + m16) + "/" +
              std::to_string(n32 + m32) + " containers");
  std::printf(
      "\nWith the default program's headers: %u of %u 8-bit, %u of %u 16-bit, %u of %u 32-bit "
      "containers.\n",
      n8 + m8, rmt::kNumC8, n16 + m16, rmt::kNumC16, n32 + m32, rmt::kNumC32);
  return 0;
}
