// SPDX-License-Identifier: Apache-2.0
#include "firmware/embedded/control/connections.hpp"

#include "contract/mbuf.hpp"
#include "contract/vq.hpp"
#include "firmware/embedded/control/config.hpp"
#include "firmware/embedded/hal/mbuf.hpp"
#include "firmware/embedded/hal/stream.hpp"
#include "firmware/embedded/hal/timer.hpp"
#include "firmware/embedded/hal/vq.hpp"
#include "firmware/embedded/runtime/log.hpp"

namespace fw::control {

namespace {

using namespace fp::mailbox;
using fp::common::ConnRef;
using hal::mailbox::Message;
using hal::mailbox::parse;

constexpr unsigned kMaxConnections = fp::vq::kNumConns;
static_assert(fp::mbuf::kNumConns >= kMaxConnections);
constexpr uint32_t kWireCredit = 65536;   // bytes the TOE's place may owe the wire per connection
constexpr uint32_t kPollInterval = 1000;  // cycles between two looks at a closing
// The longest a closing waits for the peer's FIN or RST to reach the host. A FIN lies behind at
// most all of mbuf's 1 MiB, which a PCIe Gen3 x8 link moves in 40,000 cycles at 250 MHz; a reset
// may have been the stream's own doing, and then none comes.
constexpr uint64_t kFinWait = 1'000'000;  // cycles
constexpr uint64_t kResetWait = 100'000;  // cycles

enum class State : uint8_t {
  kFree,
  kAsking,  // ring request sent
  kOpen,
  kFinishing,  // the last bytes and the end of the stream go to the host
  kUnbinding,  // the ring finishes
  kDraining,   // mbuf cells in flight
};

struct Connection {
  State state;
  uint8_t gen;
  uint16_t flow;
  uint32_t ring;
  uint64_t deadline;  // kFinishing: cycle at which the waiting ends
};

std::array<Connection, kMaxConnections> connections;
unsigned next_id = 0;
bool asking = false;  // one ring request at a time
unsigned asking_id = 0;
unsigned closing_count = 0;

ConnRef ref(unsigned id) {
  ConnRef r;
  r.conn_id = id;
  r.gen = connections[id].gen;
  return r;
}

// Round robin, so that an identifier rests as long as possible before it is used again.
int allocate() {
  for (unsigned i = 0; i < kMaxConnections; ++i) {
    const unsigned id = (next_id + i) % kMaxConnections;
    if (connections[id].state != State::kFree) continue;
    next_id = id + 1;
    return static_cast<int>(id);
  }
  return -1;
}

void release(unsigned id) {
  connections[id].state = State::kFree;
  connections[id].gen = (connections[id].gen + 1) & ((1u << fp::common::kConnGenBits) - 1);
}

void refuse(unsigned id, const char* why) {
  log("connection ", id, ": refused, ", why);
  hal::stream::refuse(connections[id].flow);
  release(id);
}

bool begin_open() {
  hal::stream::Flow flow;
  if (asking || !hal::stream::take_new(flow)) return false;
  const Listen* listener = find_listener(flow.family, flow.local_address, flow.local_port);
  const int id = listener != nullptr ? allocate() : -1;
  if (id < 0) {
    log("flow ", static_cast<uint32_t>(flow.index),
        listener != nullptr ? ": refused, no connection left" : ": refused, nobody listens");
    hal::stream::refuse(flow.index);
    return true;
  }
  connections[id].state = State::kAsking;
  connections[id].flow = flow.index;
  asking = true;
  asking_id = static_cast<unsigned>(id);

  RingRequest request;
  request.conn = ref(asking_id);
  request.family = flow.family;
  request.vq = listener->vq;
  request.local_port = flow.local_port;
  request.remote_port = flow.remote_port;
  request.local_address = flow.local_address;
  request.remote_address = flow.remote_address;
  hal::mailbox::send(kChannelHost, static_cast<uint8_t>(id), request);
  return true;
}

void send_release(unsigned id, bool bound) {
  RingRelease body;
  body.bound = bound;
  body.conn = ref(id);
  body.ring = connections[id].ring;
  hal::mailbox::send(kChannelHost, 0, body);
}

// Both rings are sized by the host; what it may hold is the credit of its direction.
void finish_open(const RingReply& pair) {
  const unsigned id = asking_id;
  asking = false;
  if (pair.status != Status::kOk) return refuse(id, to_string(pair.status));
  connections[id].ring = pair.ring;
  if (!hal::mbuf::open(ref(id), 1u << pair.rx_log2, kWireCredit)) {
    send_release(id, false);
    return refuse(id, "mbuf has no room");
  }
  if (!hal::vq::bind(pair)) {
    hal::mbuf::close(ref(id));
    send_release(id, false);
    return refuse(id, "the queue refused the ring");
  }
  connections[id].state = State::kOpen;
  hal::stream::accept(connections[id].flow, ref(id));
  log("connection ", id, ": open on ring ", pair.ring);
}

bool begin_close() {
  hal::stream::Closed closed;
  if (!hal::stream::take_closed(closed)) return false;
  const unsigned id = closed.conn.conn_id;
  if (id >= kMaxConnections || connections[id].state != State::kOpen ||
      connections[id].gen != closed.conn.gen) {
    log("flow ", static_cast<uint32_t>(closed.index), ": closed, but no connection has it");
    hal::stream::release(closed.index);
    return true;
  }
  connections[id].state = State::kFinishing;
  connections[id].deadline = hal::timer::now() + (closed.reset ? kResetWait : kFinWait);
  ++closing_count;
  return true;
}

bool continue_close() {
  bool progress = false;
  unsigned left = closing_count;
  for (unsigned id = 0; left != 0 && id < kMaxConnections; ++id) {
    Connection& c = connections[id];
    if (c.state < State::kFinishing) continue;
    --left;
    // What the peer sent last may still be in mbuf: closing the ring now would lose it.
    if (c.state == State::kFinishing && (hal::vq::ring_end(c.ring) != hal::vq::RingEnd::kWaiting ||
                                         hal::timer::now() >= c.deadline)) {
      hal::vq::unbind(c.ring);
      c.state = State::kUnbinding;
      progress = true;
    }
    if (c.state == State::kUnbinding && !hal::vq::bound(c.ring)) {
      hal::mbuf::close(ref(id));
      c.state = State::kDraining;
      progress = true;
    }
    if (c.state == State::kDraining && hal::mbuf::drained(ref(id))) {
      hal::stream::release(c.flow);
      send_release(id, true);
      log("connection ", id, ": closed");
      release(id);
      --closing_count;
      progress = true;
    }
  }
  return progress;
}

void answer(const Message& m, Status status) {
  Reply body;
  body.status = status;
  if (status != Status::kOk) {
    log("host: message ", static_cast<uint32_t>(m.header.id), " answered ", to_string(status));
  }
  hal::mailbox::send(kChannelHost, m.header.seq, body);
}

}  // namespace

void handle_host(const Message& m) {
  switch (static_cast<MsgId>(m.header.id)) {
    case MsgId::kWindowSetup: {
      WindowSetup body;
      if (!parse(m.words(), body)) return answer(m, Status::kBadMessage);
      return answer(m, hal::vq::set_window(body) ? Status::kOk : Status::kRefused);
    }
    case MsgId::kVqSetup: {
      VqSetup body;
      if (!parse(m.words(), body)) return answer(m, Status::kBadMessage);
      return answer(m, hal::vq::set_queue(body) ? Status::kOk : Status::kRefused);
    }
    case MsgId::kRingReply: {
      // An answer to the request under way; only one that is none is answered itself.
      RingReply body;
      if (!parse(m.words(), body)) {
        answer(m, Status::kBadMessage);
        body.status = Status::kBadMessage;
        if (asking) finish_open(body);
        return;
      }
      if (!asking || body.conn != ref(asking_id)) return answer(m, Status::kBadState);
      return finish_open(body);
    }
    default:
      return answer(m, Status::kBadMessage);
  }
}

bool serve_connections() {
  bool work = begin_close();
  work |= begin_open();
  // Before the rings are looked at, and whoever finished: a cause left standing would keep the core
  // awake.
  hal::vq::acknowledge();
  if (closing_count != 0) work |= continue_close();
  return work;
}

uint32_t poll_interval() { return closing_count != 0 ? kPollInterval : 0; }

}  // namespace fw::control
