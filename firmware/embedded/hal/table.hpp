// SPDX-License-Identifier: Apache-2.0
//
// Table rows behind TBL_CMD / TBL_STATUS / TBL_DATA, the same in every block
// (docs/uarch/interfaces.md).
#pragma once

#include <array>
#include <cstdint>

#include "firmware/embedded/hal/mmio.hpp"

namespace fw::hal {

// Starts a command and waits for it. False: the block refused it.
template <class Cmd, class Status>
bool table_command(uint32_t base, Cmd cmd) {
  write(base, cmd);
  Status status;
  do {
    status = read<Status>(base);
  } while (status.busy());
  return !status.error();
}

inline void put_row(uint32_t data, const uint32_t* words, unsigned n) {
  for (unsigned i = 0; i < n; ++i) write32(data + 4 * i, words[i]);
}

template <class Row>
void put_row(uint32_t data, const Row& row) {
  std::array<uint32_t, Row::kWords> words;
  row.pack(words.data());
  put_row(data, words.data(), Row::kWords);
}

template <class Row>
Row get_row(uint32_t data) {
  std::array<uint32_t, Row::kWords> words;
  for (unsigned i = 0; i < Row::kWords; ++i) words[i] = read32(data + 4 * i);
  return Row::unpack(words.data());
}

}  // namespace fw::hal
