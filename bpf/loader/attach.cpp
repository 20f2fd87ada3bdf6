// SPDX-License-Identifier: Apache-2.0
#include "bpf/loader/attach.hpp"

#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "bpf/loader/cgroup.hpp"

namespace fp::bpf {
namespace {

namespace fs = std::filesystem;

// Links by name of their program; the sockmap's program hangs on the map and needs none.
constexpr const char* kSockops = "fp_sockops";
constexpr const char* kTracing[] = {"fp_read", "fp_fionread"};
constexpr const char* kPrograms[] = {"fp_list", "fp_message"};

// Pins go here first and are renamed when all are complete. Removes itself with all that is left.
class Stage {
 public:
  explicit Stage(const std::string& pins) : dir_(pins + "-stage-" + std::to_string(getpid())) {
    remove();
    if (mkdir(dir_.c_str(), 0700) != 0) {
      fail_errno(dir_, errno, "a new directory in bpffs");
    }
  }
  ~Stage() { remove(); }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  void pin(int fd, const std::string& name) const {
    const std::string path = dir_ + "/" + name;
    if (bpf_obj_pin(fd, path.c_str()) != 0) {
      fail_errno(path, errno, "a new pin");
    }
  }
  const std::string& dir() const { return dir_; }

 private:
  void remove() const {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(dir_, ignored)) {
      unlink(entry.path().c_str());
    }
    rmdir(dir_.c_str());
  }
  std::string dir_;
};

// Links of a load; those that are pinned stay when the process ends.
class Links {
 public:
  ~Links() {
    for (bpf_link* link : links_) {
      bpf_link__destroy(link);
    }
  }
  bpf_link* add(bpf_link* link) {
    links_.push_back(link);
    return link;
  }

 private:
  std::vector<bpf_link*> links_;
};

void require_bpffs(const std::string& pins) {
  const std::string parent = fs::path(pins).parent_path();
  struct statfs st{};
  if (statfs(parent.c_str(), &st) == 0 && st.f_type == BPF_FS_MAGIC) {
    return;
  }
  if (parent != "/sys/fs/bpf" || mount("bpf", parent.c_str(), "bpf", 0, nullptr) != 0) {
    throw Error(parent + ": found no bpffs, expected one (mount -t bpf bpf " + parent + ")");
  }
}

uint64_t cgroup_of_link(int link) {
  bpf_link_info info{};
  uint32_t size = sizeof(info);
  return bpf_obj_get_info_by_fd(link, &info, &size) == 0 ? info.cgroup.cgroup_id : 0;
}

void set_settings(int map, const fp_settings& s) {
  const uint32_t zero = 0;
  if (bpf_map_update_elem(map, &zero, &s, BPF_ANY) != 0) {
    fail_errno("settings", errno, "a writable map");
  }
}

fp_settings settings_of(const AttachRequest& request) {
  fp_settings s = default_settings();
  s.fionread = request.fionread;
  s.small_bytes = request.policy.small_bytes;
  s.stream_run = request.policy.stream_run;
  s.cgroup_default = request.policy.cgroup_default;
  s.address_default = request.policy.address_default;
  s.port_default = request.policy.port_default;
  return s;
}

bool needs_fionread_watch(uint32_t fionread) { return fionread != FP_FIONREAD_BOTH; }

void pin_maps(const Object& object, const Stage& stage) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object.get()) {
    if (!bpf_map__is_internal(map)) {  // constants belong to the programs
      stage.pin(bpf_map__fd(map), std::string("map_") + bpf_map__name(map));
    }
  }
}

void pin_programs(const Object& object, const Stage& stage) {
  for (const char* name : kPrograms) {
    stage.pin(bpf_program__fd(object.program(name)), std::string("prog_") + name);
  }
}

void pin_tracing(const Object& object, const Stage& stage, Links& links, uint32_t fionread) {
  for (const char* name : kTracing) {
    if (std::string(name) == "fp_fionread" && !needs_fionread_watch(fionread)) {
      continue;  // it would cost every system call a little, for nothing
    }
    bpf_link* link = links.add(object.attach(name));
    stage.pin(bpf_link__fd(link), std::string("link_") + name);
  }
}

