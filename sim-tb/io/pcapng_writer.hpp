// SPDX-License-Identifier: Apache-2.0
//
// Output files of a run. Every record reaches the kernel before the call returns, so that a killed
// run leaves files which end at a record, and a full disk is noticed at the record it stopped.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cmodel/common/state_io.hpp"
#include "sim-tb/io/errors.hpp"

namespace fp::io {

// An append-only file, cut back to its last whole record when a write fails.
class OutputFile {
 public:
  OutputFile() = default;
  // Creates or empties `path`. Throws EnvironmentError naming the file.
  explicit OutputFile(const std::string& path);
  ~OutputFile();
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&& other) noexcept;

  // Appends one record. Throws EnvironmentError naming the file and why.
  void append(std::span<const uint8_t> record);
  void append(std::string_view record);
  // Closes; errors that only show now are thrown as EnvironmentError.
  void close();
  bool is_open() const { return fd_ >= 0; }

  // All bytes so far: loading replaces the file's. Throws EnvironmentError.
  void checkpoint(StateIo& io);

 private:
  std::string path_;
  int fd_ = -1;
  uint64_t size_ = 0;
};

// A pcapng file with one Ethernet interface and nanosecond stamps (draft-ietf-opsawg-pcapng).
class PcapngWriter {
 public:
  PcapngWriter() = default;
  // Creates `path`; `interface` is the port's name.
  PcapngWriter(const std::string& path, const std::string& interface);

  // Appends one frame; `time_ns` since 1970. `comment` becomes the packet's comment when not empty.
  void write(uint64_t time_ns, std::span<const uint8_t> frame, std::string_view comment = {});
  void close() { file_.close(); }
  void checkpoint(StateIo& io) { io(file_); }

 private:
  OutputFile file_;
  std::vector<uint8_t> block_;
};

}  // namespace fp::io
