// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/platform/checkpoint.hpp"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

#include "cmodel/common/crc32c.hpp"
#include "sim-tb/io/errors.hpp"

namespace fp::platform {
namespace {

// First line of a file: kMagic and the format's number.
constexpr std::string_view kMagic = "flatproxy checkpoint ";
constexpr unsigned kFormat = 1;
constexpr std::string_view kCycle = "cycle", kBytes = "state bytes", kPacked = "packed bytes";
// A deflate stream makes at most 1032 bytes of one (zlib technical details).
constexpr uint64_t kMostGrowth = 1032;
constexpr size_t kChecksumBytes = 4;
// A header of ours has some twenty lines.
constexpr size_t kMostHeader = 1 << 20;

// What a file says may be anything; a message is one line of text.
std::string printable(std::string_view text) {
  std::string clean(text.substr(0, 200));
  std::replace_if(clean.begin(), clean.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return clean;
}

[[noreturn]] void refuse(const std::string& name, std::string_view field, const std::string& found,
                         const std::string& expected) {
  throw io::InputError(fmt::format("{}: {}: found {}, expected {}", name, printable(field),
                                   printable(found), expected));
}

uint32_t read_le32(std::span<const uint8_t> b) {
  return static_cast<uint32_t>(b[0]) | static_cast<uint32_t>(b[1]) << 8 |
         static_cast<uint32_t>(b[2]) << 16 | static_cast<uint32_t>(b[3]) << 24;
}

// A descriptor that is closed, and a half-written file that is removed.
class NewFile {
 public:
  // Something that is no regular file (a device) is written as it is; else `path` is replaced.
  explicit NewFile(const std::string& path) : path_(path), part_(path) {
    std::error_code ignored;
    const auto status = std::filesystem::status(path, ignored);
    if (!std::filesystem::exists(status) || std::filesystem::is_regular_file(status)) {
      part_ += ".part";
    }
    fd_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd_ < 0) fail();
  }
  ~NewFile() { drop(); }

  void append(std::span<const uint8_t> bytes) {
    for (size_t done = 0; done < bytes.size();) {
      const ssize_t n = ::write(fd_, bytes.data() + done, bytes.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) fail();
      done += static_cast<size_t>(n);
    }
  }
  void finish() {
    if (::close(std::exchange(fd_, -1)) != 0) fail();
    if (part_ != path_ && ::rename(part_.c_str(), path_.c_str()) != 0) fail();
    part_ = path_;
  }

 private:
  [[noreturn]] void fail() {
    const int error = errno;
    drop();
    throw io::EnvironmentError(
        fmt::format("{}: found {}, expected room for a checkpoint", path_, strerror(error)));
  }
  void drop() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    if (part_ != path_) ::unlink(part_.c_str());
  }

  std::string path_, part_;
  int fd_ = -1;
};

std::vector<uint8_t> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    throw io::InputError(
        fmt::format("{}: found {}, expected a file that can be read", path, strerror(errno)));
  }
  std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) {
    throw io::InputError(fmt::format("{}: found a read error, expected a file", path));
  }
  return bytes;
}

uint64_t number(const std::string& name, std::string_view field, const std::string& text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    refuse(name, field, "\"" + text + "\"", "a number");
  }
  return value;
}

}  // namespace

void write_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  const std::vector<uint8_t>& image = checkpoint.image;
  uLongf packed_bytes = compressBound(image.size());
  std::vector<uint8_t> packed(packed_bytes);
  // Most of it is zeros: the fastest level takes them all the same.
  if (compress2(packed.data(), &packed_bytes, image.data(), image.size(), Z_BEST_SPEED) != Z_OK) {
    throw io::EnvironmentError(fmt::format("{}: found no memory for packing, expected some", path));
  }
  packed.resize(packed_bytes);

  std::string header = fmt::format("{}{}\n", kMagic, kFormat);
  for (const auto& [name, value] : checkpoint.traits) {
    header += fmt::format("{}: {}\n", name, value);
  }
  header += fmt::format("{}: {}\n{}: {}\n{}: {}\n\n", kCycle, checkpoint.cycle, kBytes,
                        image.size(), kPacked, packed.size());

  std::vector<uint8_t> file(header.begin(), header.end());
  file.insert(file.end(), packed.begin(), packed.end());
  const uint32_t sum = crc32c(file);
  for (size_t i = 0; i < kChecksumBytes; ++i) file.push_back(static_cast<uint8_t>(sum >> (8 * i)));

  NewFile out(path);
  out.append(file);
  out.finish();
}

