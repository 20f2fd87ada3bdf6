// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/cli/rerun.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "hostdrv/tools/common/command_line.hpp"

namespace fp::cli {

RerunResult rerun(const std::vector<std::string>& args) {
  RerunResult result;
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return result;
  const pid_t pid = fork();
  if (pid == 0) {
    std::string program = "/proc/self/exe";
    std::vector<std::string> own = args;
    std::vector<char*> argv{program.data()};
    for (auto& a : own) argv.push_back(a.data());
    argv.push_back(nullptr);
    const int null = open("/dev/null", O_WRONLY);
    if (dup2(pipe_ends[1], STDOUT_FILENO) < 0 || null < 0 || dup2(null, STDERR_FILENO) < 0) {
      _exit(kInternal);
    }
    execv(argv[0], argv.data());
    _exit(kInternal);
  }
  close(pipe_ends[1]);
  std::array<char, 512> buffer;
  for (ssize_t got; pid > 0;) {
    got = read(pipe_ends[0], buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    result.printed.append(buffer.data(), static_cast<size_t>(got));
  }
  close(pipe_ends[0]);
  int status = 0;
  if (pid > 0) {
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status)) result.status = WEXITSTATUS(status);
  }
  return result;
}

}  // namespace fp::cli
