// SPDX-License-Identifier: Apache-2.0
//
// Queues and sockets on a device. Indices are 32-bit, monotonic, in bytes (docs/architecture.md
// section 4, VQ).
#pragma once

#include <netinet/in.h>

#include <deque>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "contract/mailbox.hpp"
#include "contract/vq.hpp"
#include "hostdrv/src/handles.hpp"
#include "hostdrv/src/ring_memory.hpp"

namespace flatproxy {

class DeviceContext;
class DeviceQueue;

class DeviceSocket final : public fp_sock {
 public:
  enum class Kind : uint8_t { kListener, kConnection };
  enum class Life : uint8_t {
    kOffered,    // rings given to the firmware, OPEN not seen yet
    kOpen,       // waiting in a listener's backlog, or with the application
    kAbandoned,  // the application has closed it; what still arrives is thrown away
  };

  int bind(const sockaddr* a, socklen_t n) override;
  int listen(int backlog) override;
  int accept(fp_vq& to, sockaddr* a, socklen_t* n, fp_sock** out) override;
  int connect(const sockaddr* a, socklen_t n) override;
  int shutdown(int how) override;
  void close() override;
  ssize_t send(std::span<const iovec> from, int flags) override;
  ssize_t recv(std::span<const iovec> to, int flags) override;
  int getsockopt(int level, int name, void* v, socklen_t* n) override;
  int setsockopt(int level, int name, const void* v, socklen_t n) override;
  int name(bool of_peer, sockaddr* a, socklen_t* n) const override;
  int set_nonblock(bool on) override;
  int backend() const override;
  const char* backend_reason() const override;
  ssize_t rx_peek(const void** p) override;
  int rx_consume(size_t n) override;
  ssize_t tx_reserve(size_t want, void** p) override;
  int tx_commit(size_t n, bool more) override;
  int watch(uint32_t events) override;

  uint32_t readable() const { return rx_tail - rx_head; }
  size_t room() const { return tx.size() - (tx_tail - tx_head); }
  // What keeps the connection from being used, or 0.
  int trouble() const;
  // The stream from the peer has an end, and everything before it was read.
  bool at_end() const { return (fin_in || shut_rd) && readable() == 0; }

  DeviceQueue* queue = nullptr;
  Kind kind = Kind::kListener;
  sockaddr_storage local{};
  sockaddr_storage remote{};

  // Listener.
  bool listening = false;
  size_t backlog = 0;
  std::deque<DeviceSocket*> waiting;  // offered ones count against the backlog too
  size_t offered = 0;

  // Connection.
  Life life = Life::kOffered;
  DeviceSocket* listener = nullptr;
  bool accepted = false;
  uint32_t ring = 0;
  uint8_t gen = 0;
  RingMemory rx, tx;
  uint64_t rx_iova = 0, tx_iova = 0;
  uint32_t rx_head = 0, rx_tail = 0;                 // read up to, readable up to
  uint32_t tx_head = 0, tx_tail = 0;                 // free up to, committed up to
  uint32_t rx_told = 0, tx_told = 0, seen_told = 0;  // last doorbells
  bool fin_in = false;                               // the peer's stream ends at rx_tail
  bool fin_out = false;                              // we want FIN sent behind tx_tail
  bool fin_told = false;
  bool rst_out = false;  // we want the connection reset
  bool rst_told = false;
  bool shut_rd = false;
  bool opened = false;  // OPEN seen: from here to GONE the doorbells are ours
  bool reset = false;
  bool stopped = false;    // the device stopped the ring
  bool gone = false;       // GONE seen: the device writes nothing more
  bool released = false;   // the firmware has forgotten the pair
  bool settled = false;    // both: the memory is ours alone and the ring number free again
  bool want_room = false;  // a caller saw no TX room; the next txfree is reported
  bool more_room = false;
  bool queued = false;  // in DeviceQueue::dirty

  // What the caller asked for.
  bool nonblock = false;
  bool watched = false;  // fp_sock_watch() was called
  bool shown = false;    // everything readable was lent, and nothing consumed since
  bool changed = false;  // since the last report; edge-triggered sockets report then
  uint32_t mask = FP_IN | FP_RDHUP;
  int64_t rx_timeout_ns = -1, tx_timeout_ns = -1;  // < 0: none
  linger linger_option{};
  std::map<std::pair<int, int>, int> remembered;  // options without effect: as they were set

 private:
  friend class DeviceQueue;
  // Attempts until it is no longer -EAGAIN, sleeping in between if the socket may.
  template <class Attempt>
  ssize_t blocking(int flags, int64_t timeout_ns, Attempt attempt);
  ssize_t take(std::span<const iovec> to, size_t from, bool peek);
};

class DeviceQueue final : public fp_vq {
 public:
  explicit DeviceQueue(DeviceContext& c);
  ~DeviceQueue() override;

  int fd() override;
  int arm() override;
  int flush() override;
  int poll(std::span<fp_event> out, int64_t timeout_ns) override;
  int socket(int domain, bool nonblock, fp_sock** out) override;
  void stats(fp_stats& out) const override;

  // Takes in what the device has to say; if that is nothing, sleeps until it speaks or `left` ns
  // (< 0: without end) are over, and takes them off `left`. -ETIMEDOUT, -EAGAIN: cannot sleep.
  int sleep(int64_t& left);

  DeviceContext& owner() const;

  uint16_t number = 0;
  RingMemory events;
  uint64_t events_iova = 0;
  uint32_t ev_head = 0;
  uint32_t ev_told = 0;
  bool lost = false;  // the device wrote nonsense: nothing is trusted any more
  bool lost_reported = false;
  std::vector<DeviceSocket*> rings;  // by ring number
  std::vector<std::unique_ptr<DeviceSocket>> sockets;
  std::vector<DeviceSocket*> dirty;  // may have doorbells to ring, each once
  size_t next_poll = 0;              // socket that the next fp_poll() looks at first
  uint64_t event_count = 0, notify_count = 0, sleep_count = 0;

 private:
  int collect(std::span<fp_event> out);
};

// Remembers that a socket may have something to tell the device.
void mark(DeviceSocket& s);
// Hands what changed in a socket to the device.
void flush_socket(DeviceSocket& s);
// The application is done with a connection: send what is committed, then FIN; read nothing more.
void abandon(DeviceSocket& s);
// Takes every new event out of the queue's event ring.
void drain_events(DeviceQueue& q);
// Frees sockets that both sides have let go of.
void reap(DeviceQueue& q);
// Writes word `word` of doorbell slot `slot`. A device that refuses it is lost.
int doorbell(DeviceQueue& q, uint32_t slot, uint32_t word, uint32_t value);

}  // namespace flatproxy
