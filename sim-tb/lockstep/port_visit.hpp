// SPDX-License-Identifier: Apache-2.0
//
// What lockstep, fault injection and idle checks need to do with a port, written once per port
// type: share its inputs, publish its outputs, list what wakes its block, name the first
// difference.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "cmodel/common/axil.hpp"
#include "cmodel/common/ports.hpp"

namespace fp::sim {

// A field in which two values differ. `path` is "" for a scalar payload, "meta.conn_id" or
// "data[17]" inside a struct; values are hexadecimal.
struct FieldDiff {
  std::string path;
  std::string found;
  std::string expected;
};

// Contract structs describe themselves; plain scalars do not.
template <class T>
concept Described = requires { T::for_each_field([](const char*, auto) {}); };

template <class T>
concept Tagged = requires(const T& t) {
  { t.tag } -> std::convertible_to<uint64_t>;
};

template <class T>
std::string hex(const T& value) {
  uint64_t bits = 0;
  if constexpr (std::is_enum_v<T>) {
    bits = static_cast<uint64_t>(static_cast<std::underlying_type_t<T>>(value));
  } else {
    bits = static_cast<uint64_t>(value);
  }
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(bits));
  return text;
}

template <class T>
struct IsArray : std::false_type {};
template <class T, size_t N>
struct IsArray<std::array<T, N>> : std::true_type {};

// The first field, from bit 0 upwards, in which the two differ.
template <class T>
std::optional<FieldDiff> first_diff(const T& found, const T& expected, std::string path = {}) {
  if (found == expected) return std::nullopt;
  if constexpr (IsArray<T>::value) {
    for (size_t i = 0; i < found.size(); ++i) {
      auto diff = first_diff(found[i], expected[i], path + "[" + std::to_string(i) + "]");
      if (diff) return diff;
    }
  } else if constexpr (Described<T>) {
    std::optional<FieldDiff> diff;
    T::for_each_field([&](const char* name, auto member) {
      if (diff) return;
      diff = first_diff(found.*member, expected.*member, path.empty() ? name : path + "." + name);
    });
    return diff;
  } else {
    return FieldDiff{path, hex(found), hex(expected)};
  }
  return std::nullopt;
}

// ---- one function per port type -----------------------------------------------------------------

// `inner` sees what `outer` is connected to.
template <class T>
void share_inputs(Rx<T>& inner, const Rx<T>& outer) {
  inner.valid = outer.valid;
  inner.data = outer.data;
}
template <class T>
void share_inputs(Tx<T>& inner, const Tx<T>& outer) {
  inner.ready = outer.ready;
}
template <class T>
void share_inputs(In<T>& inner, const In<T>& outer) {
  inner.value = outer.value;
}
template <class T>
void share_inputs(Out<T>&, const Out<T>&) {}
inline void share_inputs(AxilSlavePort& inner, const AxilSlavePort& outer) {
  inner.req = outer.req;
}
inline void share_inputs(AxilMasterPort& inner, const AxilMasterPort& outer) {
  inner.rsp = outer.rsp;
}
template <class P, size_t N>
void share_inputs(std::array<P, N>& inner, const std::array<P, N>& outer) {
  for (size_t i = 0; i < N; ++i) share_inputs(inner[i], outer[i]);
}

// `outer` shows `inner`'s outputs. A payload without valid stays what it was.
template <class T>
void publish(Rx<T>& outer, const Rx<T>& inner) {
  outer.ready = inner.ready;
}
template <class T>
void publish(Tx<T>& outer, const Tx<T>& inner) {
  outer.valid = inner.valid;
  if (inner.valid) outer.data = inner.data;
}
template <class T>
void publish(In<T>&, const In<T>&) {}
template <class T>
void publish(Out<T>& outer, const Out<T>& inner) {
  outer.value = inner.value;
}
inline void publish(AxilSlavePort& outer, const AxilSlavePort& inner) { outer.rsp = inner.rsp; }
inline void publish(AxilMasterPort& outer, const AxilMasterPort& inner) { outer.req = inner.req; }
template <class P, size_t N>
void publish(std::array<P, N>& outer, const std::array<P, N>& inner) {
  for (size_t i = 0; i < N; ++i) publish(outer[i], inner[i]);
}

// Appends the flags any of which, when set, forbids skipping the block's clock edge.
using WakeFlags = std::vector<const bool*>;
template <class T>
void wake_flags(const Rx<T>& port, WakeFlags& flags) {
  if (port.valid != &kLow) flags.push_back(port.valid);
}
template <class T>
void wake_flags(const Tx<T>&, WakeFlags&) {}
template <class T>
void wake_flags(const In<T>&, WakeFlags&) {}
template <class T>
void wake_flags(const Out<T>&, WakeFlags&) {}
inline void wake_flags(const AxilSlavePort& port, WakeFlags& flags) {
  if (port.req == &kAxilIdle) return;
  flags.push_back(&port.req->awvalid);
  flags.push_back(&port.req->wvalid);
  flags.push_back(&port.req->arvalid);
}
inline void wake_flags(const AxilMasterPort& port, WakeFlags& flags) {
  if (port.rsp == nullptr) return;
  flags.push_back(&port.rsp->bvalid);
  flags.push_back(&port.rsp->rvalid);
}
template <class P, size_t N>
void wake_flags(const std::array<P, N>& ports, WakeFlags& flags) {
  for (const P& port : ports) wake_flags(port, flags);
}

