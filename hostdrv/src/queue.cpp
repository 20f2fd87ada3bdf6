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

// Indices come from the other side: what no device may say fails the queue.
bool plausible(const fp_sock& s, const fp::vq::HostEvent& e) {
  if (s.gone) return false;  // GONE is a binding's last event
  if (e.txfree) {
    const bool alone = !e.rx && !e.fin && !e.rst && !e.err && !e.open && !e.gone;
    return alone && e.tail - s.tx_head <= s.tx_told - s.tx_head;
  }
  if (s.fin_in && e.tail != s.rx_tail) return false;
  const uint32_t used = e.tail - s.rx_head;
  return used <= s.rx.size() && used >= s.rx_tail - s.rx_head;
}

void take_event(fp_vq& q, const fp::vq::HostEvent& e) {
  if (e.ring >= q.rings.size()) {
    q.lost = true;
    return;
  }
  fp_sock* s = q.rings[e.ring];
  if (s == nullptr || s->gen != e.gen) return;  // of a binding that is no more
  if (!plausible(*s, e)) {
    q.lost = true;
    return;
  }
  if (e.txfree) {
    s->tx_head = e.tail;
    if (s->want_room) s->room = true;
    s->want_room = false;
    mark(*s);  // tx_seen asks for the next one
    return;
  }
  s->rx_bytes += e.tail - s->rx_tail;
  s->rx_tail = e.tail;
  s->fin_in |= e.fin;
  s->reset |= e.rst;
  s->stopped |= e.err;
  if (e.open && !s->opened) {
    s->opened = true;
    if (s->life == fp_sock::Life::kOffered) {
      s->life = fp_sock::Life::kOpen;
      --s->listener->offered;
      s->listener->waiting.push_back(s);
    }
  }
  if (s->life == fp_sock::Life::kAbandoned) abandon(*s);
  if (e.gone) {
    s->gone = true;
    q.context->controller.settle(*s);
  }
}

}  // namespace

int doorbell(fp_vq& q, uint32_t slot, uint32_t word, uint32_t value) {
  ++q.notify_count;
  const uint64_t offset = uint64_t{q.number} * fp::vq::kDbRegionBytes +
                          uint64_t{slot} * fp::vq::kDbSlotBytes + uint64_t{word} * 4;
  const int status = q.context->controller.ops().write32(Region::kDoorbells, offset, value);
  if (status < 0) q.lost = true;
  return status;
}

void mark(fp_sock& s) {
  if (s.queued) return;
  s.queued = true;
  s.queue->dirty.push_back(&s);
}

void abandon(fp_sock& s) {
  s.life = fp_sock::Life::kAbandoned;
  s.rx_head = s.rx_tail;
  // Without OPEN the slot is not ours yet: the bind clears it.
  if (s.opened && !s.reset && !s.stopped) s.fin_out = true;
  mark(s);
}

void flush_socket(fp_sock& s) {
  fp_vq& q = *s.queue;
  if (!s.opened || s.gone || q.lost) return;
  // Everything written into the ring is visible before the index that covers it.
  std::atomic_thread_fence(std::memory_order_release);
  if (s.tx_told != s.tx_tail) doorbell(q, s.ring, kWordTxTail, s.tx_told = s.tx_tail);
  if (s.rx_told != s.rx_head) doorbell(q, s.ring, kWordRxHead, s.rx_told = s.rx_head);
  if (s.seen_told != s.tx_head) doorbell(q, s.ring, kWordTxSeen, s.seen_told = s.tx_head);
  if (s.fin_out && !s.fin_told) {
    // Behind tx_tail, which it makes final.
    RingSlot slot;
    slot.fin = s.fin_told = true;
    uint32_t words[RingSlot::kWords];
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
    return s->kind == fp_sock::Kind::kConnection && s->life == fp_sock::Life::kAbandoned &&
           s->settled;
  };
  std::erase_if(q.dirty, [&](fp_sock* d) {
    return std::any_of(q.sockets.begin(), q.sockets.end(),
                       [&](const auto& s) { return s.get() == d && over(s); });
  });
  std::erase_if(q.sockets, over);
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
  if (status < 0) {
    c->controller.iova().release(q->events_iova, q->events.size());
    return status;
  }
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
  // The device would not take the doorbell yet, and answers only to what it has been told.
  if (!q->context->controller.ready()) return q->lost ? -ENODEV : -EAGAIN;
  int status = fp_flush(q);
  if (status == 0) status = doorbell(*q, fp::vq::kDbVqSlot, kWordArm, q->ev_head);
  if (status < 0) return q->lost ? -ENODEV : status;
  // The device decides by its own tail, so nothing is lost either way; an event that is already
  // visible saves the sleep.
  return fresh(load_event(*q, q->ev_head), q->ev_head) ? -EAGAIN : 0;
}

int fp_flush(fp_vq* q) {
  if (q->lost) return -ENODEV;
  for (fp_sock* s : q->dirty) {
    s->queued = false;
    flush_socket(*s);
  }
  q->dirty.clear();
  return q->lost ? -ENODEV : 0;
}

int fp_poll(fp_vq* q, struct fp_event* ev, int max, int64_t timeout_ns) {
  if (max <= 0 || timeout_ns != 0) return -EINVAL;
  drain_events(*q);
  fp_flush(q);
  reap(*q);
  if (q->lost) {
    if (q->lost_reported) return -ENODEV;
    q->lost_reported = true;
    ev[0] = {nullptr, nullptr, FP_DEVGONE, ENODEV};
    return 1;
  }
  // A round that found `max` goes on behind its last socket, so that nobody is passed over for
  // ever.
  const size_t count = q->sockets.size();
  const size_t start = q->next_poll < count ? q->next_poll : 0;
  q->next_poll = 0;
  int n = 0;
  for (size_t i = 0; i < count; ++i) {
    fp_sock& s = *q->sockets[(start + i) % count];
    const bool ours =
        s.kind == fp_sock::Kind::kListener || (s.accepted && s.life == fp_sock::Life::kOpen);
    const uint32_t events = ours ? level(s) : 0;
    if (events == 0) continue;
    ev[n++] = {&s, s.user, events, s.stopped ? EIO : s.reset ? ECONNRESET : 0};
    s.room = false;
    if (n == max) {
      q->next_poll = (start + i + 1) % count;
      break;
    }
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
