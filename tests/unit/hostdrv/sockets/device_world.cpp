// SPDX-License-Identifier: Apache-2.0
//
// The library over a device: the VQ model, the PCIe link, and what the firmware does for rings.
// Time is the model's and passes only while a call of the library waits.
#include "cmodel/mem/host_memory.hpp"
#include "cmodel/mem/pcie_link.hpp"
#include "cmodel/vq/vq_model.hpp"
#include "contract/mailbox.hpp"
#include "flatproxy/in_process.hpp"
#include "sim-tb/lockstep/axil_bench.hpp"
#include "sim-tb/lockstep/ticker.hpp"
#include "tests/unit/hostdrv/sockets/device_edge.hpp"
#include "tests/unit/hostdrv/sockets/library_world.hpp"

namespace flatproxy::sockets {

namespace {

namespace mb = fp::mailbox;
namespace vq = fp::vq;

constexpr uint64_t kNsPerCycle = 4;
constexpr uint64_t kForeverCycles = 500'000'000;  // 2 s of model time: nobody waits so long

class Device final : public DeviceOps {
 public:
  Device() : link_({}, memory_) {
    link_.on_msix = [this](uint16_t) { interrupted_ = true; };
    connect(edge.desc_rx.port, vq_.desc_rx);
    connect(vq_.desc_tx, edge.desc_tx);
    connect(vq_.rd, edge.rd);
    connect(edge.rdata.port, vq_.rdata);
    connect(vq_.free, edge.free);
    connect(vq_.cret, edge.cret);
    connect(vq_.cq, edge.cq);
    connect(edge.cr.port, vq_.cr);
    connect(edge.cevt.port, vq_.cevt);
    connect(vq_.wr, edge.wr);
    connect(edge.desc.port, vq_.desc);
    connect(vq_.dma_wr, link_.dma_wr);
    connect(vq_.dma_rd, link_.dma_rd);
    connect(link_.dma_rd_data, vq_.dma_rd_data);
    connect(link_.db, vq_.db);
    connect(vq_.msix, link_.msix);
    connect(csr_.port, vq_.csr);
    ticker_.add(edge);
    ticker_.add(vq_);
    ticker_.add(link_);
    ticker_.add(csr_);
    ticker_.reset();
    while ((read(vq::reg::kStatus) & 1) == 0) {
    }
    write(vq::reg::kCtrl, 1);
  }

  // --- DeviceOps
  // ----------------------------------------------------------------------------------
  DeviceInfo info() const override { return {.function = 0, .vectors = 1}; }
  int read32(Region, uint64_t, uint32_t&) override { return -EOPNOTSUPP; }
  int write32(Region, uint64_t offset, uint32_t value) override {
    link_.post_doorbell(ticker_.now(), 0, static_cast<uint32_t>(offset), value);
    return 0;
  }
  int dma_map(uint64_t iova, std::span<std::byte> memory) override {
    return memory_.map(iova, memory) ? 0 : -EINVAL;
  }
  int dma_unmap(uint64_t iova, uint64_t bytes) override {
    return memory_.unmap(iova, bytes) ? 0 : -EINVAL;
  }
  int reset_function() override { return -EOPNOTSUPP; }
  bool post_message(std::span<const uint32_t> words) override {
    mail_in_.emplace_back(words.begin(), words.end());
    return true;
  }
  bool take_message(std::vector<uint32_t>& words) override {
    firmware();
    if (mail_out_.empty()) return false;
    words = std::move(mail_out_.front());
    mail_out_.pop_front();
    return true;
  }
  int64_t wait(int64_t timeout_ns) override {
    if (timeout_ns == 0) return 0;
    for (const auto& p : peers_) {
      if (p->changed && p->bound) edge.attend(*p);
    }
    const uint64_t begin = ticker_.now();
    const uint64_t end =
        begin + (timeout_ns < 0
                     ? kForeverCycles
                     : (static_cast<uint64_t>(timeout_ns) + kNsPerCycle - 1) / kNsPerCycle);
    while (ticker_.now() < end && !interrupted_ && mail_out_.empty()) {
      ticker_.run_until(end, [&] { return interrupted_ || edge.news; });
      firmware();
    }
    if (timeout_ns < 0 && ticker_.now() >= end) {
      ADD_FAILURE() << "nothing happens any more";
      return -ETIME;
    }
    interrupted_ = false;
    return static_cast<int64_t>((ticker_.now() - begin) * kNsPerCycle);
  }

