// SPDX-License-Identifier: Apache-2.0
//
// The in-process host's part of a checkpoint: the host library's objects, the memory they share
// with the device, the PCIe link. The library knows no simulator, so its objects are listed here.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include "cmodel/common/state_io.hpp"
#include "hostdrv/src/service_controller.hpp"
#include "hostdrv/src/socket.hpp"
#include "sim-tb/platform/inproc_host.hpp"

namespace fp::platform {
namespace {

// What a ring can have (flatproxy::RingSizes).
constexpr size_t kMinRing = 4096, kMaxRing = size_t{1} << 30;  // bytes

void memory_state(StateIo& io, flatproxy::RingMemory& memory) {
  const size_t bytes = io.length(memory.size());
  if (io.loading() && bytes != memory.size()) {
    if (!std::has_single_bit(bytes) || bytes < kMinRing || bytes > kMaxRing) {
      io.fail("a ring of " + std::to_string(bytes) + " bytes", "a power of two from 4096 to 2^30");
    }
    memory = flatproxy::RingMemory(bytes);
    if (!memory.valid()) io.fail("no memory for a ring", "some");
  }
  io.raw(memory.memory().data(), memory.size());
}

// A pointer to one of the queue's sockets, as its number from 1; 0 for none.
void socket_link(StateIo& io, fp_vq& queue, fp_sock*& socket) {
  const auto& all = queue.sockets;
  uint32_t number = 0;
  if (!io.loading() && socket != nullptr) {
    const auto at =
        std::find_if(all.begin(), all.end(), [&](const auto& s) { return s.get() == socket; });
    number = static_cast<uint32_t>(at - all.begin()) + 1;
  }
  io(number);
  if (number > all.size()) io.fail("socket " + std::to_string(number), "one that exists");
  socket = number == 0 ? nullptr : all[number - 1].get();
}

template <class List>
void socket_links(StateIo& io, fp_vq& queue, List& list) {
  const size_t n = io.length(list.size());
  if (io.loading()) list.resize(n);
  for (fp_sock*& socket : list) socket_link(io, queue, socket);
}

// Without what points at other sockets.
void socket_state(StateIo& io, fp_sock& s) {
  io(s.kind);
  io.raw(&s.local, sizeof s.local);
  io.raw(&s.remote, sizeof s.remote);
  io(s.listening, s.backlog, s.offered, s.life, s.accepted, s.ring, s.gen, s.rx_iova, s.tx_iova,
     s.rx_head, s.rx_tail, s.tx_head, s.tx_tail, s.rx_told, s.tx_told, s.seen_told, s.fin_in,
     s.fin_out, s.fin_told, s.opened, s.reset, s.stopped, s.gone, s.released, s.settled,
     s.want_room, s.room, s.queued, s.rx_bytes, s.tx_bytes);
  if (s.kind == fp_sock::Kind::kListener) return;
  memory_state(io, s.rx);
  memory_state(io, s.tx);
}

void queue_state(StateIo& io, fp_vq& q) {
  io(q.events_iova, q.ev_head, q.ev_told, q.lost, q.lost_reported, q.next_poll, q.event_count,
     q.notify_count);
  memory_state(io, q.events);
  const size_t n = io.length(q.sockets.size());
  if (io.loading()) {
    // The service holds its listeners, which a host has from the start: they stay the same objects.
    if (n < q.sockets.size()) io.fail("too few sockets", "the listeners at least");
    while (q.sockets.size() < n) {
      q.sockets.push_back(std::make_unique<fp_sock>());
      q.sockets.back()->queue = &q;
    }
  }
  for (auto& s : q.sockets) socket_state(io, *s);
  for (auto& s : q.sockets) {
    socket_links(io, q, s->waiting);
    socket_link(io, q, s->listener);
  }
  socket_links(io, q, q.rings);
  socket_links(io, q, q.dirty);
}

}  // namespace

void InprocHost::checkpoint(StateIo& io) {
  io.place("host");
  checkpoint_ports<HostSide>(io, *this);
  io(link_, inbox_, outbox_, now_, wanted_, context_->controller);
  bool has_queue = queue_ != nullptr;
  io(has_queue);
  if (has_queue != (queue_ != nullptr)) io.fail("another queue", "the one that is open");
  if (!has_queue) return;
  io.place("host library");
  queue_state(io, *queue_);
  if (!io.loading()) return;
  // The device sees the memory where it saw it before.
  memory_ = mem::HostMemory();
  bool mapped = memory_.map(queue_->events_iova, queue_->events.memory());
  for (const auto& s : queue_->sockets) {
    if (s->kind == fp_sock::Kind::kListener || s->settled) continue;
    mapped = mapped && memory_.map(s->rx_iova, s->rx.memory()) &&
             memory_.map(s->tx_iova, s->tx.memory());
  }
  if (!mapped) io.fail("rings that overlap", "rings of their own");
}

}  // namespace fp::platform
