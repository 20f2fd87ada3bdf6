// SPDX-License-Identifier: Apache-2.0
//
// Names the first field in which two contract structs differ, for lockstep messages. Hosted only.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <type_traits>

namespace fp::contract {

namespace diff_detail {

template <class T>
inline constexpr bool kIsArray = false;
template <class T, size_t N>
inline constexpr bool kIsArray<std::array<T, N>> = true;

template <class T>
std::string show(const T& value) {
  char text[24];
  if constexpr (std::is_enum_v<T>) {
    std::snprintf(text, sizeof text, "%#llx",
                  static_cast<unsigned long long>(static_cast<std::underlying_type_t<T>>(value)));
    return std::string(to_string(value)) + " (" + text + ")";
  } else {
    std::snprintf(text, sizeof text, "%#llx", static_cast<unsigned long long>(value));
    return text;
  }
}

}  // namespace diff_detail

// "path: LEFT vs RIGHT" of the lowest differing field, empty when equal. `path` names the whole.
template <class T>
std::string first_difference(const T& left, const T& right, const std::string& path = "") {
  if (left == right) return {};
  if constexpr (diff_detail::kIsArray<T>) {
    for (size_t i = 0; i < left.size(); ++i) {
      std::string found = first_difference(left[i], right[i], path + "[" + std::to_string(i) + "]");
      if (!found.empty()) return found;
    }
    return {};
  } else if constexpr (requires { T::kBits; }) {
    std::string found;
    T::for_each_field([&](const char* name, auto member) {
      if (!found.empty()) return;
      found =
          first_difference(left.*member, right.*member, path.empty() ? name : path + "." + name);
    });
    return found;
  } else {
    return path + ": " + diff_detail::show(left) + " vs " + diff_detail::show(right);
  }
}

}  // namespace fp::contract
