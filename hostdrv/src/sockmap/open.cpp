// SPDX-License-Identifier: Apache-2.0
//
// Back end sockmap: TCP sockets whose bytes BPF programs move past the stack. Waiting is what
// remains, and the bounded spin of back end tcp takes it away; on poll(2), which costs a fifth of a
// recv(2) that finds nothing.
#include "hostdrv/src/open.hpp"

#include <array>

#include "hostdrv/src/sockmap/pins.hpp"
#include "hostdrv/src/tcp/tcp.hpp"

namespace flatproxy {

namespace {

struct Words {
  const char* redirected;
  const char* passed;
};
constexpr std::array<Words, FP_REASONS> kWords = {{
#define FP_WORDS(name, level, text) {"sockmap: " text, "plain TCP: " text},
    FP_REASON_LIST(FP_WORDS)
#undef FP_WORDS
}};

class SockmapContext final : public TcpContext {
 public:
  SockmapContext(Pins pins, std::string why, const TcpPolicy& policy)
      : TcpContext(FP_BE_SOCKMAP, std::move(why), policy), pins_(std::move(pins)) {}

  Verdict verdict(int fd) const override {
    fp::bpf::Verdict v{};
    switch (pins_.verdict(fd, v)) {
      case Pins::Found::kNoPins:
        return {FP_BE_TCP, "plain TCP: the pins have gone, as flatproxy bpf detach leaves it"};
      case Pins::Found::kUnknown:
        return {FP_BE_TCP, "plain TCP: the connection is older than the attach"};
      case Pins::Found::kYes:
        break;
    }
    if (v.redirected) return {FP_BE_SOCKMAP, kWords[v.reason % FP_REASONS].redirected};
    // Only a connection that was enrolled and has ended keeps that reason.
    if (v.reason == FP_enrolled) return {FP_BE_TCP, "plain TCP: the connection has ended"};
    return {FP_BE_TCP, kWords[v.reason % FP_REASONS].passed};
  }

 private:
  const Pins pins_;
};

}  // namespace

std::unique_ptr<fp_ctx> open_sockmap(const OpenRequest& request, std::string& reason) {
  Pins pins;
  if (!pins.usable(reason)) return nullptr;
  std::string why = "sockmap: pins in " + pins.directory();
  if (!request.passed_over.empty()) why += "; " + request.passed_over;
  const TcpPolicy policy{request.spin_us, request.rx_bytes, request.tx_bytes, true};
  return std::make_unique<SockmapContext>(std::move(pins), std::move(why), policy);
}

}  // namespace flatproxy
