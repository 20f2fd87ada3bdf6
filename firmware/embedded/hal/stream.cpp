// SPDX-License-Identifier: Apache-2.0
#include "firmware/embedded/hal/stream.hpp"

#include "contract/ideal_stream.hpp"
#include "firmware/embedded/hal/mmio.hpp"

namespace fw::hal::stream {

namespace {

namespace reg = fp::ideal_stream::reg;
constexpr uint32_t kBase = fp::ideal_stream::kCsrBase;

// Registers hold the first byte of an address in the highest bits; messages hold network order.
std::array<uint8_t, 16> address(uint32_t first_register, unsigned words) {
  std::array<uint8_t, 16> out{};
  for (unsigned w = 0; w < words; ++w) {
    const uint32_t value = read32(first_register + 4 * w);
    for (unsigned b = 0; b < 4; ++b) out[4 * w + b] = static_cast<uint8_t>(value >> (24 - 8 * b));
  }
  return out;
}

}  // namespace

void enable() {
  write(kBase, reg::IrqEnable{}.set_flow(true).set_close(true));
  write(kBase, reg::Ctrl{}.set_enable(true));
}

bool take_new(Flow& flow) {
  if (!read<reg::IrqStatus>(kBase).flow()) return false;
  const auto info = read<reg::FlowInfo>(kBase);
  const auto ports = read<reg::FlowPorts>(kBase);
  const bool v6 = info.family() == fp::ideal_stream::Family::kIpv6;
  flow.index = info.index();
  flow.family = v6 ? fp::mailbox::Family::kIpv6 : fp::mailbox::Family::kIpv4;
  flow.local_port = ports.local_port();
  flow.remote_port = ports.remote_port();
  flow.local_address = address(reg::kFlowLocalAddr, v6 ? 4 : 1);
  flow.remote_address = address(reg::kFlowRemoteAddr, v6 ? 4 : 1);
  write(kBase, reg::FlowPop{}.set_pop(true));
  return true;
}

void accept(uint16_t index, fp::common::ConnRef conn) {
  write(kBase, reg::AnswerIndex{}.set_index(index));
  write(kBase, reg::Answer{}.set_conn_id(conn.conn_id).set_gen(conn.gen).set_accept(true));
}

void refuse(uint16_t index) {
  write(kBase, reg::AnswerIndex{}.set_index(index));
  write(kBase, reg::Answer{}.set_accept(false));
}

bool take_closed(Closed& closed) {
  if (!read<reg::IrqStatus>(kBase).close()) return false;
  const auto conn = read<reg::CloseConn>(kBase);
  const auto info = read<reg::CloseInfo>(kBase);
  closed.index = info.index();
  closed.reset = info.rst();
  closed.conn.conn_id = conn.conn_id();
  closed.conn.gen = conn.gen();
  write(kBase, reg::ClosePop{}.set_pop(true));
  return true;
}

void release(uint16_t index) {
  write(kBase, reg::AnswerIndex{}.set_index(index));
  write(kBase, reg::FlowFree{}.set_free(true));
}

}  // namespace fw::hal::stream
