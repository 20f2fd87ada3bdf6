// SPDX-License-Identifier: Apache-2.0
//
// Reads the status pages of processes (hostdrv/src/status_page.hpp): maps them, stops nobody, skips
// those whose process is gone. A page is another program's writing: everything in it is checked.
#include "hostdrv/tools/status.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "hostdrv/src/status_page.hpp"

namespace fp::cli {
namespace {

using flatproxy::StatusHeader;
using flatproxy::StatusSlot;
using nlohmann::ordered_json;

volatile std::sig_atomic_t stopped = 0;

template <size_t N>
std::string text_of(const char (&field)[N]) {
  std::string text(field, strnlen(field, N));
  // Not UTF-8 would be no JSON.
  std::replace_if(text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

// A page of a living process, mapped for reading; nullptr: none, stale, or not one of ours.
std::shared_ptr<const StatusHeader> open_page(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return nullptr;
  struct stat info{};
  const bool stale = flock(fd, LOCK_SH | LOCK_NB) == 0;  // its process held it for life
  void* at = MAP_FAILED;
  if (!stale && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
      info.st_size >= static_cast<off_t>(sizeof(StatusHeader))) {
    at = mmap(nullptr, sizeof(StatusHeader), PROT_READ, MAP_SHARED, fd, 0);
  }
  ::close(fd);
  if (at == MAP_FAILED) return nullptr;
  std::shared_ptr<const StatusHeader> page(
      static_cast<const StatusHeader*>(at),
      [](const StatusHeader* h) { munmap(const_cast<StatusHeader*>(h), sizeof(StatusHeader)); });
  if (page->magic != StatusHeader::kMagic || page->slot_bytes != sizeof(StatusSlot) ||
      page->slots != StatusHeader::kSlots) {
    return nullptr;
  }
  return page;
}

// One socket, or null when its slot is free or changes all the time.
ordered_json connection(const StatusSlot& slot, uint32_t pid) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    const uint32_t before = slot.version.load(std::memory_order_acquire);
    if ((before & 1) != 0) continue;
    const uint32_t used = slot.used;
    ordered_json out = {{"pid", pid},
                        {"role", used == 1 ? "listener" : "connection"},
                        {"local", text_of(slot.local)},
                        {"remote", text_of(slot.remote)},
                        {"backend", fp_backend_name(static_cast<int>(slot.backend))},
                        {"reason", text_of(slot.reason)},
                        {"rx_bytes", slot.count.rx_bytes.get()},
                        {"tx_bytes", slot.count.tx_bytes.get()},
                        {"tx_full", slot.count.tx_full.get()},
                        {"spins", slot.count.spins.get()},
                        {"sleeps", slot.count.sleeps.get()}};
    std::atomic_thread_fence(std::memory_order_acquire);
    if (slot.version.load(std::memory_order_relaxed) != before) continue;
    return used == 1 || used == 2 ? out : ordered_json();
  }
  return {};
}

ordered_json status() {
  ordered_json out = {{"backend", nullptr},
                      {"reason", nullptr},
                      {"functions", ordered_json::array()},
                      {"queues", ordered_json::array()},
                      {"processes", ordered_json::array()},
                      {"connections", ordered_json::array()}};
  std::error_code none;
  std::vector<std::filesystem::path> files;
  for (const auto& file :
       std::filesystem::directory_iterator(flatproxy::status_directory(), none)) {
    files.push_back(file.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    const auto page = open_page(file);
    if (page == nullptr) continue;
    const char* backend = fp_backend_name(static_cast<int>(page->backend));
    const std::string reason = text_of(page->reason);
    // The top level speaks of the first process; each has its own below.
    if (out["backend"].is_null()) {
      out["backend"] = backend;
      out["reason"] = reason;
    }
    out["processes"].push_back({{"pid", page->pid},
                                {"program", text_of(page->program)},
                                {"backend", backend},
                                {"reason", reason},
                                {"unlisted", page->unlisted.load()}});
    for (uint32_t q = 0; q < std::min(page->queues.load(), 1024u); ++q) {
      out["queues"].push_back({{"pid", page->pid}, {"number", q}});
    }
    for (const StatusSlot& slot : page->slot) {
      if (ordered_json c = connection(slot, page->pid); !c.is_null()) {
        out["connections"].push_back(std::move(c));
      }
    }
  }
  return out;
}

std::string word(const ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void print_table(const ordered_json& all) {
  for (const auto& p : all["processes"]) {
    std::printf("%s (pid %s): %s: %s\n", word(p["program"]).c_str(), word(p["pid"]).c_str(),
                word(p["backend"]).c_str(), word(p["reason"]).c_str());
    for (const auto& c : all["connections"]) {
      if (c["pid"] != p["pid"]) continue;
      std::printf("  %-24s %-24s %-8s rx %s tx %s\n", word(c["local"]).c_str(),
                  c["role"] == "listener" ? "(listens)" : word(c["remote"]).c_str(),
                  word(c["backend"]).c_str(), word(c["rx_bytes"]).c_str(),
                  word(c["tx_bytes"]).c_str());
    }
  }
  if (all["processes"].empty()) {
    std::printf("no process publishes its status in %s (FLATPROXY_STATUS=1 makes it)\n",
                flatproxy::status_directory().c_str());
  }
}

struct Options {
  bool json = false;
  bool watch = false;
};

int run(const Options& o) {
  if (o.watch) {
    std::signal(SIGINT, [](int) { stopped = SIGINT; });
    std::signal(SIGTERM, [](int) { stopped = SIGTERM; });
  }
  for (;;) {
    const ordered_json all = status();
    if (o.json) {
      print_result(all.dump() + "\n");
    } else {
      print_table(all);
    }
    std::fflush(stdout);
    if (!o.watch) return all["processes"].empty() ? kNo : kOk;
    for (int i = 0; i < 10 && stopped == 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    if (stopped != 0) return kSignalBase + static_cast<int>(stopped);
  }
}

}  // namespace

void register_status(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("status", "What processes run on: back end, reason, connections.");
  command->add_flag("--json", options->json, "one object; with --watch one per line");
  command->add_flag("--watch", options->watch, "once a second, until a signal");
  command->footer(
      "Processes show themselves with FLATPROXY_STATUS=1 or FP_OPEN_STATUS.\n"
      "Exit status 1: there is none.\n"
      "Examples:\n  flatproxy status\n  flatproxy status --json | jq .connections");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace fp::cli
