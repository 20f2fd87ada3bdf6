// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "bpf/loader/attach.hpp"
#include "bpf/loader/cgroup.hpp"
#include "bpf/loader/self_test.hpp"
#include "hostdrv/tools/bpf.hpp"

namespace fp::cli {
namespace {

struct Options {
  std::string cgroup, policy, pins;
  bool dry_run = false;
};

void say_plan(const bpf::AttachRequest& request) {
  bpf::require_kernel();
  bpf::open_cgroup(request.cgroup);
  const bool there = access(request.pins.c_str(), F_OK) == 0;
  std::printf("would %s\n", there ? "exchange the programs that are attached, keeping connections"
                                  : "try the kernel out in a namespace of its own");
  std::printf("would attach sockops to %s and sk_msg to the map of its sockets\n",
              request.cgroup.c_str());
  std::printf("would watch readers by the tracepoint sock_recv_length\n");
  std::printf("would pin maps, programs and links in %s\n", request.pins.c_str());
  for (const std::string& line : request.policy.describe()) {
    std::printf("policy: %s\n", line.c_str());
  }
}

void attach(const Options& o) {
  bpf::AttachRequest request;
  request.cgroup = o.cgroup;
  request.pins = o.pins;
  if (!o.policy.empty()) {
    request.policy = bpf::Policy::load_file(o.policy);
  }
  if (o.dry_run) {
    say_plan(request);
    return;
  }
  bpf::require_kernel();
  bpf::open_cgroup(request.cgroup);
  const bpf::SelfTest test = bpf::self_test();
  for (const bpf::Check& c : test.checks) {
    if (!test.usable && c.health != bpf::Health::kOk && c.name != "bpffs" && c.name != "fionread") {
      throw Failure(kEnvironment, c.detail + " (" + c.name + ")");
    }
    if (c.name == "fionread" && c.health == bpf::Health::kUnsafe) {
      std::fprintf(stderr, "%s: fionread: %s\n", kProgram, c.detail.c_str());
    }
  }
  request.fionread = test.fionread;
  const bpf::AttachResult result = bpf::attach(request);
  std::printf("%s %s\n", result.upgraded ? "upgraded at" : "attached to", request.cgroup.c_str());
  for (const std::string& pin : result.pins) {
    std::printf("%s\n", pin.c_str());
  }
}

struct DetachOptions {
  std::string pins, wait = "10";
  bool force = false;
};

int detach(const DetachOptions& o) {
  const uint64_t seconds = parse_number("--wait", o.wait);
  if (seconds > 86400) {
    refuse_flag("--wait", o.wait, "at most 86400 seconds");
  }
  bpf::require_kernel();
  const bpf::DetachResult r = bpf::detach(o.pins, static_cast<uint32_t>(seconds * 1000), o.force);
  if (!r.attached) {
    std::printf("nothing attached at %s\n", o.pins.c_str());
    return kOk;
  }
  if (!r.waiting.empty() && !o.force) {
    for (const std::string& line : r.waiting) {
      std::fprintf(stderr, "%s: unread: %s\n", kProgram, line.c_str());
    }
    std::fprintf(
        stderr,
        "%s: %s: found %zu connections with unread bytes, expected none; redirection is off, "
        "run detach again, or with --force to lose them\n",
        kProgram, o.pins.c_str(), r.waiting.size());
    return kNo;
  }
  std::printf("removed %u links, %u programs, %u maps\n", r.removed_links, r.removed_programs,
              r.removed_maps);
  for (const std::string& what : r.left) {
    std::fprintf(stderr, "%s: left behind: %s\n", kProgram, what.c_str());
  }
  std::printf("left behind: %zu\n", r.left.size());
  return r.left.empty() ? kOk : kNo;
}

}  // namespace

void register_bpf_attach(CLI::App& parent, int& status) {
  auto o = std::make_shared<Options>();
  CLI::App* command =
      parent.add_subcommand("attach", "Starts redirecting, or exchanges the programs.");
  command->add_option("--cgroup", o->cgroup, "sockets of this cgroup and below")
      ->required()
      ->type_name("PATH");
  command->add_option("--policy", o->policy, "what may be redirected")->type_name("FILE");
  command->add_flag("--dry-run", o->dry_run, "says what would be done");
  add_pins_flag(*command, o->pins);
  command->footer(
      "Examples:\n"
      "  flatproxy bpf attach --cgroup /sys/fs/cgroup\n"
      "  flatproxy bpf attach --cgroup kubepods.slice --policy bpf.yaml --dry-run\n"
      "Nothing keeps running; the pins hold it. A second attach exchanges programs and policy "
      "without a gap.");
  command->callback([o, &status] {
    attach(*o);
    status = kOk;
  });
}

void register_bpf_detach(CLI::App& parent, int& status) {
  auto o = std::make_shared<DetachOptions>();
  CLI::App* command =
      parent.add_subcommand("detach", "Gives all sockets back to TCP and leaves nothing.");
  command->add_option("--wait", o->wait, "seconds for unread bytes to be read")
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("--force", o->force, "takes unread bytes away");
  add_pins_flag(*command, o->pins);
  command->footer("Examples:\n  flatproxy bpf detach\n  flatproxy bpf detach --wait 60");
  command->callback([o, &status] { status = detach(*o); });
}

}  // namespace fp::cli
