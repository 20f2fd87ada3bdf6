// SPDX-License-Identifier: Apache-2.0
#include "firmware/linux/network/network_config.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace fp::network {
namespace {

using config::Yaml;

constexpr uint8_t kTcp = 6, kUdp = 17, kIcmp = 1, kIcmpv6 = 58;  // IANA protocol numbers
constexpr size_t kMaxEndpoints = 16;
constexpr uint8_t kMaxQueue = 3;

// Reads one document; lists that others refer to come first.
class Reader {
 public:
  explicit Reader(const Yaml& root) : root_(root) {}

  NetworkConfig run() {
    root_.allow_keys({"ports", "l2", "vlans", "addresses", "neighbours", "routes", "acl", "vips",
                      "nat", "tunnels", "meters", "streams"});
    c_ = default_network_config();
    if (root_.has("ports")) ports(root_.at("ports"));
    each("meters", [&](const Yaml& n) { meter(n); });
    each("tunnels", [&](const Yaml& n) { tunnel(n); });
    each("vlans", [&](const Yaml& n) { vlan(n); });
    pairs();
    each("addresses", [&](const Yaml& n) { interface(n); });
    each("neighbours", [&](const Yaml& n) { neighbour(n); });
    each("routes", [&](const Yaml& n) { route(n); });
    each("acl", [&](const Yaml& n) { rule(n); });
    each("vips", [&](const Yaml& n) { vip(n); });
    each("nat", [&](const Yaml& n) { nat(n); });
    each("streams", [&](const Yaml& n) { stream(n); });
    for (size_t i = 0; i < c_.tunnels.size(); ++i) {
      if (tunnel_vlan_.count(i) == 0) {
        root_.at("tunnels").items()[i].fail("a tunnel of no VLAN", "it in one VLAN's tunnels");
      }
    }
    return std::move(c_);
  }

 private:
  template <class F>
  void each(const char* list, F&& read) {
    if (!root_.has(list)) return;
    for (const Yaml& item : root_.at(list).items()) read(item);
  }

  bool listed(uint8_t port) const {
    return std::find(c_.ports.begin(), c_.ports.end(), port) != c_.ports.end();
  }

  uint8_t listed_port(const Yaml& node) const {
    const uint8_t port = read_port(node);
    if (!listed(port)) node.expected("a port listed in ports");
    return port;
  }

  // Remembers `what` and refuses it the second time.
  void once(const Yaml& node, const std::string& what, const char* expected) {
    if (!seen_.insert(what).second) node.fail("a second " + what, expected);
  }

  void ports(const Yaml& node) {
    c_.ports.clear();
    for (const Yaml& item : node.items()) {
      const uint8_t port = read_port(item);
      if (listed(port)) item.fail("a second " + port_name(port), "each port once");
      c_.ports.push_back(port);
    }
    if (c_.ports.empty()) node.expected("at least one port");
    std::sort(c_.ports.begin(), c_.ports.end());
  }

  void pairs() {
    const auto free = [&](uint8_t p) { return listed(p) && vlan_ports_.count(p) == 0; };
    std::erase_if(c_.pairs, [&](const auto& p) { return !free(p.first) || !free(p.second); });
    if (!root_.has("l2")) return;
    const Yaml l2 = root_.at("l2");
    l2.allow_keys({"pairs"});
    c_.pairs.clear();
    std::set<uint8_t> used;
    for (const Yaml& item : l2.at("pairs").items()) {
      const std::vector<Yaml> ends = item.items();
      if (ends.size() != 2) item.expected("two ports");
      std::array<uint8_t, 2> pair{};
      for (size_t i = 0; i < 2; ++i) {
        pair[i] = listed_port(ends[i]);
        if (!free(pair[i])) ends[i].fail(port_name(pair[i]) + " of a VLAN", "a port in no VLAN");
        if (!used.insert(pair[i]).second) {
          ends[i].fail("a second " + port_name(pair[i]), "each port in at most one pair");
        }
      }
      c_.pairs.emplace_back(pair[0], pair[1]);
    }
  }

  void meter(const Yaml& node) {
    node.allow_keys({"name", "cir", "pir", "cbs", "pbs"});
    Meter m;
    m.name = node.at("name").text();
    once(node, "meter " + m.name, "each name once");
    m.cir = read_rate(node.at("cir"));
    m.pir = read_rate(node.at("pir"));
    m.cbs = read_size(node.at("cbs"));
    m.pbs = read_size(node.at("pbs"));
    if (m.pir < m.cir) node.at("pir").expected("a rate not below cir (RFC 2698 section 2)");
    c_.meters.push_back(m);
  }

