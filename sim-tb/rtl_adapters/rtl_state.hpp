// SPDX-License-Identifier: Apache-2.0
//
// Verilated state in a checkpoint's image: Verilator's savable streams, on memory instead of a
// file.
#pragma once

#include <verilated.h>
#include <verilated_save.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "cmodel/common/state_io.hpp"

namespace fp::sim {

// RTL made with `--savable`.
template <class Top>
concept SavableTop = requires(VerilatedSerialize& out, VerilatedDeserialize& in, Top& top) {
  out << top;
  in >> top;
};

class RtlStateWriter final : public VerilatedSerialize {
 public:
  explicit RtlStateWriter(std::vector<uint8_t>& out) : out_(out) { m_isOpen = true; }
  void flush() override {
    out_.insert(out_.end(), m_bufp, m_cp);
    m_cp = m_bufp;
  }

 private:
  std::vector<uint8_t>& out_;
};

class RtlStateReader final : public VerilatedDeserialize {
 public:
  explicit RtlStateReader(std::span<const uint8_t> in) : in_(in) {
    m_isOpen = true;
    m_endp = m_bufp;
  }
  // More was asked for than there is.
  bool ran_out() const { return m_cp > m_endp - padding_; }

 private:
  // As VerilatedRestore does it: what is left moves to the front; behind the end come zeros.
  void fill() override {
    const auto left = static_cast<size_t>(m_endp - m_cp);
    std::memmove(m_bufp, m_cp, left);
    m_cp = m_bufp;
    m_endp = m_bufp + left;
    const size_t n = std::min(bufferSize() - left, in_.size());
    std::memcpy(m_endp, in_.data(), n);
    in_ = in_.subspan(n);
    m_endp += n;
    const size_t rest = bufferSize() - left - n;
    std::memset(m_endp, 0, rest);
    m_endp += rest;
    padding_ += rest;
  }

  std::span<const uint8_t> in_;
  size_t padding_ = 0;  // zeros at the buffer's end
};

template <SavableTop Top>
void rtl_state(StateIo& io, Top& top) {
  std::vector<uint8_t> bytes;
  if (!io.loading()) {
    RtlStateWriter out(bytes);
    out << top;
    out.flush();
  }
  io.resized(bytes);
  if (!io.loading()) return;
  RtlStateReader in(bytes);
  in >> top;
  if (in.ran_out()) io.fail("the end of Verilator's state", "more of it");
}

}  // namespace fp::sim
