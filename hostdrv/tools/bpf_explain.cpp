// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "bpf/loader/status.hpp"
#include "hostdrv/tools/bpf.hpp"

namespace fp::cli {
namespace {

using nlohmann::ordered_json;

struct Options {
  std::string pins, what;
  bool json = false;
};

struct Row {
  bpf::Endpoints ends;
  bpf::Verdict verdict;
};

// The inode numbers of a process's sockets. Refuses a process that is not there.
std::set<uint64_t> sockets_of(const std::string& pid) {
  const std::string dir = "/proc/" + pid + "/fd";
  DIR* entries = opendir(dir.c_str());
  if (entries == nullptr) {
    refuse_flag("WHAT", pid, "a process that runs, or A:P-B:Q");
  }
  std::set<uint64_t> inodes;
  while (const dirent* entry = readdir(entries)) {
    char target[64] = {};
    const std::string path = dir + "/" + entry->d_name;
    if (readlink(path.c_str(), target, sizeof(target) - 1) > 0 &&
        std::strncmp(target, "socket:[", 8) == 0) {
      inodes.insert(std::strtoull(target + 8, nullptr, 10));
    }
  }
  closedir(entries);
  return inodes;
}

bool is_pid(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::vector<Row> find(const Options& o) {
  std::vector<Row> rows;
  const bool pid = is_pid(o.what);
  if (!pid && o.what.find('-') == std::string::npos) {
    refuse_flag("WHAT", o.what, "a process id or A:P-B:Q");
  }
  const std::set<uint64_t> inodes = pid ? sockets_of(o.what) : std::set<uint64_t>();
  for (const fp_record& r : bpf::list_connections(o.pins)) {
    const bpf::Endpoints e = bpf::endpoints_of(r);
    if (pid ? inodes.contains(r.inode) : e.local + "-" + e.remote == o.what) {
      rows.push_back({e, bpf::verdict_of(r)});
    }
  }
  return rows;
}

int run(const Options& o) {
  bpf::require_kernel();
  const bpf::Status s = bpf::read_status(o.pins);
  std::vector<Row> rows;
  std::string backend = "tcp";
  std::string reason = "not_attached";
  std::string text = "nothing is attached: flatproxy bpf attach";
  if (s.attached) {
    rows = find(o);
    reason = "not_seen";
    text = "no such connection was opened in " + s.cgroup + " since the attach";
    for (const Row& row : rows) {  // one that is redirected speaks for a process
      if (backend == "tcp") {
        backend = row.verdict.redirected ? "sockmap" : "tcp";
        reason = bpf::reason_name(row.verdict.reason);
        text = bpf::reason_text(row.verdict.reason);
      }
    }
  }
  if (o.json) {
    ordered_json j{{"backend", backend}, {"reason", reason}, {"detail", text}};
    j["connections"] = ordered_json::array();
    for (const Row& row : rows) {
      j["connections"].push_back({{"local", row.ends.local},
                                  {"remote", row.ends.remote},
                                  {"backend", row.verdict.redirected ? "sockmap" : "tcp"},
                                  {"reason", bpf::reason_name(row.verdict.reason)}});
    }
    std::printf("%s\n", j.dump(2).c_str());
  } else if (rows.empty()) {
    std::printf("%s: %s\n", backend.c_str(), text.c_str());
  } else {
    for (const Row& row : rows) {
      std::printf("%s-%s %s: %s\n", row.ends.local.c_str(), row.ends.remote.c_str(),
                  row.verdict.redirected ? "sockmap" : "tcp", bpf::reason_text(row.verdict.reason));
    }
  }
  return s.attached ? kOk : kNo;
}

}  // namespace

void register_bpf_explain(CLI::App& parent, int& status) {
  auto o = std::make_shared<Options>();
  CLI::App* command = parent.add_subcommand("explain", "Why a connection goes where it goes.");
  command->add_option("WHAT", o->what, "a process id, or A:P-B:Q as its socket sees it")
      ->required();
  command->add_flag("--json", o->json, "one object");
  add_pins_flag(*command, o->pins);
  command->footer(
      "Examples:\n"
      "  flatproxy bpf explain 4711\n"
      "  flatproxy bpf explain 10.0.0.7:40112-10.0.0.9:8080 --json\n"
      "  flatproxy bpf explain [fd00::7]:40112-[fd00::9]:8080");
  command->callback([o, &status] { status = run(*o); });
}

}  // namespace fp::cli
