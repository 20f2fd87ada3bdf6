// SPDX-License-Identifier: Apache-2.0
#include "cmodel/rmt/egress.hpp"

#include <algorithm>
#include <cstring>

namespace fp::rmt {

void Egress::reset() {
  wr_ = rd_ = level_ = 0;
  kept_ = 0;
  flush_ = open_ = valid_ = fresh_ = false;
}

void Egress::load_edit(const EgressEdit& row, const FrameRecord& record) {
  ins_ = row.data;
  ins_at_ = row.at;
  ins_len_ = record.len <= row.at ? 0 : std::min<unsigned>(row.len, kEditBytes);
  const auto put = [&](bool en, unsigned at, unsigned value) {
    at &= ~1u;
    if (!en || at >= kEditBytes) return;
    ins_[at] = static_cast<uint8_t>(value >> 8);
    ins_[at + 1] = static_cast<uint8_t>(value);
  };
  const uint16_t len0 = static_cast<uint16_t>(record.len + row.len0_add);
  uint32_t sum = len0;
  if (const unsigned at = row.csum_at & ~1u; at < kEditBytes) {
    sum += static_cast<uint32_t>(row.data[at] << 8 | row.data[at + 1]);
  }
  sum = (sum & 0xffff) + (sum >> 16);
  put(row.len0_en, row.len0_at, len0);
  put(row.len1_en, row.len1_at, record.len + row.len1_add);
  put(row.csum_en, row.csum_at, ~sum);
  put(row.hash_en, row.hash_at, 0xc000u | record.entropy);
  std::memset(&ins_[0] + ins_len_, 0, kEditBytes - ins_len_);
}

Egress::Taken Egress::step(const Reader::Beat* beat, const CellMemory& memory,
                           const EgressEdit* row, bool ready) {
  Taken taken;
  fresh_ = false;
  const bool room = !valid_ || ready;
  const bool alone = this->alone();
  const bool loads = beat != nullptr && beat->first && beat->edit != 0;
  const bool in_valid = level_ != 0 || (beat != nullptr && !loads);
  const bool send = room && (alone || in_valid);
  valid_ = send || (valid_ && !ready);
  taken.beat = send && !alone;
  const bool by = taken.beat && level_ == 0;  // past the buffer

  if (send) {
    fresh_ = true;
    std::array<uint8_t, kWide> wide;
    unsigned total = 0;
    bool end = flush_;
    if (alone) {
      std::memcpy(wide.data(), carry_.data(), carry_.size());
      std::memset(&wide[carry_.size()], 0, wide.size() - carry_.size());
      total = kept_;
    } else {
      const Slot& slot = buffer_[rd_];
      const uint8_t* data = by ? memory.data[beat->at].data() : slot.data.data();
      const bool first = by ? beat->first : slot.first;
      const bool edit = by ? beat->edit != 0 : slot.edit;
      end = by ? beat->last : slot.last;
      if (first) record_ = by ? memory.record[beat->head] : slot.record;
      unsigned n = common::kBeatBytes;
      if (end && record_.len % common::kBeatBytes != 0) n = record_.len % common::kBeatBytes;
      taken.edit = first && edit;
      unsigned before = 0;  // bytes in front of this beat's
      if (taken.edit && ins_len_ != 0) {
        before = ins_len_;
        std::memcpy(wide.data(), data, ins_at_);
        std::memcpy(&wide[ins_at_], ins_.data(), ins_len_);
        std::memcpy(&wide[ins_at_ + ins_len_], data + ins_at_, common::kBeatBytes - ins_at_);
      } else {
        before = first ? 0 : kept_;
        std::memcpy(wide.data(), carry_.data(), before);
        std::memcpy(&wide[before], data, common::kBeatBytes);
      }
      total = n + before;
      std::memset(&wide[common::kBeatBytes + before], 0, wide.size() - common::kBeatBytes - before);
    }
    const bool over = total > common::kBeatBytes;
    std::memcpy(out_.data.data(), wide.data(), common::kBeatBytes);
    out_.nbytes = static_cast<uint8_t>(over ? common::kBeatBytes : total);
    out_.sop = !open_;
    out_.eop = end && !over;
    out_.err = false;
    out_.port = record_.port;
    out_.tag = record_.tag;
    open_ = !out_.eop;
    flush_ = end && over;
    kept_ = over ? total - common::kBeatBytes : 0;
    if (over) std::memcpy(carry_.data(), &wide[common::kBeatBytes], carry_.size());
  }
  if (taken.beat && !by) {
    rd_ = (rd_ + 1) % kBuffer;
    --level_;
  }
  if (beat != nullptr && !by) {
    Slot& slot = buffer_[wr_];
    slot.data = memory.data[beat->at];
    slot.first = beat->first;
    slot.last = beat->last;
    slot.edit = beat->edit != 0;
    if (beat->first) slot.record = memory.record[beat->head];
    wr_ = (wr_ + 1) % kBuffer;
    ++level_;
  }
  if (loads) load_edit(*row, memory.record[beat->head]);
  return taken;
}

void Egress::publish(Tx<common::PktBeat>& port, AgainSide& side) const {
  port.valid = valid_;
  if (!fresh_) return;
  port.data = out_;
  side = record_.side;
  ++side.passes;
}

}  // namespace fp::rmt
