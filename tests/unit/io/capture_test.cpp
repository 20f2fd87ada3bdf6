// SPDX-License-Identifier: Apache-2.0
//
// Captures as they are: every format read to the same frames, damaged ones refused by record.
#include "sim-tb/io/capture.hpp"

#include <gtest/gtest.h>

#include "tests/unit/io/capture_bytes.hpp"

namespace fp::io {
namespace {

using test::Bytes;
using test::ethernet;
using test::TempFile;

constexpr uint64_t kSecond = 1'000'000'000;

std::vector<CapturedFrame> read_all(const Bytes& bytes, int direction = -1) {
  const TempFile file(bytes.data);
  PortFrames frames(file.path, direction);
  std::vector<CapturedFrame> all;
  CapturedFrame f;
  while (frames.next(f)) all.push_back(f);
  return all;
}

// The refusal without the file's name.
std::string refusal(const Bytes& bytes) {
  const TempFile file(bytes.data);
  try {
    check_capture(file.path);
  } catch (const InputError& e) {
    const std::string text = e.what();
    EXPECT_EQ(text.rfind(file.path + ": ", 0), 0u) << text;
    return text.substr(file.path.size() + 2);
  }
  return "accepted";
}

TEST(Capture, BothByteOrdersAndResolutionsGiveTheSameFrames) {
  const auto a = ethernet(60), b = ethernet(1514);
  for (const bool big : {false, true}) {
    for (const bool ns : {false, true}) {
      const uint32_t unit = ns ? 1000 : 1;
      Bytes bytes(big);
      bytes.pcap_header(1, ns).pcap_record(5, 7 * unit, a).pcap_record(6, 8 * unit, b);
      const auto frames = read_all(bytes);
      ASSERT_EQ(frames.size(), 2u) << big << ns;
      EXPECT_EQ(frames[0].time_ns, 5 * kSecond + 7000);
      EXPECT_EQ(frames[1].time_ns, 6 * kSecond + 8000);
      EXPECT_EQ(frames[0].bytes, a);
      EXPECT_EQ(frames[1].bytes, b);
      EXPECT_EQ(frames[1].record, 2u);
      EXPECT_EQ(frames[1].wire_bytes, 1514u);
    }
    for (const uint8_t resolution : {6, 9}) {
      const uint64_t per_second = resolution == 6 ? 1'000'000 : kSecond;
      Bytes bytes(big);
      bytes.pcapng_header(1, resolution)
          .pcapng_packet(1700000000 * per_second + 3, a)
          .pcapng_packet(1700000001 * per_second, b);
      const auto frames = read_all(bytes);
      ASSERT_EQ(frames.size(), 2u);
      EXPECT_EQ(frames[0].time_ns, 1700000000 * kSecond + 3 * (kSecond / per_second));
      EXPECT_EQ(frames[1].bytes, b);
    }
  }
}

TEST(Capture, BackwardStampsClampToThePrevious) {
  Bytes bytes;
  bytes.pcap_header(1)
      .pcap_record(10, 0, ethernet(60))
      .pcap_record(9, 999999, ethernet(60))
      .pcap_record(10, 1, ethernet(60));
  const auto frames = read_all(bytes);
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[1].time_ns, 10 * kSecond);
  EXPECT_EQ(frames[2].time_ns, 10 * kSecond + 1000);
}

TEST(Capture, RuntsArePaddedWithZeros) {
  const auto runt = ethernet(42);
  const auto frames = read_all(Bytes().pcap_header(1).pcap_record(0, 0, runt));
  ASSERT_EQ(frames.size(), 1u);
  auto padded = runt;
  padded.resize(60, 0);
  EXPECT_EQ(frames[0].bytes, padded);
  EXPECT_EQ(frames[0].wire_bytes, 60u);
  EXPECT_EQ(frames[0].mark, FrameMark::kNone);
}

TEST(Capture, FramesCutByTheRecorderKeepTheirBytesAndAreMarked) {
  const auto cut = ethernet(54);
  const auto frames =
      read_all(Bytes().pcap_header(1).pcap_record(0, 0, cut, 1500).pcap_record(0, 0, {}, 60));
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].bytes, cut);
  EXPECT_EQ(frames[0].wire_bytes, 1500u);
  EXPECT_EQ(frames[0].mark, FrameMark::kCutByRecorder);
  EXPECT_EQ(frames[1].bytes.size(), 1u);
}

