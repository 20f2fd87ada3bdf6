// SPDX-License-Identifier: Apache-2.0
//
// Model and RTL under different random stalls: the same input streams, but every source and sink of
// the two pauses on its own, so only order and content of the outputs can be compared
// (verification.md, rule 6). A block whose answers depend on timing fails here.
//
//   StallCompare<VqIf> compare(std::make_unique<VqModel>(), std::make_unique<VqRtl<>>(), 7);
//   compare.feed<MsgDesc>([](VqIf& b) -> auto& { return b.desc_rx; }, descs);
//   compare.collect<PcieWr>("dma_wr", [](VqIf& b) -> auto& { return b.dma_wr; },
//                           [](const PcieWr& w) { return w.fn; });    // order within a function
//   auto diff = compare.run(100'000);
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim-tb/lockstep/port_visit.hpp"
#include "sim-tb/lockstep/random.hpp"
#include "sim-tb/lockstep/stream_bench.hpp"
#include "sim-tb/lockstep/ticker.hpp"

namespace fp::sim {

// Where the two sides' outputs differ: payload `index` among those of one key on one port.
struct OrderDifference {
  std::string port;
  uint64_t key = 0;
  size_t index = 0;
  std::string field;  // "count" when one side gave fewer payloads
  std::string found;  // the model's
  std::string expected;
};

template <class If>
class StallCompare {
 public:
  StallCompare(std::unique_ptr<If> model, std::unique_ptr<If> rtl, uint64_t seed)
      : random_(seed), sides_{Side{std::move(model), {}, {}}, Side{std::move(rtl), {}, {}}} {
    for (Side& side : sides_) side.ticker.add(*side.block);
  }

  // Offers `items` to the stream that `port(block)` names, on both sides with stalls of their own.
  template <class T, class Port>
  void feed(Port port, const std::vector<T>& items) {
    for (Side& side : sides_) {
      auto source = std::make_shared<StreamSource<T>>(items, pattern(), random_.next());
      connect(source->out, port(*side.block));
      side.ticker.add(*source);
      side.done.push_back([source] { return source->done(); });
      side.keep.push_back(source);
    }
  }

  // Takes a stream and compares it, in order among payloads for which `key` gives the same number
  // (for outputs whose interleaving may depend on timing); by default all.
  template <class T, class Port>
  void collect(
      const std::string& name, Port port,
      std::function<uint64_t(const T&)> key = [](const T&) { return uint64_t{0}; }) {
    std::array<std::shared_ptr<StreamSink<T>>, 2> sinks;
    for (int i = 0; i < 2; ++i) {
      sinks[i] = std::make_shared<StreamSink<T>>(pattern(), random_.next());
      connect(port(*sides_[i].block), sinks[i]->in);
      sides_[i].ticker.add(*sinks[i]);
      sides_[i].keep.push_back(sinks[i]);
      sides_[i].taken.push_back([sink = sinks[i]] { return sink->taken().size(); });
    }
    checks_.push_back([name, key, sinks]() -> std::optional<OrderDifference> {
      return compare<T>(name, key, sinks[0]->taken(), sinks[1]->taken());
    });
  }

  // Other blocks of the bench, one for each side (a master that configures through CSRs, ...).
  // `make(If&)` returns a shared_ptr to a block type with zip_ports; `done` as its method holds the
  // side's run back. Returns the two blocks, the model's first.
  template <class Make>
  auto add(Make make) {
    std::array<decltype(make(std::declval<If&>())), 2> blocks;
    for (size_t i = 0; i < sides_.size(); ++i) {
      Side& side = sides_[i];
      auto block = blocks[i] = make(*side.block);
      side.ticker.add(*block);
      side.done.push_back([block] { return block->done(); });
      side.keep.push_back(block);
    }
    return blocks;
  }

  // Compares what two such blocks have recorded by the end of the run: `get(block)` gives the
  // payloads, less what may depend on timing; `key` as for collect().
  template <class T, class Block, class Get>
  void compare_records(
      const std::string& name, const std::array<Block, 2>& blocks, Get get,
      std::function<uint64_t(const T&)> key = [](const T&) { return uint64_t{0}; }) {
    checks_.push_back([name, key, blocks, get]() -> std::optional<OrderDifference> {
      const std::vector<T> model = get(*blocks[0]), rtl = get(*blocks[1]);
      return compare<T>(name, key, model, rtl);
    });
  }

  // Runs each side until its sources are done and `quiet` cycles passed without a payload, or for
  // `max_cycles`; then compares. A side that does not finish is a difference ("unfinished").
  std::optional<OrderDifference> run(uint64_t max_cycles, uint64_t quiet = 2000) {
    for (Side& side : sides_) {
      side.ticker.set_skipping(false);
      side.ticker.reset();
      uint64_t last = 0;
      size_t taken = 0;
      bool finished = false;
      while (side.ticker.now() < max_cycles && !finished) {
        side.ticker.tick();
        size_t now_taken = 0;
        for (auto& count : side.taken) now_taken += count();
        bool done = true;
        for (auto& fn : side.done) done = done && fn();
        if (now_taken != taken || !done) last = side.ticker.now();
        taken = now_taken;
        finished = done && side.ticker.now() - last >= quiet;
      }
      if (!finished) {
        return OrderDifference{&side == &sides_[0] ? "model" : "rtl",
                               0,
                               taken,
                               "unfinished",
                               std::to_string(side.ticker.now()),
                               std::to_string(max_cycles)};
      }
    }
    for (auto& check : checks_) {
      if (auto diff = check()) return diff;
    }
    return std::nullopt;
  }

  If& model() { return *sides_[0].block; }
  If& rtl() { return *sides_[1].block; }

 private:
  struct Side {
    std::unique_ptr<If> block;
    Ticker ticker;
    std::vector<std::shared_ptr<void>> keep;
    std::vector<std::function<bool()>> done = {};
    std::vector<std::function<size_t()>> taken = {};
  };

  StallPattern pattern() {
    static constexpr std::array<unsigned, 4> kPercent{0, 20, 50, 80};
    return {kPercent[random_.below(kPercent.size())], 0, 0};
  }

  template <class T>
  static std::optional<OrderDifference> compare(const std::string& name,
                                                const std::function<uint64_t(const T&)>& key,
                                                const std::vector<T>& model,
                                                const std::vector<T>& rtl) {
    std::map<uint64_t, std::array<std::vector<const T*>, 2>> flows;
    for (const T& item : model) flows[key(item)][0].push_back(&item);
    for (const T& item : rtl) flows[key(item)][1].push_back(&item);
    for (const auto& [flow, items] : flows) {
      const size_t common = std::min(items[0].size(), items[1].size());
      for (size_t i = 0; i < common; ++i) {
        if (auto diff = first_diff(*items[0][i], *items[1][i])) {
          return OrderDifference{name, flow, i, diff->path, diff->found, diff->expected};
        }
      }
      if (items[0].size() != items[1].size()) {
        return OrderDifference{name,
                               flow,
                               common,
                               "count",
                               std::to_string(items[0].size()),
                               std::to_string(items[1].size())};
      }
    }
    return std::nullopt;
  }

  Random random_;
  std::array<Side, 2> sides_;
  std::vector<std::function<std::optional<OrderDifference>()>> checks_;
};

}  // namespace fp::sim
