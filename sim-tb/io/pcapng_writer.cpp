// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/io/pcapng_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace fp::io {
namespace {

constexpr uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr uint32_t kInterfaceDescription = 1;
constexpr uint32_t kEnhancedPacket = 6;
constexpr uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr uint16_t kLinkEthernet = 1;
constexpr uint16_t kOptEnd = 0;
constexpr uint16_t kOptComment = 1;
constexpr uint16_t kOptIfName = 2;
constexpr uint16_t kOptIfTsresol = 9;
constexpr uint8_t kNanoseconds = 9;  // if_tsresol: 10^-9 s

void put16(std::vector<uint8_t>& b, uint16_t v) {
  b.push_back(static_cast<uint8_t>(v));
  b.push_back(static_cast<uint8_t>(v >> 8));
}

void put32(std::vector<uint8_t>& b, uint32_t v) {
  put16(b, static_cast<uint16_t>(v));
  put16(b, static_cast<uint16_t>(v >> 16));
}

void pad32(std::vector<uint8_t>& b) {
  while (b.size() % 4 != 0) b.push_back(0);
}

void put_option(std::vector<uint8_t>& b, uint16_t code, std::string_view value) {
  value = value.substr(0, UINT16_MAX);
  put16(b, code);
  put16(b, static_cast<uint16_t>(value.size()));
  b.insert(b.end(), value.begin(), value.end());
  pad32(b);
}

void begin_block(std::vector<uint8_t>& b, uint32_t type) {
  b.clear();
  put32(b, type);
  put32(b, 0);
}

void end_block(std::vector<uint8_t>& b) {
  const auto length = static_cast<uint32_t>(b.size() + 4);
  put32(b, length);
  for (int i = 0; i < 4; ++i) b[4 + i] = static_cast<uint8_t>(length >> (8 * i));
}

}  // namespace

OutputFile::OutputFile(const std::string& path) : path_(path) {
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd_ < 0) {
    throw EnvironmentError(
        fmt::format("{}: found {}, expected a file that can be written", path, strerror(errno)));
  }
}

OutputFile::~OutputFile() {
  if (fd_ >= 0) ::close(fd_);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), size_(other.size_) {}

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    path_ = std::move(other.path_);
    fd_ = std::exchange(other.fd_, -1);
    size_ = other.size_;
  }
  return *this;
}

void OutputFile::append(std::span<const uint8_t> record) {
  size_t done = 0;
  while (done < record.size()) {
    const ssize_t n = ::write(fd_, record.data() + done, record.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      const int error = n < 0 ? errno : ENOSPC;
      // Best effort: the file ends at a whole record, or it is a device that cannot be cut.
      [[maybe_unused]] const int cut = ::ftruncate(fd_, static_cast<off_t>(size_));
      throw EnvironmentError(fmt::format("{}: found {}, expected room for {} more bytes", path_,
                                         strerror(error), record.size() - done));
    }
    done += static_cast<size_t>(n);
  }
  size_ += record.size();
}

void OutputFile::append(std::string_view record) {
  append(std::span(reinterpret_cast<const uint8_t*>(record.data()), record.size()));
}

void OutputFile::close() {
  if (fd_ < 0) return;
  if (::close(std::exchange(fd_, -1)) != 0) {
    throw EnvironmentError(
        fmt::format("{}: found {}, expected to close the file", path_, strerror(errno)));
  }
}

void OutputFile::checkpoint(StateIo& io) {
  const auto fail = [&](const char* expected) {
    throw EnvironmentError(
        fmt::format("{}: found {}, expected {}", path_, strerror(errno), expected));
  };
  std::vector<uint8_t> content;
  if (!io.loading()) {
    content.resize(size_);
    const int fd = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    size_t done = 0;
    while (fd >= 0 && done < content.size()) {
      const ssize_t n = ::read(fd, content.data() + done, content.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      done += static_cast<size_t>(n);
    }
    if (fd >= 0) ::close(fd);
    if (fd < 0 || done < content.size()) fail("what was written before to be readable");
  }
  io.resized(content);
  if (!io.loading()) return;
  if (::ftruncate(fd_, 0) != 0 || ::lseek(fd_, 0, SEEK_SET) < 0) fail("a file that can be cut");
  size_ = 0;
  append(content);
}

PcapngWriter::PcapngWriter(const std::string& path, const std::string& interface) : file_(path) {
  std::vector<uint8_t> header;
  begin_block(block_, kSectionHeader);
  put32(block_, kByteOrderMagic);
  put16(block_, 1);  // version 1.0
  put16(block_, 0);
  put32(block_, 0xffffffff);  // section length not given
  put32(block_, 0xffffffff);
  end_block(block_);
  header = block_;
  begin_block(block_, kInterfaceDescription);
  put16(block_, kLinkEthernet);
  put16(block_, 0);
  put32(block_, 0);  // no snapshot limit
  put_option(block_, kOptIfName, interface);
  put_option(block_, kOptIfTsresol,
             std::string_view(reinterpret_cast<const char*>(&kNanoseconds), 1));
  put_option(block_, kOptEnd, {});
  end_block(block_);
  header.insert(header.end(), block_.begin(), block_.end());
  file_.append(std::span<const uint8_t>(header));
}

void PcapngWriter::write(uint64_t time_ns, std::span<const uint8_t> frame,
                         std::string_view comment) {
  begin_block(block_, kEnhancedPacket);
  put32(block_, 0);  // interface
  put32(block_, static_cast<uint32_t>(time_ns >> 32));
  put32(block_, static_cast<uint32_t>(time_ns));
  put32(block_, static_cast<uint32_t>(frame.size()));
  put32(block_, static_cast<uint32_t>(frame.size()));
  block_.insert(block_.end(), frame.begin(), frame.end());
  pad32(block_);
  if (!comment.empty()) {
    put_option(block_, kOptComment, comment);
    put_option(block_, kOptEnd, {});
  }
  end_block(block_);
  file_.append(std::span<const uint8_t>(block_));
}

}  // namespace fp::io
