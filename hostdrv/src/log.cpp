// SPDX-License-Identifier: Apache-2.0
#include "hostdrv/src/log.hpp"

#include <pthread.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

namespace flatproxy {

namespace {

constexpr size_t kLine = 256;

struct Sink {
  std::mutex mutex;
  fp_log_fn fn = nullptr;
  void* user = nullptr;
};

Sink& sink() {
  static Sink instance;
  return instance;
}

int threshold() {
  const char* text = std::getenv("FLATPROXY_LOG");
  if (text == nullptr) return FP_LOG_INFO;
  constexpr const char* kNames[] = {"none", "error", "warn", "info", "debug"};
  for (int i = 0; i < 5; ++i) {
    if (std::strcmp(text, kNames[i]) == 0) return i - 1;
  }
  return FP_LOG_INFO;
}

struct LastError {
  const char* call = nullptr;
  int error = 0;
  bool explained = false;  // `detail` belongs to the call that is failing now
  std::array<char, kLine> detail{};
  std::array<char, 2 * kLine> text{};
};

thread_local LastError last;

// A child of fork must find the lock free.
const int registered = pthread_atfork([] { sink().mutex.lock(); }, [] { sink().mutex.unlock(); },
                                      [] { sink().mutex.unlock(); });

}  // namespace

void log(fp_log_level level, const char* format, ...) {
  (void)registered;
  if (level > threshold()) return;
  std::array<char, kLine> line;
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line.data(), line.size(), format, arguments);
  va_end(arguments);
  Sink& s = sink();
  const std::lock_guard lock(s.mutex);
  if (s.fn != nullptr) {
    s.fn(s.user, level, line.data());
  } else {
    std::fprintf(stderr, "flatproxy: %s\n", line.data());
  }
}

int explain(int error, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(last.detail.data(), last.detail.size(), format, arguments);
  va_end(arguments);
  last.explained = true;
  return error;
}

long failed(const char* call, long error) {
  last.call = call;
  last.error = static_cast<int>(-error);
  if (!last.explained) last.detail[0] = '\0';
  last.explained = false;
  return error;
}

}  // namespace flatproxy

using namespace flatproxy;

extern "C" {

const char* fp_last_error(void) {
  if (last.call == nullptr) return "";
  const char* words = last.detail.data();
  if (*words == '\0') words = strerrordesc_np(last.error);
  std::snprintf(last.text.data(), last.text.size(), "%s: %s", last.call,
                words != nullptr ? words : "unknown error");
  return last.text.data();
}

void fp_set_log(fp_log_fn fn, void* user) {
  Sink& s = sink();
  const std::lock_guard lock(s.mutex);
  s.fn = fn;
  s.user = user;
}

}  // extern "C"
