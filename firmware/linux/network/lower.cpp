// SPDX-License-Identifier: Apache-2.0
#include "firmware/linux/network/lower.hpp"

#include <algorithm>
#include <cmath>

#include "contract/common.hpp"
#include "firmware/linux/network/edits.hpp"

namespace fp::network {

namespace {

using common::PortId;
using pipeline::Entry;
using pipeline::KeyValue;
using Bytes = std::vector<uint8_t>;

constexpr uint8_t kV4 = 4, kV6 = 6;         // meta.l3, meta.route
constexpr uint32_t kFromTunnel = 1u << 31;  // of meta.bd_in and of the recirculated word
constexpr auto kCpu = static_cast<uint8_t>(PortId::kCpu);
constexpr unsigned kEntropyBuckets = 16;  // a VIP's flows are shared out in sixteenths

// n bytes, most significant first.
Bytes be(uint64_t value, unsigned n) {
  Bytes bytes(n);
  for (unsigned i = 0; i < n; ++i) bytes[i] = static_cast<uint8_t>(value >> 8 * (n - 1 - i));
  return bytes;
}
Bytes u8(uint64_t v) { return be(v, 1); }
Bytes u16(uint64_t v) { return be(v, 2); }
Bytes u32(uint64_t v) { return be(v, 4); }
Bytes bytes_of(const Mac& mac) { return {mac.begin(), mac.end()}; }
Bytes bytes_of(const IpAddress& a) { return {a.bytes.begin(), a.bytes.begin() + (a.v6 ? 16 : 4)}; }

KeyValue masked(Bytes value, Bytes mask) {
  return KeyValue::masked(std::move(value), std::move(mask));
}
KeyValue prefixed(Bytes value, unsigned length) {
  return KeyValue::prefixed(std::move(value), length);
}

// The first `length` bits of n bytes.
Bytes prefix_mask(unsigned length, unsigned n) {
  Bytes mask(n);
  for (unsigned bit = 0; bit < length; ++bit) {
    mask[bit / 8] = static_cast<uint8_t>(mask[bit / 8] | 0x80u >> bit % 8);
  }
  return mask;
}
KeyValue masked(const Prefix& p) {
  return masked(bytes_of(p.address), prefix_mask(p.length, p.address.bits() / 8));
}

uint8_t family(const IpAddress& a) { return a.v6 ? kV6 : kV4; }
const char* src_of(bool v6) { return v6 ? "ipv6.src" : "ipv4.src"; }
const char* dst_of(bool v6) { return v6 ? "ipv6.dst" : "ipv4.dst"; }

// Aligned blocks that together make a range of 16-bit numbers.
struct Block {
  uint16_t value, mask;
};
std::vector<Block> blocks_of(uint32_t first, uint32_t last) {
  std::vector<Block> blocks;
  while (first <= last) {
    uint32_t size = first == 0 ? 0x10000 : first & (~first + 1);
    while (first + size - 1 > last) size /= 2;
    blocks.push_back({static_cast<uint16_t>(first), static_cast<uint16_t>(~(size - 1))});
    first += size;
  }
  return blocks;
}

// Builds the tables one network.yaml list after the other.
class Lowering {
 public:
  Lowering(const NetworkConfig& config, const std::string& where, uint64_t clock_hz)
      : c_(config), where_(where), clock_hz_(clock_hz) {}

  MeshTables run() {
    pairs();
    members();
    tunnels();
    routers();
    acl();
    translations();
    streams();
    routes();
    switching();
    meters();
    return std::move(out_);
  }

 private:
  std::string at(const std::string& list) const { return where_ + ": " + list; }
  std::string at(const std::string& list, size_t i) const {
    return at(list + "[" + std::to_string(i) + "]");
  }

  void add(const char* table, std::map<std::string, KeyValue> key, const char* action,
           const std::map<std::string, Bytes>& params, const std::string& where,
           uint32_t priority = 0) {
    Entry e{.table = table,
            .key = std::move(key),
            .action = action,
            .params = {},
            .where = where,
            .priority = priority};
    for (const auto& [name, bytes] : params) e.params.emplace(name, pipeline::ParamValue(bytes));
    out_.entries.push_back(std::move(e));
  }

