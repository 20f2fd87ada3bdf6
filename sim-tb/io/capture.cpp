// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/io/capture.hpp"

#include <fmt/format.h>
#include <pcap/pcap.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <regex>
#include <span>

#include "contract/common.hpp"

namespace fp::io {
namespace {

// Link types (tcpdump.org/linktypes.html). libpcap renames some on the way in; the values below are
// what pcap_datalink() may answer on any host.
enum LinkType : int {
  kNull = 0,
  kEthernet = 1,
  kRawBsd = 12,
  kRawOpenBsd = 14,
  kRaw = 101,
  kLoop = 108,
  kLinuxSll = 113,
  kIpv4 = 228,
  kIpv6 = 229,
  kLinuxSll2 = 276,
};

constexpr uint16_t kTypeIpv4 = 0x0800;
constexpr uint16_t kTypeIpv6 = 0x86dd;
constexpr uint32_t kEthernetHeader = 14;
// The fixed Ethernet header: locally administered addresses, destination 2 from source 1.
constexpr std::array<uint8_t, 6> kFixedSource = {0x02, 0, 0, 0, 0, 0x01};
constexpr std::array<uint8_t, 6> kFixedDestination = {0x02, 0, 0, 0, 0, 0x02};

// 64-bit nanoseconds since 1970 end in 2554.
constexpr uint64_t kMaxSeconds = UINT64_MAX / 1'000'000'000 - 1;

// How a link type becomes Ethernet: bytes to strip and the header to put in their place.
struct Link {
  uint32_t strip = 0;
  bool add_header = false;
  uint16_t type = 0;
  Sender sender;
  std::array<uint8_t, 6> source = kFixedSource;
};

[[noreturn]] void refuse(const std::string& path, const std::string& field,
                         const std::string& found, const std::string& expected) {
  throw InputError(fmt::format("{}: {}: found {}, expected {}", path, field, found, expected));
}

uint16_t be16(std::span<const uint8_t> b, size_t at) {
  return static_cast<uint16_t>(b[at] << 8 | b[at + 1]);
}

Sender sender_of(std::span<const uint8_t> bytes) {
  Sender s;
  s.bytes = static_cast<uint8_t>(std::min(bytes.size(), s.address.size()));
  std::copy_n(bytes.begin(), s.bytes, s.address.begin());
  return s;
}

Sender ip_sender(std::span<const uint8_t> ip, uint16_t type) {
  if (type == kTypeIpv4 && ip.size() >= 16) return sender_of(ip.subspan(12, 4));
  if (type == kTypeIpv6 && ip.size() >= 24) return sender_of(ip.subspan(8, 16));
  return {};
}

// libpcap's sentence about a damaged file, as found and expected.
void explain(const std::string& text, std::string& found, std::string& expected) {
  static const std::regex cut(R"(tried to read (\d+) (captured |header )?bytes, only got (\d+))");
  static const std::regex length(R"(invalid packet capture length (\d+), bigger than .*?(\d+))");
  std::smatch m;
  if (std::regex_search(text, m, cut)) {
    found = fmt::format("end of file after {} bytes", m[3].str());
    expected = fmt::format("{} bytes of {}", m[1].str(),
                           m[2].str() == "header " ? "record header" : "record");
  } else if (std::regex_search(text, m, length)) {
    found = fmt::format("captured length {}", m[1].str());
    expected = fmt::format("at most {}", m[2].str());
  } else {
    found = text;
    expected = "a whole record";
  }
}

std::string errno_text(int error) { return std::strerror(error); }

}  // namespace

const char* mark_reason(FrameMark mark) {
  switch (mark) {
    case FrameMark::kCutByRecorder:
      return "capture.truncated";
    case FrameMark::kOversize:
      return "oversize";
    case FrameMark::kNone:
      break;
  }
  return "";
}

struct CaptureReader::State {
  std::string path;
  pcap_t* pcap = nullptr;
  int link = 0;
  uint64_t records = 0;
  uint64_t last_ns = 0;
  bool filtered = false;
  bpf_program filter{};

  ~State() {
    if (filtered) pcap_freecode(&filter);
    if (pcap != nullptr) pcap_close(pcap);
  }

  [[noreturn]] void refuse_record(const std::string& found, const std::string& expected) const {
    refuse(path, fmt::format("record {}", records), found, expected);
  }

