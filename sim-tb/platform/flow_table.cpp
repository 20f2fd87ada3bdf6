// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/platform/flow_table.hpp"

#include <algorithm>

namespace fp::platform {
namespace {

constexpr uint32_t kParkMask = ideal_stream::kParkBytes - 1;
static_assert((ideal_stream::kParkBytes & kParkMask) == 0, "the ring index wraps by masking");

// At least twice the flows, so that probes stay short.
constexpr uint32_t kBuckets = 4096;
static_assert(kBuckets >= 2 * ideal_stream::kNumFlows && (kBuckets & (kBuckets - 1)) == 0);

FlowSummary summary_of(const Flow& f) {
  return {.key = f.key,
          .accepted = f.state == Flow::State::kOpen || f.state == Flow::State::kClosed ||
                      f.state == Flow::State::kFreed,
          .bytes_in = f.bytes_in,
          .bytes_out = f.bytes_out,
          .out_of_order = f.out_of_order,
          .trimmed = f.trimmed,
          .no_room = f.no_room};
}

}  // namespace

void Park::push(std::span<const uint8_t> bytes, bool ends) {
  if (bytes_.empty()) {
    bytes_.resize(ideal_stream::kParkBytes);
    ends_.resize(ideal_stream::kParkBytes);
  }
  for (size_t i = 0; i < bytes.size(); ++i) {
    const uint32_t at = (head_ + size_++) & kParkMask;
    bytes_[at] = bytes[i];
    ends_[at] = ends && i + 1 == bytes.size();
  }
}

uint32_t Park::copy(uint32_t at, uint32_t most, uint8_t* to, bool& ends) const {
  const uint32_t n = std::min(most, size_ - at);
  ends = false;
  for (uint32_t i = 0; i < n; ++i) {
    const uint32_t from = (head_ + at + i) & kParkMask;
    to[i] = bytes_[from];
    if (ends_[from]) {
      ends = true;
      return i + 1;
    }
  }
  return n;
}

void Park::pop(uint32_t n) {
  head_ = (head_ + n) & kParkMask;
  size_ -= n;
}

void Park::clear() { head_ = size_ = 0; }

FlowTable::FlowTable() { reset(); }

void FlowTable::reset() {
  flows_ = std::vector<Flow>(ideal_stream::kNumFlows);
  born_.assign(ideal_stream::kNumFlows, 0);
  buckets_.assign(kBuckets, 0);
  history_.clear();
  births_ = 0;
  next_ = 0;
}

// FNV-1a: any even spread will do, nothing is ever listed in bucket order.
uint32_t FlowTable::hash(const FlowKey& key) {
  uint32_t h = 2166136261u;
  const auto add = [&h](uint8_t b) { h = (h ^ b) * 16777619u; };
  add(key.v6 ? 1 : 0);
  for (const uint8_t b : key.local) add(b);
  for (const uint8_t b : key.remote) add(b);
  for (const uint16_t p : {key.local_port, key.remote_port}) {
    add(static_cast<uint8_t>(p >> 8));
    add(static_cast<uint8_t>(p));
  }
  return h;
}

std::optional<uint16_t> FlowTable::find(const FlowKey& key) const {
  for (uint32_t b = hash(key) % kBuckets; buckets_[b] != 0; b = (b + 1) % kBuckets) {
    const auto slot = static_cast<uint16_t>(buckets_[b] - 1);
    if (flows_[slot].key == key) return slot;
  }
  return {};
}

void FlowTable::index_all() {
  std::fill(buckets_.begin(), buckets_.end(), 0);
  for (uint16_t i = 0; i < flows_.size(); ++i) {
    if (!flows_[i].known()) continue;
    uint32_t b = hash(flows_[i].key) % kBuckets;
    while (buckets_[b] != 0) b = (b + 1) % kBuckets;
    buckets_[b] = static_cast<uint16_t>(i + 1);
  }
}

void FlowTable::remember(uint16_t index) {
  if (flows_[index].known()) history_.emplace_back(born_[index], summary_of(flows_[index]));
}

void FlowTable::restart(uint16_t index) {
  remember(index);
  Flow& f = flows_[index];
  const FlowKey key = f.key;
  Park park = std::move(f.park);
  park.clear();
  f = Flow{};
  f.park = std::move(park);
  f.key = key;
  f.state = Flow::State::kNew;
  born_[index] = births_++;
}

std::optional<uint16_t> FlowTable::allocate(const FlowKey& key) {
  const auto n = static_cast<uint16_t>(flows_.size());
  std::optional<uint16_t> slot;
  for (uint16_t i = 0; i < n && !slot; ++i) {
    const auto at = static_cast<uint16_t>((next_ + i) % n);
    const Flow::State s = flows_[at].state;
    if (s == Flow::State::kEmpty) slot = at;
  }
  for (uint16_t i = 0; i < n; ++i) {
    if (slot && flows_[*slot].state == Flow::State::kEmpty) break;
    const Flow::State s = flows_[i].state;
    if (s != Flow::State::kFreed && s != Flow::State::kRefused) continue;
    if (!slot || born_[i] < born_[*slot]) slot = i;
  }
  if (!slot) return {};
  const bool was_known = flows_[*slot].known();
  flows_[*slot].key = was_known ? flows_[*slot].key : key;
  restart(*slot);
  flows_[*slot].key = key;
  next_ = static_cast<uint16_t>((*slot + 1) % n);
  if (was_known) {
    index_all();
  } else {
    uint32_t b = hash(key) % kBuckets;
    while (buckets_[b] != 0) b = (b + 1) % kBuckets;
    buckets_[b] = static_cast<uint16_t>(*slot + 1);
  }
  return slot;
}

std::vector<FlowSummary> FlowTable::summaries() const {
  auto all = history_;
  for (uint16_t i = 0; i < flows_.size(); ++i) {
    if (flows_[i].known()) all.emplace_back(born_[i], summary_of(flows_[i]));
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<FlowSummary> out;
  out.reserve(all.size());
  for (auto& [born, summary] : all) out.push_back(summary);
  return out;
}

}  // namespace fp::platform
