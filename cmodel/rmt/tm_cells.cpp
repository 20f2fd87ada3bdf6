// SPDX-License-Identifier: Apache-2.0
#include "cmodel/rmt/tm_cells.hpp"

namespace fp::rmt {

FreeList::FreeList(unsigned cells, unsigned waiting)
    : cells_(cells), main_(cells), drop_(2 * waiting) {}

void FreeList::reset() {
  main_.reset();
  drop_.reset();
  cur_ = false;
  wr_ = rd_ = level_ = 0;
  // The sweep puts every cell in, and the walker takes the first ones.
  const CellMemory none(1);
  for (unsigned i = 0; i < cells_; ++i) {
    const Chain one{static_cast<uint16_t>(i), 1};
    step(none, false, &one, nullptr);
  }
  free_ = cells_;
}

void FreeList::step(const CellMemory& memory, bool get, const Chain* put, const Chain* drop) {
  const bool give = cur_ && level_ < kReady;
  const bool more = left_ != 1;
  const bool load = !cur_ || (give && !more);
  if (give) {
    ready_[wr_] = cell_;
    wr_ = (wr_ + 1) % kReady;
    ++level_;
    // The link is read now and at hand in the next cycle.
    if (more) cell_ = memory.link[cell_];
    --left_;
  }
  if (get) {
    rd_ = (rd_ + 1) % kReady;
    --level_;
    --free_;
  }
  const bool drop_pop = load && drop_.valid();
  const bool main_pop = load && !drop_pop && main_.valid();
  if (load) cur_ = drop_pop || main_pop;
  if (drop_pop || main_pop) {
    const Chain& chain = drop_pop ? drop_.head() : main_.head();
    cell_ = chain.head;
    left_ = chain.cells;
  }
  main_.step(put, main_pop);
  drop_.step(drop, drop_pop);
  if (put != nullptr) free_ += put->cells;
  if (drop != nullptr) free_ += drop->cells;
}

bool FreeList::settled() const {
  const bool give = cur_ && level_ < kReady;
  const bool load = !cur_ || (give && left_ == 1);
  return !give && !(load && (drop_.valid() || main_.valid())) && main_.settled() && drop_.settled();
}

}  // namespace fp::rmt
