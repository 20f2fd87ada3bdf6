// SPDX-License-Identifier: Apache-2.0
//
// ideal_stream between a wire and a message buffer written for this test: every in-order byte of a
// recorded connection arrives once, in order, as messages; every byte of an answer leaves in
// segments a peer would accept.
#include "sim-tb/platform/ideal_stream.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "sim-tb/lockstep/ticker.hpp"

namespace fp::platform {
namespace {

using Frame = std::vector<uint8_t>;

// Sends whole frames, one beat a cycle, and collects those that come back.
class WireEnd : public Block {
 public:
  Tx<common::PktBeat> to_stream;
  Rx<common::PktBeat> from_stream;
  std::deque<Frame> to_send;
  std::vector<Frame> got;
  bool stall = false;

  void reset() override { out_.reset(); }
  void eval(uint64_t now) override {
    out_.begin();
    if (from_stream.fires()) {
      const common::PktBeat& b = *from_stream.data;
      EXPECT_NE(b.tag & 0x80000000u, 0u);
      EXPECT_EQ(b.port, common::PortId::kToeP2) << "names the wire the flow came by";
      if (b.sop) current_.clear();
      current_.insert(current_.end(), b.data.begin(), b.data.begin() + b.nbytes);
      if (b.eop) got.push_back(current_);
    }
    if (!to_send.empty() && out_.can_push()) {
      const Frame& f = to_send.front();
      common::PktBeat b;
      const size_t n = std::min<size_t>(64, f.size() - at_);
      std::copy_n(f.begin() + static_cast<std::ptrdiff_t>(at_), n, b.data.begin());
      b.nbytes = static_cast<uint8_t>(n);
      b.sop = at_ == 0;
      at_ += n;
      b.eop = at_ == f.size();
      b.port = common::PortId::kP2;
      out_.push(b);
      if (b.eop) {
        to_send.pop_front();
        at_ = 0;
      }
    }
    ready_ = !stall || now % 5 == 0;
  }
  void commit() override {
    out_.commit();
    from_stream.ready = ready_;
  }
  bool idle() const override { return !to_stream.valid && to_send.empty() && !stall; }
  uint64_t wake_at() const override { return kNever; }
  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("to", a.to_stream, b.to_stream);
    f("from", a.from_stream, b.from_stream);
  }

 private:
  StreamOut<common::PktBeat> out_{to_stream};
  Frame current_;
  size_t at_ = 0;
  bool ready_ = false;
};

// Message buffer and virtual queue in one: stores segments, hands them to the "host", which may
// echo them. Credit is what the test says.
class Back : public Block {
 public:
  Rx<common::ConnRef> cq;
  Tx<mbuf::MbufCredit> cr;
  Tx<common::ConnRef> cevt;
  Rx<mbuf::MbufWr> wr;
  Tx<common::MsgDesc> desc;
  Rx<mbuf::MbufRd> rd;
  Tx<mbuf::MbufRdata> rdata;
  Rx<common::MsgDesc> free;
  Rx<mbuf::MbufCret> cret;
  Rx<common::MsgDesc> desc_rx;
  Tx<common::MsgDesc> desc_tx;

  bool echo = false;
  uint32_t credit = 1 << 20;        // bytes a query is granted
  unsigned refuse_every = 0;        // n-th segment refused with no_cells
  bool dead = false;                // refuses for good
  std::map<uint32_t, Frame> bytes;  // by connection, what the host got
  std::map<uint32_t, int> fins, rsts, messages;
  std::map<uint16_t, Frame> cells;  // stored segments
  uint64_t returned = 0;            // bytes given back by cret
  std::deque<common::MsgDesc> to_stream;
  std::deque<common::ConnRef> events;

