// SPDX-License-Identifier: Apache-2.0
//
// A transport for fuzz targets: remembers mappings, takes doorbells, and hands on whatever mail it
// is given. Aborts when the library sends a message that is none or unmaps what is not mapped.
#pragma once

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <vector>

#include "contract/mailbox.hpp"
#include "contract/vq.hpp"
#include "flatproxy/in_process.hpp"

namespace flatproxy::fuzz {

inline void require(bool condition) {
  if (!condition) std::abort();
}

class StubDevice : public DeviceOps {
 public:
  DeviceInfo info() const override { return {.function = 0, .vectors = 1}; }
  int read32(Region, uint64_t, uint32_t&) override { return -1; }
  int write32(Region region, uint64_t offset, uint32_t) override {
    require(region == Region::kDoorbells && offset < fp::vq::kDbRegionBytes && offset % 4 == 0);
    return 0;
  }
  int dma_map(uint64_t iova, std::span<std::byte> memory) override {
    require(mapped.emplace(iova, memory).second);
    return 0;
  }
  int dma_unmap(uint64_t iova, uint64_t bytes) override {
    const auto it = mapped.find(iova);
    require(it != mapped.end() && it->second.size() == bytes);
    mapped.erase(it);
    return 0;
  }
  int reset_function() override { return -1; }
  bool post_message(std::span<const uint32_t> words) override {
    require(!words.empty());
    const auto header = fp::mailbox::MsgHeader::unpack(words.data());
    require(header.length == words.size() - 1);
    require(fp::mailbox::validate_message(header.id, words.subspan(1)).ok());
    if (header.id == static_cast<uint8_t>(fp::mailbox::MsgId::kVqSetup)) {
      setup = fp::mailbox::VqSetup::unpack(words.data() + 1);
    }
    if (header.id == static_cast<uint8_t>(fp::mailbox::MsgId::kRingReply)) {
      replies.push_back(fp::mailbox::RingReply::unpack(words.data() + 1));
    }
    return true;
  }
  bool take_message(std::vector<uint32_t>& words) override {
    if (mail.empty()) return false;
    words = mail.front();
    mail.pop_front();
    return true;
  }

  template <class Body>
  void send(const Body& body) {
    std::vector<uint32_t> m(1 + Body::kWords);
    fp::mailbox::MsgHeader header;
    header.id = static_cast<uint8_t>(Body::kId);
    header.length = Body::kWords;
    header.pack(m.data());
    body.pack(m.data() + 1);
    mail.push_back(std::move(m));
  }
  // An event with the phase of its round.
  void put_event(uint64_t raw) {
    const uint32_t slots = 1u << setup.events_log2;
    uint32_t words[2] = {static_cast<uint32_t>(raw), static_cast<uint32_t>(raw >> 32)};
    auto e = fp::vq::HostEvent::unpack(words);
    e.phase = (tail / slots) % 2 == 0;
    e.pack(words);
    std::memcpy(mapped.at(setup.events_iova).data() + tail % slots * fp::vq::kEventBytes, words,
                fp::vq::kEventBytes);
    ++tail;
  }

  std::map<uint64_t, std::span<std::byte>> mapped;
  std::deque<std::vector<uint32_t>> mail;
  std::vector<fp::mailbox::RingReply> replies;
  fp::mailbox::VqSetup setup;
  uint32_t tail = 0;
};

// A queue that the device has accepted, with a listener for everything IPv4.
struct Host {
  Host() {
    context = open_in_process(device, {.rx_log2 = 12, .tx_log2 = 12});
    require(fp_vq_create(context, 0, &queue) == 0);
    while (poll_control(context)) {
    }
    device.send(fp::mailbox::Reply{});
    device.send(fp::mailbox::Reply{});
    while (poll_control(context)) {
    }
    require(control_ready(context));
    require(fp_socket(queue, AF_INET, SOCK_STREAM, 0, &listener) == 0);
    require(fp_listen(listener, 4) == 0);
  }
  ~Host() {
    close(context);
    require(device.mapped.empty());
  }

  StubDevice device;
  fp_ctx* context = nullptr;
  fp_vq* queue = nullptr;
  fp_sock* listener = nullptr;
};

}  // namespace flatproxy::fuzz
