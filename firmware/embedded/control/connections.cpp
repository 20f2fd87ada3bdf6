// SPDX-License-Identifier: Apache-2.0
#include "firmware/embedded/control/connections.hpp"

#include "contract/vq.hpp"
#include "firmware/embedded/control/config.hpp"
#include "firmware/embedded/hal/mbuf.hpp"
#include "firmware/embedded/hal/stream.hpp"
#include "firmware/embedded/hal/vq.hpp"
#include "firmware/embedded/runtime/log.hpp"

namespace fw::control {

namespace {

using namespace fp::mailbox;
using fp::common::ConnRef;
using hal::mailbox::Message;
using hal::mailbox::parse;

constexpr unsigned kMaxConnections = fp::vq::kNumConns;
constexpr uint32_t kWireCredit = 65536;   // bytes the TOE's place may owe the wire per connection
constexpr uint32_t kPollInterval = 1000;  // cycles between two looks at a closing

enum class State : uint8_t {
  kFree,
  kAsking,  // ring request sent
  kOpen,
  kUnbinding,  // the ring finishes
  kDraining,   // mbuf cells in flight
};

struct Connection {
  State state;
  uint8_t gen;
  uint16_t flow;
  uint32_t ring;
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

void send_release(unsigned id) {
  RingRelease body;
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
    send_release(id);
    return refuse(id, "mbuf has no room");
  }
  if (!hal::vq::bind(pair)) {
    hal::mbuf::close(ref(id));
    send_release(id);
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
  connections[id].state = State::kUnbinding;
  ++closing_count;
  hal::vq::unbind(connections[id].ring);
  return true;
}

bool continue_close() {
  bool progress = false;
  for (unsigned id = 0; closing_count != 0 && id < kMaxConnections; ++id) {
    Connection& c = connections[id];
    if (c.state == State::kUnbinding && !hal::vq::bound(c.ring)) {
      hal::mbuf::close(ref(id));
      c.state = State::kDraining;
      progress = true;
    }
    if (c.state == State::kDraining && hal::mbuf::drained(ref(id))) {
      hal::stream::release(c.flow);
      send_release(id);
      log("connection ", id, ": closed");
      release(id);
      --closing_count;
      progress = true;
    }
  }
  return progress;
}

void answer(const Message& m, bool ok) {
  Reply body;
  body.status = ok ? Status::kOk : Status::kRefused;
  if (!ok) log("host: message ", static_cast<uint32_t>(m.header.id), " refused");
  hal::mailbox::send(kChannelHost, m.header.seq, body);
}

}  // namespace

void handle_host(const Message& m) {
  switch (static_cast<MsgId>(m.header.id)) {
    case MsgId::kWindowSetup: {
      WindowSetup body;
      return answer(m, parse(m.words(), body) && hal::vq::set_window(body));
    }
    case MsgId::kVqSetup: {
      VqSetup body;
      return answer(m, parse(m.words(), body) && hal::vq::set_queue(body));
    }
    case MsgId::kRingReply: {
      RingReply body;
      if (!asking) return log("host: a ring nobody asked for");
      if (!parse(m.words(), body) || body.conn != ref(asking_id)) body.status = Status::kBadMessage;
      return finish_open(body);
    }
    default:
      return answer(m, false);
  }
}

bool serve_connections() {
  bool work = begin_close();
  work |= begin_open();
  if (closing_count != 0) {
    hal::vq::acknowledge();
    work |= continue_close();
  }
  return work;
}

uint32_t poll_interval() { return closing_count != 0 ? kPollInterval : 0; }

}  // namespace fw::control