  // --- the network
  // --------------------------------------------------------------------------------
  DevicePeer* connect_to(const sockaddr_storage& to) {
    auto p = std::make_unique<DevicePeer>();
    p->conn.conn_id = static_cast<uint32_t>(peers_.size()) % vq::kNumConns;
    p->conn.gen = static_cast<uint8_t>(peers_.size() / vq::kNumConns % 16);
    p->port_number = static_cast<uint16_t>(20000 + peers_.size());
    mb::RingRequest r;
    r.conn = p->conn;
    if (to.ss_family == AF_INET6) {
      const auto& in6 = reinterpret_cast<const sockaddr_in6&>(to);
      r.family = mb::Family::kIpv6;
      r.local_port = ntohs(in6.sin6_port);
      std::memcpy(r.local_address.data(), &in6.sin6_addr, 16);
      std::memcpy(r.remote_address.data(), &in6loopback, 16);
    } else {
      const auto& in = reinterpret_cast<const sockaddr_in&>(to);
      r.family = mb::Family::kIpv4;
      r.local_port = ntohs(in.sin_port);
      std::memcpy(r.local_address.data(), &in.sin_addr, 4);
      r.remote_address = {127, 0, 0, 1};
    }
    r.remote_port = p->port_number;
    send(r);
    peers_.push_back(std::move(p));
    return peers_.back().get();
  }
  size_t bound() const { return edge.peers.size(); }

  DeviceEdge edge;

 private:
  static constexpr in6_addr in6loopback = IN6ADDR_LOOPBACK_INIT;

  // --- the firmware
  // -------------------------------------------------------------------------------
  template <class Body>
  void send(const Body& body, uint8_t seq = 0) {
    std::vector<uint32_t> m(1 + Body::kWords);
    mb::MsgHeader h;
    h.id = static_cast<uint8_t>(Body::kId);
    h.seq = seq;
    h.length = Body::kWords;
    h.pack(m.data());
    body.pack(m.data() + 1);
    mail_out_.push_back(std::move(m));
  }
  void firmware() {
    while (!mail_in_.empty()) {
      const std::vector<uint32_t> m = std::move(mail_in_.front());
      mail_in_.pop_front();
      handle(m);
    }
    if (!edge.news && closing_ == 0) return;
    edge.news = false;
    for (const auto& p : peers_) end(*p);
  }
  void handle(const std::vector<uint32_t>& m) {
    const auto h = mb::MsgHeader::unpack(m.data());
    const uint32_t* body = m.data() + 1;
    switch (static_cast<mb::MsgId>(h.id)) {
      case mb::MsgId::kWindowSetup: {
        const auto w = mb::WindowSetup::unpack(body);
        vq::WindowCfg row;
        row.base_page = row.target_page = w.iova >> vq::kPageLog2;
        row.pages = w.length >> vq::kPageLog2;
        row.fn = w.fn;
        row.read = row.write = row.valid = true;
        table(vq::TableId::kWindow, w.index, row);
        return send(mb::Reply{}, h.seq);
      }
      case mb::MsgId::kVqSetup: {
        const auto s = mb::VqSetup::unpack(body);
        vq::VqCfg row;
        row.ev_page = s.events_iova >> vq::kPageLog2;
        row.ev_log2 = s.events_log2;
        row.fn = s.fn;
        row.vector = s.vector;
        row.ring_count = s.ring_count;
        row.valid = true;
        table(vq::TableId::kVq, s.vq, row);
        return send(mb::Reply{}, h.seq);
      }
      case mb::MsgId::kRingReply:
        return bind(mb::RingReply::unpack(body));
      default:
        ADD_FAILURE() << "message " << int{h.id};
    }
  }
  void bind(const mb::RingReply& r) {
    DevicePeer* p = nullptr;
    for (const auto& other : peers_) {
      if (other->conn == r.conn && !other->over) p = other.get();
    }
    ASSERT_NE(p, nullptr);
    if (r.status != mb::Status::kOk) {
      p->no = p->over = true;
      return;
    }
    vq::RingCfg row;
    row.rx_page = r.rx_iova >> vq::kPageLog2;
    row.rx_log2 = r.rx_log2;
    row.tx_page = r.tx_iova >> vq::kPageLog2;
    row.tx_log2 = r.tx_log2;
    row.conn_id = r.conn.conn_id;
    row.gen = r.conn.gen;
    row.tx_dir = true;
    row.tx_cls = 1;
    row.eager = true;  // or bytes that are left keep the device from telling of more
    table(vq::TableId::kRing, r.ring, row);
    command(vq::TableId::kRing, r.ring, vq::TableOp::kOpen);
    p->ring = r.ring;
    p->credit = uint64_t{1} << r.rx_log2;
    p->bound = true;
    edge.peers[r.conn.conn_id] = p;
    edge.attend(*p);
  }
  // A connection whose streams have both ended, or one of them by a reset, gives its ring back.
  void end(DevicePeer& p) {
    if (!p.bound || p.over) return;
    if (!p.clearing) {
      if (!p.rst_sent && !p.cut && !(p.fin_sent && p.end)) return;
      // The ring must have taken the peer's last word over.
      if (p.fin_sent || p.rst_sent) {
        const auto state = read_row<vq::RingState>(vq::TableId::kRingState, p.ring);
        if (!state.rx_fin && !p.cut) {
          edge.news = true;
          return;
        }
      }
      command(vq::TableId::kRing, p.ring, vq::TableOp::kClear);
      p.clearing = true;
      ++closing_;
    }
    if (read_row<vq::RingCfg>(vq::TableId::kRing, p.ring).valid) return;
    p.over = true;
    --closing_;
    edge.peers.erase(p.conn.conn_id);
    mb::RingRelease release;
    release.conn = p.conn;
    release.ring = p.ring;
    release.bound = true;
    send(release);
  }

