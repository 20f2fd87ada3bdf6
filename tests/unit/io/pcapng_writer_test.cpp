// SPDX-License-Identifier: Apache-2.0
//
// The writer against an independent reader (libpcap), and what a full disk leaves behind.
#include "sim-tb/io/pcapng_writer.hpp"

#include <gtest/gtest.h>
#include <pcap/pcap.h>
#include <signal.h>
#include <sys/resource.h>

#include <filesystem>

#include "tests/unit/io/capture_bytes.hpp"

namespace fp::io {
namespace {

using test::ethernet;
using test::TempFile;

struct Record {
  uint64_t time_ns;
  std::vector<uint8_t> bytes;
};

std::vector<Record> read_with_libpcap(const std::string& path) {
  char error[PCAP_ERRBUF_SIZE] = "";
  pcap_t* p =
      pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, error);
  EXPECT_NE(p, nullptr) << error;
  std::vector<Record> all;
  if (p == nullptr) return all;
  EXPECT_EQ(pcap_datalink(p), DLT_EN10MB);
  pcap_pkthdr* h = nullptr;
  const u_char* data = nullptr;
  int got;
  while ((got = pcap_next_ex(p, &h, &data)) == 1) {
    EXPECT_EQ(h->caplen, h->len);
    all.push_back(
        {static_cast<uint64_t>(h->ts.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(h->ts.tv_usec),
         {data, data + h->caplen}});
  }
  EXPECT_EQ(got, PCAP_ERROR_BREAK) << pcap_geterr(p);
  pcap_close(p);
  return all;
}

TEST(PcapngWriter, LibpcapReadsBackStampsAndBytesOfEveryLength) {
  const TempFile file;
  PcapngWriter writer(file.path, "p0");
  for (uint32_t i = 0; i < 8; ++i) {
    writer.write(1'700'000'000'000'000'001 + i, ethernet(60 + i), i % 2 == 0 ? "" : "drop: x");
    // Readable while the run goes on: nothing waits in a buffer.
    EXPECT_EQ(read_with_libpcap(file.path).size(), i + 1);
  }
  writer.close();
  const auto all = read_with_libpcap(file.path);
  ASSERT_EQ(all.size(), 8u);
  for (uint32_t i = 0; i < 8; ++i) {
    EXPECT_EQ(all[i].time_ns, 1'700'000'000'000'000'001 + i);
    EXPECT_EQ(all[i].bytes, ethernet(60 + i));
  }
}

TEST(PcapngWriter, AnUnwritableFileIsNamed) {
  try {
    PcapngWriter("/nonexistent/p0.pcapng", "p0");
    FAIL();
  } catch (const EnvironmentError& e) {
    EXPECT_EQ(std::string(e.what()).rfind("/nonexistent/p0.pcapng: found No such file", 0), 0u);
  }
}

TEST(PcapngWriter, AFullDeviceIsAnEnvironmentError) {
  try {
    PcapngWriter("/dev/full", "p0");
    FAIL();
  } catch (const EnvironmentError& e) {
    EXPECT_EQ(std::string(e.what()).rfind("/dev/full: found No space left on device", 0), 0u)
        << e.what();
  }
}

TEST(PcapngWriter, WhenSpaceEndsWithinARecordTheFileKeepsItsWholeRecords) {
  const TempFile file;
  // A file size limit stands in for a disk that fills up within a record.
  signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit limit{300, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  PcapngWriter writer(file.path, "p0");
  uint32_t written = 0;
  try {
    for (; written < 10; ++written) writer.write(written, ethernet(60));
  } catch (const EnvironmentError&) {
  }
  setrlimit(RLIMIT_FSIZE, &before);
  ASSERT_GT(written, 0u);
  ASSERT_LT(written, 10u);
  EXPECT_EQ(read_with_libpcap(file.path).size(), written);
}

}  // namespace
}  // namespace fp::io
