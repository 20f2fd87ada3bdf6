// SPDX-License-Identifier: Apache-2.0
//
// The host's service controller (FlatProxy paper, section IV-E): the firmware asks it for a pair of
// memory blocks when a connection is established, and gives them back at the end.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "contract/mailbox.hpp"
#include "flatproxy/device_ops.hpp"
#include "flatproxy/in_process.hpp"
#include "hostdrv/src/device/iova_allocator.hpp"
#include "hostdrv/src/device/socket.hpp"

namespace flatproxy {

class ServiceController {
 public:
  ServiceController(DeviceOps& ops, RingSizes sizes);

  // Announces the window over the whole I/O address range once, and a queue. 0 or a negative errno.
  int announce(DeviceQueue& queue);
  // Takes the queue's memory away from the device, whatever it still holds.
  void retire(DeviceQueue& queue);
  // Takes a connection's memory back once the device and the firmware have both let go of it.
  void settle(DeviceSocket& socket);

  // Moves at most one message each way. True when one moved.
  bool poll();
  bool idle() const { return outbox_.empty(); }
  bool ready() const { return outbox_.empty() && unanswered_ == 0; }

  DeviceOps& ops() { return ops_; }
  IovaAllocator& iova() { return iova_; }

  template <class Io>
  void checkpoint(Io& io) {
    io(iova_, outbox_, unanswered_, window_announced_);
  }

 private:
  template <class Body>
  void queue_message(uint8_t seq, const Body& body);
  void handle(std::span<const uint32_t> words);
  void ring_request(uint8_t seq, const fp::mailbox::RingRequest& request);
  void ring_release(const fp::mailbox::RingRelease& release);
  void unmap(DeviceSocket& socket);
  fp::mailbox::Status offer(const fp::mailbox::RingRequest& request, fp::mailbox::RingReply& reply);

  DeviceOps& ops_;
  IovaAllocator iova_;
  RingSizes sizes_;
  DeviceQueue* queue_ = nullptr;
  std::deque<std::vector<uint32_t>> outbox_;
  unsigned unanswered_ = 0;
  bool window_announced_ = false;
};

// One function of a device, and its queue.
class DeviceContext final : public fp_ctx {
 public:
  DeviceContext(DeviceOps& ops, RingSizes sizes)
      : fp_ctx(FP_BE_IN_PROCESS, "a device in this process"), controller(ops, sizes) {}
  ~DeviceContext() override;

  int create_queue(fp_vq** out) override;
  void destroy_queue(fp_vq& q) override;

  ServiceController controller;
  std::unique_ptr<DeviceQueue> queue;
};

}  // namespace flatproxy