TEST(Capture, FramesAbove9216BytesKeepTheFirst9216) {
  const auto frames = read_all(Bytes()
                                   .pcap_header(1)
                                   .pcap_record(0, 0, ethernet(9216))
                                   .pcap_record(0, 0, ethernet(9217))
                                   .pcap_record(0, 0, ethernet(100), 20000));
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[0].mark, FrameMark::kNone);
  EXPECT_EQ(frames[1].mark, FrameMark::kOversize);
  EXPECT_EQ(frames[1].bytes.size(), 9216u);
  EXPECT_EQ(frames[1].wire_bytes, 9217u);
  EXPECT_EQ(frames[2].mark, FrameMark::kOversize);
  EXPECT_EQ(frames[2].bytes.size(), 100u);
  EXPECT_STREQ(mark_reason(frames[1].mark), "oversize");
  EXPECT_STREQ(mark_reason(FrameMark::kCutByRecorder), "capture.truncated");
}

std::vector<uint8_t> ipv4(uint8_t source, size_t size = 46) {
  std::vector<uint8_t> p(size, 0);
  p[0] = 0x45;
  p[12] = 10;
  p[15] = source;
  return p;
}

std::vector<uint8_t> ipv6(size_t size = 60) {
  std::vector<uint8_t> p(size, 0);
  p[0] = 0x60;
  return p;
}

const std::vector<uint8_t> kFixed = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};

std::vector<uint8_t> with_header(std::vector<uint8_t> addresses, uint16_t type,
                                 const std::vector<uint8_t>& body) {
  addresses.push_back(static_cast<uint8_t>(type >> 8));
  addresses.push_back(static_cast<uint8_t>(type));
  addresses.insert(addresses.end(), body.begin(), body.end());
  return addresses;
}

TEST(Capture, RawIpGetsTheFixedEthernetHeader) {
  for (const uint32_t link : {12u, 101u}) {
    const auto frames =
        read_all(Bytes().pcap_header(link).pcap_record(0, 0, ipv4(1)).pcap_record(0, 0, ipv6()));
    ASSERT_EQ(frames.size(), 2u) << link;
    EXPECT_EQ(frames[0].bytes, with_header(kFixed, 0x0800, ipv4(1)));
    EXPECT_EQ(frames[1].bytes, with_header(kFixed, 0x86dd, ipv6()));
    EXPECT_EQ(frames[0].wire_bytes, 60u);
  }
  EXPECT_EQ(read_all(Bytes().pcap_header(228).pcap_record(0, 0, ipv4(1)))[0].bytes,
            with_header(kFixed, 0x0800, ipv4(1)));
  EXPECT_EQ(read_all(Bytes().pcap_header(229).pcap_record(0, 0, ipv6()))[0].bytes,
            with_header(kFixed, 0x86dd, ipv6()));
}

TEST(Capture, LoopbackFamiliesOfBothByteOrdersBecomeEtherTypes) {
  const auto with_family = [](std::vector<uint8_t> family, const std::vector<uint8_t>& body) {
    family.insert(family.end(), body.begin(), body.end());
    return family;
  };
  for (const uint32_t link : {0u, 108u}) {
    const auto frames = read_all(Bytes()
                                     .pcap_header(link)
                                     .pcap_record(0, 0, with_family({2, 0, 0, 0}, ipv4(1)))
                                     .pcap_record(0, 0, with_family({0, 0, 0, 30}, ipv6())));
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frames[0].bytes, with_header(kFixed, 0x0800, ipv4(1)));
    EXPECT_EQ(frames[1].bytes, with_header(kFixed, 0x86dd, ipv6()));
  }
  EXPECT_EQ(refusal(Bytes().pcap_header(0).pcap_record(0, 0, {7, 0, 0, 0, 1})),
            "record 1: found address family 7, expected 2 (IPv4), 24, 28 or 30 (IPv6)");
}

TEST(Capture, CookedHeadersKeepSenderAndType) {
  std::vector<uint8_t> sll = {0, 0, 0, 1, 0, 6, 2, 7, 7, 7, 7, 7, 0, 0, 0x08, 0x00};
  std::vector<uint8_t> sll2 = {0x08, 0x00, 0, 0, 0, 0, 0, 3, 0, 1, 0, 6, 2, 7, 7, 7, 7, 7, 0, 0};
  const std::vector<uint8_t> addresses = {2, 0, 0, 0, 0, 2, 2, 7, 7, 7, 7, 7};
  for (auto [link, header] : {std::pair{113u, sll}, std::pair{276u, sll2}}) {
    const auto body = ipv4(1);
    header.insert(header.end(), body.begin(), body.end());
    const auto frames = read_all(Bytes().pcap_header(link).pcap_record(0, 0, header));
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0].bytes, with_header(addresses, 0x0800, body)) << link;
    EXPECT_EQ(refusal(Bytes().pcap_header(link).pcap_record(0, 0, {1, 2, 3})),
              "record 1: found 3 bytes, expected a Linux cooked header of " +
                  std::to_string(link == 113 ? 16 : 20) + " bytes");
  }
}