Checkpoint parse_checkpoint(const std::string& name, std::span<const uint8_t> file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()),
                              std::min(file.size(), kMostHeader));
  if (text.substr(0, kMagic.size()) != kMagic) {
    refuse(name, "header", "another kind of file", "\"" + std::string(kMagic) + "...\"");
  }
  const std::string format(text.substr(kMagic.size(), text.find('\n') - kMagic.size()));
  if (format != std::to_string(kFormat)) {
    refuse(name, "format", "\"" + format.substr(0, 20) + "\"", std::to_string(kFormat));
  }
  const size_t end = text.find("\n\n");
  if (end == std::string_view::npos) refuse(name, "header", "no end", "an empty line");

  Checkpoint c;
  std::optional<uint64_t> bytes, packed_bytes;
  for (size_t at = text.find('\n') + 1; at <= end;) {
    const size_t line_end = text.find('\n', at);
    const std::string_view line = text.substr(at, line_end - at);
    at = line_end + 1;
    const size_t colon = line.find(": ");
    if (colon == std::string_view::npos) {
      refuse(name, "header", "\"" + std::string(line.substr(0, 40)) + "\"", "NAME: VALUE");
    }
    const std::string value(line.substr(colon + 2));
    if (line.substr(0, colon) == kBytes) {
      bytes = number(name, kBytes, value);
    } else if (line.substr(0, colon) == kCycle) {
      c.cycle = number(name, kCycle, value);
    } else if (line.substr(0, colon) == kPacked) {
      packed_bytes = number(name, kPacked, value);
    } else {
      c.traits.emplace_back(line.substr(0, colon), value);
    }
  }
  if (!bytes) refuse(name, kBytes, "no such line", "one");
  if (!packed_bytes) refuse(name, kPacked, "no such line", "one");
  const std::span<const uint8_t> rest = file.subspan(end + 2);
  if (*packed_bytes > file.size() || rest.size() != *packed_bytes + kChecksumBytes) {
    refuse(name, "length", fmt::format("{} bytes", file.size()),
           fmt::format("{}", end + 2 + kChecksumBytes + *packed_bytes));
  }
  const uint32_t found = crc32c(file.first(file.size() - kChecksumBytes));
  const uint32_t expected = read_le32(rest.subspan(*packed_bytes));
  if (found != expected) {
    refuse(name, "checksum", fmt::format("0x{:08x}", found), fmt::format("0x{:08x}", expected));
  }
  if (*bytes / kMostGrowth > *packed_bytes) {
    refuse(name, kBytes, std::to_string(*bytes), fmt::format("what {} can hold", *packed_bytes));
  }
  c.image.resize(*bytes);
  uLongf unpacked = *bytes;
  if (uncompress(c.image.data(), &unpacked, rest.data(), *packed_bytes) != Z_OK ||
      unpacked != *bytes) {
    refuse(name, "state", "bytes that do not unpack", fmt::format("{} bytes", *bytes));
  }
  return c;
}

Checkpoint read_checkpoint(const std::string& path) {
  return parse_checkpoint(path, read_file(path));
}

void require_same(const std::string& path, const RunTraits& found, const RunTraits& expected) {
  for (size_t i = 0; i < expected.size(); ++i) {
    const auto& [name, value] = expected[i];
    if (i >= found.size() || found[i].first != name) {
      const auto at = std::find_if(found.begin(), found.end(),
                                   [&](const auto& trait) { return trait.first == name; });
      refuse(path, name, at == found.end() ? "none" : at->second, value);
    }
    if (found[i].second != value) refuse(path, name, found[i].second, value);
  }
  if (found.size() > expected.size()) {
    refuse(path, found[expected.size()].first, found[expected.size()].second, "none");
  }
}

std::string program_id() {
  std::string id;
  // The program itself comes first (dl_iterate_phdr(3)); all that holds state is linked into it.
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* to) {
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const ElfW(Phdr)& header = info->dlpi_phdr[i];
          if (header.p_type != PT_NOTE) continue;
          // NOLINTNEXTLINE(performance-no-int-to-ptr): what the loader gives is a number
          const auto* at = reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr);
          const char* const end = at + header.p_memsz;
          while (at + sizeof(ElfW(Nhdr)) <= end) {
            ElfW(Nhdr) note;
            std::memcpy(&note, at, sizeof note);
            const char* const name = at + sizeof note;
            const char* const description = name + (note.n_namesz + 3) / 4 * 4;
            if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
                std::memcmp(name, "GNU", 4) == 0) {
              for (unsigned b = 0; b < note.n_descsz; ++b) {
                *static_cast<std::string*>(to) +=
                    fmt::format("{:02x}", static_cast<uint8_t>(description[b]));
              }
              return 1;
            }
            at = description + (note.n_descsz + 3) / 4 * 4;
          }
        }
        return 1;  // no further object
      },
      &id);
  return id.empty() ? file_digest("/proc/self/exe") : id;
}

std::string file_digest(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<char> chunk(1 << 20);
  uint64_t bytes = 0;
  uLong sum = crc32(0, nullptr, 0);
  while (in) {
    in.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    const auto n = static_cast<size_t>(in.gcount());
    sum = crc32_z(sum, reinterpret_cast<const Bytef*>(chunk.data()), n);
    bytes += n;
  }
  if (!in.eof()) {
    throw io::InputError(
        fmt::format("{}: found {}, expected a file that can be read", path, strerror(errno)));
  }
  return fmt::format("{} bytes, crc32 0x{:08x}", bytes, sum);
}

}  // namespace fp::platform