  uint8_t edit(const rmt::EgressEdit& row, const std::string& where) {
    const size_t index = out_.extras.edits.size() + 1;  // 0 leaves a frame alone
    if (index >= rmt::kNumEdits) {
      throw config::InputError(where + ": found more than " + std::to_string(rmt::kNumEdits - 1) +
                               " tagged ports and tunnels, expected no more");
    }
    out_.extras.edits.push_back({static_cast<uint32_t>(index), row, where});
    return static_cast<uint8_t>(index);
  }

  static uint16_t zone(uint8_t l3, uint8_t port) { return static_cast<uint16_t>(l3 << 8 | port); }
  static uint32_t bd(const Vlan& v) { return v.id; }

  void pairs() {
    const auto wire = [&](uint8_t a, uint8_t b, const std::string& where) {
      add("pairs", {{"meta.in_port", {u8(a)}}, {"ipv4.version", {u8(kV4)}}}, "wire4",
          {{"port", u8(b)}, {"zone", u16(zone(kV4, a))}}, where);
      add("pairs", {{"meta.in_port", {u8(a)}}, {"ipv6.version", {u8(kV6)}}}, "wire6",
          {{"port", u8(b)}, {"zone", u16(zone(kV6, a))}}, where);
      add("pairs", {{"meta.in_port", {u8(a)}}}, "wire", {{"port", u8(b)}}, where, 1);
    };
    for (size_t i = 0; i < c_.pairs.size(); ++i) {
      wire(c_.pairs[i].first, c_.pairs[i].second, at("l2.pairs", i));
      wire(c_.pairs[i].second, c_.pairs[i].first, at("l2.pairs", i));
    }
    // What the TOE sends leaves by the MAC port it names.
    for (const uint8_t port : c_.ports) {
      const auto from = static_cast<uint8_t>(static_cast<uint8_t>(PortId::kToeP0) + port);
      add("pairs", {{"meta.in_port", {u8(from)}}}, "wire", {{"port", u8(port)}}, at("ports"));
    }
  }

  // Member ports of a domain. Where the router has an address, or a station is the control core,
  // its port is a tagged member: frames to it and from it tell their domain by the tag.
  std::vector<Member> members_of(size_t vlan) const {
    const Vlan& v = c_.vlans[vlan];
    std::vector<Member> all = v.members;
    const bool router = std::any_of(c_.interfaces.begin(), c_.interfaces.end(),
                                    [&](const Interface& f) { return f.vlan == vlan; });
    const bool station = std::any_of(v.stations.begin(), v.stations.end(),
                                     [](const Station& s) { return s.at == Station::At::kCpu; });
    if (router || station) all.push_back({.port = kCpu, .tagged = true});
    return all;
  }

  uint8_t tag_of(size_t vlan, uint8_t port) const {
    const auto tag = tags_.find({vlan, port});
    return tag == tags_.end() ? uint8_t{0} : tag->second;
  }

  // The three ways into a bridge domain: as IPv4, as IPv6, as anything else.
  void enter(std::map<std::string, KeyValue> key, size_t vlan, uint32_t domain_in, uint8_t port,
             const std::string& where) {
    std::map<std::string, Bytes> params = {{"bd", u32(bd(c_.vlans[vlan]))},
                                           {"bd_in", u32(domain_in)},
                                           {"edit", u8(tag_of(vlan, kCpu))}};
    add("ingress", key, "enter", params, where);
    params["zone"] = u16(zone(kV4, port));
    key["ipv4.version"] = {u8(kV4)};
    add("ingress", key, "enter4", params, where);
    params["zone"] = u16(zone(kV6, port));
    key.erase("ipv4.version");
    key["ipv6.version"] = {u8(kV6)};
    add("ingress", key, "enter6", params, where);
  }

