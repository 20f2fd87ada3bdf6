// SPDX-License-Identifier: Apache-2.0
//
// The bench source in the TOE's place (docs/uarch/ideal_stream.md, ideal_stream.yaml): recorded TCP
// segments become mbuf messages, messages become segments. It has no RTL, but keeps to what
// hardware could do: one beat per cycle and port, bounded memory, bytes only through mbuf.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "cmodel/common/axil.hpp"
#include "cmodel/common/block.hpp"
#include "cmodel/common/ports.hpp"
#include "cmodel/common/register_peek.hpp"
#include "cmodel/common/state_io.hpp"
#include "contract/common.hpp"
#include "contract/ideal_stream.hpp"
#include "contract/ideal_stream_regs.hpp"
#include "contract/mbuf.hpp"
#include "sim-tb/platform/flow_table.hpp"
#include "sim-tb/platform/stream_out.hpp"

namespace fp::platform {

class IdealStream : public Block, public RegisterPeek {
 public:
  // rmt.out[toe] and rmt.in[toe].
  Rx<common::PktBeat> frames;
  Tx<common::PktBeat> segments;
  // Producer 0 of mbuf.
  Tx<common::ConnRef> cq;
  Rx<mbuf::MbufCredit> cr;
  Rx<common::ConnRef> cevt;
  Tx<mbuf::MbufWr> wr;
  Rx<common::MsgDesc> desc;
  // Consumer 0 of mbuf.
  Tx<mbuf::MbufRd> rd;
  Rx<mbuf::MbufRdata> rdata;
  Tx<common::MsgDesc> free;
  Tx<mbuf::MbufCret> cret;
  // vq.
  Tx<common::MsgDesc> desc_rx;
  Rx<common::MsgDesc> desc_tx;
  Out<bool> irq;

  // ns_per_cycle: for msg_desc.ts.
  explicit IdealStream(uint32_t ns_per_cycle);

  AxilSlavePort& csr() { return regs_.axil.port; }

  void reset() override;
  void eval(uint64_t now) override;
  void commit() override;
  bool idle() const override;
  uint64_t wake_at() const override { return kNever; }
  bool peek(uint32_t offset, uint32_t& value) const override {
    return regs_.peek(offset, hw_, value);
  }

  std::vector<FlowSummary> flows() const { return table_.summaries(); }

  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("frames", a.frames, b.frames);
    f("segments", a.segments, b.segments);
    f("cq", a.cq, b.cq);
    f("cr", a.cr, b.cr);
    f("cevt", a.cevt, b.cevt);
    f("wr", a.wr, b.wr);
    f("desc", a.desc, b.desc);
    f("rd", a.rd, b.rd);
    f("rdata", a.rdata, b.rdata);
    f("free", a.free, b.free);
    f("cret", a.cret, b.cret);
    f("desc_rx", a.desc_rx, b.desc_rx);
    f("desc_tx", a.desc_tx, b.desc_tx);
    f("csr", a.csr(), b.csr());
    f("irq", a.irq, b.irq);
  }

  void checkpoint(StateIo& io) override {
    checkpoint_ports<IdealStream>(io, *this);
    io.place("ideal_stream");
    io(regs_, hw_, table_, by_conn_, new_flows_, closed_, ready_, wire_in_, writer_, w_flow_,
       w_limit_, w_sent_, w_marker_, w_rst_, w_ends_, tx_descs_, sender_, s_desc_, s_flow_,
       s_rd_pending_, s_left_, s_free_pending_, s_cret_pending_, port_out_, frame_out_at_,
       next_tag_);
    for (auto* bytes : {&frame_in_, &s_bytes_, &frame_out_}) io.resized(*bytes);
    io(out_segments_, out_cq_, out_wr_, out_rd_, out_free_, out_cret_, out_desc_rx_, frames_ready_,
       cr_ready_, desc_ready_, rdata_ready_, desc_tx_ready_, irq_next_);
  }

 private:
  enum class Writer : uint8_t { kIdle, kQuery, kAnswer, kWrite, kDesc };
  enum class Sender : uint8_t { kIdle, kRead, kData, kFree };

  void software();
  void receive_beat();
  void receive(const Segment& segment);
  void take_payload(Flow& flow, uint16_t index, const Segment& segment);
  void enqueue(uint16_t index);
  void write_step(uint64_t now);
  void start_write();
  void write_beat(uint64_t now);
  void take_desc();
  void refused(uint16_t index, bool for_good);
  void send_step();
  void start_send();
  void read_beat();
  void send_segment(std::span<const uint8_t> payload, TcpFlags flags);
  void emit_beat();
  void close(uint16_t index);
  void close_if_done(uint16_t index);
  void free_if_unused(uint16_t index);
  uint16_t flow_of(uint32_t conn_id) const;
  void publish();

  static constexpr uint16_t kNoFlow = 0xffff;

  const uint32_t ns_per_cycle_;
  ideal_stream::Regs regs_;
  ideal_stream::Hw2Reg hw_;
  FlowTable table_;
  std::vector<uint16_t> by_conn_;   // flow slot by conn_id
  std::deque<uint16_t> new_flows_;  // bounded by the table
  std::deque<uint16_t> closed_;
  std::deque<uint16_t> ready_;  // flows with bytes to write, in turn

  std::vector<uint8_t> frame_in_;  // frame being received
  common::PortId wire_in_{};       // ... and the MAC port it came by

  Writer writer_ = Writer::kIdle;
  uint16_t w_flow_ = kNoFlow;
  uint32_t w_limit_ = 0;   // credit of this segment, bytes
  uint32_t w_sent_ = 0;    // bytes written of this segment
  bool w_marker_ = false;  // FIN or RST without bytes
  bool w_rst_ = false;
  bool w_ends_ = false;  // the segment ended a message

  std::deque<common::MsgDesc> tx_descs_;
  Sender sender_ = Sender::kIdle;
  common::MsgDesc s_desc_;
  uint16_t s_flow_ = kNoFlow;
  bool s_rd_pending_ = false;
  uint32_t s_left_ = 0;  // bytes of the descriptor not read yet
  bool s_free_pending_ = false;
  bool s_cret_pending_ = false;
  std::vector<uint8_t> s_bytes_;  // read and not sent

  std::vector<uint8_t> frame_out_;  // frame being sent
  common::PortId port_out_{};
  uint32_t frame_out_at_ = 0;
  uint32_t next_tag_ = 0;

  StreamOut<common::PktBeat> out_segments_{segments};
  StreamOut<common::ConnRef> out_cq_{cq};
  StreamOut<mbuf::MbufWr> out_wr_{wr};
  StreamOut<mbuf::MbufRd> out_rd_{rd};
  StreamOut<common::MsgDesc> out_free_{free};
  StreamOut<mbuf::MbufCret> out_cret_{cret};
  StreamOut<common::MsgDesc> out_desc_rx_{desc_rx};
  // Next values of the input registers.
  bool frames_ready_ = false, cr_ready_ = false, desc_ready_ = false, rdata_ready_ = false,
       desc_tx_ready_ = false, irq_next_ = false;
};

}  // namespace fp::platform
