// SPDX-License-Identifier: Apache-2.0
#include "firmware/linux/pipeline/stage_allocator.hpp"

#include <algorithm>
#include <bit>
#include <set>

namespace fp::pipeline {

namespace {

// Moving an item to an earlier stage where its predecessors allow it and the set there still fits
// never hurts: so only sets that cannot grow are tried, stage by stage. What is left after a stage
// depends on nothing but the set of items placed, so each such set is tried once a stage.
class Search {
 public:
  Search(const StageProblem& problem, unsigned stages)
      : problem_(problem), stages_(stages), n_(static_cast<unsigned>(problem.after.size())) {
    share_.resize(n_);
    for (unsigned i = 0; i < n_; ++i) {
      for (unsigned j = 0; j < n_; ++j) {
        if (i != j && !ordered(i, j) && problem.fits(1u << i | 1u << j)) share_[i] |= 1u << j;
      }
    }
    tail_ = tails();
    failed_.resize(stages + 1);
  }

  bool acyclic() const { return !tail_.empty() || n_ == 0; }
  // Stages each item and what must follow it need.
  const std::vector<unsigned>& tail() const { return tail_; }

  bool run(uint32_t placed, unsigned stage, std::vector<unsigned>& out) {
    if (placed == all()) return true;
    if (stage == stages_ || failed_[stage].count(placed) != 0) return false;
    failed_[stage].insert(placed);  // taken back by success, which ends the search
    uint32_t ready = 0;
    for (unsigned i = 0; i < n_; ++i) {
      if (placed >> i & 1) continue;
      if (tail_[i] > stages_ - stage) return false;
      if ((problem_.after[i] & ~placed) == 0) ready |= 1u << i;
    }
    if (crowd(all() & ~placed).size() > stages_ - stage) return false;
    return grow(placed, stage, 0, ready, 0, out);
  }

  // Greedy: items of the set of which no two may share.
  std::vector<unsigned> crowd(uint32_t set) const {
    std::vector<unsigned> order;
    for (unsigned i = 0; i < n_; ++i) {
      if (set >> i & 1) order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(), [&](unsigned a, unsigned b) {
      return std::popcount(share_[a] & set) < std::popcount(share_[b] & set);
    });
    std::vector<unsigned> out;
    uint32_t friends = 0;
    for (unsigned i : order) {
      if (friends >> i & 1) continue;
      out.push_back(i);
      friends |= share_[i];
    }
    std::sort(out.begin(), out.end());
    return out;
  }

 private:
  uint32_t all() const { return n_ == 32 ? ~0u : (1u << n_) - 1; }
  bool ordered(unsigned i, unsigned j) const {
    return (problem_.after[i] >> j & 1) != 0 || (problem_.after[j] >> i & 1) != 0;
  }

  std::vector<unsigned> tails() const {
    std::vector<unsigned> tail(n_, 1);
    for (unsigned round = 0; round <= n_; ++round) {
      bool changed = false;
      for (unsigned i = 0; i < n_; ++i) {
        for (unsigned j = 0; j < n_; ++j) {
          if ((problem_.after[i] >> j & 1) != 0 && tail[j] < tail[i] + 1) {
            tail[j] = tail[i] + 1;
            changed = true;
          }
        }
      }
      if (!changed) return tail;
    }
    return {};
  }

  // All sets of ready items that fit and cannot grow. `from`: items below it were decided.
  bool grow(uint32_t placed, unsigned stage, uint32_t set, uint32_t ready, unsigned from,
            std::vector<unsigned>& out) {
    if (++steps_ > kMaxSteps) return false;
    bool grew = false;
    for (unsigned i = 0; i < n_; ++i) {
      if ((ready >> i & 1) == 0 || (set >> i & 1) != 0 || (set & ~share_[i]) != 0) continue;
      if (set != 0 && !problem_.fits(set | 1u << i)) continue;
      grew = true;
      if (i < from) continue;  // that set is reached in the other order
      if (grow(placed, stage, set | 1u << i, ready, i + 1, out)) return true;
    }
    if (grew || set == 0) return false;
    if (!run(placed | set, stage + 1, out)) return false;
    for (unsigned i = 0; i < n_; ++i) {
      if (set >> i & 1) out[i] = stage;
    }
    return true;
  }

  // No program that people write comes near; without a bound, one made to be hard would take hours.
  static constexpr unsigned kMaxSteps = 1u << 18;

  const StageProblem& problem_;
  unsigned stages_;
  unsigned n_;
  unsigned steps_ = 0;
  std::vector<uint32_t> share_;  // item -> items it may share a stage with
  std::vector<unsigned> tail_;
  std::vector<std::set<uint32_t>> failed_;
};

}  // namespace

std::optional<std::vector<unsigned>> allocate(const StageProblem& problem, unsigned stages) {
  Search search(problem, stages);
  std::vector<unsigned> out(problem.after.size());
  if (!search.acyclic() || !search.run(0, 0, out)) return std::nullopt;
  return out;
}

std::vector<unsigned> longest_chain(const StageProblem& problem) {
  Search search(problem, 0);
  if (!search.acyclic() || problem.after.empty()) return {};
  const std::vector<unsigned>& tail = search.tail();
  std::vector<unsigned> chain{
      static_cast<unsigned>(std::max_element(tail.begin(), tail.end()) - tail.begin())};
  while (tail[chain.back()] > 1) {
    for (unsigned i = 0; i < tail.size(); ++i) {
      if ((problem.after[i] >> chain.back() & 1) != 0 && tail[i] + 1 == tail[chain.back()]) {
        chain.push_back(i);
        break;
      }
    }
  }
  return chain;
}

std::vector<unsigned> crowd(const StageProblem& problem) {
  const auto n = problem.after.size();
  return Search(problem, 0).crowd(n == 32 ? ~0u : (1u << n) - 1);
}

}  // namespace fp::pipeline
