// SPDX-License-Identifier: Apache-2.0
#include "bpf/loader/connections.hpp"

#include <arpa/inet.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace fp::bpf {
namespace {

struct Reason {
  const char* name;
  char level;
  const char* text;
};
constexpr std::array<Reason, FP_REASONS> kReasons = {{
#define FP_REASON_ROW(name, level, text) {#name, (#level)[0], text},
    FP_REASON_LIST(FP_REASON_ROW)
#undef FP_REASON_ROW
}};

std::string endpoint(uint16_t family, const uint8_t* address, uint16_t port) {
  char text[INET6_ADDRSTRLEN] = {};
  static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (family == AF_INET6 && std::memcmp(address, mapped, sizeof(mapped)) == 0) {
    family = AF_INET;
    address += sizeof(mapped);
  }
  inet_ntop(family, address, text, sizeof(text));
  const std::string number = ":" + std::to_string(port);
  return family == AF_INET6 ? "[" + std::string(text) + "]" + number : text + number;
}

}  // namespace

std::vector<fp_record> list_connections(const std::string& pins) {
  const Fd program(bpf_obj_get((pins + "/prog_fp_list").c_str()));
  const Fd map(bpf_obj_get((pins + "/map_connections").c_str()));
  if (!program || !map) {
    fail_errno(pins, errno, "the pins of flatproxy bpf attach");
  }
  bpf_iter_link_info info{};
  info.map.map_fd = map.get();
  bpf_link_create_opts opts{};
  opts.sz = sizeof(opts);
  opts.iter_info = &info;
  opts.iter_info_len = sizeof(info);
  const Fd link(bpf_link_create(program.get(), 0, BPF_TRACE_ITER, &opts));
  if (!link) {
    fail_errno("fp_list", errno, "iter/bpf_sk_storage_map in this kernel");
  }
  const Fd iterator(bpf_iter_create(link.get()));
  if (!iterator) {
    fail_errno("fp_list", errno, "an iterator");
  }
  std::vector<fp_record> out;
  std::string bytes;
  char buffer[64 * sizeof(fp_record)];
  for (;;) {
    const ssize_t n = read(iterator.get(), buffer, sizeof(buffer));
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
      continue;
    }
    if (n <= 0) {
      break;
    }
    bytes.append(buffer, n);
  }
  out.resize(bytes.size() / sizeof(fp_record));
  // An empty vector's data() may be null, which memcpy() must not get.
  if (!out.empty()) std::memcpy(out.data(), bytes.data(), out.size() * sizeof(fp_record));
  return out;
}

Endpoints endpoints_of(const fp_record& r) {
  return {endpoint(r.family, r.local, r.local_port), endpoint(r.family, r.remote, r.remote_port)};
}

const char* reason_name(uint32_t reason) {
  return reason < FP_REASONS ? kReasons[reason].name : "unknown";
}
const char* reason_text(uint32_t reason) {
  return reason < FP_REASONS ? kReasons[reason].text : "unknown";
}
bool reason_counts_messages(uint32_t reason) {
  return reason < FP_REASONS && kReasons[reason].level == 'm';
}

}  // namespace fp::bpf