  void tunnel(const Yaml& node) {
    node.allow_keys({"name", "vni", "local", "remote", "port", "tag", "source", "next_hop"});
    Tunnel t;
    t.name = node.at("name").text();
    once(node, "tunnel " + t.name, "each name once");
    const Yaml vni = node.at("vni");
    t.vni = static_cast<uint32_t>(vni.number((1u << 24) - 1));
    t.local = read_unicast(node.at("local"));
    t.remote = read_unicast(node.at("remote"));
    if (t.remote.v6 != t.local.v6) node.at("remote").expected("the family of local");
    t.port = listed_port(node.at("port"));
    if (node.has("tag")) t.tag = read_vlan(node.at("tag"));
    if (t.tag != 0 && t.local.v6) {
      node.at("tag").fail("a tag under IPv6",
                          "none: 4 + 70 bytes are more than the 72 that one egress edit inserts");
    }
    t.source = read_unicast_mac(node.at("source"));
    t.next_hop = read_unicast_mac(node.at("next_hop"));
    c_.tunnels.push_back(t);
  }

  size_t tunnel_index(const Yaml& node) const {
    const std::string name = node.text();
    for (size_t i = 0; i < c_.tunnels.size(); ++i) {
      if (c_.tunnels[i].name == name) return i;
    }
    node.expected("the name of a tunnel");
  }

  void add_member(Vlan& v, const Yaml& node, Member m) {
    for (const Member& other : v.members) {
      if (other.port == m.port) node.fail("a second " + port_name(m.port), "each port once a VLAN");
    }
    const std::string as =
        m.outer != 0 ? "S-tag " + std::to_string(m.outer) + " C-tag " + std::to_string(v.id)
        : m.tagged   ? "C-tag " + std::to_string(v.id)
                     : std::string("untagged");
    once(node, port_name(m.port) + " " + as, "each port untagged in at most one VLAN");
    vlan_ports_.insert(m.port);
    v.members.push_back(m);
  }

  size_t member_index(const Vlan& v, const Yaml& node) const {
    const uint8_t port = listed_port(node);
    for (size_t i = 0; i < v.members.size(); ++i) {
      if (v.members[i].port == port) return i;
    }
    node.expected("a port of this VLAN");
  }

  void vlan(const Yaml& node) {
    node.allow_keys({"id", "untagged", "tagged", "qinq", "tunnels", "stations"});
    Vlan v;
    v.id = read_vlan(node.at("id"));
    once(node, "VLAN " + std::to_string(v.id), "each VLAN once");
    const auto list = [&](const char* name, auto&& read) {
      if (!node.has(name)) return;
      for (const Yaml& item : node.at(name).items()) read(item);
    };
    list("untagged", [&](const Yaml& n) { add_member(v, n, {listed_port(n), false, 0}); });
    list("tagged", [&](const Yaml& n) { add_member(v, n, {listed_port(n), true, 0}); });
    list("qinq", [&](const Yaml& n) {
      n.allow_keys({"port", "outer"});
      add_member(v, n, {listed_port(n.at("port")), true, read_vlan(n.at("outer"))});
    });
    list("tunnels", [&](const Yaml& n) {
      const size_t t = tunnel_index(n);
      if (!tunnel_vlan_.emplace(t, v.id).second) n.expected("a tunnel of no other VLAN");
      v.tunnels.push_back(t);
    });
    list("stations", [&](const Yaml& n) { station(v, n); });
    if (v.members.empty() && v.tunnels.empty()) {
      node.expected("at least one port or tunnel");
    }
    c_.vlans.push_back(v);
  }

  void station(Vlan& v, const Yaml& node) {
    node.allow_keys({"mac", "port", "tunnel"});
    Station s;
    s.where = node.path();
    s.mac = read_unicast_mac(node.at("mac"));
    once(node, "station " + to_string(s.mac) + " in VLAN " + std::to_string(v.id),
         "each address once a VLAN");
    if (node.has("port") == node.has("tunnel")) node.expected("either port or tunnel");
    if (node.has("tunnel")) {
      s.at = Station::At::kTunnel;
      s.index = tunnel_index(node.at("tunnel"));
      if (std::find(v.tunnels.begin(), v.tunnels.end(), s.index) == v.tunnels.end()) {
        node.at("tunnel").expected("a tunnel of this VLAN");
      }
    } else if (const std::string name = node.at("port").text(); name == "vf") {
      s.at = Station::At::kVf;
    } else if (name == "cpu") {
      s.at = Station::At::kCpu;
    } else {
      s.index = member_index(v, node.at("port"));
    }
    v.stations.push_back(s);
  }