  void reset() override {
    for_outputs([](auto& o) { o.reset(); });
  }
  void eval(uint64_t) override {
    for_outputs([](auto& o) { o.begin(); });
    if (cq.fires()) {
      const bool none = credit == 0;
      answers_.push_back({.conn = *cq.data, .bytes = credit, .cells = 64, .ok = !dead});
      if (none) starving_ = *cq.data;
    }
    if (wr.fires()) write(*wr.data);
    if (desc_rx.fires()) deliver(*desc_rx.data);
    if (rd.fires()) {
      const Frame& f = cells.at(rd.data->first_cell);
      EXPECT_EQ(rd.data->len, f.size());
      reads_.push_back({f, 0});
    }
    if (free.fires()) {
      EXPECT_EQ(cells.erase(free.data->first_cell), 1u);
    }
    if (cret.fires()) returned += cret.data->bytes;
    if (starving_ && credit > 0) {
      events.push_back(*starving_);
      starving_.reset();
    }
    emit(out_cr_, answers_);
    emit(out_desc_, descs_);
    emit(out_desc_tx_, to_stream);
    emit(out_cevt_, events);
    if (!reads_.empty() && out_rdata_.can_push()) {
      auto& [f, at] = reads_.front();
      mbuf::MbufRdata beat;
      const size_t n = std::min<size_t>(64, f.size() - at);
      std::copy_n(f.begin() + static_cast<std::ptrdiff_t>(at), n, beat.data.begin());
      beat.nbytes = static_cast<uint8_t>(n);
      at += n;
      beat.last = at == f.size();
      out_rdata_.push(beat);
      if (beat.last) reads_.pop_front();
    }
  }
  void commit() override {
    for_outputs([](auto& o) { o.commit(); });
    cq.ready = wr.ready = rd.ready = free.ready = cret.ready = desc_rx.ready = true;
  }
  bool idle() const override {
    return !cr.valid && !desc.valid && !rdata.valid && !desc_tx.valid && !cevt.valid &&
           answers_.empty() && descs_.empty() && to_stream.empty() && events.empty() &&
           reads_.empty() && cq.ready && !(starving_ && credit > 0);
  }
  uint64_t wake_at() const override { return kNever; }
  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("cq", a.cq, b.cq);
    f("wr", a.wr, b.wr);
    f("rd", a.rd, b.rd);
    f("free", a.free, b.free);
    f("cret", a.cret, b.cret);
    f("desc_rx", a.desc_rx, b.desc_rx);
  }

 private:
  template <class F>
  void for_outputs(F&& f) {
    f(out_cr_);
    f(out_cevt_);
    f(out_desc_);
    f(out_rdata_);
    f(out_desc_tx_);
  }
  template <class T>
  static void emit(StreamOut<T>& out, std::deque<T>& queue) {
    if (queue.empty() || !out.can_push()) return;
    out.push(queue.front());
    queue.pop_front();
  }
  void write(const mbuf::MbufWr& w) {
    current_.insert(current_.end(), w.data.begin(), w.data.begin() + w.nbytes);
    if (!w.last) return;
    EXPECT_LE(current_.size(), std::max(credit, 1u));
    common::MsgDesc d;
    d.conn_id = w.conn.conn_id;
    d.gen = w.conn.gen;
    d.dir = w.dir;
    d.cls = w.cls;
    if (dead || (refuse_every != 0 && ++segments_ % refuse_every == 0)) {
      d.err = true;
      d.err_code = static_cast<uint8_t>(
          static_cast<uint16_t>(dead ? mbuf::Reason::kMbufStale : mbuf::Reason::kMbufNoCells));
      if (!dead) events.push_back(w.conn);
    } else {
      d.seg_len = static_cast<uint16_t>(current_.size());
      d.first_cell = next_cell_++;
      d.n_cells = static_cast<uint8_t>((current_.size() + 255) / 256);
      d.som = w.som;
      d.eom = w.eom;
      d.fin = w.fin;
      d.rst = w.rst;
      if (!current_.empty()) cells[d.first_cell] = current_;
    }
    descs_.push_back(d);
    current_.clear();
  }
  void deliver(const common::MsgDesc& d) {
    fins[d.conn_id] += d.fin;
    rsts[d.conn_id] += d.rst;
    messages[d.conn_id] += d.eom;
    if (d.seg_len > 0) {
      const Frame& f = cells.at(d.first_cell);
      Frame& to = bytes[d.conn_id];
      to.insert(to.end(), f.begin(), f.end());
    }
    if (echo) {
      common::MsgDesc back = d;
      back.dir = true;
      back.cls = common::MsgCls::kResponse;
      to_stream.push_back(back);
    } else {
      cells.erase(d.first_cell);
    }
  }

  StreamOut<mbuf::MbufCredit> out_cr_{cr};
  StreamOut<common::ConnRef> out_cevt_{cevt};
  StreamOut<common::MsgDesc> out_desc_{desc};
  StreamOut<mbuf::MbufRdata> out_rdata_{rdata};
  StreamOut<common::MsgDesc> out_desc_tx_{desc_tx};
  std::deque<mbuf::MbufCredit> answers_;
  std::deque<common::MsgDesc> descs_;
  std::deque<std::pair<Frame, size_t>> reads_;
  std::optional<common::ConnRef> starving_;
  Frame current_;
  uint16_t next_cell_ = 0;
  unsigned segments_ = 0;
};

