// SPDX-License-Identifier: Apache-2.0
//
// fp_open(): options, environment, and the choice of a back end.
#include "hostdrv/src/open.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "hostdrv/src/log.hpp"
#include "hostdrv/src/status_page.hpp"
#include "hostdrv/src/tcp/tcp.hpp"

namespace flatproxy {

namespace {

constexpr uint32_t kDefaultSpinUs = 50;  // a wake-up across cores takes about 40
constexpr uint32_t kDefaultRing = 65536;
constexpr uint32_t kLeastRing = 4096;
constexpr uint32_t kMostRing = 1u << 30;
// A caller's struct holds at least this much.
constexpr size_t kFirstOpts = sizeof(fp_opts);

std::unique_ptr<fp_ctx> not_built(const OpenRequest&, std::string& reason) {
  reason = "not in this build";
  return nullptr;
}

struct Backend {
  fp_backend id;
  const char* name;
  std::unique_ptr<fp_ctx> (*open)(const OpenRequest&, std::string& reason);
};

// In the order in which auto tries them.
constexpr std::array<Backend, 4> kBackends = {{{FP_BE_VFIO, "vfio", not_built},
                                               {FP_BE_VFIO_USER, "vfio-user", not_built},
                                               {FP_BE_SOCKMAP, "sockmap", open_sockmap},
                                               {FP_BE_TCP, "tcp", open_tcp}}};

bool set(const char* variable) {
  const char* text = std::getenv(variable);
  return text != nullptr && std::strcmp(text, "1") == 0;
}

// The back end to begin with; FP_BE_AUTO for the first one.
int chosen_backend(uint32_t asked, uint32_t& out) {
  const char* text = std::getenv("FLATPROXY_BACKEND");
  if (text == nullptr) {
    if (asked > FP_BE_TCP) {
      return explain(-EINVAL, "backend: found %u, expected FP_BE_AUTO to FP_BE_TCP", asked);
    }
    out = asked;
    return 0;
  }
  if (std::strcmp(text, "auto") == 0) {
    out = FP_BE_AUTO;
    return 0;
  }
  for (const Backend& b : kBackends) {
    if (std::strcmp(text, b.name) == 0) {
      out = b.id;
      return 0;
    }
  }
  return explain(
      -EINVAL, "FLATPROXY_BACKEND: found %s, expected auto, vfio, vfio-user, sockmap or tcp", text);
}

int ring_size(const char* field, uint32_t asked, uint32_t& out) {
  out = asked == 0 ? kDefaultRing : asked;
  if (out < kLeastRing || out > kMostRing || (out & (out - 1)) != 0) {
    return explain(-EINVAL, "%s: found %u, expected a power of two from %u to %u", field, out,
                   kLeastRing, kMostRing);
  }
  return 0;
}

int device_name(const char* asked, std::string& out) {
  const char* text = std::getenv("FLATPROXY_DEVICE");
  if (text == nullptr) text = asked;
  if (text == nullptr) return 0;
  out = text;
  if (out.rfind("vfio:", 0) == 0 || out.rfind("vfio-user:", 0) == 0) return 0;
  return explain(-EINVAL, "device: found %s, expected vfio:ADDRESS or vfio-user:PATH", text);
}

}  // namespace

std::unique_ptr<fp_ctx> open_tcp(const OpenRequest& request, std::string&) {
  std::string why = "plain TCP: ";
  why += request.passed_over.empty() ? "asked for" : request.passed_over;
  return std::make_unique<TcpContext>(
      FP_BE_TCP, std::move(why), TcpPolicy{request.spin_us, request.rx_bytes, request.tx_bytes});
}

}  // namespace flatproxy

using namespace flatproxy;

extern "C" {

void fp_opts_init(struct fp_opts* o, size_t opts_size) {
  fp_opts defaults{};
  defaults.opts_size = opts_size;
  defaults.backend = FP_BE_AUTO;
  defaults.spin_us = kDefaultSpinUs;
  std::memset(o, 0, opts_size);
  std::memcpy(o, &defaults, std::min(opts_size, sizeof defaults));
}

int fp_open(const struct fp_opts* o, fp_ctx** out) {
  const int kept = errno;
  const auto finish = [&](int status) {
    errno = kept;
    return status < 0 ? static_cast<int>(failed("fp_open", status)) : status;
  };
  if (out == nullptr) return finish(-EINVAL);
  fp_opts opts;
  fp_opts_init(&opts, sizeof opts);
  if (o != nullptr) {
    if (o->opts_size < kFirstOpts) {
      return finish(explain(-EINVAL, "opts_size: found %zu, expected at least %zu", o->opts_size,
                            kFirstOpts));
    }
    // A newer caller may have set what this library does not know.
    const auto* bytes = reinterpret_cast<const unsigned char*>(o);
    if (std::any_of(bytes + std::min(o->opts_size, sizeof opts), bytes + o->opts_size,
                    [](unsigned char b) { return b != 0; })) {
      return finish(explain(-E2BIG, "opts_size: found options of a newer library"));
    }
    std::memcpy(&opts, o, sizeof opts);
  }
  if ((opts.flags & ~(FP_OPEN_STRICT | FP_OPEN_STATUS)) != 0 || opts.reserved != 0) {
    return finish(explain(-EINVAL, "flags: found %#x, expected FP_OPEN_STRICT or FP_OPEN_STATUS",
                          opts.flags));
  }
  const bool strict = (opts.flags & FP_OPEN_STRICT) != 0 || set("FLATPROXY_STRICT");
  OpenRequest request;
  request.spin_us = opts.spin_us;
  uint32_t wanted = FP_BE_AUTO;
  int status = chosen_backend(opts.backend, wanted);
  if (status == 0) status = device_name(opts.device, request.device);
  if (status == 0) status = ring_size("rx_bytes", opts.rx_bytes, request.rx_bytes);
  if (status == 0) status = ring_size("tx_bytes", opts.tx_bytes, request.tx_bytes);
  if (status < 0) return finish(status);

  std::unique_ptr<fp_ctx> c;
  for (const Backend& b : kBackends) {
    if (b.id < wanted) continue;
    if (strict && wanted == FP_BE_AUTO && b.id == FP_BE_TCP) break;
    std::string why;
    c = b.open(request, why);
    if (c != nullptr) break;
    if (!request.passed_over.empty()) request.passed_over += "; ";
    request.passed_over += std::string(b.name) + ": " + why;
    if (strict && wanted != FP_BE_AUTO) break;
  }
  if (c == nullptr) return finish(explain(-ENODEV, "%s", request.passed_over.c_str()));
  // One line, whenever the program does not run on what it was meant for.
  if (!request.passed_over.empty()) log(FP_LOG_INFO, "%s", c->reason.c_str());
  if ((opts.flags & FP_OPEN_STATUS) != 0 || set("FLATPROXY_STATUS")) {
    status = status_open(*c);
    if (status < 0) log(FP_LOG_WARN, "status: %s", strerrordesc_np(-status));
  }
  *out = c.release();
  return finish(0);
}

}  // extern "C"
