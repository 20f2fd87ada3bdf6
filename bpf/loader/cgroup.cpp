// SPDX-License-Identifier: Apache-2.0
#include "bpf/loader/cgroup.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <mntent.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace fp::bpf {

std::string cgroup_root() {
  FILE* mounts = setmntent("/proc/self/mounts", "r");
  std::string root;
  if (mounts != nullptr) {
    while (const mntent* m = getmntent(mounts)) {
      if (std::strcmp(m->mnt_type, "cgroup2") == 0) {
        root = m->mnt_dir;
        break;
      }
    }
    endmntent(mounts);
  }
  if (root.empty()) {
    throw Error("cgroup2: found no mount, expected one (mount -t cgroup2 none DIR)");
  }
  return root;
}

Fd open_cgroup(const std::string& path) {
  const std::string full = path.rfind("/sys/", 0) == 0 || path.rfind(cgroup_root(), 0) == 0
                               ? path
                               : cgroup_root() + "/" + path;
  Fd fd(open(full.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) {
    fail_errno(full, errno, "a cgroup");
  }
  struct statfs fs{};
  if (fstatfs(fd.get(), &fs) != 0 || fs.f_type != CGROUP2_SUPER_MAGIC) {
    throw Error(full + ": found another file system, expected cgroup2");
  }
  return fd;
}

uint64_t cgroup_id(const Fd& cgroup) {
  struct stat st{};
  return fstat(cgroup.get(), &st) == 0 ? st.st_ino : 0;
}

std::string cgroup_name(uint64_t id) {
  namespace fs = std::filesystem;
  std::string root = cgroup_root();
  std::error_code ignored;
  struct stat st{};
  if (stat(root.c_str(), &st) == 0 && st.st_ino == id) {
    return root;
  }
  for (fs::recursive_directory_iterator it(root, ignored), end; it != end; it.increment(ignored)) {
    if (it->is_directory(ignored) && stat(it->path().c_str(), &st) == 0 && st.st_ino == id) {
      return it->path();
    }
  }
  return "id " + std::to_string(id);
}

}  // namespace fp::bpf