struct Bench {
  IdealStream stream{4};
  WireEnd wire;
  Back back;
  sim::Ticker ticker;
  common::AxilReq bus;

  explicit Bench(bool skipping = true, uint64_t shuffle = 0) {
    connect(wire.to_stream, stream.frames);
    connect(stream.segments, wire.from_stream);
    connect(stream.cq, back.cq);
    connect(back.cr, stream.cr);
    connect(back.cevt, stream.cevt);
    connect(stream.wr, back.wr);
    connect(back.desc, stream.desc);
    connect(stream.rd, back.rd);
    connect(back.rdata, stream.rdata);
    connect(stream.free, back.free);
    connect(stream.cret, back.cret);
    connect(stream.desc_rx, back.desc_rx);
    connect(back.desc_tx, stream.desc_tx);
    stream.csr().req = &bus;
    ticker.add(stream);
    ticker.add(wire);
    ticker.add(back);
    ticker.set_skipping(skipping);
    if (shuffle != 0) ticker.set_shuffle(shuffle);
    ticker.reset();
    run(5);
    write(ideal_stream::reg::kIrqEnableAddr, 3);
    write(ideal_stream::reg::kCtrlAddr, 1);
  }

  void run(uint64_t cycles) { ticker.run_until(ticker.now() + cycles); }

  void write(uint32_t addr, uint32_t value) {
    bus.awvalid = bus.wvalid = bus.bready = true;
    bus.awaddr = static_cast<uint16_t>(addr & 0xfff);
    bus.wdata = value;
    bus.wstrb = 0xf;
    for (;;) {
      const common::AxilRsp rsp = stream.csr().rsp;
      ticker.tick();
      if (rsp.awready) bus.awvalid = false;
      if (rsp.wready) bus.wvalid = false;
      if (rsp.bvalid) break;
    }
    EXPECT_EQ(stream.csr().rsp.bresp, common::AxiResp::kOkay);
    bus = {};
  }
  uint32_t read(uint32_t addr) {
    bus.arvalid = bus.rready = true;
    bus.araddr = static_cast<uint16_t>(addr & 0xfff);
    for (;;) {
      const common::AxilRsp rsp = stream.csr().rsp;
      ticker.tick();
      if (rsp.arready) bus.arvalid = false;
      if (rsp.rvalid) {
        bus = {};
        return rsp.rdata;
      }
    }
  }

  // What firmware does with the oldest new flow. Answers its slot.
  std::optional<uint32_t> answer(uint32_t conn, bool accept = true) {
    if ((read(ideal_stream::reg::kIrqStatusAddr) & 1) == 0) return {};
    EXPECT_TRUE(stream.irq.value);
    const uint32_t index = read(ideal_stream::reg::kFlowInfoAddr) & 0xffff;
    write(ideal_stream::reg::kFlowPopAddr, 1);
    write(ideal_stream::reg::kAnswerIndexAddr, index);
    write(ideal_stream::reg::kAnswerAddr, conn | 3u << 20 | (accept ? 1u << 31 : 0));
    return index;
  }
  // ... and with the oldest closed one.
  std::optional<uint32_t> close() {
    if ((read(ideal_stream::reg::kIrqStatusAddr) & 2) == 0) return {};
    const uint32_t conn = read(ideal_stream::reg::kCloseConnAddr) & 0xfffff;
    const uint32_t index = read(ideal_stream::reg::kCloseInfoAddr) & 0xffff;
    write(ideal_stream::reg::kClosePopAddr, 1);
    write(ideal_stream::reg::kAnswerIndexAddr, index);
    write(ideal_stream::reg::kFlowFreeAddr, 1);
    return conn;
  }
};

// The client's side of a connection.
struct Client {
  FlowKey key;
  LinkHeader link;
  uint32_t seq = 1000;

