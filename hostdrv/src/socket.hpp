// SPDX-License-Identifier: Apache-2.0
//
// The library's objects: context, queue, socket. Indices are 32-bit, monotonic, in bytes
// (docs/architecture.md section 4, VQ).
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "contract/mailbox.hpp"
#include "contract/vq.hpp"
#include "flatproxy/flatproxy.h"
#include "hostdrv/src/ring_memory.hpp"

namespace flatproxy {
class ServiceController;
}

struct fp_sock {
  enum class Kind : uint8_t { kListener, kConnection };
  enum class Life : uint8_t {
    kOffered,    // rings given to the firmware, OPEN not seen yet
    kOpen,       // waiting in a listener's backlog, or with the application
    kAbandoned,  // the application has closed it; what still arrives is thrown away
  };

  fp_vq* queue = nullptr;
  Kind kind = Kind::kListener;
  void* user = nullptr;
  sockaddr_storage local{};
  sockaddr_storage remote{};

  // Listener.
  bool listening = false;
  size_t backlog = 0;
  std::deque<fp_sock*> waiting;  // offered ones count against the backlog too
  size_t offered = 0;

  // Connection.
  Life life = Life::kOffered;
  fp_sock* listener = nullptr;
  bool accepted = false;
  uint32_t ring = 0;
  uint8_t gen = 0;
  flatproxy::RingMemory rx, tx;
  uint64_t rx_iova = 0, tx_iova = 0;
  uint32_t rx_head = 0, rx_tail = 0;                 // read up to, readable up to
  uint32_t tx_head = 0, tx_tail = 0;                 // free up to, committed up to
  uint32_t rx_told = 0, tx_told = 0, seen_told = 0;  // last doorbells
  bool fin_in = false;                               // the peer's stream ends at rx_tail
  bool fin_out = false;                              // we want FIN sent behind tx_tail
  bool fin_told = false;
  bool opened = false;  // OPEN seen: from here to GONE the doorbells are ours
  bool reset = false;
  bool stopped = false;    // the device stopped the ring
  bool gone = false;       // GONE seen: the device writes nothing more
  bool released = false;   // the firmware has forgotten the pair
  bool settled = false;    // both: the memory is ours alone and the ring number free again
  bool want_room = false;  // a caller saw no TX room; the next txfree is reported
  bool room = false;
  bool queued = false;  // in fp_vq::dirty
  uint64_t rx_bytes = 0, tx_bytes = 0;
};

struct fp_vq {
  fp_ctx* context = nullptr;
  uint16_t number = 0;
  flatproxy::RingMemory events;
  uint64_t events_iova = 0;
  uint32_t ev_head = 0;
  uint32_t ev_told = 0;
  bool lost = false;  // the device wrote nonsense: nothing is trusted any more
  bool lost_reported = false;
  std::vector<fp_sock*> rings;  // by ring number
  std::vector<std::unique_ptr<fp_sock>> sockets;
  std::vector<fp_sock*> dirty;  // may have doorbells to ring, each once
  size_t next_poll = 0;         // socket that the next fp_poll() looks at first
  uint64_t event_count = 0, notify_count = 0;
};

namespace flatproxy {

// Remembers that a socket may have something to tell the device.
void mark(fp_sock& s);
// Hands what changed in a socket to the device.
void flush_socket(fp_sock& s);
// The application is done with a connection: send what is committed, then FIN; read nothing more.
void abandon(fp_sock& s);
// Takes every new event out of the queue's event ring.
void drain_events(fp_vq& q);
// Frees sockets that both sides have let go of.
void reap(fp_vq& q);
// Writes word `word` of doorbell slot `slot`. A device that refuses it is lost.
int doorbell(fp_vq& q, uint32_t slot, uint32_t word, uint32_t value);

}  // namespace flatproxy
