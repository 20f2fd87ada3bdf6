// SPDX-License-Identifier: Apache-2.0
//
// Queues: the event ring, doorbells, fp_poll().
#include <algorithm>
#include <atomic>
#include <cerrno>

#include "contract/vq.hpp"
#include "hostdrv/src/device/service_controller.hpp"
#include "hostdrv/src/device/socket.hpp"

namespace flatproxy {

namespace {

constexpr uint32_t kEventSlots = 1024;
constexpr size_t kEventBytes = kEventSlots * size_t{fp::vq::kEventBytes};

// Word of a doorbell slot in which `set` puts a one.
template <class Slot, class Set>
uint32_t word_of(Set set) {
  Slot slot;
  set(slot);
  uint32_t words[Slot::kWords];
  slot.pack(words);
  return static_cast<uint32_t>(
      std::find_if(words, words + Slot::kWords, [](uint32_t w) { return w != 0; }) - words);
}

using fp::vq::RingSlot;
using fp::vq::VqSlot;
const uint32_t kWordTxTail = word_of<RingSlot>([](RingSlot& s) { s.tx_tail = 1; });
const uint32_t kWordRxHead = word_of<RingSlot>([](RingSlot& s) { s.rx_head = 1; });
const uint32_t kWordTxSeen = word_of<RingSlot>([](RingSlot& s) { s.tx_seen = 1; });
const uint32_t kWordControl = word_of<RingSlot>([](RingSlot& s) { s.fin = true; });
const uint32_t kWordEvHead = word_of<VqSlot>([](VqSlot& s) { s.ev_head = 1; });
const uint32_t kWordArm = word_of<VqSlot>([](VqSlot& s) { s.arm = 1; });

fp::vq::HostEvent load_event(const DeviceQueue& q, uint32_t index) {
  auto* slot = reinterpret_cast<uint64_t*>(q.events.at(index * fp::vq::kEventBytes));
  // Acquire: the data an event speaks of was written before it.
  const uint64_t raw = std::atomic_ref<uint64_t>(*slot).load(std::memory_order_acquire);
  const uint32_t words[2] = {static_cast<uint32_t>(raw), static_cast<uint32_t>(raw >> 32)};
  return fp::vq::HostEvent::unpack(words);
}

bool fresh(const fp::vq::HostEvent& e, uint32_t index) {
  const bool round = (index / kEventSlots) % 2 == 0;
  return e.phase == round;
}

// Indices come from the other side: what no device may say fails the queue.
bool plausible(const DeviceSocket& s, const fp::vq::HostEvent& e) {
  if (s.gone) return false;  // GONE is a binding's last event
  if (e.txfree) {
    const bool alone = !e.rx && !e.fin && !e.rst && !e.err && !e.open && !e.gone;
    return alone && e.tail - s.tx_head <= s.tx_told - s.tx_head;
  }
  if (s.fin_in && e.tail != s.rx_tail) return false;
  const uint32_t used = e.tail - s.rx_head;
  return used <= s.rx.size() && used >= s.rx_tail - s.rx_head;
}

void take_event(DeviceQueue& q, const fp::vq::HostEvent& e) {
  if (e.ring >= q.rings.size()) {
    q.lost = true;
    return;
  }
  DeviceSocket* s = q.rings[e.ring];
  if (s == nullptr || s->gen != e.gen) return;  // of a binding that is no more
  if (!plausible(*s, e)) {
    q.lost = true;
    return;
  }
  if (e.txfree) {
    s->tx_head = e.tail;
    if (s->want_room) s->more_room = true;
    s->want_room = false;
    s->changed = true;
    mark(*s);  // tx_seen asks for the next one
    return;
  }
  // A second event for bytes that are known already is no change.
  s->changed |= e.tail != s->rx_tail || e.fin || e.rst || e.err || e.gone;
  s->count->rx_bytes.add(e.tail - s->rx_tail);
  s->rx_tail = e.tail;
  s->fin_in |= e.fin;
  s->reset |= e.rst;
  s->stopped |= e.err;
  if (e.open && !s->opened) {
    s->opened = true;
    if (s->life == DeviceSocket::Life::kOffered) {
      s->life = DeviceSocket::Life::kOpen;
      --s->listener->offered;
      s->listener->waiting.push_back(s);
      s->listener->changed = true;
    }
  }
  if (s->life == DeviceSocket::Life::kAbandoned) abandon(*s);
  if (e.gone) {
    s->gone = true;
    q.owner().controller.settle(*s);
  }
}

}  // namespace

int doorbell(DeviceQueue& q, uint32_t slot, uint32_t word, uint32_t value) {
  ++q.notify_count;
  const uint64_t offset = uint64_t{q.number} * fp::vq::kDbRegionBytes +
                          uint64_t{slot} * fp::vq::kDbSlotBytes + uint64_t{word} * 4;
  const int status = q.owner().controller.ops().write32(Region::kDoorbells, offset, value);
  if (status < 0) q.lost = true;
  return status;
}

void mark(DeviceSocket& s) {
  if (s.queued) return;
  s.queued = true;
  s.queue->dirty.push_back(&s);
}

void abandon(DeviceSocket& s) {
  s.life = DeviceSocket::Life::kAbandoned;
  s.rx_head = s.rx_tail;
  // Without OPEN the slot is not ours yet: the bind clears it.
  if (s.opened && !s.reset && !s.stopped) s.fin_out = !s.rst_out;
  mark(s);
}

void flush_socket(DeviceSocket& s) {
  DeviceQueue& q = *s.queue;
  if (!s.opened || s.gone || q.lost) return;
  // Everything written into the ring is visible before the index that covers it.
  std::atomic_thread_fence(std::memory_order_release);
  if (s.tx_told != s.tx_tail) doorbell(q, s.ring, kWordTxTail, s.tx_told = s.tx_tail);
  if (s.rx_told != s.rx_head) doorbell(q, s.ring, kWordRxHead, s.rx_told = s.rx_head);
  if (s.seen_told != s.tx_head) doorbell(q, s.ring, kWordTxSeen, s.seen_told = s.tx_head);
  if ((s.fin_out && !s.fin_told) || (s.rst_out && !s.rst_told)) {
    // Behind tx_tail, which it makes final.
    RingSlot slot;
    slot.fin = s.fin_told |= s.fin_out;
    slot.rst = s.rst_told |= s.rst_out;
    uint32_t words[RingSlot::kWords];
    slot.pack(words);
    doorbell(q, s.ring, kWordControl, words[kWordControl]);
  }
}

void drain_events(DeviceQueue& q) {
  while (!q.lost) {
    const fp::vq::HostEvent e = load_event(q, q.ev_head);
    if (!fresh(e, q.ev_head)) break;
    ++q.ev_head;
    ++q.event_count;
    take_event(q, e);
  }
  if (q.ev_told != q.ev_head) doorbell(q, fp::vq::kDbVqSlot, kWordEvHead, q.ev_told = q.ev_head);
}

void reap(DeviceQueue& q) {
  auto over = [](const std::unique_ptr<DeviceSocket>& s) {
    return s->kind == DeviceSocket::Kind::kConnection &&
           s->life == DeviceSocket::Life::kAbandoned && s->settled;
  };
  std::erase_if(q.dirty, [&](DeviceSocket* d) {
    return std::any_of(q.sockets.begin(), q.sockets.end(),
                       [&](const auto& s) { return s.get() == d && over(s); });
  });
  std::erase_if(q.sockets, over);
}

namespace {

// Level of a socket as fp_poll() reports it.
uint32_t level(const DeviceSocket& s) {
  if (s.kind == DeviceSocket::Kind::kListener) return s.waiting.empty() ? 0 : FP_IN;
  uint32_t events = 0;
  if (s.readable() != 0) events |= FP_IN;
  if (s.at_end()) events |= FP_IN | FP_RDHUP;
  if (s.watched ? s.room() != 0 && !s.fin_out : s.more_room) events |= FP_OUT;
  if (s.reset || s.stopped) events |= FP_ERR;
  if (s.gone) events |= FP_HUP;
  return events & (s.mask | FP_ERR | FP_HUP | (s.watched ? 0 : FP_OUT));
}

}  // namespace

DeviceQueue::DeviceQueue(DeviceContext& c) : fp_vq(c) {}
DeviceQueue::~DeviceQueue() = default;

DeviceContext& DeviceQueue::owner() const { return static_cast<DeviceContext&>(*context); }

int DeviceContext::create_queue(fp_vq** out) {
  if (queue != nullptr) return -EBUSY;
  auto q = std::make_unique<DeviceQueue>(*this);
  q->events = RingMemory(kEventBytes);
  if (!q->events.valid()) return -ENOMEM;
  q->events_iova = controller.iova().allocate(q->events.size());
  if (q->events_iova == 0) return -ENOMEM;
  q->rings.resize(fp::vq::kNumRings);
  const int status = controller.announce(*q);
  if (status < 0) {
    controller.iova().release(q->events_iova, q->events.size());
    return status;
  }
  *out = (queue = std::move(q)).get();
  return 0;
}

void DeviceContext::destroy_queue(fp_vq& q) {
  if (queue.get() != &q) return;
  controller.retire(*queue);
  queue.reset();
}

DeviceContext::~DeviceContext() {
  if (queue != nullptr) destroy_queue(*queue);
}

int DeviceQueue::fd() {
  const int fd = owner().controller.ops().event_fd();
  return fd < 0 ? -EOPNOTSUPP : fd;
}

int DeviceQueue::arm() {
  // The device would not take the doorbell yet, and answers only to what it has been told.
  if (!owner().controller.ready()) return lost ? -ENODEV : -EAGAIN;
  int status = flush();
  if (status == 0) status = doorbell(*this, fp::vq::kDbVqSlot, kWordArm, ev_head);
  if (status < 0) return lost ? -ENODEV : status;
  // The device decides by its own tail, so nothing is lost either way; an event that is already
  // visible saves the sleep.
  return fresh(load_event(*this, ev_head), ev_head) ? -EAGAIN : 0;
}

int DeviceQueue::flush() {
  if (lost) return -ENODEV;
  for (DeviceSocket* s : dirty) {
    s->queued = false;
    flush_socket(*s);
  }
  dirty.clear();
  return lost ? -ENODEV : 0;
}

int DeviceQueue::sleep(int64_t& left) {
  const uint32_t seen = ev_head;
  drain_events(*this);
  while (owner().controller.poll()) {
  }
  if (lost) return -ENODEV;
  if (ev_head != seen) return 0;
  const int status = arm();
  if (lost) return -ENODEV;
  if (status == -EAGAIN && owner().controller.ready()) return 0;
  if (left == 0) return -ETIMEDOUT;
  const int64_t waited = owner().controller.ops().wait(left);
  if (waited < 0) return static_cast<int>(waited == -EOPNOTSUPP ? -EAGAIN : waited);
  ++sleep_count;
  if (left > 0) left -= std::min(waited, left);
  return 0;
}

int DeviceQueue::poll(std::span<fp_event> out, int64_t timeout_ns) {
  if (timeout_ns != 0 && owner().controller.ops().wait(0) < 0) return -EINVAL;
  for (int64_t left = timeout_ns;;) {
    const int n = collect(out);
    if (n != 0 || timeout_ns == 0) return n;
    const int status = sleep(left);
    if (status == -ETIMEDOUT) return 0;
    if (status < 0 && status != -ENODEV) return status;
  }
}

int DeviceQueue::collect(std::span<fp_event> out) {
  drain_events(*this);
  flush();
  reap(*this);
  if (lost) {
    if (lost_reported) return -ENODEV;
    lost_reported = true;
    out[0] = {nullptr, nullptr, FP_DEVGONE, ENODEV};
    return 1;
  }
  // A round that found `max` goes on behind its last socket, so that nobody is passed over for
  // ever.
  const size_t count = sockets.size();
  const size_t start = next_poll < count ? next_poll : 0;
  next_poll = 0;
  size_t n = 0;
  for (size_t i = 0; i < count; ++i) {
    DeviceSocket& s = *sockets[(start + i) % count];
    const bool ours = s.kind == DeviceSocket::Kind::kListener ||
                      (s.accepted && s.life == DeviceSocket::Life::kOpen);
    if (!ours || ((s.mask & FP_ET) != 0 && !s.changed)) continue;
    const uint32_t events_now = level(s);
    if (events_now == 0) continue;
    out[n++] = {&s, s.user, events_now, s.stopped ? EIO : s.reset ? ECONNRESET : 0};
    s.more_room = s.changed = false;
    if (n == out.size()) {
      next_poll = (start + i + 1) % count;
      break;
    }
  }
  return static_cast<int>(n);
}

int DeviceQueue::socket(int domain, bool nonblock, fp_sock** out) {
  auto s = std::make_unique<DeviceSocket>();
  s->queue = this;
  s->nonblock = nonblock;
  s->local.ss_family = static_cast<sa_family_t>(domain);
  *out = s.get();
  sockets.push_back(std::move(s));
  return 0;
}

void DeviceQueue::stats(fp_stats& out) const {
  for (const auto& s : sockets) {
    out.rx_bytes += s->count->rx_bytes.get();
    out.tx_bytes += s->count->tx_bytes.get();
    out.tx_full += s->count->tx_full.get();
  }
  out.events = event_count;
  out.notifies = notify_count;
  out.sleeps = sleep_count;
}

}  // namespace flatproxy
