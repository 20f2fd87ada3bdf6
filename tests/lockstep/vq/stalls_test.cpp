// SPDX-License-Identifier: Apache-2.0
//
// Rule 6 of verification.md: model and RTL, each in a world of its own with its own stalls, read
// delays and refusals, carry the same script. Only what may not depend on timing is compared: order
// and content of the data writes and freed messages, the bytes and ends of every stream, the
// segments of a ring whose bytes were announced at once, the events each ring must have sent.
#include <gtest/gtest.h>

#include <memory>

#include "Vrtl_vq_x.h"
#include "cmodel/vq/vq_model.hpp"
#include "sim-tb/lockstep/stall_compare.hpp"
#include "sim-tb/rtl_adapters/vq_rtl.hpp"
#include "tests/unit/vq/host.hpp"
#include "tests/unit/vq/world.hpp"

namespace fp::vq::test {
namespace {

constexpr unsigned kRings = 8;
constexpr unsigned kRingLog2 = 14;  // holds all bytes of the script: the host never takes any
constexpr unsigned kUnknown = kRings;

struct Message {
  unsigned ring;  // kUnknown: a connection without one
  std::vector<uint8_t> bytes;
  bool fin = false, stale = false;
};

struct Script {
  std::vector<Message> messages;              // to the host, in this order
  std::vector<std::vector<uint32_t>> tails;   // per ring, tx_tail writes
  std::array<std::string, kRings> to_host;    // what must lie in the rings
  std::array<uint32_t, kRings> refused = {};  // bytes that came after the stream's end

  explicit Script(uint64_t seed) {
    sim::Random r(seed);
    std::array<bool, kRings> ended = {};
    for (unsigned n = 0; n < 220; ++n) {
      Message m;
      m.ring = static_cast<unsigned>(r.below(kRings + (r.chance(5) ? 1 : 0)));
      m.bytes.resize(r.chance(5) ? 0 : 1 + r.below(800));
      for (uint8_t& b : m.bytes) b = static_cast<uint8_t>(r.next());
      if (m.ring != kUnknown) {
        m.stale = r.chance(5);
        std::string& ring = to_host[m.ring];
        if (ring.size() + m.bytes.size() > 1u << kRingLog2) continue;
        const bool taken = !m.stale && !ended[m.ring];
        m.fin = taken && r.chance(4);
        if (taken) ring.append(m.bytes.begin(), m.bytes.end());
        if (ended[m.ring] && !m.stale) refused[m.ring] += static_cast<uint32_t>(m.bytes.size());
        ended[m.ring] = ended[m.ring] || m.fin;
      }
      messages.push_back(std::move(m));
    }
    for (unsigned i = 0; i < kRings; ++i) {
      // Even rings announce all at once, so that their segments are given; odd ones in three steps.
      const auto all = static_cast<uint32_t>(9000 + r.below((1u << kRingLog2) - 9000));
      tails.push_back(i % 2 == 0 ? std::vector{all} : std::vector{all / 3, all / 2, all});
    }
  }
};

// Host memory, mbuf, firmware and host of one side.
class Side final : public Block {
 public:
  Side(VqIf& dut, const WorldOptions& options, const Script& script)
      : w(options), host(w, host_options()), script_(script) {
    connect_all(dut, w);
    for (unsigned i = 0; i < kRings; ++i) {
      for (uint32_t at = 0; at < script_.tails[i].back(); ++at) {
        w.memory[host.phys(host.tx_page(i), at)] = pattern(i, at);
      }
    }
    w.on_cycle = [this](uint64_t) { step(); };
    w.on_write = [this](const PcieWr& beat) {
      if (beat.addr >> kPageLog2 != Host::kEvPage) {
        data.push_back(beat);
        return;
      }
      uint32_t words[HostEvent::kWords] = {};
      std::memcpy(words, beat.data.data(), kEventBytes);
      events.push_back(HostEvent::unpack(words));
    };
    plan();
  }

  World w;
  Host host;  // for its addresses and rows; it does not act
  std::vector<PcieWr> data;
  std::vector<HostEvent> events;

  // Everything was offered and for a while nothing has moved.
  bool done() const { return offered_ && w.quiet() && w.now > w.last_activity + 3000; }

