// SPDX-License-Identifier: Apache-2.0
//
// The wires: when a frame shows up, when it leaves, and that what leaves is what came.
#include "sim-tb/platform/wire.hpp"

#include <gtest/gtest.h>
#include <pcap/pcap.h>

#include <filesystem>

#include "sim-tb/lockstep/ticker.hpp"
#include "tests/unit/io/capture_bytes.hpp"

namespace fp::platform {
namespace {

using io::test::Bytes;
using io::test::ethernet;
using io::test::TempFile;

struct Out {
  uint64_t time_ns;
  std::vector<uint8_t> bytes;
};

std::vector<Out> read_pcapng(const std::string& path) {
  char error[PCAP_ERRBUF_SIZE] = "";
  pcap_t* p =
      pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, error);
  EXPECT_NE(p, nullptr) << error;
  std::vector<Out> all;
  pcap_pkthdr* h = nullptr;
  const u_char* data = nullptr;
  while (p != nullptr && pcap_next_ex(p, &h, &data) == 1) {
    all.push_back(
        {static_cast<uint64_t>(h->ts.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(h->ts.tv_usec),
         {data, data + h->caplen}});
  }
  if (p != nullptr) pcap_close(p);
  return all;
}

// One source wired straight to one sink.
struct Loop {
  std::filesystem::path dir;
  TempFile file;
  stats::PacketLog log;
  FrameRecorder recorder;
  WireSource source;
  WireSink sink;
  sim::Ticker ticker;

  Loop(const Bytes& capture, const Profile& profile, Rate rate, bool skipping = true)
      : dir(make_dir()),
        file(capture.data),
        log((dir / "packets.jsonl").string(), {}, {}),
        recorder(dir.string(), common::PortId::kP1, profile, log),
        source(0, profile, rate, std::make_unique<io::PortFrames>(file.path, -1), log),
        sink(recorder, profile, rate != Rate::kMax) {
    connect(source.out, sink.in);
    ticker.add(source);
    ticker.add(sink);
    ticker.set_skipping(skipping);
    ticker.reset();
    ticker.run_until(10);
    const Epoch epoch{.cycle0 = 10, .first_ns = io::check_capture(file.path).first_ns};
    recorder.start(epoch);
    source.start(epoch);
  }
  ~Loop() { std::filesystem::remove_all(dir); }

  static std::filesystem::path make_dir() {
    std::string name = (std::filesystem::temp_directory_path() / "fpwireXXXXXX").string();
    return mkdtemp(name.data());
  }
  std::vector<Out> run() {
    ticker.run_until(10'000'000'000, [&] { return source.exhausted(); });
    recorder.close();
    return read_pcapng((dir / "p1.pcapng").string());
  }
};

TEST(Wire, AFrameShowsUpWhenItsLastByteHasArrived) {
  // 8 + 60 + 4 bytes at 25 Gb/s are 23.04 ns: the beat is published at the end of cycle
  // ceil(5.76) = 6 and moves in cycle 7.
  Loop loop(Bytes().pcap_header(1).pcap_record(100, 0, ethernet(60)), kPaper, Rate::kCapture);
  const auto out = loop.run();
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].time_ns, 100'000'000'000u + 7 * 4);
  EXPECT_EQ(out[0].bytes, ethernet(60));
}

TEST(Wire, CaptureRateKeepsStampsAndNeverBeatsTheLine) {
  Bytes capture;
  capture.pcap_header(1, true)
      .pcap_record(0, 1000, ethernet(60))
      .pcap_record(0, 1001, ethernet(60))  // the line is busy until 1000 + 23.04 + 3.84 ns
      .pcap_record(0, 9000, ethernet(60));
  Loop loop(capture, kAsic, Rate::kCapture);
  const auto out = loop.run();
  ASSERT_EQ(out.size(), 3u);
  // 100 Gb/s: 72 bytes are 5.76 ns, with the gap 6.72 ns.
  EXPECT_EQ(out[0].time_ns, 1000u + 7);
  EXPECT_EQ(out[1].time_ns, 1000u + 14);  // 6.72 + 5.76 = 12.48 -> 13, moves in 14
  EXPECT_EQ(out[2].time_ns, 9000u + 7);
}

TEST(Wire, LineRateIsBackToBackWhateverTheStamps) {
  Bytes capture;
  capture.pcap_header(1);
  for (uint32_t i = 0; i < 100; ++i) capture.pcap_record(i * 10, 0, ethernet(1514));
  Loop loop(capture, kPaper, Rate::kLine);
  const auto out = loop.run();
  ASSERT_EQ(out.size(), 100u);
  // 1538 bytes at 12.5 bytes a cycle.
  const double cycles = static_cast<double>(out[99].time_ns - out[0].time_ns) / 4;
  EXPECT_NEAR(cycles / 99, 1538 / 12.5, 0.02);
}

TEST(Wire, MaxRateIsOneBeatEveryCycle) {
  Bytes capture;
  capture.pcap_header(1);
  for (uint32_t i = 0; i < 50; ++i) capture.pcap_record(i, 0, ethernet(1500));
  Loop loop(capture, kPaper, Rate::kMax);
  const auto out = loop.run();
  ASSERT_EQ(out.size(), 50u);
  EXPECT_EQ(out[49].time_ns - out[0].time_ns, 49u * 24 * 4);
}

TEST(Wire, ASlowSinkPausesTheSenderAndLosesNothing) {
  // At line rate out and max rate in, the sink's buffer fills.
  Bytes capture;
  capture.pcap_header(1);
  std::vector<std::vector<uint8_t>> sent;
  for (uint32_t i = 0; i < 60; ++i) {
    sent.push_back(ethernet(60 + i * 150, static_cast<uint8_t>(i)));
    capture.pcap_record(i, 0, sent.back());
  }
  const TempFile file(capture.data);
  const auto dir = Loop::make_dir();
  {
    stats::PacketLog log((dir / "packets.jsonl").string(), {}, {});
    FrameRecorder recorder(dir.string(), common::PortId::kP1, kPaper, log);
    WireSource source(0, kPaper, Rate::kMax, std::make_unique<io::PortFrames>(file.path, -1), log);
    WireSink sink(recorder, kPaper, true);
    connect(source.out, sink.in);
    sim::Ticker ticker;
    ticker.add(source);
    ticker.add(sink);
    ticker.reset();
    source.start({.cycle0 = 0, .first_ns = 0});
    ticker.run_until(1'000'000, [&] { return source.exhausted(); });
    recorder.close();
    uint64_t bytes = 0;
    for (const auto& f : sent) bytes += f.size() + 24;
    const double line_cycles = static_cast<double>(bytes) / 12.5;
    EXPECT_GT(static_cast<double>(ticker.now()), line_cycles - 9216 / 12.5 - 1);
    EXPECT_LT(static_cast<double>(ticker.now()), line_cycles + 100);
  }
  const auto out = read_pcapng((dir / "p1.pcapng").string());
  std::filesystem::remove_all(dir);
  ASSERT_EQ(out.size(), sent.size());
  for (size_t i = 0; i < sent.size(); ++i) EXPECT_EQ(out[i].bytes, sent[i]) << i;
}

TEST(Wire, SkippedCyclesChangeNothing) {
  Bytes capture;
  capture.pcap_header(1);
  for (uint32_t i = 0; i < 40; ++i) {
    capture.pcap_record(0, i * (i % 7) * 3, ethernet(60 + i * 37 % 1400));
  }
  for (const Rate rate : {Rate::kCapture, Rate::kLine, Rate::kMax}) {
    Loop skipping(capture, kPaper, rate, true), plain(capture, kPaper, rate, false);
    const auto a = skipping.run(), b = plain.run();
    ASSERT_EQ(a.size(), 40u);
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].time_ns, b[i].time_ns) << i;
      EXPECT_EQ(a[i].bytes, b[i].bytes) << i;
    }
    EXPECT_LE(skipping.ticker.edges(), plain.ticker.edges());
  }
}

