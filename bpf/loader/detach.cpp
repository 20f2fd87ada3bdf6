// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>

#include "bpf/loader/attach.hpp"
#include "bpf/loader/connections.hpp"

namespace fp::bpf {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// A verdict taken before the switch may still have to reach the peer's queue.
constexpr milliseconds kGrace(300);

// What the pins keep alive, by the kernel's ids.
struct Inventory {
  std::vector<uint32_t> links, programs, maps;
};

uint32_t id_of(int fd, bool link, bool program) {
  uint32_t id = 0;
  if (link) {
    bpf_link_info info{};
    uint32_t size = sizeof(info);
    id = bpf_obj_get_info_by_fd(fd, &info, &size) == 0 ? info.id : 0;
  } else if (program) {
    bpf_prog_info info{};
    uint32_t size = sizeof(info);
    id = bpf_obj_get_info_by_fd(fd, &info, &size) == 0 ? info.id : 0;
  } else {
    bpf_map_info info{};
    uint32_t size = sizeof(info);
    id = bpf_obj_get_info_by_fd(fd, &info, &size) == 0 ? info.id : 0;
  }
  return id;
}

Inventory take_inventory(const std::string& pins) {
  Inventory all;
  for (const auto& entry : fs::directory_iterator(pins)) {
    const std::string name = entry.path().filename();
    const Fd fd(bpf_obj_get(entry.path().c_str()));
    const bool link = name.rfind("link_", 0) == 0;
    const bool program = name.rfind("prog_", 0) == 0;
    const uint32_t id = fd ? id_of(fd.get(), link, program) : 0;
    if (id == 0) {
      continue;
    }
    if (link) {
      all.links.push_back(id);
      bpf_link_info info{};
      uint32_t size = sizeof(info);
      if (bpf_obj_get_info_by_fd(fd.get(), &info, &size) == 0) {
        all.programs.push_back(info.prog_id);
      }
    } else {
      (program ? all.programs : all.maps).push_back(id);
    }
  }
  return all;
}

template <typename Open>
void still_there(const std::vector<uint32_t>& ids, const char* kind, Open open,
                 std::vector<std::string>& out) {
  for (const uint32_t id : ids) {
    if (const Fd fd(open(id)); fd) {
      out.push_back(std::string(kind) + " " + std::to_string(id));
    }
  }
}

std::vector<std::string> leftovers(const Inventory& before, const std::string& pins) {
  std::vector<std::string> left;
  still_there(before.links, "link", bpf_link_get_fd_by_id, left);
  still_there(before.programs, "program", bpf_prog_get_fd_by_id, left);
  still_there(before.maps, "map", bpf_map_get_fd_by_id, left);
  if (fs::exists(pins)) {
    left.push_back("pin " + pins);
  }
  return left;
}

std::vector<std::string> unread(const std::vector<fp_record>& records) {
  std::vector<std::string> out;
  for (const fp_record& r : records) {
    if (r.waiting != 0) {
      const Endpoints e = endpoints_of(r);
      out.push_back(e.local + "-" + e.remote + ": " + std::to_string(r.waiting) + " bytes");
    }
  }
  return out;
}

// Everything but the proof; the descriptors it holds are closed when it returns.
void take_down(const std::string& pins, uint32_t wait_ms, bool force, DetachResult& result) {
  const Fd settings(bpf_obj_get((pins + "/map_settings").c_str()));
  const Fd sockets(bpf_obj_get((pins + "/map_sockets").c_str()));
  const uint32_t zero = 0;
  fp_settings s{};
  if (settings && bpf_map_lookup_elem(settings.get(), &zero, &s) == 0) {
    const bool was_on = s.mode == FP_MODE_ON;
    s.mode = FP_MODE_OFF;
    bpf_map_update_elem(settings.get(), &zero, &s, BPF_ANY);
    if (was_on) {
      std::this_thread::sleep_for(kGrace);
    }
    const auto end = Clock::now() + milliseconds(wait_ms);
    std::vector<fp_record> records = list_connections(pins);
    for (result.waiting = unread(records); !result.waiting.empty() && Clock::now() < end;
         result.waiting = unread(records)) {
      std::this_thread::sleep_for(milliseconds(20));
      records = list_connections(pins);
    }
    if (!result.waiting.empty() && !force) {
      return;
    }
    if (sockets) {
      for (const fp_record& r : records) {
        const uint32_t index = 2 * r.connection.slot + r.connection.side;
        if (r.connection.enrolled != 0) {
          bpf_map_delete_elem(sockets.get(), &index);
        }
      }
    }
  }
  // New sockets can no longer come: the mode is off. The links go first.
  const Fd message(bpf_obj_get((pins + "/prog_fp_message").c_str()));
  for (const char* kind : {"link_", "prog_", "map_"}) {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(pins)) {
      if (entry.path().filename().string().rfind(kind, 0) == 0) {
        paths.push_back(entry.path());
      }
    }
    for (const fs::path& path : paths) {
      unlink(path.c_str());
    }
  }
  if (message && sockets) {
    bpf_prog_detach2(message.get(), sockets.get(), BPF_SK_MSG_VERDICT);
  }
  rmdir(pins.c_str());
}

}  // namespace

DetachResult detach(const std::string& pins, uint32_t wait_ms, bool force) {
  DetachResult result;
  std::error_code ignored;
  if (!fs::exists(pins, ignored)) {
    return result;
  }
  result.attached = true;
  const Inventory before = take_inventory(pins);
  take_down(pins, wait_ms, force, result);
  if (!result.waiting.empty() && !force) {
    return result;
  }
  result.removed_links = before.links.size();
  result.removed_programs = before.programs.size();
  result.removed_maps = before.maps.size();
  // The kernel frees behind grace periods of its own.
  const auto end = Clock::now() + milliseconds(5000);
  for (result.left = leftovers(before, pins); !result.left.empty() && Clock::now() < end;
       result.left = leftovers(before, pins)) {
    std::this_thread::sleep_for(milliseconds(20));
  }
  return result;
}

}  // namespace fp::bpf