  void members() {
    std::vector<bool> vlan_port(kCpu + 1);
    for (size_t i = 0; i < c_.vlans.size(); ++i) {
      for (const Member& m : members_of(i)) {
        if (m.tagged) tags_[{i, m.port}] = edit(tag_edit(c_.vlans[i].id, m), at("vlans", i));
      }
    }
    for (size_t i = 0; i < c_.vlans.size(); ++i) {
      const Vlan& v = c_.vlans[i];
      for (const Member& m : members_of(i)) {
        vlan_port[m.port] = true;
        std::map<std::string, KeyValue> key = {{"meta.in_port", {u8(m.port)}}};
        if (m.outer != 0) key["svlan0.vid"] = {u16(m.outer)};
        if (m.tagged) key["vlan0.vid"] = {u16(v.id)};
        enter(key, i, bd(v), m.port, at("vlans", i));
        if (m.tagged) {
          add("egress", {{"meta.out_port", {u8(m.port)}}, {"meta.bd", {u32(bd(v))}}}, "push",
              {{"edit", u8(tag_of(i, m.port))}}, at("vlans", i));
        }
        // IEEE 802.1Q section 8.6.1: never back where it came from, unless a router sent it.
        add("filters",
            {{"meta.in_port", {u8(m.port)}},
             {"meta.out_port", {u8(m.port)}},
             {"meta.bd", {u32(bd(v))}},
             {"meta.bd_in", {u32(bd(v))}}},
            "filter", {{"reason", u8(static_cast<uint8_t>(rmt::Reason::kProgram))}},
            at("vlans", i));
      }
    }
    for (uint8_t port = 0; port < vlan_port.size(); ++port) {
      if (!vlan_port[port]) continue;
      add("filters", {{"meta.in_port", {u8(port)}}, {"meta.bd_in", {u32(0)}}}, "filter",
          {{"reason", u8(static_cast<uint8_t>(rmt::Reason::kVlan))}}, at("vlans"), 1);
    }
  }

  void tunnels() {
    std::vector<IpAddress> local;
    for (size_t i = 0; i < c_.vlans.size(); ++i) {
      for (const size_t t : c_.vlans[i].tunnels) tunnel_vlan_[t] = i;
    }
    for (size_t i = 0; i < c_.tunnels.size(); ++i) {
      const Tunnel& t = c_.tunnels[i];
      tunnel_edit_[i] = edit(tunnel_edit(t), at("tunnels", i));
      const size_t vlan = tunnel_vlan_.at(i);
      const uint32_t word = kFromTunnel | bd(c_.vlans[vlan]);
      add("tunnels",
          {{"meta.l3", {u8(family(t.local))}},
           {dst_of(t.local.v6), {bytes_of(t.local)}},
           {"vxlan.vni", {be(t.vni, 3)}}},
          "end_tunnel", {{"word", u32(word)}}, at("tunnels", i));
      enter({{"meta.in_port", {u8(static_cast<uint8_t>(PortId::kRecirc))}},
             {"meta.recirc", {u32(word)}}},
            vlan, word, static_cast<uint8_t>(PortId::kRecirc), at("tunnels", i));
      if (std::find(local.begin(), local.end(), t.local) == local.end()) {
        local.push_back(t.local);
        add("tunnels",
            {{"meta.l3", {u8(family(t.local))}}, {dst_of(t.local.v6), {bytes_of(t.local)}}},
            "no_tunnel", {}, at("tunnels", i), 1);
      }
    }
  }

  void routers() {
    // IPv6 counts its payload only.
    add("lengths", {{"meta.zone", prefixed(u16(zone(kV6, 0)), 8)}}, "header6", {}, where_);
    for (size_t i = 0; i < c_.interfaces.size(); ++i) {
      const Interface& f = c_.interfaces[i];
      for (const bool v6 : {false, true}) {
        if (std::none_of(f.addresses.begin(), f.addresses.end(),
                         [&](const InterfaceAddress& a) { return a.address.v6 == v6; })) {
          continue;
        }
        add("routers",
            {{"meta.l3", {u8(v6 ? kV6 : kV4)}},
             {"meta.bd", {u32(bd(c_.vlans[f.vlan]))}},
             {"ethernet.dst", {bytes_of(f.mac)}}},
            v6 ? "routed6" : "routed4", {}, at("addresses", i));
      }
    }
  }

  void acl() {
    for (size_t i = 0; i < c_.acl.size(); ++i) {
      const AclRule& r = c_.acl[i];
      for (const bool v6 : {false, true}) {
        if (r.v6.value_or(v6) == v6) acl_entries(i, r, v6);
      }
    }
    // Whatever no rule decides: it gets its flow hash here, too.
    for (const uint8_t l3 : {kV4, kV6}) {
      add("acl", {{"meta.zone", masked(u16(zone(l3, 0)), u16(0xff00))}}, "permit",
          {{"queue", u8(0)}, {"meter", u32(0)}}, at("acl"), static_cast<uint32_t>(c_.acl.size()));
    }
  }

