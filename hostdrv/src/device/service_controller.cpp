// SPDX-License-Identifier: Apache-2.0
#include "hostdrv/src/device/service_controller.hpp"

#include <arpa/inet.h>

#include <cerrno>
#include <cstring>

namespace flatproxy {

namespace {

using namespace fp::mailbox;

// I/O addresses handed out: 256 MiB above 4 GiB, which no 32-bit address can reach by mistake.
constexpr uint64_t kIovaBase = uint64_t{1} << 32;
constexpr uint64_t kIovaBytes = uint64_t{256} << 20;
constexpr uint16_t kVector = 0;

sockaddr_storage address_of(Family family, const std::array<uint8_t, 16>& address, uint16_t port) {
  sockaddr_storage out{};
  if (family == Family::kIpv4) {
    auto& in = reinterpret_cast<sockaddr_in&>(out);
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    std::memcpy(&in.sin_addr, address.data(), sizeof in.sin_addr);
  } else {
    auto& in6 = reinterpret_cast<sockaddr_in6&>(out);
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(port);
    std::memcpy(&in6.sin6_addr, address.data(), sizeof in6.sin6_addr);
  }
  return out;
}

// Whether a listener bound to `bound` takes a connection to `to`; zero address or port is any.
bool covers(const sockaddr_storage& bound, const sockaddr_storage& to) {
  if (bound.ss_family != to.ss_family) return false;
  if (bound.ss_family == AF_INET) {
    const auto& b = reinterpret_cast<const sockaddr_in&>(bound);
    const auto& t = reinterpret_cast<const sockaddr_in&>(to);
    return (b.sin_port == 0 || b.sin_port == t.sin_port) &&
           (b.sin_addr.s_addr == INADDR_ANY || b.sin_addr.s_addr == t.sin_addr.s_addr);
  }
  const auto& b = reinterpret_cast<const sockaddr_in6&>(bound);
  const auto& t = reinterpret_cast<const sockaddr_in6&>(to);
  return (b.sin6_port == 0 || b.sin6_port == t.sin6_port) &&
         (IN6_IS_ADDR_UNSPECIFIED(&b.sin6_addr) ||
          std::memcmp(&b.sin6_addr, &t.sin6_addr, sizeof t.sin6_addr) == 0);
}

uint8_t log2_of(size_t bytes) { return static_cast<uint8_t>(__builtin_ctzll(bytes)); }

}  // namespace

ServiceController::ServiceController(DeviceOps& ops, RingSizes sizes)
    : ops_(ops), iova_(kIovaBase, kIovaBytes), sizes_(sizes) {}

template <class Body>
void ServiceController::queue_message(uint8_t seq, const Body& body) {
  std::vector<uint32_t> words(1 + Body::kWords);
  MsgHeader header;
  header.id = static_cast<uint8_t>(Body::kId);
  header.seq = seq;
  header.length = Body::kWords;
  header.pack(words.data());
  body.pack(words.data() + 1);
  outbox_.push_back(std::move(words));
}

int ServiceController::announce(DeviceQueue& queue) {
  if (queue_ != nullptr) return -EBUSY;
  const int mapped = ops_.dma_map(queue.events_iova, queue.events.memory());
  if (mapped < 0) return mapped;
  queue_ = &queue;
  if (!window_announced_) {
    WindowSetup window;
    window.fn = ops_.info().function;
    window.index = 0;
    window.iova = kIovaBase;
    window.length = kIovaBytes;
    queue_message(0, window);
    ++unanswered_;
    window_announced_ = true;
  }
  VqSetup setup;
  setup.vq = queue.number;
  setup.fn = ops_.info().function;
  setup.events_log2 = log2_of(queue.events.size() / fp::vq::kEventBytes);
  setup.vector = kVector;
  setup.ring_count = static_cast<uint16_t>(queue.rings.size());
  setup.events_iova = queue.events_iova;
  queue_message(0, setup);
  ++unanswered_;
  return 0;
}

void ServiceController::retire(DeviceQueue& queue) {
  if (queue_ != &queue) return;
  for (DeviceSocket* s : queue.rings) {
    if (s != nullptr) unmap(*s);
  }
  ops_.dma_unmap(queue.events_iova, queue.events.size());
  iova_.release(queue.events_iova, queue.events.size());
  queue_ = nullptr;
}

bool ServiceController::poll() {
  bool moved = false;
  if (!outbox_.empty() && ops_.post_message(outbox_.front())) {
    outbox_.pop_front();
    moved = true;
  }
  std::vector<uint32_t> words;
  if (ops_.take_message(words)) {
    handle(words);
    moved = true;
  }
  return moved;
}

void ServiceController::handle(std::span<const uint32_t> words) {
  if (words.empty()) return;
  const MsgHeader header = MsgHeader::unpack(words.data());
  const auto body = words.subspan(1);
  if (header.length != body.size() || !validate_message(header.id, body).ok()) return;
  switch (static_cast<MsgId>(header.id)) {
    case MsgId::kRingRequest:
      return ring_request(header.seq, RingRequest::unpack(body.data()));
    case MsgId::kRingRelease:
      return ring_release(RingRelease::unpack(body.data()));
    case MsgId::kReply:
      if (unanswered_ == 0) return;
      --unanswered_;
      // A refused window or queue leaves the device without one: no ring will ever be asked for.
      if (Reply::unpack(body.data()).status != Status::kOk && queue_ != nullptr)
        queue_->lost = true;
      return;
    default:
      return;
  }
}

void ServiceController::ring_request(uint8_t seq, const RingRequest& request) {
  RingReply reply;
  reply.conn = request.conn;
  reply.status = offer(request, reply);
  queue_message(seq, reply);
}

Status ServiceController::offer(const RingRequest& request, RingReply& reply) {
  if (queue_ == nullptr || queue_->lost || request.vq != queue_->number) return Status::kBadState;
  DeviceQueue& q = *queue_;
  const auto local = address_of(request.family, request.local_address, request.local_port);
  DeviceSocket* listener = nullptr;
  for (auto& s : q.sockets) {
    if (s->kind == DeviceSocket::Kind::kListener && s->listening && covers(s->local, local)) {
      listener = s.get();
      break;
    }
  }
  if (listener == nullptr || listener->waiting.size() + listener->offered >= listener->backlog) {
    return Status::kNoRoom;
  }
  uint32_t ring = 0;
  while (ring < q.rings.size() && q.rings[ring] != nullptr) ++ring;
  if (ring == q.rings.size()) return Status::kNoRoom;

  auto s = std::make_unique<DeviceSocket>();
  s->queue = &q;
  s->kind = DeviceSocket::Kind::kConnection;
  s->listener = listener;
  s->local = local;
  s->remote = address_of(request.family, request.remote_address, request.remote_port);
  s->ring = ring;
  s->gen = request.conn.gen;
  s->rx = RingMemory(size_t{1} << sizes_.rx_log2);
  s->tx = RingMemory(size_t{1} << sizes_.tx_log2);
  if (!s->rx.valid() || !s->tx.valid()) return Status::kNoRoom;
  s->rx_iova = iova_.allocate(s->rx.size());
  s->tx_iova = iova_.allocate(s->tx.size());
  if (s->rx_iova == 0 || s->tx_iova == 0 || ops_.dma_map(s->rx_iova, s->rx.memory()) < 0) {
    if (s->rx_iova != 0) iova_.release(s->rx_iova, s->rx.size());
    if (s->tx_iova != 0) iova_.release(s->tx_iova, s->tx.size());
    return Status::kNoRoom;
  }
  if (ops_.dma_map(s->tx_iova, s->tx.memory()) < 0) {
    ops_.dma_unmap(s->rx_iova, s->rx.size());
    iova_.release(s->rx_iova, s->rx.size());
    iova_.release(s->tx_iova, s->tx.size());
    return Status::kNoRoom;
  }
  reply.ring = ring;
  reply.rx_log2 = sizes_.rx_log2;
  reply.tx_log2 = sizes_.tx_log2;
  reply.rx_iova = s->rx_iova;
  reply.tx_iova = s->tx_iova;
  ++listener->offered;
  q.rings[ring] = s.get();
  q.sockets.push_back(std::move(s));
  return Status::kOk;
}

// The firmware forgets the pair. Its message and the device's GONE event take different ways: only
// both together mean that nothing is on its way into the memory any more.
void ServiceController::ring_release(const RingRelease& release) {
  if (queue_ == nullptr || release.ring >= queue_->rings.size()) return;
  DeviceSocket* s = queue_->rings[release.ring];
  if (s == nullptr || s->gen != release.conn.gen || s->released) return;
  s->released = true;
  if (!release.bound) s->gone = true;  // no event will come
  settle(*s);
  reap(*queue_);
}

void ServiceController::settle(DeviceSocket& s) {
  if (!s.gone || !s.released || s.settled) return;
  if (s.life == DeviceSocket::Life::kOffered) {  // it never opened
    if (s.listener != nullptr) --s.listener->offered;
    s.life = DeviceSocket::Life::kAbandoned;
  }
  unmap(s);
  s.queue->rings[s.ring] = nullptr;
  s.settled = true;
}

void ServiceController::unmap(DeviceSocket& s) {
  ops_.dma_unmap(s.rx_iova, s.rx.size());
  ops_.dma_unmap(s.tx_iova, s.tx.size());
  iova_.release(s.rx_iova, s.rx.size());
  iova_.release(s.tx_iova, s.tx.size());
}

}  // namespace flatproxy