  uint32_t read(uint32_t addr) {
    csr_.read(static_cast<uint16_t>(addr));
    while (!csr_.done()) ticker_.tick();
    return csr_.list().back().data;
  }
  void write(uint32_t addr, uint32_t data) {
    csr_.write(static_cast<uint16_t>(addr), data);
    while (!csr_.done()) ticker_.tick();
  }
  void command(vq::TableId id, uint32_t index, vq::TableOp op) {
    write(vq::reg::kTblCmd,
          index | static_cast<uint32_t>(id) << 16 | static_cast<uint32_t>(op) << 28);
    uint32_t status = 1;
    while ((status & 1) != 0) status = read(vq::reg::kTblStatus);
    EXPECT_EQ(status & 2, 0u) << "the VQ refuses a command";
  }
  template <class Row>
  void table(vq::TableId id, uint32_t index, const Row& row) {
    uint32_t words[Row::kWords] = {};
    row.pack(words);
    for (unsigned i = 0; i < Row::kWords; ++i) write(vq::reg::kTblData + 4 * i, words[i]);
    command(id, index, vq::TableOp::kWrite);
  }
  template <class Row>
  Row read_row(vq::TableId id, uint32_t index) {
    command(id, index, vq::TableOp::kRead);
    uint32_t words[Row::kWords] = {};
    for (unsigned i = 0; i < Row::kWords; ++i) words[i] = read(vq::reg::kTblData + 4 * i);
    return Row::unpack(words);
  }

  fp::mem::HostMemory memory_;
  vq::VqModel vq_;
  fp::mem::PcieLink link_;
  fp::sim::AxilBench csr_;
  fp::sim::Ticker ticker_;
  std::deque<std::vector<uint32_t>> mail_in_, mail_out_;
  std::vector<std::unique_ptr<DevicePeer>> peers_;
  unsigned closing_ = 0;
  bool interrupted_ = false;
};

class DeviceWorld final : public LibraryWorld {
 public:
  DeviceWorld() {
    context_ = open_in_process(device_);
    EXPECT_EQ(fp_vq_create(context_, 0, &queue_), 0);
    while (!control_ready(context_)) poll_control(context_);
  }
  ~DeviceWorld() override { fp_close_ctx(context_); }
  Sock* listen(int domain, int backlog) override {
    return listen_on(domain, backlog, next_port_++);
  }
  Peer* connect(Sock& listener) override {
    sockaddr_storage a{};
    socklen_t n = sizeof a;
    listener.name(false, reinterpret_cast<sockaddr*>(&a), &n);
    return device_.connect_to(a);
  }
  void run() override {
    constexpr int64_t kSliceNs = 10'000;
    fp_flush(queue_);
    while (poll_control(context_)) {
    }
    device_.wait(kSliceNs);
    while (poll_control(context_)) {
    }
  }
  bool has_connect() const override { return false; }
  unsigned most_connections() const override { return vq::kNumRings; }
  bool own_time() const override { return true; }

 private:
  Device device_;
  uint16_t next_port_ = 8000;
};

}  // namespace

std::unique_ptr<World> make_device_world() { return std::make_unique<DeviceWorld>(); }

}  // namespace flatproxy::sockets