TEST(Capture, TwoDirectionsSplitByTheFirstSendersMac) {
  Bytes bytes;
  bytes.pcap_header(1)
      .pcap_record(0, 1, ethernet(60, 5))
      .pcap_record(0, 2, ethernet(60, 6))
      .pcap_record(0, 3, ethernet(60, 5))
      .pcap_record(0, 4, ethernet(60, 7));
  const auto first = read_all(bytes, 0), second = read_all(bytes, 1);
  ASSERT_EQ(first.size(), 2u);
  ASSERT_EQ(second.size(), 2u);
  EXPECT_EQ(first[1].record, 3u);
  EXPECT_EQ(second[0].record, 2u);
  EXPECT_EQ(second[1].record, 4u);
}

TEST(Capture, TwoDirectionsOfRawIpSplitByAddressAndExchangeTheFixedMacs) {
  Bytes bytes;
  bytes.pcap_header(101).pcap_record(0, 1, ipv4(1)).pcap_record(0, 2, ipv4(2));
  const auto first = read_all(bytes, 0), second = read_all(bytes, 1);
  ASSERT_EQ(first.size(), 1u);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(first[0].bytes, with_header(kFixed, 0x0800, ipv4(1)));
  EXPECT_EQ(second[0].bytes, with_header({2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}, 0x0800, ipv4(2)));
}

TEST(Capture, DamageIsRefusedByRecord) {
  Bytes cut;
  cut.pcap_header(1).pcap_record(0, 0, ethernet(60)).pcap_record(0, 0, ethernet(60));
  cut.data.resize(cut.data.size() - 10);
  EXPECT_EQ(refusal(cut),
            "record 2: found end of file after 50 bytes, expected 60 bytes of record");

  Bytes header;
  header.pcap_header(1).pcap_record(0, 0, ethernet(60));
  header.raw({1, 2, 3});
  EXPECT_EQ(refusal(header),
            "record 2: found end of file after 3 bytes, expected 16 bytes of record header");

  Bytes huge;
  huge.pcap_header(1).u32(0).u32(0).u32(0x7fffffff).u32(0x7fffffff);
  EXPECT_EQ(refusal(huge).rfind("record 1: found captured length 2147483647, expected at most", 0),
            0u)
      << refusal(huge);

  Bytes fraction(false);
  fraction.pcap_header(1, true).pcap_record(0, 2'000'000'000, ethernet(60));
  EXPECT_EQ(refusal(fraction),
            "record 1: found time stamp fraction 2000000000 ns, expected less than one second");
}

TEST(Capture, OtherFilesAreRefusedByTheirHeader) {
  EXPECT_EQ(refusal(Bytes().raw({'h', 'e', 'l', 'l', 'o', '\n'})),
            "header: found magic 68656c6c, expected a pcap or pcapng file");
  EXPECT_EQ(refusal(Bytes()), "header: found 0 bytes, expected a pcap or pcapng file");
  EXPECT_EQ(refusal(Bytes().pcap_header(105)),
            "link type: found 105 (IEEE802_11), expected EN10MB, RAW, IPV4, IPV6, NULL, LOOP, "
            "LINUX_SLL or LINUX_SLL2");
  try {
    check_capture("/nonexistent.pcap");
    FAIL();
  } catch (const InputError& e) {
    EXPECT_STREQ(e.what(),
                 "/nonexistent.pcap: file: found No such file or directory, expected a readable "
                 "capture");
  }
  EXPECT_THROW(check_capture("/dev/null"), InputError);
  EXPECT_THROW(check_capture("/tmp"), InputError);
}

TEST(Capture, TheFirstPassCountsFrames) {
  const TempFile file(
      Bytes().pcap_header(1).pcap_record(3, 5, ethernet(60)).pcap_record(4, 0, ethernet(60)).data);
  const CaptureSummary summary = check_capture(file.path);
  EXPECT_EQ(summary.frames, 2u);
  EXPECT_EQ(summary.first_ns, 3 * kSecond + 5000);
}

}  // namespace
}  // namespace fp::io