  size_t vlan_index(const Yaml& node) const {
    const uint16_t id = read_vlan(node);
    for (size_t i = 0; i < c_.vlans.size(); ++i) {
      if (c_.vlans[i].id == id) return i;
    }
    node.expected("the id of a VLAN");
  }

  void interface(const Yaml& node) {
    node.allow_keys({"vlan", "mac", "address"});
    Interface f;
    f.vlan = vlan_index(node.at("vlan"));
    once(node, "interface in VLAN " + std::to_string(c_.vlans[f.vlan].id),
         "at most one a VLAN (`address` takes a list)");
    f.mac = read_unicast_mac(node.at("mac"));
    for (const Station& s : c_.vlans[f.vlan].stations) {
      if (s.mac == f.mac) node.at("mac").expected("an address no station has");
    }
    const Yaml address = node.at("address");
    for (const Yaml& item : address.is_list() ? address.items() : std::vector<Yaml>{address}) {
      f.addresses.push_back(read_interface_address(item));
      once(item, "address " + to_string(f.addresses.back().address), "each address once");
    }
    if (f.addresses.empty()) address.expected("at least one address");
    c_.interfaces.push_back(f);
  }

  void neighbour(const Yaml& node) {
    node.allow_keys({"address", "mac"});
    Neighbour n;
    const Yaml address = node.at("address");
    n.address = read_unicast(address);
    once(node, "neighbour " + to_string(n.address), "each neighbour once");
    n.mac = read_unicast_mac(node.at("mac"));
    for (n.interface = 0; n.interface < c_.interfaces.size(); ++n.interface) {
      for (const InterfaceAddress& a : c_.interfaces[n.interface].addresses) {
        if (a.address == n.address) address.expected("another than the DPU's own");
        if (a.network.contains(n.address)) {
          c_.neighbours.push_back(n);
          return;
        }
      }
    }
    address.expected("an address in a network of `addresses`");
  }

  void route(const Yaml& node) {
    node.allow_keys({"prefix", "via"});
    Route r;
    r.prefix = read_prefix(node.at("prefix"));
    once(node, "route to " + to_string(r.prefix.address) + "/" + std::to_string(r.prefix.length),
         "each prefix once");
    const Yaml via = node.at("via");
    const IpAddress address = read_unicast(via);
    if (address.v6 != r.prefix.address.v6) via.expected("the family of prefix");
    for (r.neighbour = 0; r.neighbour < c_.neighbours.size(); ++r.neighbour) {
      if (c_.neighbours[r.neighbour].address == address) {
        c_.routes.push_back(r);
        return;
      }
    }
    via.expected("an address listed in neighbours");
  }

  // A protocol by name or number, and the family it belongs to.
  void protocol(const Yaml& node, AclRule& r) const {
    static const std::map<std::string, uint8_t> kNames = {
        {"tcp", kTcp}, {"udp", kUdp}, {"icmp", kIcmp}, {"icmpv6", kIcmpv6}};
    const auto name = kNames.find(node.text());
    r.protocol = name != kNames.end() ? name->second : static_cast<uint8_t>(node.number(255));
    if (name != kNames.end() && *r.protocol == kIcmp) family(node, r, false);
    if (name != kNames.end() && *r.protocol == kIcmpv6) family(node, r, true);
  }

  static void family(const Yaml& node, AclRule& r, bool v6) {
    if (r.v6 && *r.v6 != v6) node.expected("one address family in a rule");
    r.v6 = v6;
  }

