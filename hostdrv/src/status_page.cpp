// SPDX-License-Identifier: Apache-2.0
#include "hostdrv/src/status_page.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>

namespace flatproxy {

namespace {

// One per process; a forked child inherits the pointer, sees by the process number that the page is
// its parent's, and may make its own.
struct Page {
  std::mutex mutex;
  StatusHeader* header = nullptr;
  uint64_t process = 0;
  int fd = -1;
  std::string path;
  uint32_t next = 0;  // where the search for a free slot begins
};

Page& page() {
  static Page instance;
  return instance;
}

// A child of fork must find the lock free.
const int fork_safe = pthread_atfork([] { page().mutex.lock(); }, [] { page().mutex.unlock(); },
                                     [] { page().mutex.unlock(); });

// Callers hold the mutex.
bool publishing() { return page().header != nullptr && page().process == this_process(); }

void copy_text(char* to, size_t size, const char* from) {
  const size_t n = std::min(std::strlen(from), size - 1);
  std::memcpy(to, from, n);
  to[n] = '\0';
}

std::string text_of(const sockaddr_storage& a) {
  char host[INET6_ADDRSTRLEN] = "";
  if (a.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(a);
    inet_ntop(AF_INET, &in.sin_addr, host, sizeof host);
    return std::string(host) + ":" + std::to_string(ntohs(in.sin_port));
  }
  if (a.ss_family != AF_INET6) return "";
  const auto& in6 = reinterpret_cast<const sockaddr_in6&>(a);
  inet_ntop(AF_INET6, &in6.sin6_addr, host, sizeof host);
  return "[" + std::string(host) + "]:" + std::to_string(ntohs(in6.sin6_port));
}

void move_counters(const Counters& from, Counters& to) {
  const auto move = [](const Counter& a, Counter& b) {
    b.reset();
    b.add(a.get());
  };
  move(from.rx_bytes, to.rx_bytes);
  move(from.tx_bytes, to.tx_bytes);
  move(from.tx_full, to.tx_full);
  move(from.spins, to.spins);
  move(from.sleeps, to.sleeps);
}

// The file goes with the process.
void remove_page() {
  const std::lock_guard lock(page().mutex);
  if (publishing()) unlink(page().path.c_str());
}

int create_page() {
  Page& p = page();
  const std::string directory = status_directory();
  if (mkdir(directory.c_str(), 0755) < 0 && errno != EEXIST) return -errno;
  // Whoever owns the folder decides what is read there: only root or ourselves.
  struct stat owner{};
  if (lstat(directory.c_str(), &owner) < 0) return -errno;
  if (!S_ISDIR(owner.st_mode) || (owner.st_uid != 0 && owner.st_uid != geteuid())) return -EPERM;
  p.path = directory + "/" + std::to_string(getpid());
  unlink(p.path.c_str());  // of an earlier process with our number
  const int fd = ::open(p.path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd < 0) return -errno;
  int error = 0;
  void* at = MAP_FAILED;
  if (flock(fd, LOCK_EX | LOCK_NB) < 0 || ftruncate(fd, sizeof(StatusHeader)) < 0) error = errno;
  if (error == 0) {
    at = mmap(nullptr, sizeof(StatusHeader), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) error = errno;
  }
  if (error != 0) {
    ::close(fd);
    unlink(p.path.c_str());
    return -error;
  }
  own(fd);  // a child would keep the lock
  madvise(at, sizeof(StatusHeader), MADV_DONTFORK);
  auto* h = static_cast<StatusHeader*>(at);
  h->slot_bytes = sizeof(StatusSlot);
  h->slots = StatusHeader::kSlots;
  h->pid = static_cast<uint32_t>(getpid());
  copy_text(h->program, sizeof h->program, program_invocation_short_name);
  std::atomic_ref<uint32_t>(h->magic).store(StatusHeader::kMagic, std::memory_order_release);
  p.header = h;
  p.fd = fd;
  p.process = this_process();
  p.next = 0;
  static const int registered = std::atexit(remove_page);
  (void)registered;
  return 0;
}

}  // namespace

std::string status_directory() {
  if (const char* named = std::getenv("FLATPROXY_STATUS_DIR"); named != nullptr) return named;
  if (const char* runtime = std::getenv("XDG_RUNTIME_DIR"); runtime != nullptr) {
    return std::string(runtime) + "/flatproxy";
  }
  if (geteuid() == 0) return "/run/flatproxy";
  return "/tmp/flatproxy-" + std::to_string(geteuid());
}

int status_open(const fp_ctx& c) {
  (void)fork_safe;
  const std::lock_guard lock(page().mutex);
  if (!publishing()) {
    const int status = create_page();
    if (status < 0) return status;
  }
  StatusHeader& h = *page().header;
  h.contexts.fetch_add(1);
  h.backend = c.backend;
  copy_text(h.reason, sizeof h.reason, c.reason.c_str());
  return 0;
}

void status_close(const fp_ctx&) {
  const std::lock_guard lock(page().mutex);
  if (publishing() && page().header->contexts.load() != 0) page().header->contexts.fetch_sub(1);
}

void status_queues(int change) {
  const std::lock_guard lock(page().mutex);
  if (publishing()) page().header->queues.fetch_add(static_cast<uint32_t>(change));
}

void publish(fp_sock& s, bool listener) {
  const std::lock_guard lock(page().mutex);
  if (!publishing() || s.slot != nullptr) return;
  StatusHeader& h = *page().header;
  for (uint32_t i = 0; i < StatusHeader::kSlots; ++i) {
    StatusSlot& slot = h.slot[(page().next + i) % StatusHeader::kSlots];
    if (slot.used != 0) continue;
    page().next = (page().next + i + 1) % StatusHeader::kSlots;
    sockaddr_storage local{}, remote{};
    socklen_t n = sizeof local;
    s.name(false, reinterpret_cast<sockaddr*>(&local), &n);
    n = sizeof remote;
    if (!listener) s.name(true, reinterpret_cast<sockaddr*>(&remote), &n);
    slot.version.fetch_add(1, std::memory_order_acq_rel);
    slot.used = listener ? 1 : 2;
    slot.backend = static_cast<uint32_t>(s.backend());
    copy_text(slot.local, sizeof slot.local, text_of(local).c_str());
    copy_text(slot.remote, sizeof slot.remote, text_of(remote).c_str());
    copy_text(slot.reason, sizeof slot.reason, s.backend_reason());
    move_counters(s.own_count, slot.count);
    slot.version.fetch_add(1, std::memory_order_release);
    s.slot = &slot;
    s.count = &slot.count;
    return;
  }
  h.unlisted.fetch_add(1);
}

void republish(fp_sock& s) {
  if (s.slot == nullptr) return;
  const auto backend = static_cast<uint32_t>(s.backend());
  const char* reason = s.backend_reason();
  const std::lock_guard lock(page().mutex);
  StatusSlot& slot = *s.slot;
  slot.version.fetch_add(1, std::memory_order_acq_rel);
  slot.backend = backend;
  copy_text(slot.reason, sizeof slot.reason, reason);
  slot.version.fetch_add(1, std::memory_order_release);
}

void withdraw(fp_sock& s) {
  if (s.slot == nullptr) return;
  const std::lock_guard lock(page().mutex);
  StatusSlot& slot = *s.slot;
  move_counters(slot.count, s.own_count);
  s.count = &s.own_count;
  s.slot = nullptr;
  slot.version.fetch_add(1, std::memory_order_acq_rel);
  slot.used = 0;
  slot.version.fetch_add(1, std::memory_order_release);
}

}  // namespace flatproxy
