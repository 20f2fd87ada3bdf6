// SPDX-License-Identifier: Apache-2.0
//
// Neighbour solicitations for the router's addresses (RFC 4861 section 7.2, duplicate address
// detection of RFC 4862).
#include "firmware/embedded/control/packets/frame.hpp"

namespace fw::packets {

namespace {

constexpr uint32_t kIpv6Head = 40;
constexpr uint32_t kSolicitation = 24;  // bytes before the options, as of an advertisement
constexpr uint8_t kAdvertisement = 136;
constexpr uint8_t kSourceLink = 1, kTargetLink = 2;  // RFC 4861 section 4.6.1
constexpr uint8_t kRouter = 0x80, kSolicited = 0x40, kOverride = 0x20;
constexpr uint8_t kAllNodes[16] = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
constexpr uint8_t kAllNodesMac[6] = {0x33, 0x33, 0, 0, 0, 1};

// Finds the source link-layer address, nullptr when there is none. False: the options are not in
// order. Each is at least eight bytes long, so the loop ends.
bool read_options(Bytes options, const uint8_t*& link) {
  link = nullptr;
  while (!options.empty()) {
    if (options.size() < 8 || options[1] == 0 || options[1] * 8u > options.size()) return false;
    if (options[0] == kSourceLink && link == nullptr) {
      if (options[1] != 1) return false;
      link = &options[2];
    }
    options = options.subspan(options[1] * 8u);
  }
  return true;
}

}  // namespace

Answer answer_solicitation(const Context& context, const Frame& frame, Bytes packet,
                           std::span<uint8_t> out) {
  constexpr Answer kBad = {Outcome::kMalformed, 0};
  const uint8_t* const ip = packet.data();
  const uint8_t* const src = ip + 8;
  const uint8_t* const dst = ip + 24;
  const Bytes icmp = packet.subspan(kIpv6Head);
  // RFC 4861 section 7.1.1; the checksum has been looked at.
  if (ip[7] != 255 || icmp[1] != 0 || icmp.size() < kSolicitation) return kBad;
  const uint8_t* const target = &icmp[8];
  const uint8_t* link;
  if (target[0] == 0xff || !read_options(icmp.subspan(kSolicitation), link)) return kBad;
  const bool detecting = all_zero(src, 16);
  const bool to_group = dst[0] == 0xff;
  const bool to_solicited = context.interfaces.own_group(frame.vlan, dst);
  if (detecting && (link != nullptr || !to_solicited)) return kBad;
  if (link != nullptr && (link[0] & 1) != 0) return kBad;
  // A group's solicitation must say where the answer goes (RFC 4861 section 4.3).
  if (!detecting && to_group && link == nullptr) return kBad;
  if (context.interfaces.own({src, 16})) return kBad;
  if (!context.interfaces.own(frame.vlan, {target, 16})) return {Outcome::kNotForUs, 0};
  const bool reached =
      to_solicited || equal(dst, kAllNodes, 16) || context.interfaces.own(frame.vlan, {dst, 16});
  if (!reached) return {Outcome::kNotForUs, 0};

  // As Linux: who asked a group gets the link-layer address and may replace an old one; who asked
  // us has it (section 7.2.4).
  const uint8_t* const to = detecting ? kAllNodesMac : link != nullptr ? link : frame.src;
  uint8_t* const reply = begin_answer(frame, to, out);
  const uint32_t size = kSolicitation + (to_group ? 8 : 0);
  put_ipv6(reply, size, 255, target, detecting ? kAllNodes : src);
  uint8_t* const advert = reply + kIpv6Head;
  for (uint32_t i = 0; i < 8; ++i) advert[i] = 0;
  advert[0] = kAdvertisement;
  advert[4] =
      static_cast<uint8_t>(kRouter | (detecting ? 0 : kSolicited) | (to_group ? kOverride : 0));
  copy(advert + 8, target, 16);
  if (to_group) {
    advert[24] = kTargetLink;
    advert[25] = 1;
    copy(advert + 26, frame.mac, 6);
  }
  put16(advert + 2, icmpv6_checksum(reply, size));
  return {Outcome::kNeighbourAdvertisement, kFrameHead + kIpv6Head + size};
}

}  // namespace fw::packets