  void acl_entries(size_t i, const AclRule& r, bool v6) {
    std::map<std::string, KeyValue> key;
    key["meta.zone"] =
        masked(u16(zone(v6 ? kV6 : kV4, r.in.value_or(0))), u16(r.in ? 0xffff : 0xff00));
    if (r.protocol) key["meta.proto"] = {u8(*r.protocol)};
    if (r.from) key[src_of(v6)] = masked(*r.from);
    if (r.to) key[dst_of(v6)] = masked(*r.to);
    std::map<std::string, Bytes> params;
    if (r.permit) params = {{"queue", u8(r.queue)}, {"meter", u32(r.meter ? *r.meter + 1 : 0)}};
    for (const Block& from : blocks_of(r.from_ports.first, r.from_ports.last)) {
      for (const Block& to : blocks_of(r.to_ports.first, r.to_ports.last)) {
        if (!r.from_ports.all()) key["tcp.sport"] = masked(u16(from.value), u16(from.mask));
        if (!r.to_ports.all()) key["tcp.dport"] = masked(u16(to.value), u16(to.mask));
        add("acl", key, r.permit ? "permit" : "deny", params, at("acl", i),
            static_cast<uint32_t>(i));
      }
    }
  }

  void translations() {
    uint32_t priority = 0;
    for (size_t i = 0; i < c_.vips.size(); ++i, ++priority) vip(i, c_.vips[i], priority);
    for (size_t i = 0; i < c_.nat.size(); ++i, ++priority) {
      const Nat& n = c_.nat[i];
      const bool v6 = n.inside.v6;
      const KeyValue l3 = {u8(family(n.inside))};
      add("nat", {{"meta.l3", l3}, {src_of(v6), {bytes_of(n.inside)}}}, v6 ? "src6" : "src4_host",
          {{"address", bytes_of(n.outside)}}, at("nat", i), priority);
      add("nat", {{"meta.l3", l3}, {dst_of(v6), {bytes_of(n.outside)}}}, v6 ? "dst6" : "dst4_host",
          {{"address", bytes_of(n.inside)}}, at("nat", i), priority);
    }
  }

  void vip(size_t i, const Vip& v, uint32_t priority) {
    const bool v6 = v.address.v6;
    const auto params = [&](const IpAddress& address, uint16_t port) {
      std::map<std::string, Bytes> p = {{"address", bytes_of(address)}};
      if (!v6) p["port"] = u16(port);
      return p;
    };
    const std::map<std::string, KeyValue> any = {{"meta.l3", {u8(family(v.address))}},
                                                 {"meta.proto", {u8(v.protocol)}}};
    for (size_t e = 0; e < v.endpoints.size(); ++e) {
      const auto share = [&](size_t k) {  // of the flow hashes
        return static_cast<uint32_t>(k * kEntropyBuckets / v.endpoints.size() *
                                     (0x10000 / kEntropyBuckets));
      };
      for (const Block& hashes : blocks_of(share(e), share(e + 1) - 1)) {
        auto key = any;
        key[dst_of(v6)] = {bytes_of(v.address)};
        key["tcp.dport"] = {u16(v.port)};
        if (v.endpoints.size() > 1) {
          key["meta.entropy"] = masked(u16(hashes.value), u16(hashes.mask));
        }
        add("nat", key, v6 ? "dst6" : "dst4", params(v.endpoints[e].address, v.endpoints[e].port),
            at("vips", i), priority);
        if (v.endpoints.size() == 1) break;
      }
      auto key = any;
      key[src_of(v6)] = {bytes_of(v.endpoints[e].address)};
      key["tcp.sport"] = {u16(v.endpoints[e].port)};
      add("nat", key, v6 ? "src6" : "src4", params(v.address, v.port), at("vips", i), priority);
    }
  }

  void streams() {
    for (size_t i = 0; i < c_.streams.size(); ++i) {
      const Stream& s = c_.streams[i];
      add("streams",
          {{"meta.l3", {u8(family(s.address))}},
           {dst_of(s.address.v6), {bytes_of(s.address)}},
           {"tcp.dport", {u16(s.port)}}},
          "to_toe", {}, at("streams", i));
    }
  }

  void route(const Prefix& p, const char* action, std::map<std::string, Bytes> params,
             const std::string& where) {
    add("routes",
        {{"meta.route", {u32(family(p.address))}},
         {dst_of(p.address.v6), prefixed(bytes_of(p.address), p.length)}},
        action, std::move(params), where);
  }

