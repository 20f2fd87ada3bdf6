// SPDX-License-Identifier: Apache-2.0
//
// 64-byte ping-pong between two threads on two cores: Linux's sockets blocking and spinning, the
// library without and with its bounded spin. The back end is $FLATPROXY_BACKEND's. All of them take
// turns in one run, so that whatever else the machine does falls on all alike; figures are medians
// over the rounds of the rounds' medians.
//
//   host_bench [ROUNDS [TRIPS]]     21 rounds of 2000 round trips each
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <flatproxy/flatproxy.hpp>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr size_t kBytes = 64;

void pin(unsigned core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core % std::max(1u, std::thread::hardware_concurrency()), &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

void must(bool condition, const char* what) {
  if (condition) return;
  std::perror(what);
  std::exit(4);
}

// One end of a connection: whole messages.
struct End {
  virtual ~End() = default;
  virtual void send(const char* p) = 0;
  virtual bool recv(char* p) = 0;
};

class Kernel final : public End {
 public:
  Kernel(int fd, bool spin) : fd_(fd), spin_(spin) {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~Kernel() override { ::close(fd_); }
  void send(const char* p) override {
    must(::send(fd_, p, kBytes, MSG_NOSIGNAL) == static_cast<ssize_t>(kBytes), "send");
  }
  bool recv(char* p) override {
    for (size_t got = 0; got < kBytes;) {
      const ssize_t n = ::recv(fd_, p + got, kBytes - got, spin_ ? MSG_DONTWAIT : 0);
      if (n == 0) return false;
      if (n < 0 && errno == EAGAIN) continue;
      must(n > 0, "recv");
      got += static_cast<size_t>(n);
    }
    return true;
  }

 private:
  int fd_;
  bool spin_;
};

class Library final : public End {
 public:
  Library(flatproxy::Queue queue, flatproxy::Socket socket)
      : queue_(std::move(queue)), socket_(std::move(socket)) {
    (void)socket_.set_option(IPPROTO_TCP, TCP_NODELAY, 1);
  }
  void send(const char* p) override {
    must(fp_send(socket_.get(), p, kBytes, 0) == static_cast<ssize_t>(kBytes), "fp_send");
  }
  bool recv(char* p) override {
    for (size_t got = 0; got < kBytes;) {
      const ssize_t n = fp_recv(socket_.get(), p + got, kBytes - got, 0);
      if (n == 0) return false;
      must(n > 0, "fp_recv");
      got += static_cast<size_t>(n);
    }
    return true;
  }
  const flatproxy::Socket& socket() const { return socket_; }

 private:
  flatproxy::Queue queue_;
  flatproxy::Socket socket_;
};

// Two ends of one connection. The client's is made first, then the server's.
struct Pair {
  std::unique_ptr<End> client, server;
};

sockaddr_in loopback(in_addr_t address) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(address);
  return at;
}

// On 127.0.0.2, so that a policy of the eBPF path can leave these to TCP.
Pair kernel_pair(bool spin) {
  sockaddr_in at = loopback(INADDR_LOOPBACK + 1);
  socklen_t n = sizeof at;
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  must(::bind(listener, reinterpret_cast<sockaddr*>(&at), n) == 0 && ::listen(listener, 1) == 0,
       "listen");
  getsockname(listener, reinterpret_cast<sockaddr*>(&at), &n);
  const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  must(::connect(client, reinterpret_cast<sockaddr*>(&at), n) == 0, "connect");
  const int server = ::accept(listener, nullptr, nullptr);
  must(server >= 0, "accept");
  ::close(listener);
  return {std::make_unique<Kernel>(client, spin), std::make_unique<Kernel>(server, spin)};
}

Pair library_pair(flatproxy::Context& context) {
  sockaddr_in at = loopback(INADDR_LOOPBACK);
  socklen_t n = sizeof at;
  auto client_queue = context.queue().value(), server_queue = context.queue().value();
  auto listener = server_queue.socket(AF_INET).value();
  listener.bind(reinterpret_cast<sockaddr&>(at), n).value();
  listener.listen(1).value();
  fp_getsockname(listener.get(), reinterpret_cast<sockaddr*>(&at), &n);
  auto client = client_queue.socket(AF_INET).value();
  client.connect(reinterpret_cast<sockaddr&>(at), n).value();
  auto server = listener.accept(server_queue).value();
  return {std::make_unique<Library>(std::move(client_queue), std::move(client)),
          std::make_unique<Library>(std::move(server_queue), std::move(server))};
}

// The median round trip, in ns.
double round_trip(const std::function<Pair()>& make, int trips) {
  using Clock = std::chrono::steady_clock;
  Pair pair = make();
  std::thread server([&] {
    pin(1);
    char bytes[kBytes];
    while (pair.server->recv(bytes)) pair.server->send(bytes);
  });
  pin(0);
  std::vector<double> times;
  char bytes[kBytes] = {};
  for (int i = 0; i < trips + trips / 10; ++i) {
    const auto begin = Clock::now();
    pair.client->send(bytes);
    must(pair.client->recv(bytes), "ended");
    // The first tenth finds caches, windows and the spin's length.
    if (i >= trips / 10) {
      times.push_back(std::chrono::duration<double, std::nano>(Clock::now() - begin).count());
    }
  }
  pair.client.reset();
  server.join();
  std::nth_element(times.begin(), times.begin() + static_cast<long>(times.size() / 2), times.end());
  return times[times.size() / 2];
}

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 21;
  const int trips = argc > 2 ? std::atoi(argv[2]) : 2000;
  if (rounds < 1 || trips < 10) {
    std::fprintf(stderr, "usage: host_bench [ROUNDS [TRIPS]]\n");
    return 2;
  }
  fp_opts options = flatproxy::Context::defaults();
  auto spinning = flatproxy::Context::open(options).value();
  fp_set_log([](void*, int, const char*) {}, nullptr);
  options.spin_us = 0;
  auto sleeping = flatproxy::Context::open(options).value();

  struct Case {
    const char* name;
    std::function<Pair()> make;
    std::vector<double> ns;
  };
  std::vector<Case> cases;
  cases.push_back({"tcp blocking", [] { return kernel_pair(false); }, {}});
  cases.push_back({"tcp spinning", [] { return kernel_pair(true); }, {}});
  cases.push_back({"library, no spin", [&] { return library_pair(sleeping); }, {}});
  cases.push_back({"library, spin", [&] { return library_pair(spinning); }, {}});
  // The eBPF path enrols a program after its first connection.
  round_trip(cases.back().make, 10);
  for (int r = 0; r < rounds; ++r) {
    for (Case& c : cases) c.ns.push_back(round_trip(c.make, trips));
  }
  const double blocking = median(cases[0].ns), spin = median(cases[1].ns);
  std::printf("64 B ping-pong, %s, %d rounds of %d\n", spinning.backend(), rounds, trips);
  std::printf("%-18s %9s %12s %12s\n", "", "p50 us", "/ blocking", "/ spinning");
  for (const Case& c : cases) {
    const double ns = median(c.ns);
    std::printf("%-18s %9.2f %12.3f %12.3f\n", c.name, ns / 1000, ns / blocking, ns / spin);
  }
  return 0;
}
