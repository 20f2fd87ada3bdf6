// SPDX-License-Identifier: Apache-2.0
#include "firmware/embedded/control/packets/answer.hpp"

#include "firmware/embedded/control/packets/frame.hpp"

namespace fw::packets {

bool ErrorLimit::take(uint64_t now) {
  const uint64_t earned = now > last_ ? (now - last_) / cycles_ : 0;
  if (earned >= kBurst - tokens_) {
    tokens_ = kBurst;
    last_ = now;
  } else {
    tokens_ += static_cast<uint32_t>(earned);
    last_ += earned * cycles_;
  }
  if (tokens_ == 0) return false;
  --tokens_;
  return true;
}

uint8_t* begin_answer(const Frame& question, const uint8_t* to, std::span<uint8_t> out) {
  copy(&out[0], to, 6);
  copy(&out[6], question.mac, 6);
  put16(&out[12], kTypeVlan);
  put16(&out[14], question.vlan);
  put16(&out[16], question.type);
  return &out[kFrameHead];
}

Answer answer(const Context& context, const Question& question, std::span<uint8_t> out) {
  const Bytes bytes = question.frame;
  // The cpu port is a tagged member of each VLAN in which the router has an address.
  if (bytes.size() < kFrameHead || get16(&bytes[12]) != kTypeVlan) return {Outcome::kNotForUs, 0};
  Frame frame;
  frame.dst = &bytes[0];
  frame.src = &bytes[6];
  frame.vlan = get16(&bytes[14]) & 0xfff;
  frame.type = get16(&bytes[16]);
  frame.payload = bytes.subspan(kFrameHead);
  frame.mac = context.interfaces.mac(frame.vlan);
  frame.to_group = (frame.dst[0] & 1) != 0;
  if (frame.mac == nullptr) return {Outcome::kNotForUs, 0};
  // Nobody can have sent it, or we did.
  if ((frame.src[0] & 1) != 0 || equal(frame.src, frame.mac, 6)) return {Outcome::kMalformed, 0};
  if (!frame.to_group && !equal(frame.dst, frame.mac, 6)) return {Outcome::kNotForUs, 0};
  switch (frame.type) {
    case kTypeArp:
      return answer_arp(context, frame, out);
    case kTypeIpv4:
      return answer_ipv4(context, frame, question, out);
    case kTypeIpv6:
      return answer_ipv6(context, frame, question, out);
    default:
      return {Outcome::kNotForUs, 0};
  }
}

}  // namespace fw::packets