  void rule(const Yaml& node) {
    node.allow_keys(
        {"action", "in", "protocol", "from", "to", "from_ports", "to_ports", "queue", "meter"});
    AclRule r;
    const Yaml action = node.at("action");
    if (action.text() != "permit" && action.text() != "deny") action.expected("permit or deny");
    r.permit = action.text() == "permit";
    if (node.has("in")) r.in = listed_port(node.at("in"));
    if (node.has("protocol")) protocol(node.at("protocol"), r);
    for (const auto& [key, prefix] : {std::pair{"from", &r.from}, std::pair{"to", &r.to}}) {
      if (!node.has(key)) continue;
      *prefix = read_prefix(node.at(key));
      family(node.at(key), r, (*prefix)->address.v6);
    }
    for (const auto& [key, range] :
         {std::pair{"from_ports", &r.from_ports}, std::pair{"to_ports", &r.to_ports}}) {
      if (!node.has(key)) continue;
      if (!r.protocol || (*r.protocol != kTcp && *r.protocol != kUdp)) {
        node.at(key).fail("ports without protocol tcp or udp", "one of them");
      }
      *range = read_port_range(node.at(key));
    }
    for (const char* key : {"queue", "meter"}) {
      if (!r.permit && node.has(key)) node.at(key).fail(key, "none in a rule that denies");
    }
    if (node.has("queue")) r.queue = static_cast<uint8_t>(node.at("queue").number(kMaxQueue));
    if (node.has("meter")) {
      const Yaml meter = node.at("meter");
      size_t i = 0;
      while (i < c_.meters.size() && c_.meters[i].name != meter.text()) ++i;
      if (i == c_.meters.size()) meter.expected("the name of a meter");
      r.meter = i;
    }
    c_.acl.push_back(r);
  }

  void vip(const Yaml& node) {
    node.allow_keys({"address", "port", "protocol", "endpoints"});
    Vip v;
    v.address = read_unicast(node.at("address"));
    v.port = read_l4_port(node.at("port"));
    if (node.has("protocol")) {
      const Yaml p = node.at("protocol");
      if (p.text() != "tcp" && p.text() != "udp") p.expected("tcp or udp");
      v.protocol = p.text() == "tcp" ? kTcp : kUdp;
    }
    const std::string proto = v.protocol == kTcp ? "tcp " : "udp ";
    once(node, proto + "service " + to_string(v.address) + " port " + std::to_string(v.port),
         "each service once");
    const Yaml endpoints = node.at("endpoints");
    for (const Yaml& item : endpoints.items()) {
      item.allow_keys({"address", "port"});
      Vip::Endpoint e;
      e.address = read_unicast(item.at("address"));
      if (e.address.v6 != v.address.v6) item.at("address").expected("the family of the service");
      e.port = item.has("port") ? read_l4_port(item.at("port")) : v.port;
      if (v.address.v6 && e.port != v.port) {
        item.at("port").fail(
            std::to_string(e.port),
            std::to_string(v.port) + ": an entry's action data holds an IPv6 address and no port");
      }
      // Its answers must name one service only.
      once(item, proto + "endpoint " + to_string(e.address) + " port " + std::to_string(e.port),
           "an endpoint of one service only");
      v.endpoints.push_back(e);
    }
    if (v.endpoints.empty() || v.endpoints.size() > kMaxEndpoints) {
      endpoints.expected("1 to " + std::to_string(kMaxEndpoints) + " endpoints");
    }
    c_.vips.push_back(v);
  }

  void nat(const Yaml& node) {
    node.allow_keys({"inside", "outside"});
    Nat n;
    n.inside = read_unicast(node.at("inside"));
    n.outside = read_unicast(node.at("outside"));
    if (n.inside.v6 != n.outside.v6) node.at("outside").expected("the family of inside");
    once(node, "translation of " + to_string(n.inside), "each address once");
    once(node, "translation to " + to_string(n.outside), "each address once");
    c_.nat.push_back(n);
  }

  void stream(const Yaml& node) {
    node.allow_keys({"address", "port", "service"});
    Stream s;
    s.address = read_unicast(node.at("address"));
    s.port = read_l4_port(node.at("port"));
    const Yaml service = node.at("service");
    if (service.text() != "echo") service.expected("echo");
    once(node, to_string(s.address) + " port " + std::to_string(s.port),
         "each address and port once");
    c_.streams.push_back(s);
  }

  const Yaml& root_;
  NetworkConfig c_;
  std::set<std::string> seen_;
  std::set<uint8_t> vlan_ports_;            // ports with a part in a VLAN
  std::map<size_t, uint16_t> tunnel_vlan_;  // tunnel -> VLAN
};

NetworkConfig read_config(const Yaml& root) {
  if (root.is_null()) root.expected("a map");
  return Reader(root).run();
}

}  // namespace

NetworkConfig default_network_config() {
  NetworkConfig c;
  c.ports = {0, 1, 2, 3};
  c.pairs = {{0, 1}, {2, 3}};
  return c;
}

NetworkConfig load_network_config(const std::string& file) {
  return read_config(Yaml::load_file(file));
}

NetworkConfig parse_network_config(const std::string& text, const std::string& name) {
  return read_config(Yaml::load_text(text, name));
}

}  // namespace fp::network
