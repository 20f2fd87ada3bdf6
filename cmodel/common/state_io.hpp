// SPDX-License-Identifier: Apache-2.0
//
// Moves state between objects and a byte image, for checkpoints (docs/checkpoint.md). A class lists
// its members once, for both directions:
//
//   void checkpoint(StateIo& io) { io(head_, tail_, slots_); }
//
// Aggregates need no list. Wiring (pointers, functions) is no state: a pointer does not compile.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "cmodel/common/members.hpp"

namespace fp {

class StateIo;

// An image that does not fit what it is loaded into. what(): "PLACE: found X, expected Y".
class StateError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A class that lists its members itself.
template <class T>
concept Checkpointed = requires(T& t, StateIo& io) { t.checkpoint(io); };

namespace internal {

// Structs of the contract (for_each_field) describe themselves.
template <class T>
concept SelfDescribed = requires { T::for_each_field([](const char*, auto) {}); };

// No padding, every bit pattern is a value: copied as it lies, many at once.
template <class T>
inline constexpr bool kCopied =
    ((std::is_integral_v<T> || std::is_enum_v<T>) && !std::is_same_v<T, bool>) ||
    std::is_same_v<T, unsigned __int128> || std::is_same_v<T, std::byte>;

}  // namespace internal

// One pass over state, in one direction. The bytes are this machine's, so an image is good for the
// program that wrote it only; who keeps images sees to that. After a StateError the object loaded
// into is good for nothing but destruction. One thread.
class StateIo {
 public:
  // Appends to `image`, which must outlive this.
  static StateIo save(std::vector<uint8_t>& image) { return StateIo(&image, {}); }
  // Reads `image`, which must outlive this. Every length is checked before memory is taken for it.
  static StateIo load(std::span<const uint8_t> image) { return StateIo(nullptr, image); }

  bool loading() const { return out_ == nullptr; }

  // Integers, enumerations, bool, arrays, strings, deques, optionals, pairs, maps, owned objects,
  // aggregates, Checkpointed classes, ports (their outputs). A vector keeps the length it has:
  // loading another one throws. See resized() for vectors whose length is state.
  template <class... T>
  void operator()(T&... values) {
    (one(values), ...);
  }

  // A vector whose length is state.
  template <class T>
  void resized(std::vector<T>& values) {
    const size_t n = length(values.size());
    if constexpr (internal::kCopied<T>) {
      if (loading()) {
        if (n > in_.size() / sizeof(T)) end();
        values.resize(n);
      }
      raw(values.data(), n * sizeof(T));
    } else {
      items(values, n);
    }
  }

  // `n` values at `first`; the number is not state.
  template <class T>
  void elements(T* first, size_t n) {
    if constexpr (internal::kCopied<T>) {
      raw(first, n * sizeof(T));
    } else {
      for (size_t i = 0; i < n; ++i) one(first[i]);
    }
  }

  // The number of things that follow. Never more than there are bytes left to load.
  size_t length(size_t now) {
    uint64_t n = now;
    one(n);
    if (loading() && n > in_.size()) end();
    return n;
  }

  // Bytes as they lie.
  void raw(void* data, size_t bytes) {
    if (bytes == 0) return;
    if (out_ != nullptr) {
      const auto* from = static_cast<const uint8_t*>(data);
      out_->insert(out_->end(), from, from + bytes);
      return;
    }
    if (bytes > in_.size()) end();
    std::memcpy(data, in_.data(), bytes);
    in_ = in_.subspan(bytes);
  }

  // Names what comes next, for messages, and leaves a mark by which a wrong image shows early.
  // `name` must be a literal.
  void place(const char* name) {
    place_ = name;
    uint32_t mark = 2166136261u;  // FNV-1a
    for (const char* c = name; *c != '\0'; ++c)
      mark = (mark ^ static_cast<uint8_t>(*c)) * 16777619u;
    uint32_t found = mark;
    one(found);
    if (found != mark) fail("another part's state", "its own");
  }