  Link classify(std::span<const uint8_t> data) const;
};

CaptureReader::CaptureReader(const std::string& path, const std::string& filter)
    : state_(std::make_unique<State>()) {
  state_->path = path;
  struct stat st{};
  if (stat(path.c_str(), &st) != 0) {
    refuse(path, "file", errno_text(errno), "a readable capture");
  }
  if (S_ISDIR(st.st_mode)) refuse(path, "file", "a directory", "a capture file");
  FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) refuse(path, "file", errno_text(errno), "a readable capture");
  char error[PCAP_ERRBUF_SIZE] = "";
  state_->pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, error);
  if (state_->pcap == nullptr) {
    uint8_t magic[4] = {};
    std::rewind(file);
    const size_t n = std::fread(magic, 1, sizeof magic, file);
    std::fclose(file);
    const std::string text = error;
    if (n < sizeof magic) {
      refuse(path, "header", fmt::format("{} bytes", n), "a pcap or pcapng file");
    }
    if (text.find("unknown file format") != std::string::npos) {
      refuse(path, "header",
             fmt::format("magic {:02x}{:02x}{:02x}{:02x}", magic[0], magic[1], magic[2], magic[3]),
             "a pcap or pcapng file");
    }
    refuse(path, "header", text, "a pcap or pcapng file");
  }
  state_->link = pcap_datalink(state_->pcap);
  switch (state_->link) {
    case kNull:
    case kEthernet:
    case kRawBsd:
    case kRawOpenBsd:
    case kRaw:
    case kLoop:
    case kLinuxSll:
    case kIpv4:
    case kIpv6:
    case kLinuxSll2:
      break;
    default: {
      const char* name = pcap_datalink_val_to_name(state_->link);
      refuse(path, "link type",
             fmt::format("{} ({})", state_->link, name == nullptr ? "unknown" : name),
             "EN10MB, RAW, IPV4, IPV6, NULL, LOOP, LINUX_SLL or LINUX_SLL2");
    }
  }
  if (filter.empty()) return;
  if (pcap_compile(state_->pcap, &state_->filter, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    throw InputError(fmt::format("--filter: found {} ({}), expected a filter of pcap-filter(7)",
                                 filter, pcap_geterr(state_->pcap)));
  }
  state_->filtered = true;
}

CaptureReader::~CaptureReader() = default;
CaptureReader::CaptureReader(CaptureReader&&) noexcept = default;
CaptureReader& CaptureReader::operator=(CaptureReader&&) noexcept = default;

const std::string& CaptureReader::path() const { return state_->path; }

Link CaptureReader::State::classify(std::span<const uint8_t> data) const {
  Link l;
  switch (link) {
    case kEthernet:
      if (data.size() >= 12) l.sender = sender_of(data.subspan(6, 6));
      return l;
    case kNull:
    case kLoop: {
      // The address family, in the recorder's byte order for NULL; all values fit in one byte.
      l.strip = std::min<uint32_t>(4, static_cast<uint32_t>(data.size()));
      l.add_header = true;
      const uint8_t family = data.size() < 4 ? 0 : std::max(data[0], data[3]);
      if (data.size() >= 4 && family == 2) {
        l.type = kTypeIpv4;
      } else if (data.size() >= 4 &&
                 (family == 10 || family == 24 || family == 28 || family == 30)) {
        l.type = kTypeIpv6;
      } else if (data.size() >= 4) {
        refuse_record(fmt::format("address family {}", family), "2 (IPv4), 24, 28 or 30 (IPv6)");
      }
      l.sender = ip_sender(data.subspan(l.strip), l.type);
      return l;
    }
    case kLinuxSll:
    case kLinuxSll2: {
      const bool v2 = link == kLinuxSll2;
      const uint32_t header = v2 ? 20 : 16;
      if (data.size() < header) {
        refuse_record(fmt::format("{} bytes", data.size()),
                      fmt::format("a Linux cooked header of {} bytes", header));
      }
      l.strip = header;
      l.add_header = true;
      l.type = be16(data, v2 ? 0 : 14);
      const uint32_t length = v2 ? data[11] : be16(data, 4);
      if (length == l.source.size()) {
        std::copy_n(data.begin() + (v2 ? 12 : 6), l.source.size(), l.source.begin());
      }
      l.sender = sender_of(l.source);
      return l;
    }
    default: {
      l.add_header = true;
      const bool v6 = !data.empty() && data[0] >> 4 == 6;
      l.type = link == kIpv6 || (link != kIpv4 && v6) ? kTypeIpv6 : kTypeIpv4;
      l.sender = ip_sender(data, l.type);
      return l;
    }
  }
}