  // The bytes and ends towards mbuf of one connection; with `segments` also how they are cut. An
  // end may come in a segment of its own, so it is told as if it always did.
  std::vector<common::MsgDesc> segments(bool cut) const {
    std::vector<common::MsgDesc> out;
    for (common::MsgDesc d : w.from_host) {
      const bool fin = d.fin;
      d.ts = 0;
      d.fin = false;
      if (d.seg_len != 0 && cut && ring_of(d.conn_id) % 2 == 0) out.push_back(d);
      d.seg_len = 0;
      d.fin = true;
      if (fin) out.push_back(d);
    }
    return out;
  }
  // One entry per kind and event: kinds may share an event, and only `fin` fixes the tail.
  std::vector<HostEvent> told() const {
    std::vector<HostEvent> out;
    for (const HostEvent& e : events) {
      const auto put = [&](bool HostEvent::* kind) {
        if (!(e.*kind)) return;
        HostEvent one;
        one.ring = e.ring;
        one.gen = e.gen;
        one.*kind = true;
        if (kind == &HostEvent::fin) one.tail = e.tail;
        out.push_back(one);
      };
      for (auto kind : {&HostEvent::rx, &HostEvent::txfree, &HostEvent::fin, &HostEvent::rst,
                        &HostEvent::err, &HostEvent::gone, &HostEvent::open}) {
        put(kind);
      }
    }
    return out;
  }
  std::string in_ring(unsigned i) const {
    std::string bytes;
    for (uint32_t at = 0; at < script_.to_host[i].size(); ++at) {
      bytes += static_cast<char>(w.byte(host.phys(host.rx_page(i), at)));
    }
    return bytes;
  }

  void reset() override { w.reset(); }
  void eval(uint64_t now) override { w.eval(now); }
  void commit() override { w.commit(); }
  bool idle() const override { return false; }
  uint64_t wake_at() const override { return kNever; }
  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    World::zip_ports(a.w, b.w, f);
  }

 private:
  struct Access {
    bool write;
    uint32_t addr, data;
    uint32_t mask = 0, wanted = 0;  // a read is repeated until it shows this
  };
  static HostOptions host_options() {
    HostOptions o;
    o.rings = kRings;
    o.rx_log2 = o.tx_log2 = kRingLog2;
    o.ev_log2 = 6;
    return o;
  }
  static unsigned ring_of(uint32_t conn_id) {
    for (unsigned i = 0; i < kRings; ++i) {
      if (Host::conn_of(i) == conn_id) return i;
    }
    return kUnknown;
  }
  template <class Row>
  void table(TableId id, unsigned index, const Row& row) {
    uint32_t words[8] = {};
    row.pack(words);
    for (unsigned i = 0; i < Row::kWords; ++i)
      plan_.push_back({true, reg::kTblData + 4 * i, words[i]});
    plan_.push_back(
        {true, reg::kTblCmd,
         index | static_cast<uint32_t>(id) << 16 | static_cast<uint32_t>(TableOp::kWrite) << 28});
    plan_.push_back({false, reg::kTblStatus, 0, 3, 0});  // neither busy nor refused
  }
  void plan() {
    plan_.push_back({false, reg::kStatus, 0, 1, 1});
    const std::array<uint64_t, 3> first{Host::kEvPage, Host::kRxPage, Host::kTxPage};
    for (unsigned k = 0; k < 3; ++k) {
      WindowCfg c;
      c.base_page = c.target_page = first[k];
      c.pages = k == 0 ? 1 : kRings * host.ring_pages(kRingLog2);
      c.fn = host.o.fn;
      c.read = k == 2;
      c.write = k != 2;
      c.valid = true;
      table(TableId::kWindow, k, c);
    }
    table(TableId::kVq, 0, host.vq_cfg());
    for (unsigned i = 0; i < kRings; ++i) table(TableId::kRing, i, host.ring_cfg(i));
    plan_.push_back({true, reg::kCtrl, 1});
  }
  void step() {
    if (w.csr_busy) return;
    if (!plan_.empty()) {
      const Access& a = plan_.front();
      if (asked_ && (a.write || (w.csr_data & a.mask) == a.wanted)) {
        plan_.pop_front();
        asked_ = false;
        return;
      }
      w.csr_start(a.write, a.addr, a.data);
      asked_ = true;
      return;
    }
    if (!offered_) offer();
  }
  void offer() {
    offered_ = true;
    for (size_t n = 0; n < script_.messages.size(); ++n) {
      const Message& m = script_.messages[n];
      const bool known = m.ring != kUnknown;
      const uint8_t gen = known ? host.rings[m.ring].gen : 0;
      common::MsgDesc d = w.message(known ? Host::conn_of(m.ring) : 4,
                                    static_cast<uint8_t>(m.stale ? gen ^ 1 : gen), m.bytes);
      d.ts = n;
      d.fin = m.fin;
      if (d.n_cells != 0) w.set_desc(d);
      w.desc_rx.items.push_back(d);
    }
    w.doorbell(host.o.fn, host.vq_addr(1), 0);  // arm: the first event interrupts
    for (unsigned step = 0; step < 3; ++step) {
      for (unsigned i = 0; i < kRings; ++i) {
        if (step < script_.tails[i].size()) host.bell(i, 0, script_.tails[i][step]);
      }
    }
    for (unsigned i = 0; i < kRings; ++i) host.bell(i, 2, 1);  // fin
  }

