// SPDX-License-Identifier: Apache-2.0
//
// The same MACs on wires, written as clocked hardware would be: everything changes behind a rising
// edge and depends on what stood before it.
#pragma once

#include <algorithm>
#include <array>
#include <systemc>
#include <vector>

#include "cmodel/common/sc/packet_pins.hpp"
#include "mac.hpp"

// The wires of one packet stream.
struct StreamWires {
  sc_core::sc_signal<bool> valid, ready, sop, eop, err;
  sc_core::sc_signal<fp::sc::PacketData> data;
  sc_core::sc_signal<fp::sc::PacketKeep> keep;
  sc_core::sc_signal<sc_dt::sc_uint<4>> port;
  sc_core::sc_signal<uint32_t> tag;
};

class PinSource : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk_i{"clk_i"};

  PinSource(const sc_core::sc_module_name& name, unsigned port, Line line, const Epoch& epoch,
            StreamWires& wires)
      : sc_core::sc_module(name), port_(port), line_(std::move(line)), epoch_(epoch), w_(wires) {
    SC_METHOD(rise);
    sensitive << clk_i.pos();
    dont_initialize();
  }
  bool done() const { return loaded_ && !line_.more() && !presenting_; }

 private:
  SC_HAS_PROCESS(PinSource);

  void rise() {
    if (!epoch_.started || sc_core::sc_time_stamp() < epoch_.cycle0) return;
    if (!loaded_) line_.load(0, false);
    loaded_ = true;
    const uint64_t now = epoch_.cycle_of(sc_core::sc_time_stamp());
    const bool free = !w_.valid.read() || w_.ready.read();
    if (!free) return;
    if (presenting_ && sent_ == frame_.size()) presenting_ = false;
    if (!presenting_ && line_.more() && line_.arrival() <= now) {
      frame_ = line_.frame().bytes;
      w_.tag = make_tag(port_, line_.number());
      const bool paused = line_.arrival() < now;
      line_.pop();
      line_.load(now, paused);
      presenting_ = true;
      sent_ = 0;
    }
    w_.valid = presenting_;
    if (!presenting_) return;
    const size_t n = std::min<size_t>(frame_.size() - sent_, 64);
    fp::sc::PacketData data;
    fp::sc::PacketKeep keep;
    for (size_t i = 0; i < n; ++i) {
      data.range(static_cast<int>(8 * i + 7), static_cast<int>(8 * i)) = frame_[sent_ + i];
      keep[static_cast<int>(i)] = true;
    }
    w_.data = data;
    w_.keep = keep;
    w_.sop = sent_ == 0;
    sent_ += n;
    w_.eop = sent_ == frame_.size();
  }

  const unsigned port_;
  Line line_;
  const Epoch& epoch_;
  StreamWires& w_;
  std::vector<unsigned char> frame_;
  size_t sent_ = 0;
  bool loaded_ = false;
  bool presenting_ = false;
};

// Always ready.
class PinSink : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk_i{"clk_i"};

  PinSink(const sc_core::sc_module_name& name, unsigned port, const Epoch& epoch,
          StreamWires& wires)
      : sc_core::sc_module(name), port_(port), epoch_(epoch), w_(wires) {
    SC_METHOD(rise);
    sensitive << clk_i.pos();
    dont_initialize();
  }

 private:
  SC_HAS_PROCESS(PinSink);

  void rise() {
    w_.ready = true;
    if (!w_.valid.read() || !w_.ready.read()) return;
    if (w_.sop.read()) {
      bytes_.clear();
      first_ = epoch_.cycle_of(sc_core::sc_time_stamp());
    }
    for (int i = 0; i < 64 && w_.keep.read()[i].to_bool(); ++i) {
      bytes_.push_back(
          static_cast<unsigned char>(w_.data.read().range(8 * i + 7, 8 * i).to_uint()));
    }
    if (w_.eop.read()) print_frame(port_, ++frames_, first_, w_.tag.read(), bytes_);
  }

  const unsigned port_;
  const Epoch& epoch_;
  StreamWires& w_;
  std::vector<unsigned char> bytes_;
  uint64_t first_ = 0;
  uint32_t frames_ = 0;
};