bool CaptureReader::next(CapturedFrame& frame) {
  State& s = *state_;
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  const int got = pcap_next_ex(s.pcap, &header, &bytes);
  if (got == PCAP_ERROR_BREAK) return false;
  ++s.records;
  if (got != 1) {
    std::string found, expected;
    explain(pcap_geterr(s.pcap), found, expected);
    s.refuse_record(found, expected);
  }
  const auto seconds = static_cast<uint64_t>(header->ts.tv_sec);
  const auto fraction = static_cast<uint64_t>(header->ts.tv_usec);  // ns: see the constructor
  if (header->ts.tv_sec < 0 || seconds > kMaxSeconds) {
    s.refuse_record(fmt::format("time stamp {} s", header->ts.tv_sec),
                    fmt::format("0 to {} s", kMaxSeconds));
  }
  if (header->ts.tv_usec < 0 || fraction >= 1'000'000'000) {
    s.refuse_record(fmt::format("time stamp fraction {} ns", header->ts.tv_usec),
                    "less than one second");
  }
  s.last_ns = std::max(s.last_ns, seconds * 1'000'000'000 + fraction);
  frame.record = s.records;
  frame.time_ns = s.last_ns;

  frame.wanted = !s.filtered || pcap_offline_filter(&s.filter, header, bytes) != 0;

  const std::span<const uint8_t> data(bytes, header->caplen);
  const Link link = s.classify(data);
  frame.sender = link.sender;
  frame.bytes.clear();
  if (link.add_header) {
    frame.bytes.insert(frame.bytes.end(), kFixedDestination.begin(), kFixedDestination.end());
    frame.bytes.insert(frame.bytes.end(), link.source.begin(), link.source.end());
    uint16_t type = link.type;
    // Cooked captures number frames without an EtherType below 1536; such a frame is 802.3 with
    // a length.
    if (type < 0x600) {
      type = static_cast<uint16_t>(std::min<size_t>(header->len - link.strip, 1500));
    }
    frame.bytes.push_back(static_cast<uint8_t>(type >> 8));
    frame.bytes.push_back(static_cast<uint8_t>(type));
  }
  const auto body = data.subspan(link.strip);
  frame.bytes.insert(frame.bytes.end(), body.begin(), body.end());

  const uint64_t extra = (link.add_header ? kEthernetHeader : 0);
  const uint64_t original = std::max<uint64_t>(header->len, header->caplen) - link.strip + extra;
  frame.wire_bytes = static_cast<uint32_t>(
      std::clamp<uint64_t>(original, kMinFrameBytes, std::numeric_limits<uint32_t>::max()));
  frame.mark = FrameMark::kNone;
  if (header->caplen < header->len) {
    frame.mark = FrameMark::kCutByRecorder;
    // A beat carries at least one byte.
    if (frame.bytes.empty()) frame.bytes.push_back(0);
  } else if (frame.bytes.size() < kMinFrameBytes) {
    frame.bytes.resize(kMinFrameBytes, 0);
  }
  if (original > common::kMaxFrame) {
    frame.mark = FrameMark::kOversize;
    if (frame.bytes.size() > common::kMaxFrame) frame.bytes.resize(common::kMaxFrame);
  }
  return true;
}

CaptureSummary check_capture(const std::string& path, const std::string& filter) {
  struct stat st{};
  if (stat(path.c_str(), &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
    refuse(path, "file", "a pipe or device", "a regular file, which is read twice");
  }
  CaptureReader reader(path, filter);
  CapturedFrame frame;
  CaptureSummary summary;
  while (reader.next(frame)) {
    if (!frame.wanted) {
      ++summary.left_out;
      continue;
    }
    if (summary.frames++ == 0) summary.first_ns = frame.time_ns;
  }
  return summary;
}

PortFrames::PortFrames(const std::string& path, int direction, const std::string& filter)
    : reader_(path, filter), direction_(direction) {}

bool PortFrames::next(CapturedFrame& frame) {
  while (reader_.next(frame)) {
    if (direction_ < 0 && frame.wanted) return true;
    if (direction_ < 0) continue;
    if (!have_first_ && frame.sender.bytes != 0) {
      have_first_ = true;
      first_ = frame.sender;
    }
    // A frame too short to name its sender counts as the first sender's.
    const int side = frame.sender.bytes == 0 || frame.sender == first_ ? 0 : 1;
    if (side != direction_ || !frame.wanted) continue;
    // A frame the recorder cut may be shorter than the header.
    const bool fixed =
        frame.bytes.size() >= kEthernetHeader &&
        std::equal(kFixedDestination.begin(), kFixedDestination.end(), frame.bytes.begin()) &&
        std::equal(kFixedSource.begin(), kFixedSource.end(), frame.bytes.begin() + 6);
    if (side == 1 && fixed) {
      std::swap_ranges(frame.bytes.begin(), frame.bytes.begin() + 6, frame.bytes.begin() + 6);
    }
    return true;
  }
  return false;
}

}  // namespace fp::io
