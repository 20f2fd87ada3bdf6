// SPDX-License-Identifier: Apache-2.0
//
// The operations a device transport provides, shaped like the VFIO ioctls: in-process (the
// simulator), vfio-user and VFIO implement it. Tests inject theirs.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace flatproxy {

// BARs of a function (docs/cli.md, serve).
enum class Region : uint8_t { kRegisters = 0, kDoorbells = 2, kMsix = 4 };

struct DeviceInfo {
  uint8_t function = 0;  // requester number the device uses for this function
  uint16_t vectors = 0;  // MSI-X vectors
};

// One function of a device. Calls return 0 or a negative errno. Not thread-safe.
class DeviceOps {
 public:
  virtual ~DeviceOps() = default;

  virtual DeviceInfo info() const = 0;
  // 32-bit register access, `offset` a multiple of 4.
  virtual int read32(Region region, uint64_t offset, uint32_t& value) = 0;
  virtual int write32(Region region, uint64_t offset, uint32_t value) = 0;
  // Makes `memory` visible to the device at `iova` until dma_unmap(). Both page-aligned; the memory
  // stays the caller's.
  virtual int dma_map(uint64_t iova, std::span<std::byte> memory) = 0;
  virtual int dma_unmap(uint64_t iova, uint64_t bytes) = 0;
  // Function-level reset.
  virtual int reset_function() = 0;

  // The firmware's mailbox as the physical function shows it: whole messages, one at a time.
  // False: the slot is still full, or empty.
  virtual bool post_message(std::span<const uint32_t> words) = 0;
  virtual bool take_message(std::vector<uint32_t>& words) = 0;

  // Lets the device work until it interrupts, has a message, or `timeout_ns` of its time are over
  // (< 0: without end); answers the time that passed. 0 only asks. -EOPNOTSUPP: this transport's
  // time is somebody else's, and calls that would sleep answer -EAGAIN. Other errors end the call.
  virtual int64_t wait(int64_t timeout_ns) {
    (void)timeout_ns;
    return -EOPNOTSUPP;
  }
  // Readable when the device has interrupted; < 0: there is none.
  virtual int event_fd() const { return -1; }
};

}  // namespace flatproxy
