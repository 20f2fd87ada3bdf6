// SPDX-License-Identifier: Apache-2.0
//
// Queue without a fixed bound for what a model keeps about the outside world. It allocates only
// when it has to hold more than ever before; elements stay where they are when taken out, so that
// buffers inside them are used again.
#pragma once

#include <bit>
#include <cstddef>
#include <utility>
#include <vector>

#include "cmodel/common/state_io.hpp"

namespace fp {

template <class T>
class GrowRing {
 public:
  // `slots`: elements held before it first grows, rounded up to a power of two.
  explicit GrowRing(size_t slots = 16) : slots_(std::bit_ceil(slots)) {}

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  // The oldest; not when empty.
  T& front() { return slots_[head_]; }
  const T& front() const { return slots_[head_]; }

  // The new last element, as some element was when it was taken out: the caller overwrites it. The
  // reference is good until the next push().
  T& push() {
    if (size_ == slots_.size()) grow();
    return slots_[(head_ + size_++) & (slots_.size() - 1)];
  }
  void push(T value) { push() = std::move(value); }
  void pop() {
    head_ = (head_ + 1) & (slots_.size() - 1);
    --size_;
  }
  void clear() { head_ = size_ = 0; }

  void checkpoint(StateIo& io) {
    const size_t n = io.length(size_);
    if (io.loading()) clear();
    for (size_t i = 0; i < n; ++i) {
      io(io.loading() ? push() : slots_[(head_ + i) & (slots_.size() - 1)]);
    }
  }

 private:
  void grow() {
    std::vector<T> more(2 * slots_.size());
    for (size_t i = 0; i < size_; ++i) {
      more[i] = std::move(slots_[(head_ + i) & (slots_.size() - 1)]);
    }
    slots_ = std::move(more);
    head_ = 0;
  }

  std::vector<T> slots_;
  size_t head_ = 0, size_ = 0;
};

}  // namespace fp
