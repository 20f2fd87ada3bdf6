// SPDX-License-Identifier: Apache-2.0
#include "cmodel/rmt/rmt_model.hpp"

#include <algorithm>

namespace fp::rmt {
namespace {

constexpr std::array<uint32_t, reg::kTblDataCount> kZeroRow{};

// A reason as it stands in reports: without the block's number.
constexpr uint8_t code(Reason reason) { return static_cast<uint8_t>(reason); }

}  // namespace

RmtModel::RmtModel() { connect(tm_.again(), again_); }

void RmtModel::reset() {
  regs_.reset();
  tables_.reset();
  input_.reset();
  window_.reset();
  parser_.reset();
  stages_.reset();
  deparser_.reset();
  tm_.reset();
  hw_ = {};
  // What the sweep does; nothing can look at a row before it is over.
  for (uint8_t bank = 0; bank < kNumBanks; ++bank) {
    const auto clear = [&](TableId table, unsigned rows) {
      for (unsigned i = 0; i < rows; ++i) {
        write_row({static_cast<uint8_t>(table), bank, static_cast<uint16_t>(i)}, kZeroRow.data());
      }
    };
    clear(TableId::kParserInit, 1);
    clear(TableId::kParserTcam, kParserEntries);
    clear(TableId::kParserAction, kParserEntries);
    clear(TableId::kDeparserSlot, kDeparserSlots);
    clear(TableId::kDeparserCsum, kChecksumUnits);
    clear(TableId::kDeparserPop, kNumPops);
  }
  for (auto& port : in) port.ready = false;
  again_.ready = false;
  for (auto& port : out) port.valid = false;
  parsed.valid = false;
  verdict.valid = false;
  csr.rsp = {};
  irq.value = false;
  idle_ = false;
  events_ = regs_step_ = false;
}

void RmtModel::eval(uint64_t now) {
  gather_events();
  const Reg2Hw& regs = regs_.reg2hw();

  InputStage::Control control;
  control.enable = regs.ctrl_enable_q;
  control.init_done = tables_.swept();
  control.pause = tm_.pause();
  control.epoch = regs.epoch_epoch_q;
  control.weight = &regs.in_weight_frames_q;
  control.dropped = tm_.judged() && tm_.verdict().verdict == Verdict::kDrop;
  control.dropped_bank = (tm_.verdict().epoch & 1) != 0;
  const std::array<uint16_t, kNumBanks> inflight{input_.inflight(0), input_.inflight(1)};

  // Consumers first: each still sees its producer's register of the cycle before.
  access_tables();
  tables_.step(regs, inflight);
  const AgainSide again_side = tm_.again_side();
  tm_.step(deparser_.out(), out,
           {.lossless = regs.ctrl_lossless_q,
            .threshold = regs.pause_thresh_cells_q,
            .weights = &regs.q_weight_frames_q,
            .limits = &regs.q_limit_cells_q});
  control.gone = tm_.gone();
  control.gone_bank = tm_.gone_bank() != 0;
  deparser_.step(frames_, contexts_, window_.out(), stages_.out(), window_.body());
  stages_.step(frames_, parser_.out(), now);
  parser_.step(frames_, contexts_, window_.out());
  if (observer_ != nullptr) tell_observer(now);
  window_.step(input_.out(), deparser_.body_pop(), frames_, contexts_);
  input_.step(in, again_, again_side, control);
  hw_.pkt_in_inc = input_.frame_granted();
  events_ |= hw_.pkt_in_inc;

  // With nothing to count and nothing held, an edge leaves the registers as they are.
  regs_.axil.port.req = csr.req;
  const AxilReq& req = *csr.req;
  regs_step_ = events_ || !regs_.idle() || req.awvalid || req.wvalid || req.arvalid;
  if (regs_step_) regs_.eval(hw_);
}

void RmtModel::commit() {
  if (regs_step_) {
    regs_.commit();
    csr.rsp = regs_.axil.port.rsp;
  }
  input_.publish(in, again_);
  tm_.publish(out, verdict);
  const SlotIndex slot = parser_.out();
  parsed.valid = slot != kNoSlot && frames_[slot].passes == 0;
  if (parsed.valid) {
    const FrameSlot& frame = frames_[slot];
    parsed.data.tag = frame.tag;
    parsed.data.port = frame.port;
    parsed.data.hdr_valid = frame.hdr_valid;
    parsed.data.phv = frame.phv;
  }
  const Reg2Hw& regs = regs_.reg2hw();
  irq.value = regs.err_first_valid_q && regs.irq_enable_err_q;
  idle_ = quiet() && !tables_.busy() && regs_.idle();
}

// What parser and deparser have just put into their output registers.
void RmtModel::tell_observer(uint64_t now) {
  if (const SlotIndex slot = parser_.out();
      slot != kNoSlot && observer_->watches(frames_[slot].tag)) {
    observer_->parsed(frames_[slot], contexts_[slot], now + 1);
  }
  const OutBeat& beat = deparser_.out();
  if (beat.valid && observer_->watches(beat.beat.tag)) observer_->deparsed(beat, now + 1);
}

bool RmtModel::quiet() const {
  return tables_.swept() && tm_.idle() && input_.idle(regs_.reg2hw().ctrl_enable_q, true);
}

// What the registers are told in this cycle, from the state at its start.
void RmtModel::gather_events() {
  const bool judged = tm_.judged();
  const VerdictReport& v = tm_.verdict();
  const bool dropped = judged && v.verdict == Verdict::kDrop;
  const bool bad_port = tm_.bad_port_valid();
  hw_.status_init_done_d = tables_.swept();
  hw_.status_tbl_busy_d = hw_.tbl_status_busy_d = tables_.busy();
  hw_.tbl_status_error_d = tables_.error();
  hw_.status_idle_d = quiet();
  hw_.inflight_count_d = {input_.inflight(0), input_.inflight(1)};
  hw_.cells_free_count_d = static_cast<uint16_t>(tm_.free_cells());
  if (hw_.tbl_data_word_de[0]) hw_.tbl_data_word_de.fill(false);

  hw_.forwarded_inc = judged && v.verdict == Verdict::kForward;
  hw_.dropped_inc = dropped;
  hw_.slow_inc = judged && v.verdict == Verdict::kSlow;
  hw_.drop_no_route_inc = hw_.drop_parser_truncated_inc = hw_.slow_parser_window_inc = false;
  hw_.slow_parser_depth_inc = hw_.slow_fragment_inc = hw_.drop_frame_error_inc = false;
  hw_.drop_tm_tail_inc = hw_.drop_bad_port_inc = hw_.drop_program_inc = false;
  hw_.drop_header_error_inc = hw_.drop_meter_inc = hw_.drop_recirc_limit_inc = false;
  hw_.drop_tm_no_cell_inc = hw_.drop_acl_inc = hw_.drop_vlan_inc = hw_.drop_tunnel_inc = false;
  hw_.slow_unreachable_inc = hw_.slow_ttl_inc = hw_.slow_local_inc = false;
  if (judged) count_reason(v);

  hw_.copies_inc = tm_.copied();
  hw_.copy_drop_inc = tm_.copy_dropped();
  hw_.recirculated_inc = tm_.recirculated();
  events_ = judged || hw_.copies_inc || hw_.copy_drop_inc || hw_.recirculated_inc;
  for (unsigned s = 0; s < kNumStages; ++s) {
    hw_.stage_hit_inc[s] = stages_.hit_pulse(s);
    hw_.stage_miss_inc[s] = stages_.miss_pulse(s);
    events_ |= hw_.stage_hit_inc[s] || hw_.stage_miss_inc[s];
  }

  const bool fault = tables_.fault() || bad_port;
  const bool first = fault && !regs_.reg2hw().err_first_valid_q;
  hw_.err_first_valid_d = true;
  hw_.err_first_valid_de = fault;
  hw_.err_first_code_d =
      static_cast<uint8_t>(tables_.fault() ? tables_.fault_code() : Fault::kBadPort);
  hw_.err_first_code_de = first;
  hw_.err_first_index_d = tables_.fault() ? tables_.fault_index() : tm_.bad_port();
  hw_.err_first_index_de = first;
  hw_.err_count_inc = static_cast<uint8_t>(tables_.fault() + bad_port);
  events_ |= fault;
}

void RmtModel::count_reason(const VerdictReport& v) {
  switch (v.reason) {
    case code(Reason::kNoRoute):
      hw_.drop_no_route_inc = true;
      break;
    case code(Reason::kParserTruncated):
      hw_.drop_parser_truncated_inc = true;
      break;
    case code(Reason::kParserWindow):
      hw_.slow_parser_window_inc = true;
      break;
    case code(Reason::kParserDepth):
      hw_.slow_parser_depth_inc = true;
      break;
    case code(Reason::kFragment):
      hw_.slow_fragment_inc = true;
      break;
    case code(Reason::kFrameError):
      hw_.drop_frame_error_inc = true;
      break;
    case code(Reason::kTmTailDrop):
      hw_.drop_tm_tail_inc = true;
      break;
    case code(Reason::kBadPort):
      hw_.drop_bad_port_inc = true;
      break;
    case code(Reason::kProgram):
      hw_.drop_program_inc = true;
      break;
    case code(Reason::kHeaderError):
      hw_.drop_header_error_inc = true;
      break;
    case code(Reason::kMeter):
      hw_.drop_meter_inc = true;
      break;
    case code(Reason::kRecircLimit):
      hw_.drop_recirc_limit_inc = true;
      break;
    case code(Reason::kTmNoCell):
      hw_.drop_tm_no_cell_inc = true;
      break;
    case code(Reason::kAcl):
      hw_.drop_acl_inc = true;
      break;
    case code(Reason::kVlan):
      hw_.drop_vlan_inc = true;
      break;
    case code(Reason::kTunnel):
      hw_.drop_tunnel_inc = true;
      break;
    case code(Reason::kUnreachable):
      hw_.slow_unreachable_inc = true;
      break;
    case code(Reason::kTtl):
      hw_.slow_ttl_inc = true;
      break;
    case code(Reason::kLocal):
      hw_.slow_local_inc = true;
      break;
    default:
      break;
  }
}

void RmtModel::access_tables() {
  if (tables_.write()) write_row(tables_.address(), regs_.reg2hw().tbl_data_word_q.data());
  if (tables_.read()) read_row(tables_.address(), hw_.tbl_data_word_d.data());
  if (tables_.answer()) {
    hw_.tbl_data_word_de.fill(true);
    events_ = true;
  }
}

void RmtModel::write_row(const TableCommands::Address& at, const uint32_t* words) {
  const auto id = static_cast<TableId>(at.table);
  if (at.table >= kStageTableBase) {
    const unsigned offset = at.table - kStageTableBase;
    stages_.stage(offset / kStageTableStride)
        .write_row(offset % kStageTableStride, at.bank, at.index, words);
  } else if (id == TableId::kDeparserSlot || id == TableId::kDeparserCsum ||
             id == TableId::kDeparserPop) {
    deparser_.write_row(id, at.bank, at.index, words);
  } else if (id == TableId::kGroup || id == TableId::kEdit) {
    tm_.write_row(id, at.bank, at.index, words);
  } else {
    parser_.write_row(id, at.bank, at.index, words);
  }
}

void RmtModel::read_row(const TableCommands::Address& at, uint32_t* words) const {
  const auto id = static_cast<TableId>(at.table);
  if (at.table >= kStageTableBase) {
    const unsigned offset = at.table - kStageTableBase;
    stages_.stage(offset / kStageTableStride)
        .read_row(offset % kStageTableStride, at.bank, at.index, words);
  } else if (id == TableId::kDeparserSlot || id == TableId::kDeparserCsum ||
             id == TableId::kDeparserPop) {
    deparser_.read_row(id, at.bank, at.index, words);
  } else if (id == TableId::kGroup || id == TableId::kEdit) {
    tm_.read_row(id, at.bank, at.index, words);
  } else {
    parser_.read_row(id, at.bank, at.index, words);
  }
}

}  // namespace fp::rmt
