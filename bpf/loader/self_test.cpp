// SPDX-License-Identifier: Apache-2.0
#include "bpf/loader/self_test.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <functional>
#include <thread>

#include "bpf/loader/cgroup.hpp"

namespace fp::bpf {
namespace {

// A cgroup that goes away with its owner.
class TestCgroup {
 public:
  TestCgroup() : path_(cgroup_root() + "/flatproxy-doctor-" + std::to_string(getpid())) {
    if (mkdir(path_.c_str(), 0755) != 0) {
      fail_errno(path_, errno, "a new cgroup");
    }
  }
  ~TestCgroup() {
    for (int i = 0; i < 100 && rmdir(path_.c_str()) != 0 && errno == EBUSY; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  TestCgroup(const TestCgroup&) = delete;
  TestCgroup& operator=(const TestCgroup&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void enter(const std::string& cgroup) {
  const std::string file = cgroup + "/cgroup.procs";
  const Fd procs(open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (!procs || write(procs.get(), "0", 1) != 1) {
    fail_errno(file, errno, "leave to enter a cgroup");
  }
  if (unshare(CLONE_NEWNET) != 0) {
    fail_errno("unshare", errno, "a network namespace of its own");
  }
  const Fd control(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq lo{};
  std::strncpy(lo.ifr_name, "lo", IFNAMSIZ - 1);
  lo.ifr_flags = IFF_UP | IFF_RUNNING;
  if (!control || ioctl(control.get(), SIOCSIFFLAGS, &lo) != 0) {
    fail_errno("lo", errno, "a loopback that comes up");
  }
}

struct Connection {
  Fd client, server;
};

Connection connect_loopback() {
  const Fd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  Connection c;
  if (!listener || bind(listener.get(), any, size) != 0 || listen(listener.get(), 1) != 0 ||
      getsockname(listener.get(), any, &size) != 0) {
    fail_errno("loopback", errno, "a listener");
  }
  c.client = Fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!c.client || connect(c.client.get(), any, size) != 0) {
    fail_errno("loopback", errno, "a connection");
  }
  c.server = Fd(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!c.server) {
    fail_errno("loopback", errno, "a connection");
  }
  return c;
}

uint64_t counted(const Object& object, uint32_t reason) {
  const int cpus = libbpf_num_possible_cpus();
  std::vector<fp_counter> per_cpu(cpus > 0 ? cpus : 1);
  uint64_t sum = 0;
  if (bpf_map_lookup_elem(object.map("counters"), &reason, per_cpu.data()) == 0) {
    for (const fp_counter& c : per_cpu) {
      sum += c.count;
    }
  }
  return sum;
}

// Sends `n` bytes, waits until they are there, and asks FIONREAD.
int ask_fionread(const Connection& c, size_t n) {
  const std::string bytes(n, 'x');
  if (send(c.client.get(), bytes.data(), n, 0) != static_cast<ssize_t>(n)) {
    fail_errno("send", errno, "success");
  }
  pollfd ready{c.server.get(), POLLIN, 0};
  poll(&ready, 1, 1000);
  int answer = -1;
  ioctl(c.server.get(), FIONREAD, &answer);
  return answer;
}

std::string drain(const Connection& c, size_t n) {
  std::string all;
  char buffer[4096];
  while (all.size() < n) {
    const ssize_t got = recv(c.server.get(), buffer, sizeof(buffer), 0);
    if (got <= 0) {
      break;
    }
    all.append(buffer, got);
  }
  return all;
}

// Collects the child's findings; a check is one write, so that a crash loses none.
class Report {
 public:
  explicit Report(int fd) : fd_(fd) {}
  void add(const std::string& name, Health health, const std::string& detail) const {
    const std::string line =
        name + '\t' + std::to_string(static_cast<int>(health)) + '\t' + detail + '\n';
    [[maybe_unused]] const ssize_t n = write(fd_, line.data(), line.size());
  }
  void set_fionread(uint32_t value) const { add("=", Health::kOk, std::to_string(value)); }
  // True when `work` did not throw.
  bool attempt(const std::string& name, const std::string& good,
               const std::function<void()>& work) const {
    try {
      work();
      add(name, Health::kOk, good);
      return true;
    } catch (const std::exception& e) {
      add(name, Health::kMissing, e.what());
      return false;
    }
  }

 private:
  int fd_;
};

void check_fionread(const Object& object, const Connection& c, const Report& report) {
  constexpr int kTcp = 100;
  constexpr int kRedirected = 50;
  // The reader has not been seen, so these go by TCP.
  const int tcp = ask_fionread(c, kTcp);
  drain(c, kTcp);
  const uint64_t before = counted(object, FP_redirected);
  const int redirected = ask_fionread(c, kRedirected);
  const bool moved = counted(object, FP_redirected) == before + 1;
  drain(c, kRedirected);
  report.add("redirect", moved ? Health::kOk : Health::kMissing,
             moved ? "a message went from socket to socket"
                   : "found a message on TCP, expected it in the peer's queue");
  const bool counts_tcp = tcp == kTcp;
  const bool counts_redirected = redirected == kRedirected;
  report.set_fionread(counts_tcp && counts_redirected ? FP_FIONREAD_BOTH
                      : counts_tcp                    ? FP_FIONREAD_TCP_ONLY
                                                      : FP_FIONREAD_REDIRECTED_ONLY);
  if (counts_tcp && counts_redirected) {
    report.add("fionread", Health::kOk, "counts all bytes on an enrolled socket");
  } else {
    report.add(
        "fionread", Health::kUnsafe,
        "found " + std::to_string(tcp) + " of " + std::to_string(kTcp) + " bytes by TCP and " +
            std::to_string(redirected) + " of " + std::to_string(kRedirected) +
            " redirected bytes; switched off: programs that ask FIONREAD or are listed under "
            "readers keep TCP, others are enrolled after their first connection");
  }
}

void check_contents(const Connection& c, const Report& report) {
  // TCP, redirect, end: in order, peeked and closed.
  const std::string sent = "0123456789";
  send(c.client.get(), sent.data(), sent.size(), 0);
  char peeked[16] = {};
  const ssize_t n = recv(c.server.get(), peeked, sizeof(peeked), MSG_PEEK);
  const std::string read_back = drain(c, sent.size());
  const bool same = n == static_cast<ssize_t>(sent.size()) && sent == peeked && sent == read_back;
  report.add("peek", same ? Health::kOk : Health::kUnsafe,
             same ? "MSG_PEEK shows redirected bytes" : "MSG_PEEK changes redirected bytes");
  send(c.client.get(), sent.data(), sent.size(), 0);
  shutdown(c.client.get(), SHUT_WR);
  const std::string last = drain(c, sent.size() + 1);
  report.add("end", last == sent ? Health::kOk : Health::kUnsafe,
             last == sent ? "redirected bytes are read before the end of the stream"
                          : "the end of the stream overtakes redirected bytes");
}

void child(const std::string& cgroup_path, const Report& report) {
  enter(cgroup_path);
  const Fd cgroup = open_cgroup(cgroup_path);
  Object object;
  bpf_link* links[3] = {};
  if (!report.attempt("programs", "the verifier takes all", [&] { object.load(); })) {
    return;
  }
  const bool attached = report.attempt("sockmap", "takes the message program", [&] {
    if (const int e = bpf_prog_attach(bpf_program__fd(object.program("fp_message")),
                                      object.map("sockets"), BPF_SK_MSG_VERDICT, 0);
        e != 0) {
      fail_errno("fp_message", e, "a sockmap that takes it");
    }
  }) && report.attempt("sockops", "attaches to a cgroup", [&] {
    links[0] = bpf_program__attach_cgroup(object.program("fp_sockops"), cgroup.get());
    if (links[0] == nullptr) {
      fail_errno("fp_sockops", errno, "a cgroup that takes it");
    }
  }) && report.attempt("reader_watch", "tracepoint sock_recv_length", [&] {
    links[1] = object.attach("fp_read");
  }) && report.attempt("fionread_watch", "tracepoint sys_enter", [&] {
    links[2] = object.attach("fp_fionread");
  }) && report.attempt("owners", "iterator over open files", [&] { object.find_owners(); });
  if (attached) {
    fp_settings settings = default_settings();
    settings.mode = FP_MODE_ON;
    settings.fionread =
        FP_FIONREAD_BOTH;  // enrol without having seen the program: this is the test
    object.prepare(settings);
    const Connection c = connect_loopback();
    check_fionread(object, c, report);
    check_contents(c, report);
  }
  for (bpf_link* link : links) {
    bpf_link__destroy(link);
  }
}

void parse(const std::string& text, SelfTest& out) {
  size_t begin = 0;
  for (size_t end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string line = text.substr(begin, end - begin);
    const size_t first = line.find('\t');
    const size_t second = line.find('\t', first + 1);
    if (second == std::string::npos) {
      continue;
    }
    const std::string name = line.substr(0, first);
    const std::string detail = line.substr(second + 1);
    if (name == "=") {
      out.fionread = static_cast<uint32_t>(std::stoul(detail));
    } else {
      out.checks.push_back({name, static_cast<Health>(line[first + 1] - '0'), detail});
    }
  }
}

void run_child(const std::string& cgroup, SelfTest& out) {
  int pipe_fds[2];
  if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
    fail_errno("pipe", errno, "two descriptors");
  }
  const Fd reading(pipe_fds[0]);
  Fd writing(pipe_fds[1]);
  const pid_t pid = fork();
  if (pid < 0) {
    fail_errno("fork", errno, "a child");
  }
  if (pid == 0) {
    const Report report(writing.get());
    alarm(20);  // a kernel that loses a wake-up must not hold the caller
    try {
      child(cgroup, report);
    } catch (const std::exception& e) {
      report.add("loopback", Health::kMissing, e.what());
    }
    _exit(0);
  }
  writing = Fd();
  std::string text;
  char buffer[4096];
  for (ssize_t n = 0; (n = read(reading.get(), buffer, sizeof(buffer))) > 0;) {
    text.append(buffer, n);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  parse(text, out);
  if (!WIFEXITED(status)) {
    out.checks.push_back({"loopback", Health::kUnsafe,
                          "found the self-test stuck or killed, expected it to end; keep TCP"});
  }
}

}  // namespace

SelfTest self_test() {
  SelfTest out;
  const auto attempt = [&](const char* name, const std::string& good,
                           const std::function<void()>& work) {
    try {
      work();
      out.checks.push_back({name, Health::kOk, good});
      return true;
    } catch (const std::exception& e) {
      out.checks.push_back({name, Health::kMissing, e.what()});
      return false;
    }
  };
  struct statfs st{};
  const bool mounted = statfs("/sys/fs/bpf", &st) == 0 && st.f_type == BPF_FS_MAGIC;
  const bool ready = attempt("kernel", "BTF and bpf(2)", require_kernel) &&
                     attempt("cgroup2", "mounted", [] { cgroup_root(); });
  out.checks.push_back({"bpffs", mounted ? Health::kOk : Health::kMissing,
                        mounted ? "mounted at /sys/fs/bpf" : "not mounted at /sys/fs/bpf"});
  if (ready) {
    attempt("self_test", "ran in a namespace and a cgroup of its own", [&] {
      const TestCgroup cgroup;
      run_child(cgroup.path(), out);
    });
  }
  out.usable = ready;
  for (const Check& c : out.checks) {
    if ((c.health == Health::kMissing && c.name != "bpffs") ||
        (c.health == Health::kUnsafe && c.name != "fionread")) {
      out.usable = false;
    }
  }
  return out;
}

}  // namespace fp::bpf
