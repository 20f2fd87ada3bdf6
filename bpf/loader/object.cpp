// SPDX-License-Identifier: Apache-2.0
#include "bpf/loader/object.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <vector>

extern "C" const char fp_bpf_object_begin[];
extern "C" const char fp_bpf_object_end[];

namespace fp::bpf {
namespace {

std::string last_line;

int note(libbpf_print_level level, const char* format, va_list args) {
  if (level != LIBBPF_WARN) {
    return 0;
  }
  char text[512];
  const int n = std::vsnprintf(text, sizeof(text), format, args);
  std::string line(text, std::min<size_t>(n < 0 ? 0 : n, sizeof(text) - 1));
  if (line.find("-- BEGIN") != std::string::npos || line.find("-- END") != std::string::npos) {
    return 0;  // the verifier's log, which is long; what follows says what failed
  }
  while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) {
    line.pop_back();
  }
  if (last_line.empty()) {
    last_line = line.substr(0, line.find('\n'));
  }
  return 0;
}

}  // namespace

void fail_errno(const std::string& what, int error, const std::string& expected) {
  throw Error(what + ": found " + std::strerror(error < 0 ? -error : error) + ", expected " +
              expected);
}

std::string last_libbpf_line() { return last_line; }

Fd::~Fd() {
  if (fd_ >= 0) {
    close(fd_);
  }
}

void require_kernel() {
  if (access("/sys/kernel/btf/vmlinux", R_OK) != 0) {
    throw Error(
        "/sys/kernel/btf/vmlinux: found no BTF, expected a kernel with CONFIG_DEBUG_INFO_BTF");
  }
  bpf_map_create_opts opts{};
  opts.sz = sizeof(opts);
  const Fd probe(bpf_map_create(BPF_MAP_TYPE_ARRAY, "fp_probe", 4, 4, 1, &opts));
  if (!probe) {
    fail_errno("bpf(2)", errno, "CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON, or root");
  }
}

Object::Object() {
  libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
  libbpf_set_print(note);
  const rlimit all{RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_MEMLOCK, &all);  // kernels before 5.11 count maps there
  last_line.clear();
  bpf_object_open_opts opts{};
  opts.sz = sizeof(opts);
  opts.object_name = "flatproxy";
  object_ =
      bpf_object__open_mem(fp_bpf_object_begin, fp_bpf_object_end - fp_bpf_object_begin, &opts);
  if (object_ == nullptr) {
    fail_errno("embedded object", errno, "one that libbpf can open: " + last_line);
  }
}

Object::~Object() { bpf_object__close(object_); }

void Object::reuse_maps(const std::string& pins) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object_) {
    if (bpf_map__is_internal(map)) {
      continue;
    }
    const std::string path = pins + "/map_" + bpf_map__name(map);
    const Fd fd(bpf_obj_get(path.c_str()));
    if (!fd) {
      fail_errno(path, errno, "a pinned map; run flatproxy bpf detach first");
    }
    if (const int error = bpf_map__reuse_fd(map, fd.get()); error != 0) {
      fail_errno(path, error, "a map of this version; run flatproxy bpf detach first");
    }
  }
}

void Object::load() {
  last_line.clear();
  if (const int error = bpf_object__load(object_); error != 0) {
    fail_errno("kernel", error, "one that takes the programs: " + last_line);
  }
}

bpf_program* Object::program(const char* name) const {
  bpf_program* p = bpf_object__find_program_by_name(object_, name);
  if (p == nullptr) {
    throw Error(std::string(name) + ": found no such program, expected it in the embedded object");
  }
  return p;
}

int Object::map(const char* name) const {
  const int fd = bpf_object__find_map_fd_by_name(object_, name);
  if (fd < 0) {
    fail_errno(name, fd, "a map of the embedded object");
  }
  return fd;
}

bpf_link* Object::attach(const char* name) const {
  bpf_link* link = bpf_program__attach(program(name));
  if (link == nullptr) {
    fail_errno(name, errno, "its tracepoint in this kernel");
  }
  return link;
}

fp_settings default_settings() {
  fp_settings s{};
  s.layout = FP_LAYOUT;
  s.mode = FP_MODE_OFF;
  s.small_bytes = 4096;
  s.stream_run = 32;
  s.fionread = FP_FIONREAD_REDIRECTED_ONLY;
  return s;
}

void Object::prepare(const fp_settings& settings) const {
  const int slots = map("free_slots");
  for (uint32_t slot = 0; slot < FP_PAIRS; ++slot) {
    if (bpf_map_update_elem(slots, nullptr, &slot, BPF_ANY) != 0) {
      fail_errno("free_slots", errno, "room for every slot");
    }
  }
  const uint32_t zero = 0;
  if (bpf_map_update_elem(map("settings"), &zero, &settings, BPF_ANY) != 0) {
    fail_errno("settings", errno, "a writable map");
  }
}

void Object::find_owners() const {
  bpf_link* link = bpf_program__attach_iter(program("fp_find_owners"), nullptr);
  if (link == nullptr) {
    fail_errno("fp_find_owners", errno, "iter/task_file in this kernel");
  }
  {
    const Fd iterator(bpf_iter_create(bpf_link__fd(link)));
    char discard[256];
    while (iterator && read(iterator.get(), discard, sizeof(discard)) > 0) {
    }
  }
  bpf_link__destroy(link);
}

}  // namespace fp::bpf