  explicit Client(uint16_t port, bool v6 = false) {
    key.v6 = v6;
    key.local = {10, 0, 0, 9};
    key.remote = {10, 0, 0, 2};
    key.local_port = port;
    key.remote_port = 80;
    Frame h = {2,
               0,
               0,
               0,
               0,
               9,
               2,
               0,
               0,
               0,
               0,
               2,
               static_cast<uint8_t>(v6 ? 0x86 : 0x08),
               static_cast<uint8_t>(v6 ? 0xdd : 0x00)};
    link = answer_header(h);
  }
  Frame segment(uint32_t at, const Frame& payload, TcpFlags flags, uint32_t ack = 5000) const {
    Frame f;
    build_segment(link, key,
                  {.flags = flags, .seq = at, .ack = ack, .window = 1, .hop_limit = 3, .ip_id = 0},
                  payload, f);
    return f;
  }
  Frame syn() {
    return segment(seq++, {},
                   {.fin = false, .syn = true, .rst = false, .psh = false, .ack = false});
  }
  Frame data(const Frame& payload, bool psh = true) {
    const Frame f =
        segment(seq, payload, {.fin = false, .syn = false, .rst = false, .psh = psh, .ack = true});
    seq += static_cast<uint32_t>(payload.size());
    return f;
  }
  Frame fin() {
    return segment(seq++, {}, {.fin = true, .syn = false, .rst = false, .psh = false, .ack = true});
  }
  Frame rst() const {
    return segment(seq, {}, {.fin = false, .syn = false, .rst = true, .psh = false, .ack = true});
  }
};

Frame counting(size_t n, uint8_t first = 0) {
  Frame f(n);
  for (size_t i = 0; i < n; ++i) f[i] = static_cast<uint8_t>(first + i * 31 + (i >> 8));
  return f;
}

Frame joined(const std::vector<Frame>& frames) {
  Frame all;
  for (const Frame& f : frames) all.insert(all.end(), f.begin(), f.end());
  return all;
}

TEST(IdealStream, InOrderBytesArriveOnceAndParkedOnesWaitForTheAnswer) {
  Bench b;
  Client c(1234);
  const Frame first = counting(1460), second = counting(3);
  for (const Frame& f : {c.syn(), c.data(first), c.data(second)}) b.wire.to_send.push_back(f);
  b.run(500);
  EXPECT_TRUE(b.back.bytes.empty()) << "nothing before firmware has answered";
  EXPECT_EQ(b.read(ideal_stream::reg::kFlowPortsAddr), 80u | 1234u << 16);
  EXPECT_EQ(b.read(ideal_stream::reg::kFlowLocalAddr), 0x0a000002u);
  EXPECT_EQ(b.read(ideal_stream::reg::kFlowRemoteAddr), 0x0a000009u);
  ASSERT_TRUE(b.answer(7));
  b.run(500);
  EXPECT_EQ(b.back.bytes[7], joined({first, second}));
  EXPECT_EQ(b.back.messages[7], 2) << "each PSH ends a message";
  b.wire.to_send.push_back(c.fin());
  b.run(500);
  EXPECT_EQ(b.back.fins[7], 1);
  EXPECT_EQ(b.read(ideal_stream::reg::kBytesInAddr), 1463u);
}

TEST(IdealStream, RetransmittedAndOverlappingBytesAreTrimmedGapsAreLeft) {
  Bench b;
  Client c(1);
  const Frame all = counting(1000);
  const auto part = [&](uint32_t from, uint32_t to) {
    return c.segment(1001 + from, Frame(all.begin() + from, all.begin() + to),
                     {.fin = false, .syn = false, .rst = false, .psh = true, .ack = true});
  };
  b.wire.to_send = {c.syn(),        part(0, 100),   part(0, 100),   part(50, 300),
                    part(400, 500), part(300, 300), part(250, 400), part(400, 1000)};
  b.run(1000);
  ASSERT_TRUE(b.answer(2));
  b.run(1000);
  EXPECT_EQ(b.back.bytes[2], all);
  EXPECT_EQ(b.read(ideal_stream::reg::kTrimmedAddr), 3u);
  EXPECT_EQ(b.read(ideal_stream::reg::kLeftOutOfOrderAddr), 1u);
  const auto flows = b.stream.flows();
  ASSERT_EQ(flows.size(), 1u);
  EXPECT_EQ(flows[0].trimmed, 3u);
  EXPECT_EQ(flows[0].out_of_order, 1u);
  EXPECT_EQ(flows[0].bytes_in, 1000u);
}

