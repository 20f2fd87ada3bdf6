// SPDX-License-Identifier: Apache-2.0
#include "bpf/loader/status.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "bpf/loader/cgroup.hpp"

namespace fp::bpf {

namespace fs = std::filesystem;

Status read_status(const std::string& pins) {
  Status s;
  const Fd link(bpf_obj_get((pins + "/link_fp_sockops").c_str()));
  if (!link) {
    if (errno == EPERM || errno == EACCES) {
      fail_errno(pins, errno, "CAP_BPF, or root");
    }
    return s;
  }
  s.attached = true;
  for (const auto& entry : fs::directory_iterator(pins)) {
    s.pins.push_back(entry.path());
  }
  std::sort(s.pins.begin(), s.pins.end());
  bpf_link_info info{};
  uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(link.get(), &info, &size) == 0) {
    s.cgroup = cgroup_name(info.cgroup.cgroup_id);
  }
  const uint32_t zero = 0;
  const Fd settings(bpf_obj_get((pins + "/map_settings").c_str()));
  const Fd counters(bpf_obj_get((pins + "/map_counters").c_str()));
  if (!settings || !counters || bpf_map_lookup_elem(settings.get(), &zero, &s.settings) != 0) {
    fail_errno(pins, errno, "the pins of flatproxy bpf attach");
  }
  s.redirecting = s.settings.mode == FP_MODE_ON;
  const int cpus = libbpf_num_possible_cpus();
  std::vector<fp_counter> per_cpu(cpus > 0 ? cpus : 1);
  for (uint32_t reason = 0; reason < FP_REASONS; ++reason) {
    if (bpf_map_lookup_elem(counters.get(), &reason, per_cpu.data()) != 0) {
      fail_errno(pins + "/map_counters", errno,
                 "a counter for each reason; detach and attach again");
    }
    for (const fp_counter& c : per_cpu) {
      s.counters[reason].count += c.count;
      s.counters[reason].bytes += c.bytes;
    }
  }
  return s;
}

std::string prometheus_text(const Status& status) {
  std::string text =
      "# HELP flatproxy_bpf_attached 1 when the programs are attached.\n"
      "# TYPE flatproxy_bpf_attached gauge\nflatproxy_bpf_attached " +
      std::to_string(status.attached ? 1 : 0) +
      "\n# HELP flatproxy_bpf_redirecting 1 when messages may be redirected.\n"
      "# TYPE flatproxy_bpf_redirecting gauge\nflatproxy_bpf_redirecting " +
      std::to_string(status.redirecting ? 1 : 0) + "\n";
  const auto series = [&](const std::string& name, const char* help, bool messages,
                          __u64 fp_counter::* value) {
    text += "# HELP " + name + " " + help + "\n# TYPE " + name + " counter\n";
    for (uint32_t reason = 0; reason < FP_REASONS; ++reason) {
      if (reason_counts_messages(reason) == messages) {
        text += name + "{verdict=\"" + reason_name(reason) + "\"} " +
                std::to_string(status.counters[reason].*value) + "\n";
      }
    }
  };
  series("flatproxy_bpf_messages_total", "Messages of enrolled sockets.", true, &fp_counter::count);
  series("flatproxy_bpf_message_bytes_total", "Bytes of those messages.", true, &fp_counter::bytes);
  series("flatproxy_bpf_connection_ends_total", "Ends of connections, by verdict.", false,
         &fp_counter::count);
  return text;
}

void write_file_atomically(const std::string& file, const std::string& text) {
  const std::string temporary = file + "." + std::to_string(getpid());
  {
    const Fd fd(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!fd || write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
      const int error = errno;
      unlink(temporary.c_str());
      fail_errno(temporary, error, "a writable file");
    }
  }
  if (std::rename(temporary.c_str(), file.c_str()) != 0) {
    const int error = errno;
    unlink(temporary.c_str());
    fail_errno(file, error, "a writable file");
  }
}

}  // namespace fp::bpf
