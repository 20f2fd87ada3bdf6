// SPDX-License-Identifier: Apache-2.0
#include "cmodel/common/sc/packet_pins.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace fp::sc {
namespace {

constexpr unsigned kDataWords = common::kBeatBytes / 4;
static_assert(common::kBeatBytes == 64, "keep is two words, port four bits");
static_assert(common::kPortIdBits == 4);

}  // namespace

PacketPinsIn::PacketPinsIn(const sc_core::sc_module_name& name, ClockedModule& module,
                           Rx<common::PktBeat>& port)
    : sc_core::sc_module(name), port_(port) {
  port.valid = &valid_;
  port.data = &beat_;
  module.attach(*this);
}

void PacketPinsIn::reset() {
  valid_ = false;
  publish();
}

void PacketPinsIn::sample(const sc_core::sc_time&) {
  valid_ = valid_i.read();
  if (!valid_) return;
  const PacketKeep& keep = keep_i.read();
  const uint64_t bytes = keep.get_word(0) | uint64_t{keep.get_word(1)} << 32;
  const int n = std::popcount(bytes);
  if (n == 0 || std::countr_one(bytes) != n) {
    SC_REPORT_ERROR("flatproxy", (std::string(name()) + ".keep_i: found " +
                                  keep.to_string(sc_dt::SC_HEX) + ", expected ones from bit 0 on")
                                     .c_str());
  }
  std::array<uint32_t, kDataWords> words;
  for (unsigned i = 0; i < kDataWords; ++i) {
    words[i] = data_i.read().get_word(static_cast<int>(i));
  }
  beat_ = {};
  std::memcpy(beat_.data.data(), words.data(), static_cast<size_t>(n));
  beat_.nbytes = static_cast<uint8_t>(n);
  beat_.sop = sop_i.read();
  beat_.eop = eop_i.read();
  beat_.err = beat_.eop && err_i.read();
  beat_.port = static_cast<common::PortId>(port_i.read().to_uint());
  beat_.tag = tag_i.read();
}

PacketPinsOut::PacketPinsOut(const sc_core::sc_module_name& name, ClockedModule& module,
                             Tx<common::PktBeat>& port)
    : sc_core::sc_module(name), port_(port) {
  port.ready = &ready_;
  module.attach(*this);
}

void PacketPinsOut::reset() {
  ready_ = false;
  publish();
}

void PacketPinsOut::publish() {
  valid_o.write(port_.valid);
  if (!port_.valid) return;
  const common::PktBeat& beat = port_.data;
  std::array<uint32_t, kDataWords> words{};
  std::memcpy(words.data(), beat.data.data(), beat.nbytes);
  PacketData data;
  for (unsigned i = 0; i < kDataWords; ++i) data.set_word(static_cast<int>(i), words[i]);
  const uint64_t bytes = beat.nbytes >= 64 ? ~uint64_t{0} : (uint64_t{1} << beat.nbytes) - 1;
  PacketKeep keep;
  keep.set_word(0, static_cast<uint32_t>(bytes));
  keep.set_word(1, static_cast<uint32_t>(bytes >> 32));
  data_o.write(data);
  keep_o.write(keep);
  sop_o.write(beat.sop);
  eop_o.write(beat.eop);
  err_o.write(beat.err);
  port_o.write(static_cast<unsigned>(beat.port));
  tag_o.write(beat.tag);
}

}  // namespace fp::sc
