// SPDX-License-Identifier: Apache-2.0
#include "firmware/embedded/control/l2.hpp"

#include <array>

#include "contract/sysctl.hpp"
#include "firmware/embedded/control/packets/answer.hpp"
#include "firmware/embedded/hal/mmio.hpp"
#include "firmware/embedded/hal/pktq.hpp"
#include "firmware/embedded/hal/timer.hpp"
#include "firmware/embedded/runtime/log.hpp"

namespace fw::control {

namespace {

using fp::mailbox::Status;
using fp::pktq::RxClass;
using packets::Outcome;

// Classes that somebody here understands, and the frames each may keep waiting. Copies of flooded
// frames that are no ARP or neighbour discovery stay out.
struct Share {
  RxClass cls;
  uint32_t frames;
};
constexpr Share kShares[] = {
    {RxClass::kControl, fp::pktq::kClassFrames},
    {RxClass::kLocal, fp::pktq::kClassFrames},
    {RxClass::kException, 16},  // an error that comes late helps nobody
};

constinit packets::Interfaces interfaces;
std::array<uint32_t, packets::kNumOutcomes> outcomes;
uint16_t ip_id = 1;
// Written before they are read, so boot does not clear them (link.ld).
[[gnu::section(".bss.noinit")]] std::array<uint32_t, hal::pktq::kFrameWords> question;
[[gnu::section(".bss.noinit")]] std::array<uint32_t, hal::pktq::kFrameWords> reply;
static_assert(sizeof(reply) == packets::kAnswerBytes);

packets::ErrorLimit& error_limit() {
  static packets::ErrorLimit limit(hal::read32(fp::sysctl::reg::kClockHzAddr));
  return limit;
}

}  // namespace

Status add_address(const fp::mailbox::InterfaceAddress& address) {
  if (interfaces.has(address)) return Status::kRefused;
  return interfaces.add(address) ? Status::kOk : Status::kNoRoom;
}

void start_packets() {
  if (interfaces.empty()) return;
  for (const Share& s : kShares) hal::pktq::open(s.cls, s.frames);
}

bool serve_packets() {
  if (interfaces.empty()) return false;
  bool work = false;
  for (const Share& s : kShares) {
    // A frame stays in its queue while its answer could not leave.
    if (hal::pktq::busy()) return work;
    hal::pktq::Received info;
    if (!hal::pktq::take(s.cls, question.data(), info)) continue;
    work = true;
    const packets::Context context{interfaces, error_limit(), ip_id};
    const packets::Bytes frame(reinterpret_cast<const uint8_t*>(question.data()), info.length);
    const packets::Answer a =
        packets::answer(context, {frame, info.reason, hal::timer::now()},
                        {reinterpret_cast<uint8_t*>(reply.data()), sizeof(reply)});
    ++outcomes[static_cast<unsigned>(a.outcome)];
    if (a.length != 0) hal::pktq::send(reply.data(), a.length);
  }
  return work;
}

void show_packets() {
  // In the order of packets::Outcome.
  static constexpr const char* kNames[] = {"arp replies",  "neighbour advertisements",
                                           "echo replies", "time exceeded",
                                           "unreachable",  "not for us",
                                           "malformed",    "unsupported",
                                           "rate limited"};
  static_assert(std::size(kNames) == packets::kNumOutcomes);
  for (unsigned i = 0; i < packets::kNumOutcomes; ++i) print(kNames[i], " ", outcomes[i]);
  for (const Share& s : kShares) {
    print("dropped, ", to_string(s.cls), " ", hal::pktq::dropped(s.cls));
  }
}

}  // namespace fw::control