  // Loading: nothing may be left.
  void finish() {
    if (loading() && !in_.empty()) {
      fail(std::to_string(in_.size()) + " bytes too many", "the image's end");
    }
  }

  // Throws StateError for the place under way.
  [[noreturn]] void fail(const std::string& found, const std::string& expected) const {
    throw StateError(std::string(place_) + ": found " + found + ", expected " + expected);
  }

 private:
  StateIo(std::vector<uint8_t>* out, std::span<const uint8_t> in) : out_(out), in_(in) {}

  [[noreturn]] void end() const { fail("the image's end", "more state"); }

  template <class T>
  void one(T& value) {
    if constexpr (Checkpointed<T>) {
      value.checkpoint(*this);
    } else if constexpr (internal::kCopied<T>) {
      raw(&value, sizeof value);
    } else if constexpr (internal::SelfDescribed<T>) {
      T::for_each_field([&](const char*, auto member) { one(value.*member); });
    } else {
      static_assert(std::is_aggregate_v<T>, "no state, or a class without checkpoint()");
      for_each_member(value, [&](auto& member) { one(member); });
    }
  }
  void one(bool& value) {
    uint8_t byte = value;
    raw(&byte, 1);
    value = byte != 0;
  }
  template <class T, size_t N>
  void one(std::array<T, N>& values) {
    elements(values.data(), N);
  }
  template <class T>
  void one(std::vector<T>& values) {
    const size_t n = length(values.size());
    if (n != values.size()) fail(std::to_string(n) + " rows", std::to_string(values.size()));
    elements(values.data(), n);
  }
  void one(std::vector<bool>& values) {
    const size_t n = length(values.size());
    if (loading()) values.resize(n);
    for (size_t i = 0; i < n; ++i) {
      bool bit = values[i];
      one(bit);
      values[i] = bit;
    }
  }
  void one(std::string& text) {
    const size_t n = length(text.size());
    if (loading()) text.resize(n);
    raw(text.data(), n);
  }
  template <class T>
  void one(std::deque<T>& values) {
    items(values, length(values.size()));
  }
  template <class T>
  void one(std::optional<T>& value) {
    bool has = value.has_value();
    one(has);
    if (loading()) value = has ? std::optional<T>(T{}) : std::nullopt;
    if (has) inner(*value);
  }
  template <class A, class B>
  void one(std::pair<A, B>& value) {
    (*this)(value.first, value.second);
  }
  template <class K, class V>
  void one(std::map<K, V>& values) {
    const size_t n = length(values.size());
    if (!loading()) {
      for (auto& [key, value] : values) {
        K copy = key;
        (*this)(copy, value);
      }
      return;
    }
    values.clear();
    for (size_t i = 0; i < n; ++i) {
      K key{};
      one(key);
      one(values[key]);
    }
  }
  // An object that the holder always owns.
  template <class T>
  void one(std::unique_ptr<T>& owned) {
    one(*owned);
  }

  // Grows one by one, so that a false length ends with the image and not with all memory.
  template <class C>
  void items(C& values, size_t n) {
    if (loading()) {
      values.clear();
      while (values.size() < n) inner(values.emplace_back());
    } else {
      for (auto& value : values) inner(value);
    }
  }
  // What lies in a container whose length is state has a length of its own.
  template <class T>
  void inner(T& value) {
    one(value);
  }
  template <class T>
  void inner(std::vector<T>& values) {
    resized(values);
  }

  std::vector<uint8_t>* out_;
  std::span<const uint8_t> in_;
  const char* place_ = "state";
};

// Outputs of all ports of a block; inputs are its peers'.
template <class If>
void checkpoint_ports(StateIo& io, If& block) {
  If::zip_ports(block, block, [&](const char*, auto& port, auto&) { io(port); });
}

}  // namespace fp