  std::map<std::string, Bytes> next_hop(const Neighbour& n) const {
    const Interface& f = c_.interfaces[n.interface];
    return {{"bd", u32(bd(c_.vlans[f.vlan]))}, {"dst", bytes_of(n.mac)}, {"src", bytes_of(f.mac)}};
  }

  static Prefix host(const IpAddress& a) { return {a, static_cast<uint8_t>(a.bits())}; }

  // A prefix that the file names twice, as route and as network, is the route's.
  bool routed(const Prefix& p) const {
    return std::any_of(c_.routes.begin(), c_.routes.end(),
                       [&](const Route& r) { return r.prefix == p; });
  }

  void routes() {
    if (c_.interfaces.empty()) return;
    for (const uint8_t l3 : {kV4, kV6}) {
      // Hop limit 0 or 1.
      add("hop_limits", {{"meta.route", {u32(l3)}}, {"ipv6.hlim", masked(u8(0), u8(0xfe))}},
          "expired", {}, at("addresses"));
      Prefix all;
      all.address.v6 = l3 == kV6;
      if (!routed(all)) route(all, "unreachable", {}, at("addresses"));
    }
    for (size_t i = 0; i < c_.interfaces.size(); ++i) {
      for (const InterfaceAddress& a : c_.interfaces[i].addresses) {
        route(host(a.address), "local", {}, at("addresses", i));
        if (!routed(a.network) && a.network.length < a.address.bits()) {
          route(a.network, "unreachable", {}, at("addresses", i));
        }
      }
    }
    for (size_t i = 0; i < c_.neighbours.size(); ++i) {
      const Neighbour& n = c_.neighbours[i];
      if (!routed(host(n.address))) {
        route(host(n.address), "next_hop", next_hop(n), at("neighbours", i));
      }
    }
    for (size_t i = 0; i < c_.routes.size(); ++i) {
      route(c_.routes[i].prefix, "next_hop", next_hop(c_.neighbours[c_.routes[i].neighbour]),
            at("routes", i));
    }
  }

  void station(const Vlan& v, const Mac& mac, const char* action,
               std::map<std::string, Bytes> params, const std::string& where) {
    add("stations", {{"meta.bd", {u32(bd(v))}}, {"ethernet.dst", {bytes_of(mac)}}}, action,
        std::move(params), where);
  }

  void switching() {
    for (size_t i = 0; i < c_.vlans.size(); ++i) {
      const Vlan& v = c_.vlans[i];
      for (const Station& s : v.stations) {
        const std::string where = at(s.where);
        switch (s.at) {
          case Station::At::kPort:
            station(v, s.mac, "to_port", {{"port", u8(v.members[s.index].port)}}, where);
            break;
          case Station::At::kVf:
            station(v, s.mac, "to_port", {{"port", u8(static_cast<uint8_t>(PortId::kVf))}}, where);
            break;
          case Station::At::kCpu:
            station(v, s.mac, "to_port", {{"port", u8(kCpu)}}, where);
            break;
          case Station::At::kTunnel:
            station(
                v, s.mac, "to_tunnel",
                {{"port", u8(c_.tunnels[s.index].port)}, {"edit", u8(tunnel_edit_.at(s.index))}},
                where);
            break;
        }
      }
      flood(i, From::kMember);
      flood(i, From::kRouter);
      if (!v.tunnels.empty()) flood(i, From::kTunnel);
    }
    for (size_t i = 0; i < c_.interfaces.size(); ++i) {
      const Interface& f = c_.interfaces[i];
      station(c_.vlans[f.vlan], f.mac, "local", {}, at("addresses", i));
    }
  }

  // Who sent a frame into a domain, as meta.bd_in tells: a member has the domain's own number
  // there, a tunnel bit 31, the router anything else.
  enum class From { kMember, kTunnel, kRouter };

