// SPDX-License-Identifier: Apache-2.0
//
// plain_sockhash OBJECT CGROUP: attaches the redirect written for comparison, prints "ready", and
// takes it away again when its standard input ends.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "plain_sockhash: arguments: found %d, expected OBJECT CGROUP\n", argc - 1);
    return 2;
  }
  libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
  const int cgroup = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bpf_object* object = bpf_object__open_file(argv[1], nullptr);
  if (cgroup < 0 || object == nullptr || bpf_object__load(object) != 0) {
    std::perror("plain_sockhash: load");
    return 4;
  }
  const int message = bpf_program__fd(bpf_object__find_program_by_name(object, "plain_message"));
  const int sockets = bpf_object__find_map_fd_by_name(object, "sockets");
  bpf_program* sockops = bpf_object__find_program_by_name(object, "plain_sockops");
  if (bpf_prog_attach(message, sockets, BPF_SK_MSG_VERDICT, 0) != 0 ||
      bpf_program__attach_cgroup(sockops, cgroup) == nullptr) {
    std::perror("plain_sockhash: attach");
    return 4;
  }
  std::puts("ready");
  std::fflush(stdout);
  char c = 0;
  while (read(STDIN_FILENO, &c, 1) > 0) {
  }
  return 0;
}
