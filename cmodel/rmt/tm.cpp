// SPDX-License-Identifier: Apache-2.0
#include "cmodel/rmt/tm.hpp"

#include <algorithm>

namespace fp::rmt {
namespace {

constexpr unsigned kRecirc = static_cast<unsigned>(common::PortId::kRecirc);
static_assert(kRecirc == kNumPorts && kNumOutputs == kNumPorts + 1);
static_assert(kTmReaders == 2, "readers_ is initialised by hand");

// What leaves, as far as it can be known before the last beat.
bool stored(const FrameFate& fate) {
  if (fate.verdict == Verdict::kSlow) return true;
  if (fate.verdict != Verdict::kForward) return false;
  return fate.out_port < kNumPorts || fate.out_port == kOutMulticast ||
         (fate.out_port == kRecirc && fate.passes < kMaxPasses);
}

}  // namespace

TrafficManager::TrafficManager(const Sizes& sizes)
    : sizes_(sizes),
      memory_(sizes.cells),
      free_(sizes.cells, sizes.waiting),
      decider_(sizes.waiting),
      queues_(sizes.queue_frames),
      releaser_(sizes.cells),
      readers_{Reader(0), Reader(1)} {
  for (auto& bank : edits_) bank.resize(kNumEdits);
}

void TrafficManager::reset() {
  free_.reset();
  decider_.reset();
  queues_.reset();
  releaser_.reset();
  for (Reader& r : readers_) r.reset();
  for (Egress& e : egress_) e.reset();
  for (auto& bank : edits_) std::fill(bank.begin(), bank.end(), EgressEdit{});
  open_ = {};
  idx_ = len_ = 0;
  again_.valid = false;
  moving_ = 0;
  pause_ = false;
}

// Takes a beat into cells; answers whether it ended its frame.
bool TrafficManager::write_beat(const OutBeat& in) {
  if (in.beat.sop) {
    open_.lost = false;
    open_.chain = {};
    idx_ = len_ = 0;
  }
  get_ = false;
  if (stored(in.fate) && !open_.lost) {
    if (idx_ == 0) {
      get_ = free_.valid();
      open_.lost = !get_;
    }
    if (get_) {
      const uint16_t fresh = free_.cell();
      if (open_.chain.cells++ == 0) {
        open_.chain.head = fresh;
      } else {
        memory_.link[cell_] = fresh;
      }
      cell_ = fresh;
    }
    if (!open_.lost) memory_.data[cell_ * kCellBeats + idx_] = in.beat.data;
  }
  idx_ = (idx_ + 1) % kCellBeats;
  len_ += in.beat.nbytes;
  if (!in.beat.eop) return false;
  open_.err = in.beat.err;
  open_.beats = static_cast<uint8_t>(beats_of(len_));
  open_.tag = in.beat.tag;
  open_.port = static_cast<uint8_t>(in.beat.port);
  open_.fate = in.fate;
  if (open_.chain.cells != 0) {
    memory_.record[open_.chain.head] = {in.beat.tag,
                                        in.beat.port,
                                        static_cast<uint16_t>(len_),
                                        in.fate.entropy,
                                        {in.fate.epoch, in.fate.passes, in.fate.recirc}};
  }
  return true;
}

void TrafficManager::step(const OutBeat& in, const Ports& ports, const Control& control) {
  // Every part still sees the others' registers of the start of the cycle: consumers come first.
  pause_ =
      control.lossless && (queues_.above(control.threshold) || free_.free() < sizes_.pause_cells);

  unsigned take = 0, edit_free = 0;
  unsigned shown = 0;
  for (const Reader& r : readers_) shown |= r.beat().valid ? 1u << r.beat().dest : 0;
  for (unsigned d = 0; (shown | moving_) >> d != 0; ++d) {
    if (((shown | moving_) >> d & 1) == 0) continue;
    const Reader::Beat& beat = readers_[d % kTmReaders].beat();
    const bool mine = (shown >> d & 1) != 0;
    const EgressEdit* row = mine ? &edits_[beat.bank][beat.edit] : nullptr;
    const Egress::Taken taken = egress_[d].step(mine ? &beat : nullptr, memory_, row,
                                                d == kRecirc ? *again_.ready : *ports[d].ready);
    if (taken.beat) take |= 1u << d;
    if (taken.edit) edit_free |= 1u << d;
  }
  moving_ |= shown;

  unsigned done = 0;
  std::array<const Release*, kTmReaders> released{};
  for (unsigned r = 0; r < kTmReaders; ++r) {
    const unsigned bit = readers_[r].step(queues_, memory_, releaser_.room(r), take, edit_free);
    if (bit != 0) released[r] = &readers_[r].released();
    done |= bit;
  }

  const bool ended = in.valid && write_beat(in);
  const bool get = in.valid && get_;
  decider_.step(ended ? &open_ : nullptr, queues_, *control.limits);
  queues_.step({decider_.enqueued(), decider_.index(), done}, *control.weights);
  releaser_.step(released, decider_.end());
  free_.step(memory_, get, releaser_.put(), decider_.dropped());
}

void TrafficManager::publish(Ports& ports, Tx<VerdictReport>& verdict) {
  for (unsigned d = 0; moving_ >> d != 0; ++d) {
    if ((moving_ >> d & 1) == 0) continue;
    AgainSide unused;
    egress_[d].publish(d == kRecirc ? again_ : ports[d], d == kRecirc ? again_side_ : unused);
    if (egress_[d].empty()) moving_ &= ~(1u << d);
  }
  verdict.valid = judged();
  if (judged()) verdict.data = this->verdict();
}

bool TrafficManager::idle() const {
  for (const Reader& r : readers_) {
    if (r.beat().valid) return false;
  }
  return moving_ == 0 && decider_.empty() && queues_.empty() && releaser_.empty() &&
         free_.settled() && !pause_ && free_.free() == sizes_.cells;
}

void TrafficManager::write_row(TableId table, unsigned bank, unsigned index,
                               const uint32_t* words) {
  if (table == TableId::kGroup) decider_.write_row(bank, index, words);
  if (table == TableId::kEdit) edits_[bank][index] = EgressEdit::unpack(words);
}

void TrafficManager::read_row(TableId table, unsigned bank, unsigned index, uint32_t* words) const {
  std::fill_n(words, reg::kTblDataCount, 0u);
  if (table == TableId::kGroup) decider_.row(bank, index).pack(words);
  if (table == TableId::kEdit) edits_[bank][index].pack(words);
}

}  // namespace fp::rmt
