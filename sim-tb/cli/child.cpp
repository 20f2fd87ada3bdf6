// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/cli/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "hostdrv/tools/common/command_line.hpp"
#include "sim-tb/io/errors.hpp"

namespace fp::cli {
namespace {

void on_signal(int number) { g_signal = number; }

[[noreturn]] void become(std::vector<char*>& argv, const char* folder, int log) {
  const int null = open("/dev/null", O_RDWR);
  if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
      dup2(log, STDERR_FILENO) < 0 || (*folder != '\0' && chdir(folder) != 0)) {
    _exit(kInternal);
  }
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  execv("/proc/self/exe", argv.data());
  _exit(kInternal);
}

}  // namespace

volatile sig_atomic_t g_signal = 0;

void catch_signals() {
  struct sigaction action{};
  action.sa_handler = on_signal;
  // A second signal ends the program at once.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

ChildEnd run_child(const std::vector<std::string>& args, const std::string& folder,
                   const std::string& log) {
  std::string program = "flatproxy-sim";
  std::vector<std::string> copies = args;
  std::vector<char*> argv{program.data()};
  for (std::string& a : copies) argv.push_back(a.data());
  argv.push_back(nullptr);

  const int fd = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) {
    throw io::EnvironmentError(
        fmt::format("{}: found {}, expected a file that can be written", log, strerror(errno)));
  }
  const pid_t pid = fork();
  if (pid == 0) become(argv, folder.c_str(), fd);
  close(fd);
  if (pid < 0) {
    throw io::EnvironmentError(
        fmt::format("process: found {}, expected another one", strerror(errno)));
  }
  int status = 0;
  bool told = false;
  // The handler does not restart system calls: a signal is seen here.
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    if (g_signal != 0 && !told) {
      kill(pid, g_signal);
      told = true;
    }
  }
  if (WIFSIGNALED(status)) return {0, WTERMSIG(status)};
  return {WEXITSTATUS(status), 0};
}

}  // namespace fp::cli