void attach_message_program(const Object& object) {
  const int program = bpf_program__fd(object.program("fp_message"));
  if (const int error = bpf_prog_attach(program, object.map("sockets"), BPF_SK_MSG_VERDICT, 0);
      error != 0) {
    fail_errno("fp_message", error, "a sockmap that takes it");
  }
}

void attach_new(const AttachRequest& request, const Fd& cgroup) {
  Object object;
  object.load();
  fp_settings settings = settings_of(request);
  object.prepare(settings);
  request.policy.write(object);
  object.find_owners();

  const Stage stage(request.pins);
  Links links;
  pin_maps(object, stage);
  pin_programs(object, stage);
  attach_message_program(object);
  pin_tracing(object, stage, links, request.fionread);
  bpf_link* link = bpf_program__attach_cgroup(object.program(kSockops), cgroup.get());
  if (link == nullptr) {
    fail_errno(request.cgroup, errno, "a cgroup that takes a sockops program");
  }
  links.add(link);
  stage.pin(bpf_link__fd(link), std::string("link_") + kSockops);
  if (std::rename(stage.dir().c_str(), request.pins.c_str()) != 0) {
    fail_errno(request.pins, errno, "a name that is free");
  }
  settings.mode = FP_MODE_ON;
  set_settings(object.map("settings"), settings);
}

void upgrade(const AttachRequest& request, const Fd& cgroup) {
  const std::string sockops_pin = request.pins + "/link_" + kSockops;
  const Fd sockops(bpf_obj_get(sockops_pin.c_str()));
  if (!sockops) {
    fail_errno(sockops_pin, errno, "a pinned link; run flatproxy bpf detach first");
  }
  if (const uint64_t there = cgroup_of_link(sockops.get()); there != cgroup_id(cgroup)) {
    throw Error("--cgroup: found " + request.cgroup + ", expected " + cgroup_name(there) +
                ", where it is attached; run flatproxy bpf detach first");
  }
  const uint32_t zero = 0;
  fp_settings old{};
  const Fd settings_map(bpf_obj_get((request.pins + "/map_settings").c_str()));
  if (!settings_map || bpf_map_lookup_elem(settings_map.get(), &zero, &old) != 0 ||
      old.layout != FP_LAYOUT) {
    throw Error(request.pins + ": found maps of another version, expected layout " +
                std::to_string(FP_LAYOUT) + "; run flatproxy bpf detach first");
  }
  Object object;
  object.reuse_maps(request.pins);
  object.load();
  object.find_owners();

  const Stage stage(request.pins);
  Links links;
  pin_programs(object, stage);
  pin_tracing(object, stage, links, request.fionread);
  request.policy.write(object);
  // From here on nothing can fail half way: each step exchanges one program for the next version
  // of itself, and old and new read the same maps.
  attach_message_program(object);
  if (bpf_link_update(sockops.get(), bpf_program__fd(object.program(kSockops)), nullptr) != 0) {
    fail_errno(sockops_pin, errno, "a link that takes the new program");
  }
  for (const auto& entry : fs::directory_iterator(stage.dir())) {
    const std::string name = entry.path().filename();
    if (std::rename(entry.path().c_str(), (request.pins + "/" + name).c_str()) != 0) {
      fail_errno(request.pins + "/" + name, errno, "a pin that can be exchanged");
    }
  }
  if (!needs_fionread_watch(request.fionread)) {
    unlink((request.pins + "/link_fp_fionread").c_str());
  }
  fp_settings settings = settings_of(request);
  settings.mode = FP_MODE_ON;
  set_settings(object.map("settings"), settings);
}

}  // namespace

AttachResult attach(const AttachRequest& request) {
  require_kernel();
  const Fd cgroup = open_cgroup(request.cgroup);
  require_bpffs(request.pins);
  AttachResult result;
  std::error_code ignored;  // a name bpffs refuses is refused below, by name
  result.upgraded = fs::exists(request.pins, ignored);
  if (result.upgraded) {
    upgrade(request, cgroup);
  } else {
    attach_new(request, cgroup);
  }
  for (const auto& entry : fs::directory_iterator(request.pins)) {
    result.pins.push_back(entry.path());
  }
  std::sort(result.pins.begin(), result.pins.end());
  return result;
}

}  // namespace fp::bpf