// A burst four times as fast as the line out fills the sink's buffer; the frame after the silence
// must find it open at once.
TEST(Wire, AFullBufferOpensByTimeAlone) {
  constexpr Profile kSlow{"slow", 1, 25};
  Bytes capture;
  capture.pcap_header(1, true);
  for (int i = 0; i < 12; ++i) capture.pcap_record(0, 0, ethernet(1500));
  // The burst needs 12 * 1524 * 8 / 25 = 5852 ns on the slow line; the buffer opens before.
  for (uint32_t ns = 2900; ns < 6000; ns += 77) capture.pcap_record(0, ns, ethernet(60));
  const TempFile file(capture.data);
  std::vector<std::vector<Out>> outputs;
  for (const bool skipping : {true, false}) {
    const auto dir = Loop::make_dir();
    {
      stats::PacketLog log((dir / "packets.jsonl").string(), {}, {});
      FrameRecorder recorder(dir.string(), common::PortId::kP1, kSlow, log);
      WireSource source(0, kAsic, Rate::kCapture, std::make_unique<io::PortFrames>(file.path, -1),
                        log);
      WireSink sink(recorder, kSlow, true);
      connect(source.out, sink.in);
      sim::Ticker ticker;
      ticker.set_skipping(skipping);
      ticker.add(source);
      ticker.add(sink);
      ticker.reset();
      source.start({.cycle0 = 0, .first_ns = 0});
      // `ready` while nothing is offered shows at the next frame only; look at it itself.
      uint64_t open_cycles = 0;
      while (ticker.now() < 8000) {
        ticker.run_until(ticker.now() + 1);
        open_cycles += sink.in.ready;
      }
      EXPECT_GT(open_cycles, 100u);
      EXPECT_LT(open_cycles, 7900u) << "the buffer was never full";
      recorder.close();
      outputs.push_back(read_pcapng((dir / "p1.pcapng").string()));
      outputs.back().push_back({open_cycles, {}});
    }
    std::filesystem::remove_all(dir);
  }
  ASSERT_EQ(outputs[0].size(), outputs[1].size());
  for (size_t i = 0; i < outputs[0].size(); ++i) {
    EXPECT_EQ(outputs[0][i].time_ns, outputs[1][i].time_ns) << i;
  }
}

TEST(Wire, AMarkedFrameEndsWithErr) {
  Bytes capture;
  capture.pcap_header(1).pcap_record(0, 0, ethernet(54), 900);
  Loop loop(capture, kPaper, Rate::kMax);
  // Straight into a sink it is a fault of ours, named with the frame.
  try {
    loop.run();
    FAIL();
  } catch (const WireError& e) {
    EXPECT_STREQ(e.what(), "p1: p0 packet 1: found the error mark, expected a whole frame");
  }
}

}  // namespace
}  // namespace fp::platform