TEST(IdealStream, EchoedBytesLeaveAsSegmentsThePeerAccepts) {
  for (const bool v6 : {false, true}) {
    Bench b;
    b.back.echo = true;
    Client c(99, v6);
    const Frame big = counting(4000), small = counting(10, 9);
    b.wire.to_send = {c.syn(), c.data(big), c.data(small), c.fin()};
    b.run(500);
    ASSERT_TRUE(b.answer(5));
    b.run(2000);
    // 4000 bytes: 1460, 1460, 1080; then 10; then FIN.
    ASSERT_EQ(b.wire.got.size(), 5u);
    Frame back;
    uint32_t expected_seq = 5000;  // the peer's last ACK
    for (size_t i = 0; i < b.wire.got.size(); ++i) {
      const auto s = parse_segment(b.wire.got[i]);
      ASSERT_TRUE(s) << i;
      EXPECT_EQ(s->key.local, c.key.local);
      EXPECT_EQ(s->key.local_port, 99);
      EXPECT_EQ(s->key.remote_port, 80);
      EXPECT_EQ(s->seq, expected_seq);
      EXPECT_TRUE(s->flags.ack);
      EXPECT_EQ(s->flags.psh, i == 2 || i == 3) << i;
      EXPECT_EQ(s->flags.fin, i == 4) << i;
      EXPECT_LE(s->payload.size(), 1460u);
      expected_seq += static_cast<uint32_t>(s->payload.size());
      back.insert(back.end(), s->payload.begin(), s->payload.end());
    }
    EXPECT_EQ(back, joined({big, small}));
    EXPECT_EQ(parse_segment(b.wire.got[4])->ack, 1000u + 1 + 4010 + 1)
        << "bytes received, SYN, FIN";
    EXPECT_EQ(b.back.returned, 4010u);
    EXPECT_TRUE(b.back.cells.empty()) << "every chain is freed";
    EXPECT_EQ(b.close(), 5u);
    EXPECT_EQ(b.read(ideal_stream::reg::kOriginatedAddr), 5u);
  }
}

TEST(IdealStream, WithoutCreditBytesWaitAndAnEventWakesThem) {
  Bench b;
  b.back.credit = 0;
  Client c(1);
  const Frame data = counting(3000);
  b.wire.to_send = {c.syn(), c.data(data)};
  b.run(500);
  ASSERT_TRUE(b.answer(1));
  b.run(5000);
  EXPECT_TRUE(b.back.bytes.empty());
  b.back.credit = 100;  // no segment is longer than this
  b.run(5000);
  EXPECT_EQ(b.back.bytes[1], data);
}

TEST(IdealStream, ARefusedSegmentIsWrittenAgain) {
  Bench b;
  b.back.refuse_every = 3;
  Client c(1);
  std::vector<Frame> sent;
  b.wire.to_send.push_back(c.syn());
  for (int i = 0; i < 40; ++i) {
    sent.push_back(counting(200, static_cast<uint8_t>(i)));
    b.wire.to_send.push_back(c.data(sent.back()));
  }
  b.run(1000);
  ASSERT_TRUE(b.answer(1));
  b.run(20000);
  EXPECT_EQ(b.back.bytes[1], joined(sent));
  EXPECT_GT(b.read(ideal_stream::reg::kMbufRefusedAddr), 10u);
}

TEST(IdealStream, AConnectionGoneFromMbufClosesTheFlow) {
  Bench b;
  Client c(1);
  b.back.dead = true;
  b.wire.to_send = {c.syn(), c.data(counting(5))};
  b.run(500);
  ASSERT_TRUE(b.answer(1));
  b.run(500);
  EXPECT_EQ(b.close(), 1u);
}

TEST(IdealStream, ParkIsBoundedAndWhatIsBeyondIsLeft) {
  Bench b;
  Client c(1);
  b.wire.to_send.push_back(c.syn());
  for (int i = 0; i < 60; ++i) b.wire.to_send.push_back(c.data(counting(1460)));
  b.run(3000);
  // 44 segments of 1460 bytes fit into 64 KiB; the 45th does not, the others come after a gap.
  EXPECT_EQ(b.read(ideal_stream::reg::kLeftNoRoomAddr), 1u);
  EXPECT_EQ(b.read(ideal_stream::reg::kLeftOutOfOrderAddr), 15u);
  ASSERT_TRUE(b.answer(1));
  b.run(5000);
  EXPECT_EQ(b.back.bytes[1].size(), 44u * 1460);
}

