// SPDX-License-Identifier: Apache-2.0
#include "firmware/embedded/hal/vq.hpp"

#include "contract/common.hpp"
#include "contract/vq.hpp"
#include "firmware/embedded/hal/table.hpp"

namespace fw::hal::vq {

namespace {

namespace reg = fp::vq::reg;
using fp::vq::TableId;
using fp::vq::TableOp;
constexpr uint32_t kBase = fp::vq::kCsrBase;

bool command(TableId table, uint32_t index, TableOp op) {
  const auto cmd = reg::TblCmd{}
                       .set_table_id(static_cast<uint8_t>(table))
                       .set_index(static_cast<uint16_t>(index))
                       .set_op(static_cast<uint8_t>(op));
  return table_command<reg::TblCmd, reg::TblStatus>(kBase, cmd);
}

bool whole_pages(uint64_t address) { return address % fp::vq::kPageBytes == 0; }

}  // namespace

bool init_done() { return read<reg::Status>(kBase).init_done(); }

void enable() {
  write(kBase, reg::IrqEnable{}.set_gone(true));
  write(kBase, reg::Ctrl{}.set_enable(true));
}

bool set_window(const fp::mailbox::WindowSetup& w) {
  if (!whole_pages(w.iova) || !whole_pages(w.length)) return false;
  if (w.length == 0) return command(TableId::kWindow, w.index, TableOp::kClear);
  fp::vq::WindowCfg row;
  row.base_page = w.iova >> fp::vq::kPageLog2;
  row.pages = w.length >> fp::vq::kPageLog2;
  row.target_page = row.base_page;  // the host's I/O addresses are PCIe addresses
  row.fn = w.fn;
  row.read = true;
  row.write = true;
  row.valid = true;
  put_row(reg::kTblDataAddr, row);
  return command(TableId::kWindow, w.index, TableOp::kWrite);
}

bool set_queue(const fp::mailbox::VqSetup& s) {
  constexpr uint32_t kVectors = 1u << 11;  // MSI-X Table Size, PCIe 3.0 7.7.2
  if (!whole_pages(s.events_iova) || s.vq >= fp::vq::kNumVqs || s.vector >= kVectors ||
      s.ring_count > fp::vq::kNumRings) {
    return false;
  }
  fp::vq::VqCfg row;
  row.ev_page = s.events_iova >> fp::vq::kPageLog2;
  row.ev_log2 = s.events_log2;
  row.fn = s.fn;
  row.vector = s.vector;
  row.ring_count = s.ring_count;
  row.valid = true;
  put_row(reg::kTblDataAddr, row);
  return command(TableId::kVq, s.vq, TableOp::kWrite);
}

bool bind(const fp::mailbox::RingReply& p) {
  if (!whole_pages(p.rx_iova) || !whole_pages(p.tx_iova) || p.ring >= fp::vq::kNumRings) {
    return false;
  }
  fp::vq::RingCfg row;
  row.rx_page = p.rx_iova >> fp::vq::kPageLog2;
  row.rx_log2 = p.rx_log2;
  row.tx_page = p.tx_iova >> fp::vq::kPageLog2;
  row.tx_log2 = p.tx_log2;
  row.conn_id = p.conn.conn_id;
  row.gen = p.conn.gen;
  row.tx_dir = true;
  row.tx_cls = static_cast<uint8_t>(fp::common::MsgCls::kResponse);
  put_row(reg::kTblDataAddr, row);
  return command(TableId::kRing, p.ring, TableOp::kWrite) &&
         command(TableId::kRing, p.ring, TableOp::kOpen);
}

RingEnd ring_end(uint32_t ring) {
  if (!bound(ring) || !command(TableId::kRingState, ring, TableOp::kRead)) {
    return RingEnd::kFinished;
  }
  const auto state = get_row<fp::vq::RingState>(reg::kTblDataAddr);
  if (state.rx_fin || state.stopped) return RingEnd::kFinished;
  return state.ctl_rst ? RingEnd::kReset : RingEnd::kWaiting;
}

bool unbind(uint32_t ring) { return command(TableId::kRing, ring, TableOp::kClear); }

bool bound(uint32_t ring) {
  if (!command(TableId::kRing, ring, TableOp::kRead)) return false;
  return get_row<fp::vq::RingCfg>(reg::kTblDataAddr).valid;
}

void acknowledge() {
  if (read<reg::IrqStatus>(kBase).gone()) write(kBase, reg::IrqStatus{}.set_gone(true));
}

}  // namespace fw::hal::vq
