// SPDX-License-Identifier: Apache-2.0
//
// The embedded kernel object, its loading, and the small owners of descriptors that the rest of the
// loader is written with. Everything here throws Error.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "bpf/include/shared.h"

namespace fp::bpf {

// The environment lacks something, named in one line.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// "WHAT: found TEXT OF errno, expected EXPECTED".
[[noreturn]] void fail_errno(const std::string& what, int error, const std::string& expected);

// Where everything is pinned.
inline constexpr const char* kPins = "/sys/fs/bpf/flatproxy";

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// The programs of one load. Not thread-safe.
class Object {
 public:
  Object();
  ~Object();
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  // Takes the maps pinned in `pins` instead of new ones; before load().
  void reuse_maps(const std::string& pins);
  // Into the kernel; the error names the first thing it refused.
  void load();

  bpf_object* get() const { return object_; }
  bpf_program* program(const char* name) const;
  int map(const char* name) const;              // a descriptor, owned by this
  bpf_link* attach(const char* program) const;  // to the tracepoint its section names

  // Writes what a new set of maps needs: free slots and the switches.
  void prepare(const fp_settings& settings) const;
  // Lets fp_find_owners name the owners of the sockets that are there already.
  void find_owners() const;

 private:
  bpf_object* object_ = nullptr;
};

fp_settings default_settings();

// Is what every command needs there: permission, BTF? Throws Error, else returns.
void require_kernel();

// The last line libbpf or the verifier had to say, for messages.
std::string last_libbpf_line();

}  // namespace fp::bpf
