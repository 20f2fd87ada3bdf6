// SPDX-License-Identifier: Apache-2.0
//
// Traffic for the bench of the eBPF path, between two processes over loopback:
//   traffic pingpong 4|6 BYTES ROUNDS    prints the median round trip in ns
//   traffic stream   4|6 BYTES TOTAL     writes of BYTES; prints MB/s
// The two processes run on cores 0 and 1 when there are two.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

void stay_on(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core % static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)), &set);
  sched_setaffinity(0, sizeof(set), &set);
}

void send_all(int fd, const char* p, size_t n) {
  while (n > 0) {
    const ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
    if (sent <= 0) fail("send");
    p += sent;
    n -= sent;
  }
}

// False at the end of the stream.
bool read_all(int fd, char* p, size_t n) {
  while (n > 0) {
    const ssize_t got = recv(fd, p, n, 0);
    if (got < 0) fail("recv");
    if (got == 0) return false;
    p += got;
    n -= got;
  }
  return true;
}

int listen_on(int family, sockaddr_storage& address, socklen_t& size) {
  const int fd = socket(family, SOCK_STREAM, 0);
  std::memset(&address, 0, sizeof(address));
  address.ss_family = family;
  size = family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  if (family == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(&address)->sin6_addr = in6addr_loopback;
  } else {
    reinterpret_cast<sockaddr_in*>(&address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd, any, size) != 0 || listen(fd, 16) != 0 || getsockname(fd, any, &size) != 0) {
    fail("listen");
  }
  return fd;
}

void no_delay(int fd) {
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

// Echoes messages of `bytes` until the end, twice: the first connection is the warm-up.
void serve_pingpong(int listener, size_t bytes) {
  std::vector<char> buffer(bytes);
  for (int i = 0; i < 2; ++i) {
    const int fd = accept(listener, nullptr, nullptr);
    no_delay(fd);
    while (read_all(fd, buffer.data(), bytes)) {
      send_all(fd, buffer.data(), bytes);
    }
    close(fd);
  }
}

double pingpong(int fd, size_t bytes, size_t rounds) {
  std::vector<char> buffer(bytes, 'x');
  std::vector<double> ns;
  for (size_t i = 0; i < rounds; ++i) {
    const auto begin = Clock::now();
    send_all(fd, buffer.data(), bytes);
    if (!read_all(fd, buffer.data(), bytes)) fail("echo");
    ns.push_back(std::chrono::duration<double, std::nano>(Clock::now() - begin).count());
  }
  std::nth_element(ns.begin(), ns.begin() + ns.size() / 2, ns.end());
  return ns[ns.size() / 2];
}

void serve_stream(int listener) {
  std::vector<char> buffer(1 << 16);
  for (int i = 0; i < 2; ++i) {
    const int fd = accept(listener, nullptr, nullptr);
    while (recv(fd, buffer.data(), buffer.size(), 0) > 0) {
    }
    send_all(fd, "d", 1);  // all was read
    recv(fd, buffer.data(), 1, 0);
    close(fd);
  }
}

double stream(int fd, size_t bytes, size_t total) {
  const std::vector<char> buffer(bytes, 'x');
  const auto begin = Clock::now();
  for (size_t done = 0; done < total; done += bytes) {
    send_all(fd, buffer.data(), bytes);
  }
  shutdown(fd, SHUT_WR);
  char c = 0;
  read_all(fd, &c, 1);
  return total / 1e6 / std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "traffic: arguments: found %d, expected pingpong|stream 4|6 BYTES COUNT\n",
                 argc - 1);
    return 2;
  }
  const bool ping = std::string(argv[1]) == "pingpong";
  const int family = argv[2][0] == '6' ? AF_INET6 : AF_INET;
  const size_t bytes = std::strtoul(argv[3], nullptr, 10);
  const size_t count = std::strtoul(argv[4], nullptr, 10);
  sockaddr_storage address;
  socklen_t size = 0;
  const int listener = listen_on(family, address, size);
  const pid_t server = fork();
  if (server == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    stay_on(1);
    ping ? serve_pingpong(listener, bytes) : serve_stream(listener);
    _exit(0);
  }
  stay_on(0);
  double result = 0;
  for (const size_t n : {size_t{20}, count}) {
    const int fd = socket(family, SOCK_STREAM, 0);
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), size) != 0) fail("connect");
    no_delay(fd);
    result = ping ? pingpong(fd, bytes, n) : stream(fd, bytes, n == count ? count : 20 * bytes);
    close(fd);
  }
  waitpid(server, nullptr, 0);
  std::printf("%.3f\n", result);
  return 0;
}
