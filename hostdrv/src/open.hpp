// SPDX-License-Identifier: Apache-2.0
//
// What fp_open() asks of a back end.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "hostdrv/src/handles.hpp"

namespace flatproxy {

struct OpenRequest {
  std::string device;  // empty: none was named
  uint32_t spin_us = 0;
  uint32_t rx_bytes = 0, tx_bytes = 0;  // powers of two
  std::string passed_over;  // "vfio: REASON; vfio-user: REASON", of back ends tried before
};

// Each answers a context, or nullptr and in `reason` one clause that says why not.
std::unique_ptr<fp_ctx> open_tcp(const OpenRequest& request, std::string& reason);
// Opens the pins that `flatproxy bpf attach` left under /sys/fs/bpf/flatproxy; never loads BPF.
std::unique_ptr<fp_ctx> open_sockmap(const OpenRequest& request, std::string& reason);

}  // namespace flatproxy
