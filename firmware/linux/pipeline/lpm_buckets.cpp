// SPDX-License-Identifier: Apache-2.0
#include "firmware/linux/pipeline/lpm_buckets.hpp"

#include <algorithm>
#include <numeric>

namespace fp::pipeline {

namespace {

// First bit in which two prefixes differ, or the number of bits.
unsigned fork(const LpmPrefix& a, const LpmPrefix& b) {
  unsigned i = 0;
  while (i < rmt::kLpmKeyBits && a.bits[i] == b.bits[i]) ++i;
  return i;
}

class Cutter {
 public:
  explicit Cutter(std::span<const LpmPrefix> prefixes)
      : prefixes_(prefixes), order_(prefixes.size()) {
    // Parents before children, branch 0 before branch 1.
    std::iota(order_.begin(), order_.end(), 0u);
    std::sort(order_.begin(), order_.end(), [&](unsigned a, unsigned b) {
      const unsigned at = fork(prefixes_[a], prefixes_[b]);
      if (at < rmt::kLpmKeyBits) return prefixes_[b].bits[at];
      return prefixes_[a].length < prefixes_[b].length;
    });
  }

  std::vector<LpmBucket> run() {
    if (!order_.empty()) {
      Part rest = part(0, order_.size(), -1);
      if (!rest.left.empty()) cut(rest);
    }
    std::stable_sort(buckets_.begin(), buckets_.end(), [](const LpmBucket& a, const LpmBucket& b) {
      return a.pivot.length > b.pivot.length;
    });
    return std::move(buckets_);
  }

 private:
  // A subtree: its root and those of its prefixes that are in no bucket yet.
  struct Part {
    LpmPrefix root;
    int above = -1;  // longest prefix above the root, when the root is none itself
    std::vector<unsigned> left;
  };

  void cut(Part& p) {
    LpmBucket bucket{p.root, std::move(p.left)};
    p.left.clear();
    std::stable_sort(bucket.slots.begin(), bucket.slots.end(), [&](unsigned a, unsigned b) {
      return prefixes_[a].length > prefixes_[b].length;
    });
    if (p.above >= 0) bucket.slots.push_back(static_cast<unsigned>(p.above));
    buckets_.push_back(std::move(bucket));
  }

  // The subtree of order_[from, to), under prefix `above`.
  Part part(size_t from, size_t to, int above) {
    const LpmPrefix& first = prefixes_[order_[from]];
    Part p;
    p.root = first;
    p.root.length = std::min(first.length, fork(first, prefixes_[order_[to - 1]]));
    for (unsigned i = p.root.length; i < rmt::kLpmKeyBits; ++i) p.root.bits.reset(i);
    const bool own = first.length == p.root.length;
    p.above = own ? -1 : above;
    if (own) above = static_cast<int>(order_[from]);
    const size_t begin = from + own;
    const auto middle = static_cast<size_t>(
        std::partition_point(order_.begin() + begin, order_.begin() + to,
                             [&](unsigned i) { return !prefixes_[i].bits[p.root.length]; }) -
        order_.begin());
    Part branch[2];
    if (begin < middle) branch[0] = part(begin, middle, above);
    if (middle < to) branch[1] = part(middle, to, above);
    const size_t room = rmt::kLpmSlots - (p.above >= 0 ? 1 : 0);
    while (own + branch[0].left.size() + branch[1].left.size() > room) {
      cut(branch[branch[1].left.size() > branch[0].left.size()]);
    }
    if (own) p.left.push_back(order_[from]);
    for (const Part& b : branch) p.left.insert(p.left.end(), b.left.begin(), b.left.end());
    return p;
  }

  std::span<const LpmPrefix> prefixes_;
  std::vector<unsigned> order_;
  std::vector<LpmBucket> buckets_;
};

}  // namespace

bool LpmPrefix::covers(const LpmPrefix& other) const {
  return length <= other.length && fork(*this, other) >= length;
}

std::vector<LpmBucket> make_buckets(std::span<const LpmPrefix> prefixes) {
  return Cutter(prefixes).run();
}

}  // namespace fp::pipeline
