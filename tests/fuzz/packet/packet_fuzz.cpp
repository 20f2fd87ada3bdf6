// SPDX-License-Identifier: Apache-2.0
//
// Arbitrary bytes as a frame. A segment that is found lies inside the frame, and sending its
// payload back gives a frame that reads back to the same payload from the other side.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "sim-tb/platform/tcp_segment.hpp"

namespace {

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "packet_fuzz: found %s\n", what);
  std::abort();
}

bool inside(std::span<const uint8_t> part, std::span<const uint8_t> whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fp::platform;
  const std::span<const uint8_t> frame(data, size);
  const auto s = parse_segment(frame);
  if (!s) return 0;
  require(inside(s->link, frame) && inside(s->payload, frame), "a span outside the frame");
  require(s->link.size() >= 14 && s->link.size() <= kMaxLinkHeader, "a link header of no kind");
  if (s->payload.size() > 1460) return 0;

  std::vector<uint8_t> answer;
  build_segment(
      answer_header(s->link), s->key,
      {.flags = {.fin = s->flags.fin, .syn = false, .rst = false, .psh = true, .ack = true},
       .seq = s->ack,
       .ack = s->seq,
       .window = 1,
       .hop_limit = 64,
       .ip_id = 1},
      s->payload, answer);
  const auto back = parse_segment(answer);
  require(back.has_value(), "an answer nobody can read");
  require(back->key.local == s->key.remote && back->key.remote == s->key.local &&
              back->key.local_port == s->key.remote_port &&
              back->key.remote_port == s->key.local_port && back->key.v6 == s->key.v6,
          "sides that are not exchanged");
  require(back->seq == s->ack && back->ack == s->seq, "other numbers");
  require(
      std::equal(back->payload.begin(), back->payload.end(), s->payload.begin(), s->payload.end()),
      "other bytes");
  return 0;
}