  // Frames for nobody known: to every member but the one they came from. What came out of a tunnel
  // goes into none: every end has its own tunnel to every other.
  void flood(size_t vlan, From from) {
    const Vlan& v = c_.vlans[vlan];
    const std::string where = at("vlans", vlan);
    rmt::McastGroup group;
    size_t n = 0;
    const auto copy = [&](uint8_t port, uint8_t edit, bool prune) {
      if (n == rmt::kGroupCopies) {
        throw config::InputError(where + ": found more than " + std::to_string(n) +
                                 " members, tunnels and routers, expected no more");
      }
      group.copy[n++] = {.en = true, .port = port, .queue = 0, .edit = edit, .prune = prune};
    };
    for (const Member& m : members_of(vlan)) {
      copy(m.port, tag_of(vlan, m.port), from == From::kMember);
    }
    if (from != From::kTunnel) {
      for (const size_t t : v.tunnels) copy(c_.tunnels[t].port, tunnel_edit_.at(t), false);
    }
    const auto index = static_cast<uint16_t>(out_.extras.groups.size());
    if (index >= rmt::kNumGroups) {
      throw config::InputError(where + ": found more than " + std::to_string(rmt::kNumGroups) +
                               " multicast groups, expected up to three a VLAN");
    }
    out_.extras.groups.push_back({index, group, where});
    KeyValue sender = prefixed(u32(0), 0);
    if (from == From::kMember) sender = prefixed(u32(bd(v)), 32);
    if (from == From::kTunnel) sender = prefixed(u32(kFromTunnel), 1);
    add("floods", {{"meta.bd", {u32(bd(v))}}, {"meta.bd_in", sender}}, "flood",
        {{"group", u16(index)}}, where);
  }

  // Bits a second as bytes a cycle in 1/65536 (rmt.yaml, meter_cfg).
  uint32_t rate(uint64_t bits, const std::string& where) const {
    const double per_cycle = static_cast<double>(bits) / 8 * 65536 / static_cast<double>(clock_hz_);
    const int64_t value = std::llround(per_cycle);
    if (value < 1 || value > UINT32_MAX) {
      throw config::InputError(where + ": found " + std::to_string(bits) + " bit/s, expected " +
                               std::to_string(clock_hz_ * 8 / 65536 + 1) + " to " +
                               std::to_string(clock_hz_ * 8 * 65535) + " at this clock");
    }
    return static_cast<uint32_t>(value);
  }

  void meters() {
    for (size_t i = 0; i < c_.meters.size(); ++i) {
      const Meter& m = c_.meters[i];
      rmt::MeterCfg cfg;
      cfg.cir = rate(m.cir, at("meters", i));
      cfg.pir = rate(m.pir, at("meters", i));
      cfg.cbs = m.cbs;
      cfg.pbs = m.pbs;
      out_.extras.meters.push_back({"meters", static_cast<uint32_t>(i), cfg, at("meters", i)});
      add("meters", {{"meta.meter", {u32(i + 1)}}}, "police", {{"row", u16(i)}}, at("meters", i));
    }
  }

  const NetworkConfig& c_;
  std::string where_;
  uint64_t clock_hz_;
  MeshTables out_;
  std::map<std::pair<size_t, uint8_t>, uint8_t> tags_;  // {VLAN, port} -> edit
  std::map<size_t, size_t> tunnel_vlan_;
  std::map<size_t, uint8_t> tunnel_edit_;
};

}  // namespace

MeshTables mesh_tables(const NetworkConfig& config, const std::string& where, uint64_t clock_hz) {
  return Lowering(config, where, clock_hz).run();
}

std::vector<mailbox::Listen> listeners(const NetworkConfig& config) {
  std::vector<mailbox::Listen> out;
  for (const Stream& s : config.streams) {
    mailbox::Listen listen;
    listen.family = s.address.v6 ? mailbox::Family::kIpv6 : mailbox::Family::kIpv4;
    listen.vq = 0;
    listen.port = s.port;
    listen.address = s.address.bytes;
    out.push_back(listen);
  }
  return out;
}

std::vector<mailbox::InterfaceAddress> interface_addresses(const NetworkConfig& config) {
  std::vector<mailbox::InterfaceAddress> out;
  for (const Interface& f : config.interfaces) {
    for (const InterfaceAddress& a : f.addresses) {
      mailbox::InterfaceAddress body;
      body.family = a.address.v6 ? mailbox::Family::kIpv6 : mailbox::Family::kIpv4;
      body.prefix = a.network.length;
      body.vlan = config.vlans[f.vlan].id;
      body.mac = f.mac;
      body.address = a.address.bytes;
      out.push_back(body);
    }
  }
  return out;
}

}  // namespace fp::network
