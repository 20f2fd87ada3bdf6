// SPDX-License-Identifier: Apache-2.0
#include "firmware/embedded/control/config.hpp"

#include "contract/rmt.hpp"
#include "contract/vq.hpp"
#include "firmware/embedded/control/l2.hpp"
#include "firmware/embedded/hal/mbuf.hpp"
#include "firmware/embedded/hal/rmt.hpp"
#include "firmware/embedded/hal/stream.hpp"
#include "firmware/embedded/hal/vq.hpp"
#include "firmware/embedded/runtime/log.hpp"

namespace fw::control {

namespace {

using namespace fp::mailbox;
using hal::mailbox::Message;
using hal::mailbox::parse;

constexpr unsigned kMaxListeners = 512;
std::array<Listen, kMaxListeners> listeners;
unsigned listener_count = 0;
uint32_t rows_written = 0;
bool started = false;

void reply(const Message& m, Status status, uint16_t detail = 0) {
  if (status != Status::kOk) {
    log("config: message ", static_cast<uint32_t>(m.header.id), " answered ", to_string(status),
        " detail ", static_cast<uint32_t>(detail));
  }
  Reply body;
  body.status = status;
  body.detail = detail;
  hal::mailbox::send(kChannelConfig, m.header.seq, body);
}

void table_write(const Message& m) {
  TableWrite body;
  if (m.words().size() < TableWrite::kWords || !parse(m.words().first(TableWrite::kWords), body) ||
      m.words().size() != TableWrite::kWords + body.n_words) {
    return reply(m, Status::kBadMessage);
  }
  const auto row = m.words().subspan(TableWrite::kWords);
  switch (hal::rmt::write_row(body.table_id, body.index, row.data(), row.size())) {
    case hal::rmt::Outcome::kOk:
      ++rows_written;
      return reply(m, Status::kOk);
    case hal::rmt::Outcome::kRefused:
      return reply(m, Status::kRefused, body.index);
    case hal::rmt::Outcome::kBusy:
      return reply(m, Status::kBusy);
    case hal::rmt::Outcome::kBadLength:
      return reply(m, Status::kBadMessage, body.table_id);
  }
}

void table_read(const Message& m) {
  TableRead body;
  if (!parse(m.words(), body)) return reply(m, Status::kBadMessage);
  static_assert(kMaxRowWords == fp::rmt::reg::kTblDataCount);
  std::array<uint32_t, TableRow::kWords + kMaxRowWords> words;
  const unsigned n = hal::rmt::read_row(body.table_id, body.index, words.data() + TableRow::kWords);
  if (n == 0) return reply(m, Status::kRefused, body.index);
  TableRow row;
  row.table_id = body.table_id;
  row.index = body.index;
  row.n_words = static_cast<uint8_t>(n);
  row.pack(words.data());
  hal::mailbox::send(kChannelConfig, TableRow::kId, m.header.seq,
                     std::span(words).first(TableRow::kWords + n));
}

void listen(const Message& m) {
  Listen body;
  if (!parse(m.words(), body)) return reply(m, Status::kBadMessage);
  if (body.vq >= fp::vq::kNumVqs) return reply(m, Status::kRefused, body.vq);
  if (find_listener(body.family, body.address, body.port) != nullptr) {
    return reply(m, Status::kRefused, body.port);
  }
  if (listener_count == kMaxListeners) return reply(m, Status::kNoRoom, kMaxListeners);
  listeners[listener_count++] = body;
  reply(m, Status::kOk);
}

void interface_address(const Message& m) {
  InterfaceAddress body;
  if (!parse(m.words(), body)) return reply(m, Status::kBadMessage);
  if (body.prefix > (body.family == Family::kIpv6 ? 128 : 32)) {
    return reply(m, Status::kRefused, body.prefix);
  }
  reply(m, add_address(body), body.vlan);
}

void epoch_commit(const Message& m) {
  EpochCommit body;
  if (!parse(m.words(), body)) return reply(m, Status::kBadMessage);
  hal::rmt::commit_epoch();
  log("config: ", rows_written, " table rows committed");
  rows_written = 0;
  reply(m, Status::kOk);
}

void start(const Message& m) {
  Start body;
  if (!parse(m.words(), body)) return reply(m, Status::kBadMessage);
  if (started) return reply(m, Status::kBadState);
  started = true;
  hal::mbuf::enable();
  hal::vq::enable();
  hal::stream::enable();
  start_packets();
  hal::rmt::enable(body.lossless);
  log("ready: ", listener_count, " listeners");
  Ready ready;
  ready.boot_ok = true;
  hal::mailbox::send(kChannelConfig, m.header.seq, ready);
}

}  // namespace

void say_hello() {
  Hello hello;
  hello.version = kProtocolVersion;
  hal::mailbox::send(kChannelConfig, 0, hello);
}

void handle_config(const Message& m) {
  switch (static_cast<MsgId>(m.header.id)) {
    case MsgId::kTableWrite:
      return table_write(m);
    case MsgId::kEpochCommit:
      return epoch_commit(m);
    case MsgId::kTableRead:
      return table_read(m);
    case MsgId::kInterfaceAddress:
      return interface_address(m);
    case MsgId::kListen:
      return listen(m);
    case MsgId::kStart:
      return start(m);
    default:
      return reply(m, Status::kBadMessage, m.header.id);
  }
}

const Listen* find_listener(Family family, const std::array<uint8_t, 16>& address, uint16_t port) {
  for (unsigned i = 0; i < listener_count; ++i) {
    const Listen& l = listeners[i];
    if (l.family == family && l.port == port && l.address == address) return &l;
  }
  return nullptr;
}

}  // namespace fw::control
