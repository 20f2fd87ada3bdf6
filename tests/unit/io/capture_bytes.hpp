// SPDX-License-Identifier: Apache-2.0
//
// Builds capture files byte by byte from the formats' texts (pcap: draft-ietf-opsawg-pcap, pcapng:
// draft-ietf-opsawg-pcapng), so that the reader is tested against the format, not against a writer.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace fp::io::test {

class Bytes {
 public:
  explicit Bytes(bool big_endian = false) : big_endian_(big_endian) {}

  Bytes& u8(uint8_t v) {
    data.push_back(v);
    return *this;
  }
  Bytes& u16(uint16_t v) { return number(v, 2); }
  Bytes& u32(uint32_t v) { return number(v, 4); }
  Bytes& raw(const std::vector<uint8_t>& v) {
    data.insert(data.end(), v.begin(), v.end());
    return *this;
  }

  // A pcap file header; magic a1b2c3d4 (us) or a1b23c4d (ns).
  Bytes& pcap_header(uint32_t link, bool ns = false, uint32_t snap = 262144) {
    return u32(ns ? 0xa1b23c4d : 0xa1b2c3d4).u16(2).u16(4).u32(0).u32(0).u32(snap).u32(link);
  }
  Bytes& pcap_record(uint32_t sec, uint32_t fraction, const std::vector<uint8_t>& frame,
                     uint32_t original = 0) {
    u32(sec).u32(fraction).u32(static_cast<uint32_t>(frame.size()));
    u32(original == 0 ? static_cast<uint32_t>(frame.size()) : original);
    return raw(frame);
  }

  // A pcapng section with one interface; tsresol as if_tsresol (6: us, 9: ns).
  Bytes& pcapng_header(uint16_t link, uint8_t tsresol) {
    u32(0x0a0d0d0a).u32(28).u32(0x1a2b3c4d).u16(1).u16(0).u32(~0u).u32(~0u).u32(28);
    u32(1).u32(32).u16(link).u16(0).u32(0);
    u16(9).u16(1).u8(tsresol).u8(0).u8(0).u8(0);
    return u16(0).u16(0).u32(32);
  }
  Bytes& pcapng_packet(uint64_t stamp, const std::vector<uint8_t>& frame) {
    const auto n = static_cast<uint32_t>(frame.size());
    const uint32_t padded = (n + 3) / 4 * 4;
    u32(6).u32(32 + padded).u32(0).u32(static_cast<uint32_t>(stamp >> 32));
    u32(static_cast<uint32_t>(stamp)).u32(n).u32(n).raw(frame);
    for (uint32_t i = n; i < padded; ++i) u8(0);
    return u32(32 + padded);
  }

  std::vector<uint8_t> data;

 private:
  Bytes& number(uint64_t v, int n) {
    for (int i = 0; i < n; ++i) {
      data.push_back(static_cast<uint8_t>(v >> (8 * (big_endian_ ? n - 1 - i : i))));
    }
    return *this;
  }
  bool big_endian_;
};

// A file that goes away with the test.
class TempFile {
 public:
  explicit TempFile(const std::vector<uint8_t>& data = {}) {
    std::string name = (std::filesystem::temp_directory_path() / "fpioXXXXXX").string();
    const int fd = mkstemp(name.data());
    if (fd >= 0) ::close(fd);
    path = name;
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(data.data()),
              static_cast<std::streamsize>(data.size()));
  }
  ~TempFile() { std::filesystem::remove(path); }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;

  std::string path;
};

// An Ethernet frame of `size` bytes from 02:..:source, counting bytes as payload.
inline std::vector<uint8_t> ethernet(size_t size, uint8_t source = 1) {
  std::vector<uint8_t> f(size);
  for (size_t i = 0; i < size; ++i) f[i] = static_cast<uint8_t>(i);
  const uint8_t header[] = {2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, source, 0x08, 0x00};
  for (size_t i = 0; i < sizeof header && i < size; ++i) f[i] = header[i];
  return f;
}

}  // namespace fp::io::test
