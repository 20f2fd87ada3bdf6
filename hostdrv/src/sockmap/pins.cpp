// SPDX-License-Identifier: Apache-2.0
#include "hostdrv/src/sockmap/pins.hpp"

#include <linux/bpf.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace flatproxy {

namespace {

constexpr const char* kDirectory = "/sys/fs/bpf/flatproxy";

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// The kernel wants what it does not know of to be 0.
bpf_attr empty() {
  bpf_attr a;
  std::memset(&a, 0, sizeof a);
  return a;
}
int bpf(bpf_cmd command, bpf_attr& a) {
  return static_cast<int>(syscall(SYS_bpf, command, &a, sizeof a));
}
__u64 pointer(const void* p) { return reinterpret_cast<__u64>(p); }

int get(const std::string& path) {
  bpf_attr a = empty();
  a.pathname = pointer(path.c_str());
  a.file_flags = BPF_F_RDONLY;
  return bpf(BPF_OBJ_GET, a);
}

// A pinned map by its name.
class Map {
 public:
  Map(const std::string& directory, const char* name) : fd_(get(directory + "/map_" + name)) {
    if (fd_.get() < 0) error_ = errno;
  }
  int error() const { return error_; }

  // A lookup writes as many bytes as the map's values have: they must be those of `Value`.
  template <class Key, class Value>
  bool fits() const {
    bpf_map_info info{};
    bpf_attr a = empty();
    a.info.bpf_fd = static_cast<__u32>(fd_.get());
    a.info.info_len = sizeof info;
    a.info.info = pointer(&info);
    return error_ == 0 && bpf(BPF_OBJ_GET_INFO_BY_FD, a) == 0 && info.key_size == sizeof(Key) &&
           info.value_size == sizeof(Value);
  }
  // Only after fits().
  template <class Key, class Value>
  bool lookup(const Key& key, Value& out) const {
    bpf_attr a = empty();
    a.map_fd = static_cast<__u32>(fd_.get());
    a.key = pointer(&key);
    a.value = pointer(&out);
    return bpf(BPF_MAP_LOOKUP_ELEM, a) == 0;
  }

 private:
  Fd fd_;
  int error_ = 0;
};

constexpr __u32 kZero = 0;

}  // namespace

Pins::Pins() : directory_(kDirectory) {
  const char* text = std::getenv("FLATPROXY_PINS");
  if (text != nullptr && *text != '\0') directory_ = text;
}

bool Pins::usable(std::string& reason) const {
  const Map settings(directory_, "settings");
  const Map connections(directory_, "connections");
  const Map pairs(directory_, "pairs");
  const Map owners(directory_, "owners");
  for (const Map* m : {&settings, &connections, &pairs, &owners}) {
    if (m->error() == 0) continue;
    reason = directory_ + ": found " + strerrordesc_np(m->error()) + ", expected ";
    reason += m->error() == EACCES || m->error() == EPERM ? "pins that this user may read"
                                                          : "the pins of flatproxy bpf attach";
    return false;
  }
  fp_settings s{};
  if (!settings.fits<__u32, fp_settings>() || !settings.lookup(kZero, s) || s.layout != FP_LAYOUT ||
      !connections.fits<int, fp_connection>() || !pairs.fits<__u32, fp_pair>() ||
      !owners.fits<int, fp_program>()) {
    reason = directory_ + ": found maps of another version, expected layout " +
             std::to_string(FP_LAYOUT);
    return false;
  }
  if (s.mode != FP_MODE_ON) {
    reason = directory_ + ": redirection is switched off or draining";
    return false;
  }
  return covers_this_process(reason);
}

// Asks the kernel instead of paths, which say little in a container: the programs note the owner of
// every socket that begins to listen in their cgroup.
bool Pins::covers_this_process(std::string& reason) const {
  const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (socket.get() < 0 || ::bind(socket.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) < 0 ||
      ::listen(socket.get(), 0) < 0) {
    reason = std::string("a listener on loopback, to ask: ") + strerrordesc_np(errno);
    return false;
  }
  fp_program owner{};
  if (Map(directory_, "owners").lookup(socket.get(), owner)) return true;
  reason = errno == ENOENT ? directory_ + ": attached to a cgroup that this process is not in"
                           : directory_ + "/map_owners: " + strerrordesc_np(errno);
  return false;
}

Pins::Found Pins::verdict(int fd, fp::bpf::Verdict& out) const {
  const Map settings(directory_, "settings");
  const Map connections(directory_, "connections");
  const Map pairs(directory_, "pairs");
  fp_settings s{};
  if (!settings.fits<__u32, fp_settings>() || !settings.lookup(kZero, s) || s.layout != FP_LAYOUT ||
      !connections.fits<int, fp_connection>() || !pairs.fits<__u32, fp_pair>()) {
    return Found::kNoPins;
  }
  fp_connection c{};
  if (!connections.lookup(fd, c)) return Found::kUnknown;
  fp_pair pair{};
  if (c.enrolled != 0 && !pairs.lookup(c.slot, pair)) return Found::kUnknown;
  out = fp::bpf::verdict_of(c, pair);
  if (out.redirected && s.mode != FP_MODE_ON) out = {false, FP_switched_off};
  return Found::kYes;
}

}  // namespace flatproxy
