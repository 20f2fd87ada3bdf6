// SPDX-License-Identifier: Apache-2.0
//
// The in-process host's part of a checkpoint: the host library's objects, the memory they share
// with the device, the PCIe link. The library knows no simulator, so its objects are listed here.
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include "cmodel/common/state_io.hpp"
#include "hostdrv/src/device/service_controller.hpp"
#include "hostdrv/src/device/socket.hpp"
#include "sim-tb/platform/inproc_host.hpp"

namespace fp::platform {
namespace {

using flatproxy::DeviceQueue;
using flatproxy::DeviceSocket;

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
void socket_link(StateIo& io, DeviceQueue& queue, DeviceSocket*& socket) {
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
void socket_links(StateIo& io, DeviceQueue& queue, List& list) {
  const size_t n = io.length(list.size());
  if (io.loading()) list.resize(n);
  for (DeviceSocket*& socket : list) socket_link(io, queue, socket);
}

void counter_state(StateIo& io, flatproxy::Counter& counter) {
  uint64_t value = counter.get();
  io(value);
  counter.reset();
  counter.add(value);
}

// Without what points at other sockets.
void socket_state(StateIo& io, DeviceSocket& s) {
  io(s.kind);
  io.raw(&s.local, sizeof s.local);
  io.raw(&s.remote, sizeof s.remote);
  io(s.listening, s.backlog, s.offered, s.life, s.accepted, s.ring, s.gen, s.rx_iova, s.tx_iova,
     s.rx_head, s.rx_tail, s.tx_head, s.tx_tail, s.rx_told, s.tx_told, s.seen_told, s.fin_in,
     s.fin_out, s.fin_told, s.rst_out, s.rst_told, s.shut_rd, s.opened, s.reset, s.stopped, s.gone,
     s.released, s.settled, s.want_room, s.more_room, s.queued);
  io(s.nonblock, s.watched, s.shown, s.changed, s.mask, s.rx_timeout_ns, s.tx_timeout_ns);
  io.raw(&s.linger_option, sizeof s.linger_option);
  std::vector<std::array<int, 3>> remembered;
  for (const auto& [option, value] : s.remembered) {
    remembered.push_back({option.first, option.second, value});
  }
  io.resized(remembered);
  s.remembered.clear();
  for (const auto& [level, name, value] : remembered) s.remembered[{level, name}] = value;
  for (flatproxy::Counter* counter : {&s.count->rx_bytes, &s.count->tx_bytes, &s.count->tx_full,
                                      &s.count->spins, &s.count->sleeps}) {
    counter_state(io, *counter);
  }
  if (s.kind == DeviceSocket::Kind::kListener) return;
  memory_state(io, s.rx);
  memory_state(io, s.tx);
}

void queue_state(StateIo& io, DeviceQueue& q) {
  io(q.events_iova, q.ev_head, q.ev_told, q.lost, q.lost_reported, q.next_poll, q.event_count,
     q.notify_count, q.sleep_count);
  memory_state(io, q.events);
  const size_t n = io.length(q.sockets.size());
  if (io.loading()) {
    // The service holds its listeners, which a host has from the start: they stay the same objects.
    if (n < q.sockets.size()) io.fail("too few sockets", "the listeners at least");
    while (q.sockets.size() < n) {
      q.sockets.push_back(std::make_unique<DeviceSocket>());
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
  io(link_, inbox_, outbox_, now_, wanted_,
     static_cast<flatproxy::DeviceContext&>(*context_).controller);
  bool has_queue = queue_ != nullptr;
  io(has_queue);
  if (has_queue != (queue_ != nullptr)) io.fail("another queue", "the one that is open");
  if (!has_queue) return;
  io.place("host library");
  // The handles of this host are always those of a device.
  auto& queue = static_cast<DeviceQueue&>(*queue_);
  queue_state(io, queue);
  if (!io.loading()) return;
  // The device sees the memory where it saw it before.
  memory_ = mem::HostMemory();
  bool mapped = memory_.map(queue.events_iova, queue.events.memory());
  for (const auto& s : queue.sockets) {
    if (s->kind == DeviceSocket::Kind::kListener || s->settled) continue;
    mapped = mapped && memory_.map(s->rx_iova, s->rx.memory()) &&
             memory_.map(s->tx_iova, s->tx.memory());
  }
  if (!mapped) io.fail("rings that overlap", "rings of their own");
}

}  // namespace fp::platform
