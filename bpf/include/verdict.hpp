// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Where a connection's bytes go now, and why: what the maps say, read by the loader and by the
// library's back end sockmap. No dependency but the maps' values.
#pragma once

#include "bpf/include/shared.h"

namespace fp::bpf {

struct Verdict {
  bool redirected;
  __u32 reason;  // enum fp_reason
};

// `pair`: that of the connection's slot, read only when it is enrolled.
inline Verdict verdict_of(const fp_connection& c, const fp_pair& pair) {
  if (c.enrolled == 0) return {false, c.reason};
  if ((pair.state & (FP_PAIR_LEFT | FP_PAIR_LEAVING)) != 0) return {false, pair.reason};
  if ((pair.state & FP_PAIR_MATCHED) == 0) return {false, FP_peer_unmatched};
  switch (pair.side[(c.side ^ 1) & 1].reader) {
    case FP_READER_PLAIN:
      return {true, FP_enrolled};
    case FP_READER_UNSEEN:
      return {false, FP_reader_unseen};
    default:
      return {false, FP_reader_special};
  }
}

}  // namespace fp::bpf