  const Script& script_;
  std::deque<Access> plan_;
  bool asked_ = false, offered_ = false;
};

class VqStalls : public ::testing::TestWithParam<uint64_t> {};

TEST_P(VqStalls, ChangeNeitherOrderNorContent) {
  const Script script(GetParam());
  sim::Random r(GetParam() + 1000);
  sim::RtlOptions rtl;
  rtl.random_power_up = rtl.junk_payloads = true;
  rtl.seed = static_cast<int>(GetParam());
  sim::StallCompare<VqIf> compare(std::make_unique<VqModel>(),
                                  std::make_unique<VqRtl<Vrtl_vq_x>>(rtl), GetParam());
  const auto sides = compare.add([&](VqIf& dut) {
    return std::make_shared<Side>(
        dut,
        WorldOptions{.seed = r.next(),
                     .stall = static_cast<unsigned>(r.below(80)),
                     .read_delay = 1 + static_cast<unsigned>(r.below(200)),
                     .refuse = static_cast<unsigned>(r.below(20)),
                     .no_credit = static_cast<unsigned>(r.below(20))},
        script);
  });
  compare.compare_records<PcieWr>("data writes", sides, [](const Side& s) { return s.data; });
  compare.compare_records<uint64_t>("free", sides, [](const Side& s) {
    std::vector<uint64_t> numbers;
    for (const common::MsgDesc& d : s.w.freed) numbers.push_back(d.ts);
    return numbers;
  });
  compare.compare_records<common::MsgDesc>(
      "desc_tx", sides, [](const Side& s) { return s.segments(true); },
      [](const common::MsgDesc& d) { return uint64_t{d.conn_id}; });
  compare.compare_records<HostEvent>(
      "events", sides, [](const Side& s) { return s.told(); },
      [](const HostEvent& e) {
        return uint64_t{e.ring} << 3 | (e.rx ? 0u : e.txfree ? 1u : e.fin ? 2u : 3u);
      });
  compare.compare_records<uint64_t>("interrupts", sides,
                                    [](const Side& s) { return std::vector{s.w.interrupts}; });
  const auto diff = compare.run(400'000);
  ASSERT_FALSE(diff) << diff->port << " key " << diff->key << " [" << diff->index << "] "
                     << diff->field << " " << diff->found << " " << diff->expected;

  // Both agree; against the script both must also be right.
  for (const auto& side : sides) {
    EXPECT_EQ(side->w.live_cells(), 0u);
    EXPECT_EQ(side->w.interrupts, 1u);
    for (unsigned i = 0; i < kRings; ++i) {
      EXPECT_EQ(side->in_ring(i), script.to_host[i]) << "ring " << i;
      EXPECT_EQ(side->w.returned[Host::conn_of(i)], script.refused[i]) << "ring " << i;
      const auto& sent = side->w.tx_bytes[Host::conn_of(i)];
      ASSERT_EQ(sent.size(), script.tails[i].back()) << "ring " << i;
      for (uint32_t at = 0; at < sent.size(); ++at) {
        ASSERT_EQ(sent[at], pattern(i, at)) << "ring " << i << " byte " << at;
      }
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, VqStalls, ::testing::Range<uint64_t>(1, 9));

}  // namespace
}  // namespace fp::vq::test