TEST(IdealStream, RefusedFlowsAndStraysAreCountedAndLeft) {
  Bench b;
  Client c(1), stray(2);
  b.wire.to_send = {c.syn(), c.data(counting(9)), stray.fin(), stray.rst(), Frame(60, 0)};
  b.run(500);
  ASSERT_TRUE(b.answer(1, false));
  b.wire.to_send = {c.data(counting(9))};
  b.run(500);
  EXPECT_TRUE(b.back.bytes.empty());
  EXPECT_EQ(b.read(ideal_stream::reg::kFlowsRefusedAddr), 1u);
  EXPECT_EQ(b.read(ideal_stream::reg::kLeftStrayAddr), 3u);
  EXPECT_EQ(b.read(ideal_stream::reg::kLeftNotTcpAddr), 1u);
  EXPECT_FALSE(b.answer(1)) << "no further flow";
}

TEST(IdealStream, AResetDropsParkedBytesAndClosesTheFlow) {
  Bench b;
  Client c(1);
  b.wire.to_send = {c.syn(), c.data(counting(100)), c.rst()};
  b.run(500);
  ASSERT_TRUE(b.answer(4));
  b.run(500);
  EXPECT_EQ(b.back.rsts[4], 1);
  EXPECT_TRUE(b.back.bytes[4].empty());
  EXPECT_EQ(b.close(), 4u);
  // Late segments do not open the flow again, a new SYN does.
  b.wire.to_send = {c.data(counting(10))};
  b.run(500);
  EXPECT_FALSE(b.answer(5));
  Client again(1);
  b.wire.to_send = {again.syn(), again.data(counting(10))};
  b.run(500);
  ASSERT_TRUE(b.answer(5));
  b.run(500);
  EXPECT_EQ(b.back.bytes[5], counting(10));
  EXPECT_EQ(b.stream.flows().size(), 2u);
}

TEST(IdealStream, OneConnectionWithoutCreditDoesNotHoldTheOthers) {
  Bench b;
  std::vector<Client> clients;
  for (uint16_t i = 0; i < 8; ++i) clients.emplace_back(static_cast<uint16_t>(100 + i));
  b.back.credit = 0;
  b.wire.to_send = {clients[0].syn(), clients[0].data(counting(50))};
  b.run(300);
  ASSERT_TRUE(b.answer(0));
  b.run(300);
  b.back.credit = 1 << 20;
  // The first flow's event is still on its way when the others come.
  for (uint16_t i = 1; i < 8; ++i) {
    b.wire.to_send.push_back(clients[i].syn());
    b.wire.to_send.push_back(clients[i].data(counting(100, static_cast<uint8_t>(i))));
  }
  b.run(500);
  for (uint32_t i = 1; i < 8; ++i) ASSERT_TRUE(b.answer(i));
  b.run(1000);
  for (uint32_t i = 1; i < 8; ++i) {
    EXPECT_EQ(b.back.bytes[i], counting(100, static_cast<uint8_t>(i))) << i;
  }
  EXPECT_EQ(b.back.bytes[0], counting(50));
}

// The same traffic with skipped cycles, in shuffled tick orders and against a stalling wire.
TEST(IdealStream, SkippingAndTickOrderChangeNothing) {
  std::vector<std::vector<Frame>> outputs;
  for (const auto& [skipping, shuffle] :
       {std::pair{true, 0u}, {false, 0u}, {true, 1u}, {true, 2u}}) {
    Bench b(skipping, shuffle);
    b.back.echo = true;
    b.wire.stall = true;
    std::mt19937 random(11);
    std::vector<Client> clients;
    for (uint16_t i = 0; i < 5; ++i) clients.emplace_back(static_cast<uint16_t>(i));
    for (Client& c : clients) b.wire.to_send.push_back(c.syn());
    b.run(200);
    for (uint32_t i = 0; i < 5; ++i) ASSERT_TRUE(b.answer(i));
    for (int n = 0; n < 100; ++n) {
      b.wire.to_send.push_back(clients[random() % 5].data(counting(1 + random() % 1460)));
    }
    b.run(20000);
    for (Client& c : clients) b.wire.to_send.push_back(c.fin());
    b.run(20000);
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(b.close());
    EXPECT_TRUE(b.back.cells.empty());
    outputs.push_back(b.wire.got);
  }
  ASSERT_GT(outputs[0].size(), 100u);
  for (size_t i = 1; i < outputs.size(); ++i) EXPECT_EQ(outputs[i], outputs[0]) << i;
}

}  // namespace
}  // namespace fp::platform
