// SPDX-License-Identifier: Apache-2.0
#include "firmware/embedded/hal/mbuf.hpp"

#include "contract/mbuf.hpp"
#include "firmware/embedded/hal/table.hpp"

namespace fw::hal::mbuf {

namespace {

namespace reg = fp::mbuf::reg;
using fp::common::ConnRef;
constexpr uint32_t kBase = fp::mbuf::kCsrBase;

bool command(ConnRef conn, fp::mbuf::TblOp op) {
  const auto cmd = reg::TblCmd{}
                       .set_table_id(static_cast<uint8_t>(fp::mbuf::TableId::kConn))
                       .set_index(static_cast<uint16_t>(conn.conn_id))
                       .set_op(static_cast<uint8_t>(op));
  return table_command<reg::TblCmd, reg::TblStatus>(kBase, cmd);
}

}  // namespace

bool init_done() { return read<reg::Status>(kBase).init_done(); }

void enable() { write(kBase, reg::Ctrl{}.set_enable(true)); }

bool open(ConnRef conn, uint32_t credit_to_host, uint32_t credit_to_wire) {
  fp::mbuf::ConnRow row;
  row.valid = true;
  row.gen = conn.gen;
  row.cls = fp::common::MsgCls::kRequest;
  row.prod0 = fp::mbuf::kToePort;
  row.prod1 = fp::mbuf::kVqPort;
  row.cap = fp::mbuf::kDefaultCap;
  row.credit0 = credit_to_host;
  row.credit1 = credit_to_wire;
  put_row(reg::kTblDataAddr, row);
  return command(conn, fp::mbuf::TblOp::kWrite);
}

bool close(ConnRef conn) {
  fp::mbuf::ConnRow row;
  row.gen = conn.gen;
  put_row(reg::kTblDataAddr, row);
  return command(conn, fp::mbuf::TblOp::kWrite);
}

bool drained(ConnRef conn) {
  if (!command(conn, fp::mbuf::TblOp::kRead)) return true;
  const auto row = get_row<fp::mbuf::ConnRow>(reg::kTblDataAddr);
  return row.held0 == 0 && row.held1 == 0 && !row.busy0 && !row.busy1;
}

}  // namespace fw::hal::mbuf