// All wake flags of a block, after it has been connected.
template <class If>
WakeFlags wake_flags_of(If& block) {
  WakeFlags flags;
  If::zip_ports(block, block, [&](const char*, auto& port, auto&) { wake_flags(port, flags); });
  return flags;
}

// Compares the outputs of two ports. Calls report(path, field, found, expected) on the first
// difference and returns false. `path` is appended to the port's name: "[3]" for an element.
struct PortDiff {
  std::string suffix;
  std::string field;
  std::string found;
  std::string expected;
};
using MaybePortDiff = std::optional<PortDiff>;

inline MaybePortDiff level_diff(const char* field, bool found, bool expected) {
  if (found == expected) return std::nullopt;
  return PortDiff{"", field, hex(found), hex(expected)};
}
template <class T>
MaybePortDiff value_diff(const char* field, const T& found, const T& expected) {
  auto diff = first_diff(found, expected);
  if (!diff) return std::nullopt;
  std::string name = field;
  if (!diff->path.empty()) name += (diff->path[0] == '[' ? "" : ".") + diff->path;
  return PortDiff{"", name, diff->found, diff->expected};
}

template <class T>
MaybePortDiff port_diff(const Rx<T>& model, const Rx<T>& rtl) {
  return level_diff("ready", model.ready, rtl.ready);
}
template <class T>
MaybePortDiff port_diff(const Tx<T>& model, const Tx<T>& rtl) {
  if (model.valid != rtl.valid) return level_diff("valid", model.valid, rtl.valid);
  if (!rtl.valid) return std::nullopt;
  return value_diff("data", model.data, rtl.data);
}
template <class T>
MaybePortDiff port_diff(const In<T>&, const In<T>&) {
  return std::nullopt;
}
template <class T>
MaybePortDiff port_diff(const Out<T>& model, const Out<T>& rtl) {
  return value_diff("value", model.value, rtl.value);
}
inline MaybePortDiff port_diff(const AxilSlavePort& model, const AxilSlavePort& rtl) {
  const AxilRsp& m = model.rsp;
  const AxilRsp& r = rtl.rsp;
  if (auto d = level_diff("awready", m.awready, r.awready)) return d;
  if (auto d = level_diff("wready", m.wready, r.wready)) return d;
  if (auto d = level_diff("bvalid", m.bvalid, r.bvalid)) return d;
  if (auto d = level_diff("arready", m.arready, r.arready)) return d;
  if (auto d = level_diff("rvalid", m.rvalid, r.rvalid)) return d;
  if (r.bvalid) {
    if (auto d = value_diff("bresp", m.bresp, r.bresp)) return d;
  }
  if (r.rvalid) {
    if (auto d = value_diff("rresp", m.rresp, r.rresp)) return d;
    if (auto d = value_diff("rdata", m.rdata, r.rdata)) return d;
  }
  return std::nullopt;
}
inline MaybePortDiff port_diff(const AxilMasterPort& model, const AxilMasterPort& rtl) {
  const AxilReq& m = model.req;
  const AxilReq& r = rtl.req;
  if (auto d = level_diff("awvalid", m.awvalid, r.awvalid)) return d;
  if (auto d = level_diff("wvalid", m.wvalid, r.wvalid)) return d;
  if (auto d = level_diff("arvalid", m.arvalid, r.arvalid)) return d;
  if (auto d = level_diff("bready", m.bready, r.bready)) return d;
  if (auto d = level_diff("rready", m.rready, r.rready)) return d;
  if (r.awvalid) {
    if (auto d = value_diff("awaddr", m.awaddr, r.awaddr)) return d;
  }
  if (r.wvalid) {
    if (auto d = value_diff("wdata", m.wdata, r.wdata)) return d;
    if (auto d = value_diff("wstrb", m.wstrb, r.wstrb)) return d;
  }
  if (r.arvalid) {
    if (auto d = value_diff("araddr", m.araddr, r.araddr)) return d;
  }
  return std::nullopt;
}
template <class P, size_t N>
MaybePortDiff port_diff(const std::array<P, N>& model, const std::array<P, N>& rtl) {
  for (size_t i = 0; i < N; ++i) {
    if (auto d = port_diff(model[i], rtl[i])) {
      d->suffix = "[" + std::to_string(i) + "]" + d->suffix;
      return d;
    }
  }
  return std::nullopt;
}

// ---- packet numbers -----------------------------------------------------------------------------

// Streams of a port (array elements count one by one) whose payload carries a tag.
template <class P>
struct TagSlots : std::integral_constant<size_t, 0> {};
template <Tagged T>
struct TagSlots<Rx<T>> : std::integral_constant<size_t, 1> {};
template <Tagged T>
struct TagSlots<Tx<T>> : std::integral_constant<size_t, 1> {};
template <class P, size_t N>
struct TagSlots<std::array<P, N>> : std::integral_constant<size_t, N * TagSlots<P>::value> {};

// The tag on a stream now, if a payload is up.
template <Tagged T>
std::optional<uint64_t> tag_now(const Rx<T>& port) {
  if (!*port.valid || port.data == nullptr) return std::nullopt;
  return static_cast<uint64_t>(port.data->tag);
}
template <Tagged T>
std::optional<uint64_t> tag_now(const Tx<T>& port) {
  if (!port.valid) return std::nullopt;
  return static_cast<uint64_t>(port.data.tag);
}

}  // namespace fp::sim
