// SPDX-License-Identifier: Apache-2.0
//
// Registers of the mbuf model: live values, counters, error record; twin of rtl/mbuf/mbuf_csr.sv.
#include "cmodel/mbuf/mbuf_model.hpp"

namespace fp::mbuf {

void MbufModel::count_code(uint8_t code) {
  switch (code) {
    case kCodeStale:
      ++hw_.drop_stale_inc;
      break;
    case kCodeBadConn:
      ++hw_.drop_bad_conn_inc;
      break;
    case kCodeNoCredit:
      ++hw_.drop_no_credit_inc;
      break;
    case kCodeCellCap:
      ++hw_.drop_cell_cap_inc;
      break;
    case kCodeNoCells:
      ++hw_.drop_no_cells_inc;
      break;
    case kCodeForeignPort:
      ++hw_.drop_foreign_port_inc;
      break;
    case kCodeBadBeat:
      ++hw_.drop_bad_beat_inc;
      break;
    case kCodeBadCell:
      ++hw_.fault_bad_cell_inc;
      break;
    case kCodeDeadCell:
      ++hw_.fault_dead_cell_inc;
      break;
    case kCodeForeignCell:
      ++hw_.fault_foreign_cell_inc;
      break;
    case kCodeBadChain:
      ++hw_.fault_bad_chain_inc;
      break;
    case kCodeLeak:
      ++hw_.fault_leak_inc;
      break;
    default:
      break;
  }
}

// All are counted; the first fault in the order engine, free, readers, leak goes into the record.
void MbufModel::count_faults(const Cycle& c, bool leak_new) {
  const Fault* first = nullptr;
  for (const Fault& f : c.fault) {
    if (f.code == 0) continue;
    count_code(f.code);
    if (f.code == kCodeNoCredit || f.code == kCodeCellCap || f.code == kCodeNoCells) continue;
    ++hw_.err_count_inc;
    if (first == nullptr) first = &f;
  }
  Fault leak;
  if (leak_new) {
    count_code(kCodeLeak);
    ++hw_.err_count_inc;
    leak.code = kCodeLeak;
    leak.source = Source::kLeak;
    if (first == nullptr) first = &leak;
  }
  if (first == nullptr) return;
  hw_.irq_status_fault_d = hw_.irq_status_fault_de = true;
  hw_.err_first_valid_d = hw_.err_first_valid_de = true;
  if (regs_.reg2hw().err_first_valid_q) return;
  hw_.err_first_code_d = first->code;
  hw_.err_first_source_d = first->source;
  hw_.err_first_port_d = first->port;
  hw_.err_conn_conn_id_d = first->conn_id;
  hw_.err_conn_gen_d = first->gen;
  hw_.err_first_code_de = hw_.err_first_source_de = hw_.err_first_port_de = true;
  hw_.err_conn_conn_id_de = hw_.err_conn_gen_de = true;
}

void MbufModel::run_registers(const Cycle& c, bool quiet_now) {
  if (hw_events_) {
    hw_ = {};
    hw_events_ = false;
  }
  // Conservation, at rest: what the free list lost must be what the connections hold.
  const bool leak_now = c.at_rest_free + c.at_rest_held != static_cast<int>(params_.num_cells);
  const bool leak_new = quiet_now && leak_now && !leak_;
  const bool leak_before = leak_;
  if (quiet_now) leak_ = leak_now;
  if (c.any_fault || leak_new) {
    count_faults(c, leak_new);
    hw_events_ = true;
  }
  if (c.ok_seg) {
    hw_.segments_inc = 1;
    hw_.bytes_inc = c.ok_bytes;
    hw_events_ = true;
  }
  if (c.step.rel || c.alloc >= 0 || c.beats != 0 || c.fired) {
    hw_.frees_inc = c.step.rel;
    hw_.allocs_inc = c.alloc >= 0;
    hw_.rd_beats_inc = static_cast<uint8_t>(c.beats);
    hw_.events_inc = c.fired;
    hw_events_ = true;
  }
  if (c.tbl_done && !tbl_write_) {
    hw_.tbl_data_word_d = c.tbl_row;
    hw_.tbl_data_word_de.fill(true);
    hw_events_ = true;
  }

  regs_.axil.port.req = csr.req;
  const AxilReq& q = *csr.req;
  regs_ran_ = hw_events_ || !regs_.idle() || q.awvalid || q.wvalid || q.arvalid;
  if (!regs_ran_) return;
  hw_.status_init_done_d = init_now_;
  hw_.status_tbl_busy_d = hw_.tbl_status_busy_d = c.tbl_busy;
  hw_.tbl_status_error_d = c.tbl_error_q;
  hw_.status_idle_d = quiet_now;
  hw_.status_leak_d = leak_before;
  hw_.cells_free_d = static_cast<uint16_t>(c.at_rest_free);
  hw_.cells_held_d = static_cast<uint16_t>(c.at_rest_held);
  hw_.reserved_count_d = static_cast<uint16_t>(c.rsv_q);
  for (unsigned k = 0; k < kNumClasses; ++k) {
    hw_.shared_used_count_d[k] = static_cast<uint16_t>(c.used_q[k]);
  }
  regs_.eval(hw_);
}

}  // namespace fp::mbuf
