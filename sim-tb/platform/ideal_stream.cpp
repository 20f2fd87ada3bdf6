// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/platform/ideal_stream.hpp"

#include <algorithm>

namespace fp::platform {
namespace {

using common::kBeatBytes;
using State = Flow::State;

constexpr uint32_t kOriginated = 0x8000'0000;
constexpr uint32_t kConnIds = 1u << common::kConnIdBits;
constexpr uint8_t kDirToHost = 0;

uint32_t word(const std::array<uint8_t, 16>& a, size_t i) {
  return static_cast<uint32_t>(a[4 * i]) << 24 | static_cast<uint32_t>(a[4 * i + 1]) << 16 |
         static_cast<uint32_t>(a[4 * i + 2]) << 8 | a[4 * i + 3];
}

// Refusals that end by themselves when credit comes back; all others are faults.
bool transient(uint8_t code) {
  const auto low = [](mbuf::Reason r) { return static_cast<uint8_t>(static_cast<uint16_t>(r)); };
  return code == low(mbuf::Reason::kMbufNoCredit) || code == low(mbuf::Reason::kMbufCellCap) ||
         code == low(mbuf::Reason::kMbufNoCells);
}

}  // namespace

IdealStream::IdealStream(uint32_t ns_per_cycle) : ns_per_cycle_(ns_per_cycle) {
  frame_in_.reserve(common::kMaxFrame + kBeatBytes);
  s_bytes_.reserve(2 * ideal_stream::kMss);
  frame_out_.reserve(ideal_stream::kMss + 128);
  reset();
}

void IdealStream::reset() {
  regs_.reset();
  hw_ = {};
  table_.reset();
  by_conn_.assign(kConnIds, kNoFlow);
  new_flows_.clear();
  closed_.clear();
  ready_.clear();
  frame_in_.clear();
  writer_ = Writer::kIdle;
  w_flow_ = kNoFlow;
  tx_descs_.clear();
  sender_ = Sender::kIdle;
  s_flow_ = kNoFlow;
  s_rd_pending_ = s_free_pending_ = s_cret_pending_ = false;
  s_left_ = 0;
  s_bytes_.clear();
  frame_out_.clear();
  frame_out_at_ = 0;
  next_tag_ = 0;
  out_segments_.reset();
  out_cq_.reset();
  out_wr_.reset();
  out_rd_.reset();
  out_free_.reset();
  out_cret_.reset();
  out_desc_rx_.reset();
  frames.ready = cr.ready = cevt.ready = desc.ready = rdata.ready = desc_tx.ready = false;
  frames_ready_ = cr_ready_ = desc_ready_ = rdata_ready_ = desc_tx_ready_ = irq_next_ = false;
  irq.value = false;
}

uint16_t IdealStream::flow_of(uint32_t conn_id) const {
  return conn_id < by_conn_.size() ? by_conn_[conn_id] : kNoFlow;
}

void IdealStream::enqueue(uint16_t index) {
  Flow& f = table_[index];
  if (f.state != State::kOpen || f.queued || f.wants_credit || w_flow_ == index || !f.has_work()) {
    return;
  }
  f.queued = true;
  ready_.push_back(index);
}

// --- software ------------------------------------------------------------------------------------

void IdealStream::software() {
  const ideal_stream::Reg2Hw& r = regs_.reg2hw();
  if (r.flow_pop_pop_qe && r.flow_pop_pop_q && !new_flows_.empty()) {
    table_[new_flows_.front()].state = State::kTaken;
    new_flows_.pop_front();
  }
  if (r.close_pop_pop_qe && r.close_pop_pop_q && !closed_.empty()) closed_.pop_front();
  const uint16_t index = r.answer_index_index_q;
  if (index >= ideal_stream::kNumFlows) return;
  Flow& f = table_[index];
  if (r.answer_accept_qe && f.state == State::kTaken) {
    if (r.answer_accept_q) {
      f.state = State::kOpen;
      f.conn = {.conn_id = r.answer_conn_id_q, .gen = r.answer_gen_q};
      by_conn_[f.conn.conn_id] = index;
      hw_.flows_opened_inc = true;
      enqueue(index);
    } else {
      f.state = State::kRefused;
      f.park.clear();
      hw_.flows_refused_inc = true;
    }
  }
  if (r.flow_free_free_qe && r.flow_free_free_q && f.state == State::kClosed) {
    f.free_asked = true;
    free_if_unused(index);
  }
}

void IdealStream::close(uint16_t index) {
  Flow& f = table_[index];
  if (f.state != State::kOpen) return;
  f.state = State::kClosed;
  // A segment on its way to mbuf still reads its bytes.
  if (w_flow_ != index) f.park.clear();
  if (by_conn_[f.conn.conn_id] == index) by_conn_[f.conn.conn_id] = kNoFlow;
  closed_.push_back(index);
  hw_.flows_closed_inc = true;
}

void IdealStream::free_if_unused(uint16_t index) {
  Flow& f = table_[index];
  if (f.state == State::kClosed && f.free_asked && w_flow_ != index) f.state = State::kFreed;
}

void IdealStream::close_if_done(uint16_t index) {
  const Flow& f = table_[index];
  if (f.fin_written && f.fin_out) close(index);
}

// --- from the wire -------------------------------------------------------------------------------

void IdealStream::receive_beat() {
  if (!frames.fires()) return;
  const common::PktBeat& b = *frames.data;
  if (b.sop) {
    frame_in_.clear();
    wire_in_ = b.port;
  }
  if (frame_in_.size() + b.nbytes <= common::kMaxFrame) {
    frame_in_.insert(frame_in_.end(), b.data.begin(), b.data.begin() + b.nbytes);
  }
  if (!b.eop) return;
  hw_.frames_in_inc = true;
  const auto segment = b.err ? std::nullopt : parse_segment(frame_in_);
  if (segment) {
    receive(*segment);
  } else {
    hw_.left_not_tcp_inc = true;
  }
  frame_in_.clear();
}

void IdealStream::receive(const Segment& s) {
  std::optional<uint16_t> index = table_.find(s.key);
  const bool opens = !s.flags.rst && (s.flags.syn || !s.payload.empty());
  bool fresh = false;
  if (!index && opens) {
    index = table_.allocate(s.key);
    if (!index) {
      hw_.left_no_slot_inc = true;
      return;
    }
    fresh = true;
  } else if (index && s.flags.syn && !s.flags.rst &&
             (table_[*index].state == State::kFreed || table_[*index].state == State::kRefused)) {
    // The ports are used again.
    table_.restart(*index);
    fresh = true;
  }
  if (!index) {
    hw_.left_stray_inc = true;
    return;
  }
  Flow& f = table_[*index];
  if (fresh) {
    f.link = answer_header(s.link);
    f.wire = wire_in_;
    f.began_with_syn = s.flags.syn;
    f.rcv_nxt = s.seq + (s.flags.syn ? 1 : 0);
    new_flows_.push_back(*index);
  }
  if (f.state != State::kNew && f.state != State::kTaken && f.state != State::kOpen) {
    hw_.left_stray_inc = true;
    return;
  }
  if (s.flags.ack && (!f.have_ack || static_cast<int32_t>(s.ack - f.peer_ack) > 0)) {
    f.peer_ack = s.ack;
    f.have_ack = true;
  }
  if (s.flags.rst) {
    f.rst_in = true;
    enqueue(*index);
    return;
  }
  take_payload(f, *index, s);
}

void IdealStream::take_payload(Flow& f, uint16_t index, const Segment& s) {
  const auto length = static_cast<uint32_t>(s.payload.size());
  if (length == 0 && !s.flags.fin) return;
  const uint32_t start = s.seq + (s.flags.syn ? 1 : 0);
  const auto ahead = static_cast<int32_t>(start - f.rcv_nxt);
  if (ahead > 0) {
    ++f.out_of_order;
    hw_.left_out_of_order_inc = true;
    return;
  }
  const uint32_t known = static_cast<uint32_t>(-static_cast<int64_t>(ahead));
  if (known > 0 || f.fin_in) {
    ++f.trimmed;
    hw_.trimmed_inc = true;
  }
  // Nothing comes after the FIN, whatever a sender says.
  if (f.fin_in || known >= length + (s.flags.fin ? 1 : 0)) return;
  const auto fresh = s.payload.subspan(std::min(known, length));
  if (fresh.size() > f.park.room()) {
    ++f.no_room;
    hw_.left_no_room_inc = true;
    return;
  }
  if (!fresh.empty()) f.park.push(fresh, s.flags.psh || s.flags.fin);
  f.rcv_nxt += static_cast<uint32_t>(fresh.size());
  if (s.flags.fin) {
    f.fin_in = true;
    ++f.rcv_nxt;
  }
  enqueue(index);
}

// --- to mbuf -------------------------------------------------------------------------------------

void IdealStream::start_write() {
  if (ready_.empty()) return;
  w_flow_ = ready_.front();
  ready_.pop_front();
  Flow& f = table_[w_flow_];
  f.queued = false;
  if (f.state != State::kOpen || !f.has_work()) {
    w_flow_ = kNoFlow;
    return;
  }
  if (f.rst_in) f.park.clear();
  w_sent_ = 0;
  w_ends_ = false;
  w_rst_ = f.rst_in;
  w_marker_ = f.park.size() == 0;
  // A marker carries no bytes and needs no credit.
  writer_ = w_marker_ ? Writer::kWrite : Writer::kQuery;
}

void IdealStream::write_beat(uint64_t now) {
  Flow& f = table_[w_flow_];
  mbuf::MbufWr beat;
  beat.conn = f.conn;
  beat.dir = kDirToHost;
  beat.cls = common::MsgCls::kRequest;
  beat.ts = now * ns_per_cycle_;
  if (w_marker_) {
    beat.fin = !w_rst_;
    beat.rst = w_rst_;
    beat.last = true;
  } else {
    const uint32_t most = std::min(kBeatBytes, w_limit_ - w_sent_);
    const uint32_t n = f.park.copy(w_sent_, most, beat.data.data(), w_ends_);
    w_sent_ += n;
    beat.nbytes = static_cast<uint8_t>(n);
    beat.last = w_ends_ || w_sent_ == w_limit_;
    beat.som = !f.mid_message;
    beat.eom = w_ends_;
  }
  out_wr_.push(beat);
  if (beat.last) writer_ = Writer::kDesc;
}

void IdealStream::refused(uint16_t index, bool for_good) {
  Flow& f = table_[index];
  w_flow_ = kNoFlow;
  writer_ = Writer::kIdle;
  if (for_good) {
    // Its connection is gone from mbuf: nothing can be delivered any more.
    f.reset = true;
    close(index);
    free_if_unused(index);
    return;
  }
  free_if_unused(index);
  if (f.credit_event) {
    enqueue(index);
  } else {
    f.wants_credit = true;
  }
}

void IdealStream::take_desc() {
  if (!desc.fires()) return;
  const common::MsgDesc& d = *desc.data;
  const uint16_t index = w_flow_;
  Flow& f = table_[index];
  if (d.err) {
    hw_.mbuf_refused_inc = true;
    refused(index, !transient(d.err_code));
    return;
  }
  out_desc_rx_.push(d);
  if (w_marker_) {
    if (w_rst_) {
      f.reset = true;
    } else {
      f.fin_written = true;
    }
  } else {
    f.park.pop(w_sent_);
    f.bytes_in += w_sent_;
    f.mid_message = !w_ends_;
    hw_.bytes_in_inc = static_cast<uint16_t>(w_sent_);
  }
  w_flow_ = kNoFlow;
  writer_ = Writer::kIdle;
  if (w_marker_ && w_rst_) {
    close(index);
  } else {
    close_if_done(index);
    enqueue(index);
  }
  free_if_unused(index);
}

void IdealStream::write_step(uint64_t now) {
  // Answers first: a credit event of the same cycle comes after them.
  if (cr.fires() && writer_ == Writer::kAnswer) {
    const mbuf::MbufCredit& c = *cr.data;
    if (!c.ok || c.bytes == 0) {
      refused(w_flow_, !c.ok);
    } else {
      w_limit_ = std::min({c.bytes, ideal_stream::kMaxSegment, table_[w_flow_].park.size()});
      writer_ = Writer::kWrite;
    }
  } else if (writer_ == Writer::kDesc) {
    take_desc();
  }
  if (cevt.fires()) {
    const uint16_t index = flow_of(cevt.data->conn_id);
    if (index != kNoFlow && table_[index].conn == *cevt.data) {
      Flow& f = table_[index];
      f.credit_event = true;
      f.wants_credit = false;
      enqueue(index);
    }
  }
  if (writer_ == Writer::kIdle) start_write();
  if (writer_ == Writer::kQuery && out_cq_.can_push()) {
    table_[w_flow_].credit_event = false;
    out_cq_.push(table_[w_flow_].conn);
    writer_ = Writer::kAnswer;
  } else if (writer_ == Writer::kWrite && out_wr_.can_push()) {
    write_beat(now);
  }
}

// --- to the wire ---------------------------------------------------------------------------------

void IdealStream::send_segment(std::span<const uint8_t> payload, TcpFlags flags) {
  Flow& f = table_[s_flow_];
  if (!f.sending) {
    f.sending = true;
    f.snd_nxt = f.have_ack ? f.peer_ack : ideal_stream::kIsn;
  }
  flags.ack = true;
  const SegmentFields fields{.flags = flags,
                             .seq = f.snd_nxt,
                             .ack = f.rcv_nxt,
                             .window = static_cast<uint16_t>(ideal_stream::kWindow),
                             .hop_limit = static_cast<uint8_t>(ideal_stream::kHopLimit),
                             .ip_id = f.ip_id++};
  build_segment(f.link, f.key, fields, payload, frame_out_);
  // The pipeline's tables see which wire the connection came by (common.port_id).
  port_out_ = static_cast<common::PortId>(static_cast<uint8_t>(common::PortId::kToeP0) +
                                          (static_cast<uint8_t>(f.wire) & 3));
  frame_out_at_ = 0;
  f.snd_nxt += static_cast<uint32_t>(payload.size()) + (flags.fin ? 1 : 0);
  f.bytes_out += payload.size();
  f.fin_out = f.fin_out || flags.fin;
  hw_.bytes_out_inc = static_cast<uint16_t>(payload.size());
  hw_.originated_inc = true;
}

void IdealStream::start_send() {
  if (tx_descs_.empty()) return;
  s_desc_ = tx_descs_.front();
  tx_descs_.pop_front();
  s_flow_ = flow_of(s_desc_.conn_id);
  const bool known = s_flow_ != kNoFlow && table_[s_flow_].conn.gen == s_desc_.gen &&
                     table_[s_flow_].state == State::kOpen;
  if (!known || s_desc_.err) {
    s_flow_ = kNoFlow;
    hw_.stale_inc = true;
    s_free_pending_ = s_desc_.n_cells > 0;
    s_cret_pending_ = false;
    sender_ = Sender::kFree;
    return;
  }
  s_left_ = s_desc_.seg_len;
  s_rd_pending_ = s_left_ > 0;
  s_bytes_.clear();
  s_free_pending_ = s_desc_.n_cells > 0;
  s_cret_pending_ = s_left_ > 0;
  sender_ = Sender::kRead;
}

void IdealStream::read_beat() {
  if (!rdata.fires()) return;
  const mbuf::MbufRdata& r = *rdata.data;
  const uint32_t n = std::min<uint32_t>(r.nbytes, s_left_);
  s_bytes_.insert(s_bytes_.end(), r.data.begin(), r.data.begin() + n);
  s_left_ -= n;
  // A read that mbuf cuts short ends the message here.
  if (r.last) s_left_ = 0;
}

void IdealStream::send_step() {
  read_beat();
  if (sender_ == Sender::kIdle) start_send();
  if (sender_ == Sender::kRead) {
    if (s_rd_pending_ && out_rd_.can_push()) {
      out_rd_.push({.conn = {.conn_id = s_desc_.conn_id, .gen = s_desc_.gen},
                    .first_cell = s_desc_.first_cell,
                    .offset = s_desc_.offset,
                    .len = s_desc_.seg_len});
      s_rd_pending_ = false;
    }
    if (!s_rd_pending_) sender_ = Sender::kData;
  }
  if (sender_ == Sender::kData && frame_out_.empty()) {
    const auto have = static_cast<uint32_t>(s_bytes_.size());
    const bool all = s_left_ == 0;
    const uint32_t n = std::min(have, ideal_stream::kMss);
    const bool final = all && n == have;
    const bool fin = final && s_desc_.fin && !table_[s_flow_].fin_out;
    if (n > 0 && (n == ideal_stream::kMss || all)) {
      send_segment(
          std::span(s_bytes_).first(n),
          {.fin = fin, .syn = false, .rst = false, .psh = final && s_desc_.eom, .ack = true});
      s_bytes_.erase(s_bytes_.begin(), s_bytes_.begin() + n);
    } else if (final && n == 0 && fin) {
      send_segment({}, {.fin = true, .syn = false, .rst = false, .psh = false, .ack = true});
    } else if (final && n == 0 && s_desc_.rst) {
      send_segment({}, {.fin = false, .syn = false, .rst = true, .psh = false, .ack = true});
      table_[s_flow_].reset = true;
      close(s_flow_);
      sender_ = Sender::kFree;
    } else if (final && n == 0) {
      sender_ = Sender::kFree;
    }
  }
  if (sender_ == Sender::kFree) {
    if (s_free_pending_ && out_free_.can_push()) {
      out_free_.push(s_desc_);
      s_free_pending_ = false;
    }
    if (s_cret_pending_ && out_cret_.can_push()) {
      out_cret_.push(
          {.conn = {.conn_id = s_desc_.conn_id, .gen = s_desc_.gen}, .bytes = s_desc_.seg_len});
      s_cret_pending_ = false;
    }
    if (!s_free_pending_ && !s_cret_pending_) {
      if (s_flow_ != kNoFlow) close_if_done(s_flow_);
      s_flow_ = kNoFlow;
      sender_ = Sender::kIdle;
    }
  }
}

void IdealStream::emit_beat() {
  if (frame_out_.empty() || !out_segments_.can_push()) return;
  common::PktBeat b;
  const auto left = static_cast<uint32_t>(frame_out_.size()) - frame_out_at_;
  const uint32_t n = std::min(left, kBeatBytes);
  std::copy_n(frame_out_.begin() + frame_out_at_, n, b.data.begin());
  b.nbytes = static_cast<uint8_t>(n);
  b.sop = frame_out_at_ == 0;
  b.eop = n == left;
  b.port = port_out_;
  b.tag = kOriginated | next_tag_;
  out_segments_.push(b);
  frame_out_at_ += n;
  if (b.eop) {
    frame_out_.clear();
    next_tag_ = (next_tag_ + 1) & ~kOriginated;
  }
}

// --- the cycle -----------------------------------------------------------------------------------

void IdealStream::publish() {
  hw_.status_init_done_d = true;
  hw_.status_idle_d = writer_ == Writer::kIdle && ready_.empty() && sender_ == Sender::kIdle &&
                      tx_descs_.empty() && frame_out_.empty() && frame_in_.empty();
  hw_.irq_status_flow_d = !new_flows_.empty();
  hw_.irq_status_close_d = !closed_.empty();
  if (!new_flows_.empty()) {
    const Flow& f = table_[new_flows_.front()];
    hw_.flow_info_index_d = new_flows_.front();
    hw_.flow_info_family_d = f.key.v6 ? ideal_stream::Family::kIpv6 : ideal_stream::Family::kIpv4;
    hw_.flow_info_syn_d = f.began_with_syn;
    hw_.flow_ports_local_port_d = f.key.local_port;
    hw_.flow_ports_remote_port_d = f.key.remote_port;
    for (size_t i = 0; i < 4; ++i) {
      hw_.flow_local_word_d[i] = word(f.key.local, i);
      hw_.flow_remote_word_d[i] = word(f.key.remote, i);
    }
  }
  if (!closed_.empty()) {
    const Flow& f = table_[closed_.front()];
    hw_.close_info_index_d = closed_.front();
    hw_.close_info_rst_d = f.reset;
    hw_.close_conn_conn_id_d = f.conn.conn_id;
    hw_.close_conn_gen_d = f.conn.gen;
  }
}

void IdealStream::eval(uint64_t now) {
  hw_ = {};
  out_segments_.begin();
  out_cq_.begin();
  out_wr_.begin();
  out_rd_.begin();
  out_free_.begin();
  out_cret_.begin();
  out_desc_rx_.begin();

  if (desc_tx.fires()) tx_descs_.push_back(*desc_tx.data);
  software();
  receive_beat();
  write_step(now);
  send_step();
  emit_beat();

  const ideal_stream::Reg2Hw& r = regs_.reg2hw();
  publish();
  frames_ready_ = r.ctrl_enable_q;
  cr_ready_ = writer_ == Writer::kAnswer;
  // The descriptor goes straight on to vq, so it is taken only when that register is free.
  desc_ready_ = writer_ == Writer::kDesc && out_desc_rx_.can_push();
  rdata_ready_ = s_left_ > 0 && s_bytes_.size() + 2 * kBeatBytes <= 2 * ideal_stream::kMss;
  desc_tx_ready_ = tx_descs_.size() < ideal_stream::kTxDescs;
  irq_next_ =
      (r.irq_enable_flow_q && !new_flows_.empty()) || (r.irq_enable_close_q && !closed_.empty());
  regs_.eval(hw_);
}

void IdealStream::commit() {
  regs_.commit();
  out_segments_.commit();
  out_cq_.commit();
  out_wr_.commit();
  out_rd_.commit();
  out_free_.commit();
  out_cret_.commit();
  out_desc_rx_.commit();
  frames.ready = frames_ready_;
  cr.ready = cr_ready_;
  cevt.ready = true;
  desc.ready = desc_ready_;
  rdata.ready = rdata_ready_;
  desc_tx.ready = desc_tx_ready_;
  irq.value = irq_next_;
}

bool IdealStream::idle() const {
  const ideal_stream::Reg2Hw& r = regs_.reg2hw();
  const bool irq_due =
      (r.irq_enable_flow_q && !new_flows_.empty()) || (r.irq_enable_close_q && !closed_.empty());
  const bool quiet = writer_ != Writer::kQuery && writer_ != Writer::kWrite && ready_.empty() &&
                     (sender_ == Sender::kIdle || sender_ == Sender::kData) && tx_descs_.empty() &&
                     frame_out_.empty();
  // A sender that has bytes or is done moves by itself; one that waits for rdata does not.
  const bool sender_waits = sender_ == Sender::kIdle || (sender_ == Sender::kData && s_left_ > 0 &&
                                                         s_bytes_.size() < ideal_stream::kMss);
  return quiet && sender_waits && out_segments_.idle() && out_cq_.idle() && out_wr_.idle() &&
         out_rd_.idle() && out_free_.idle() && out_cret_.idle() && out_desc_rx_.idle() &&
         cevt.ready && frames.ready == r.ctrl_enable_q &&
         cr.ready == (writer_ == Writer::kAnswer) && desc.ready == (writer_ == Writer::kDesc) &&
         rdata.ready ==
             (s_left_ > 0 && s_bytes_.size() + 2 * kBeatBytes <= 2 * ideal_stream::kMss) &&
         desc_tx.ready && irq.value == irq_due && regs_.idle();
}

}  // namespace fp::platform
