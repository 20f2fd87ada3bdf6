// SPDX-License-Identifier: Apache-2.0
//
// Queues: the event ring, doorbells, fp_poll().
#include <algorithm>
#include <atomic>
#include <cerrno>

#include "contract/vq.hpp"
#include "hostdrv/src/service_controller.hpp"
#include "hostdrv/src/socket.hpp"

namespace flatproxy {

namespace {

constexpr uint32_t kEventSlots = 1024;
constexpr size_t kEventBytes = kEventSlots * size_t{fp::vq::kEventBytes};
// Words of ring_slot and vq_slot (rtl/vq/vq.yaml).
constexpr uint32_t kWordTxTail = 0, kWordRxHead = 1, kWordControl = 2, kWordTxSeen = 3;
constexpr uint32_t kWordEvHead = 0, kWordArm = 1;

fp::vq::HostEvent load_event(const fp_vq& q, uint32_t index) {
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

// Indices come from the other side: range-check, fail the queue on nonsense.
void take_event(fp_vq& q, const fp::vq::HostEvent& e) {
  fp_sock* s = e.ring < q.rings.size() ? q.rings[e.ring] : nullptr;
  if (s == nullptr || s->gen != e.gen) return;  // a ring already released
  if (e.txfree) {
    if (e.tail - s->tx_head > s->tx_tail - s->tx_head) {
      q.lost = true;
      return;
    }
    s->tx_head = e.tail;
    s->seen_told = e.tail - 1;  // differs: tell the device that this one was seen
    if (s->want_room) s->room = true;
    s->dirty = true;
    q.dirty.push_back(s);
    return;
  }
  if (e.tail - s->rx_head > s->rx.size()) {
    q.lost = true;
    return;
  }
  s->rx_bytes += e.tail - s->rx_tail;
  s->rx_tail = e.tail;
  if (e.open && s->life == fp_sock::Life::kOffered) {
    s->life = fp_sock::Life::kOpen;
    if (s->listener != nullptr) {
      --s->listener->offered;
      s->listener->waiting.push_back(s);
    }
  }
  s->fin_in |= e.fin;
  s->reset |= e.rst;
  s->stopped |= e.err;
  s->gone |= e.gone;
}

}  // namespace

int doorbell(fp_vq& q, uint32_t slot, uint32_t word, uint32_t value) {
  ++q.notify_count;
  const uint64_t offset = uint64_t{q.number} * fp::vq::kDbRegionBytes +
                          uint64_t{slot} * fp::vq::kDbSlotBytes + uint64_t{word} * 4;
  return q.context->controller.ops().write32(Region::kDoorbells, offset, value);
}

void flush_socket(fp_sock& s) {
  fp_vq& q = *s.queue;
  s.dirty = false;
  if (s.gone) return;
  // Everything written into the ring is visible before the index that covers it.
  std::atomic_thread_fence(std::memory_order_release);
  if (s.tx_told != s.tx_tail) doorbell(q, s.ring, kWordTxTail, s.tx_told = s.tx_tail);
  if (s.rx_told != s.rx_head) doorbell(q, s.ring, kWordRxHead, s.rx_told = s.rx_head);
  if (s.seen_told != s.tx_head) doorbell(q, s.ring, kWordTxSeen, s.seen_told = s.tx_head);
  if (s.fin_out) {
    fp::vq::RingSlot slot;
    slot.fin = true;
    uint32_t words[fp::vq::RingSlot::kWords];
    slot.pack(words);
    doorbell(q, s.ring, kWordControl, words[kWordControl]);
  }
}

void drain_events(fp_vq& q) {
  while (!q.lost) {
    const fp::vq::HostEvent e = load_event(q, q.ev_head);
    if (!fresh(e, q.ev_head)) break;
    ++q.ev_head;
    ++q.event_count;
    take_event(q, e);
  }
  if (q.ev_told != q.ev_head) doorbell(q, fp::vq::kDbVqSlot, kWordEvHead, q.ev_told = q.ev_head);
}

void reap(fp_vq& q) {
  auto over = [](const std::unique_ptr<fp_sock>& s) {
    return s->kind == fp_sock::Kind::kConnection && s->life == fp_sock::Life::kAbandoned && s->gone;
  };
  auto first = std::stable_partition(q.sockets.begin(), q.sockets.end(),
                                     [&](const auto& s) { return !over(s); });
  for (auto it = first; it != q.sockets.end(); ++it) std::erase(q.dirty, it->get());
  q.sockets.erase(first, q.sockets.end());
}

namespace {

// Level of a socket as fp_poll() reports it.
uint32_t level(const fp_sock& s) {
  if (s.kind == fp_sock::Kind::kListener) return s.waiting.empty() ? 0 : FP_IN;
  uint32_t events = 0;
  if (s.rx_head != s.rx_tail) events |= FP_IN;
  if (s.fin_in && s.rx_head == s.rx_tail) events |= FP_IN | FP_RDHUP;
  if (s.room) events |= FP_OUT;
  if (s.reset || s.stopped) events |= FP_ERR;
  if (s.gone) events |= FP_HUP;
  return events;
}

}  // namespace
}  // namespace flatproxy

using namespace flatproxy;

extern "C" {

int fp_vq_create(fp_ctx* c, unsigned flags, fp_vq** out) {
  if (c == nullptr || out == nullptr || flags != 0) return -EINVAL;
  if (c->queue != nullptr) return -EBUSY;
  auto q = std::make_unique<fp_vq>();
  q->context = c;
  q->events = RingMemory(kEventBytes);
  if (!q->events.valid()) return -ENOMEM;
  q->events_iova = c->controller.iova().allocate(q->events.size());
  if (q->events_iova == 0) return -ENOMEM;
  q->rings.resize(fp::vq::kNumRings);
  const int status = c->controller.announce(*q);
  if (status < 0) return status;
  *out = (c->queue = std::move(q)).get();
  return 0;
}

void fp_vq_destroy(fp_vq* q) {
  if (q == nullptr) return;
  fp_ctx* c = q->context;
  c->controller.retire(*q);
  c->queue.reset();
}

int fp_vq_arm(fp_vq* q) {
  if (q->lost) return -ENODEV;
  const int status = doorbell(*q, fp::vq::kDbVqSlot, kWordArm, q->ev_head);
  if (status < 0) return status;
  // The device decides by its own tail, so nothing is lost either way; an event that is already
  // visible saves the sleep.
  return fresh(load_event(*q, q->ev_head), q->ev_head) ? -EAGAIN : 0;
}

int fp_flush(fp_vq* q) {
  if (q->lost) return -ENODEV;
  for (fp_sock* s : q->dirty) {
    if (s->dirty) flush_socket(*s);
  }
  q->dirty.clear();
  return 0;
}

int fp_poll(fp_vq* q, struct fp_event* ev, int max, int64_t timeout_ns) {
  if (max <= 0 || timeout_ns != 0) return -EINVAL;
  drain_events(*q);
  if (q->lost) {
    if (q->lost_reported) return -ENODEV;
    q->lost_reported = true;
    ev[0] = {nullptr, nullptr, FP_DEVGONE, ENODEV};
    return 1;
  }
  fp_flush(q);
  int n = 0;
  for (const auto& s : q->sockets) {
    const bool ours =
        s->kind == fp_sock::Kind::kListener || (s->accepted && s->life == fp_sock::Life::kOpen);
    const uint32_t events = ours ? level(*s) : 0;
    if (events == 0) continue;
    ev[n++] = {s.get(), s->user, events, s->stopped ? EIO : s->reset ? ECONNRESET : 0};
    s->room = false;
    if (n == max) break;
  }
  return n;
}

int fp_vq_stats(const fp_vq* q, struct fp_stats* out) {
  if (out->size < sizeof *out) return -EINVAL;
  *out = {sizeof *out, 0, 0, q->event_count, q->notify_count};
  for (const auto& s : q->sockets) {
    out->rx_bytes += s->rx_bytes;
    out->tx_bytes += s->tx_bytes;
  }
  return 0;
}

const char* fp_version(void) { return FLATPROXY_VERSION; }

}  // extern "C"
