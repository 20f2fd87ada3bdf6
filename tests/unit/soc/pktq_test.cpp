// SPDX-License-Identifier: Apache-2.0
#include "cmodel/soc/pktq.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/unit/soc/bus_master.hpp"
#include "tests/unit/soc/fresh_systemc.hpp"

namespace fp::soc {
namespace {

namespace reg = pktq::reg;
using pktq::RxClass;
using test::BusMaster;
using Bytes = std::vector<uint8_t>;

constexpr uint8_t kLocal = static_cast<uint16_t>(rmt::Reason::kLocal) & 0xff;
constexpr uint8_t kTtl = static_cast<uint16_t>(rmt::Reason::kTtl) & 0xff;

class PktqTest : public testing::Test {
 protected:
  PktqTest() : prepared_((test::fresh_systemc(), true)), queue_("queue"), core_("core") {
    core_.socket.bind(queue_.socket);
    test::elaborate();
    queue_.reset();
    connect(beat_, queue_.in);
    connect(note_, queue_.notes);
    queue_.out.ready = &ready_;
    for (unsigned c = 0; c < pktq::kNumClasses; ++c) limit(c, 64);
  }

  void limit(unsigned cls, uint32_t frames) { core_.write(reg::kClassLimit + 4 * cls, frames); }
  void tick() {
    queue_.eval(now_++);
    queue_.commit();
  }
  void note(uint32_t tag, uint8_t reason) {
    note_.valid = true;
    note_.data = {};
    note_.data.tag = tag;
    note_.data.verdict = rmt::Verdict::kSlow;
    note_.data.reason = reason;
    tick();
    note_.valid = false;
  }
  void frame(const Bytes& bytes, uint32_t tag, bool err = false) {
    for (size_t at = 0; at < bytes.size(); at += common::kBeatBytes) {
      const size_t n = std::min<size_t>(bytes.size() - at, common::kBeatBytes);
      beat_.data = {};
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), n, beat_.data.data.begin());
      beat_.data.nbytes = static_cast<uint8_t>(n);
      beat_.data.sop = at == 0;
      beat_.data.eop = at + n == bytes.size();
      beat_.data.err = err && beat_.data.eop;
      beat_.data.port = common::PortId::kP2;
      beat_.data.tag = tag;
      beat_.valid = true;
      tick();
    }
    beat_.valid = false;
  }
  // The oldest frame of a class, removed; empty for none.
  Bytes take(RxClass cls) {
    core_.write(reg::kRxSelect, static_cast<uint32_t>(cls));
    reg::RxInfo info;
    info.raw = info_ = core_.read(reg::kRxInfo);
    Bytes out(info.length());
    for (size_t i = 0; i < out.size(); ++i) {
      out[i] = static_cast<uint8_t>(core_.read(reg::kRxData + static_cast<uint32_t>(i) / 4 * 4) >>
                                    8 * (i % 4));
    }
    core_.write(reg::kRxPop, 1);
    return out;
  }
  uint32_t dropped(RxClass cls) {
    return core_.read(reg::kRxDrops + 4 * static_cast<uint32_t>(cls));
  }
  static Bytes bytes(size_t n, uint8_t first = 0) {
    Bytes b(n);
    std::iota(b.begin(), b.end(), first);
    return b;
  }
  static Bytes of_type(Bytes type, size_t n = 64) {
    Bytes b(n);
    std::copy(type.begin(), type.end(), b.begin() + 12);
    return b;
  }
  static Bytes icmpv6(uint8_t type, bool tag) {
    Bytes b(100);
    size_t at = 12;
    if (tag) b[12] = 0x81, at = 16;
    b[at] = 0x86;
    b[at + 1] = 0xdd;
    b[at + 8] = 58;
    b[at + 42] = type;
    return b;
  }

  bool prepared_;
  PacketQueue queue_;
  BusMaster core_;
  Tx<common::PktBeat> beat_;
  Tx<rmt::VerdictReport> note_;
  bool ready_ = true;
  uint64_t now_ = 0;
  uint32_t info_ = 0;
};

TEST_F(PktqTest, FramesComeOutInOrderWithPortAndReason) {
  for (const size_t n : {1u, 60u, 64u, 65u, 127u, 128u, 1500u, 9216u}) {
    note(static_cast<uint32_t>(n), kLocal);
    frame(bytes(n, 3), static_cast<uint32_t>(n));
    EXPECT_EQ(core_.read(reg::kStatus), 1u << static_cast<unsigned>(RxClass::kLocal));
    EXPECT_EQ(take(RxClass::kLocal), bytes(n, 3)) << n;
    reg::RxInfo info;
    info.raw = info_;
    EXPECT_TRUE(info.valid());
    EXPECT_EQ(info.port(), 2);
    EXPECT_EQ(info.reason(), kLocal);
  }
  EXPECT_EQ(core_.read(reg::kStatus), 0u);
  EXPECT_EQ(core_.read(reg::kRxInfo), 0u);
}

TEST_F(PktqTest, TheClassIsSeenFromNoteAndFirstBytes) {
  const auto lands = [&](const Bytes& b, uint8_t reason) {
    static uint32_t tag = 0;
    ++tag;
    if (reason != 0) note(tag, reason);
    frame(b, tag);
    const uint32_t status = core_.read(reg::kStatus);
    for (unsigned c = 0; c < pktq::kNumClasses; ++c) take(static_cast<RxClass>(c));
    return status;
  };
  constexpr uint32_t kControl = 1, kLocalBit = 2, kException = 4, kFlooded = 8;
  EXPECT_EQ(lands(of_type({0x08, 0x06}), 0), kControl);
  EXPECT_EQ(lands(of_type({0x81, 0x00, 0x00, 0x0a, 0x08, 0x06}), 0), kControl);
  EXPECT_EQ(lands(of_type({0x81, 0x00, 0x00, 0x0a, 0x81, 0x00, 0x00, 0x0a, 0x08, 0x06}), 0),
            kFlooded)
      << "a second tag is nobody's the DPU knows";
  EXPECT_EQ(lands(of_type({0x08, 0x06}), kLocal), kControl);
  EXPECT_EQ(lands(of_type({0x08, 0x06}), kTtl), kException);
  EXPECT_EQ(lands(of_type({0x08, 0x00}), 0), kFlooded);
  EXPECT_EQ(lands(of_type({0x08, 0x00}), kLocal), kLocalBit);
  for (const bool tag : {false, true}) {
    EXPECT_EQ(lands(icmpv6(132, tag), 0), kFlooded);
    EXPECT_EQ(lands(icmpv6(133, tag), 0), kControl);
    EXPECT_EQ(lands(icmpv6(135, tag), kLocal), kControl);
    EXPECT_EQ(lands(icmpv6(137, tag), 0), kControl);
    EXPECT_EQ(lands(icmpv6(138, tag), 0), kFlooded);
    EXPECT_EQ(lands(icmpv6(128, tag), kLocal), kLocalBit);
  }
  EXPECT_EQ(lands(of_type({0x08, 0x06}, 14), 0), kControl) << "a frame that ends with its type";
  EXPECT_EQ(lands(Bytes(13), 0), kFlooded) << "one that ends before";
}

TEST_F(PktqTest, NoClassTakesAnothersRoom) {
  limit(0, 5);
  for (uint32_t i = 0; i < 100; ++i) frame(of_type({0x08, 0x06}), i);
  EXPECT_EQ(dropped(RxClass::kControl), 95u);
  EXPECT_EQ(core_.read(reg::kRxFrames), 5u);
  note(1000, kLocal);
  frame(bytes(9216), 1000);
  EXPECT_EQ(dropped(RxClass::kLocal), 0u);
  EXPECT_EQ(take(RxClass::kLocal).size(), 9216u);
  limit(0, 0);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(take(RxClass::kControl).size(), 64u) << "stay for now";
  frame(of_type({0x08, 0x06}), 1);
  EXPECT_TRUE(take(RxClass::kControl).empty()) << "a closed class";
}

TEST_F(PktqTest, TheMemoryIsABound) {
  for (uint32_t i = 0; i < 3; ++i) {
    note(i, kLocal);
    frame(bytes(6000, static_cast<uint8_t>(i)), i);
  }
  EXPECT_EQ(dropped(RxClass::kLocal), 1u) << "16 KiB hold two of 6000 bytes";
  EXPECT_EQ(take(RxClass::kLocal), bytes(6000, 0));
  note(7, kLocal);
  frame(bytes(6000, 7), 7);  // goes round the end
  EXPECT_EQ(take(RxClass::kLocal), bytes(6000, 1));
  EXPECT_EQ(take(RxClass::kLocal), bytes(6000, 7));
  for (uint32_t i = 0; i < 70; ++i) {
    note(i, kLocal);
    frame(bytes(60), i);
  }
  EXPECT_EQ(dropped(RxClass::kLocal), 1u + 6u) << "and 64 frames";
}

TEST_F(PktqTest, AFrameMarkedBadIsForgotten) {
  frame(of_type({0x08, 0x06}, 200), 1, true);
  EXPECT_EQ(core_.read(reg::kStatus), 0u);
  EXPECT_EQ(dropped(RxClass::kControl), 1u);
  frame(of_type({0x08, 0x06}, 200), 2);
  EXPECT_EQ(take(RxClass::kControl), of_type({0x08, 0x06}, 200));
}

TEST_F(PktqTest, NotesAreFoundByTagInAnyOrder) {
  note(0x2000'0001, kLocal);
  note(0x0000'0001, kTtl);
  note(0x4000'0001, kLocal);
  frame(bytes(64), 0x4000'0001);
  frame(bytes(64), 0x0000'0001);
  frame(bytes(64), 0x2000'0001);
  frame(bytes(64), 0x2000'0001);  // its note is used up
  EXPECT_EQ(core_.read(reg::kRxFrames + 4), 2u);
  EXPECT_EQ(core_.read(reg::kRxFrames + 8), 1u);
  EXPECT_EQ(core_.read(reg::kRxFrames + 12), 1u);
  note(5, kTtl);
  note(5 + 512, kTtl);
  EXPECT_EQ(core_.read(reg::kNotesLost), 1u);
  frame(bytes(64), 5);
  EXPECT_EQ(core_.read(reg::kRxFrames + 12), 2u) << "another's note is not taken";
}

TEST_F(PktqTest, InterruptIsALevelOfTheClassesEnabled) {
  frame(of_type({0x08, 0x06}), 1);
  EXPECT_FALSE(queue_.irq());
  core_.write(reg::kIrqEnable, 2);
  EXPECT_FALSE(queue_.irq());
  core_.write(reg::kIrqEnable, 1);
  EXPECT_TRUE(queue_.irq());
  take(RxClass::kControl);
  EXPECT_FALSE(queue_.irq());
}

TEST_F(PktqTest, AFrameSentLeavesBeatByBeatWhateverReadyDoes) {
  Bytes got;
  const Bytes want = bytes(200, 9);
  for (uint32_t i = 0; i < 200; i += 4) {
    core_.write(reg::kTxData + i, want[i] | want[i + 1] << 8 | want[i + 2] << 16 |
                                      static_cast<uint32_t>(want[i + 3]) << 24);
  }
  EXPECT_TRUE(queue_.idle());
  core_.write(reg::kTxSend, 0);
  core_.write(reg::kTxSend, common::kMaxFrame + 1);
  EXPECT_TRUE(queue_.idle()) << "lengths nobody sends";
  core_.write(reg::kTxSend, 199);
  EXPECT_EQ(core_.read(reg::kStatus), 1u << 4);
  core_.write(reg::kTxData, 0xffffffff);
  core_.write(reg::kTxSend, 7);  // both ignored: busy
  unsigned beats = 0;
  for (unsigned i = 0; i < 30 && !queue_.idle(); ++i) {
    ready_ = i % 3 == 2;
    const bool fires = queue_.out.fires();
    const common::PktBeat b = queue_.out.data;
    tick();
    if (!fires) continue;
    EXPECT_EQ(b.sop, beats == 0);
    EXPECT_EQ(b.tag, pktq::kTagBase | 1);
    EXPECT_EQ(b.port, common::PortId::kCpu);
    got.insert(got.end(), b.data.begin(), b.data.begin() + b.nbytes);
    EXPECT_EQ(b.eop, got.size() == 199);
    ++beats;
  }
  EXPECT_EQ(got, Bytes(want.begin(), want.begin() + 199));
  EXPECT_EQ(beats, 4u);
  EXPECT_EQ(core_.read(reg::kStatus), 0u);
  EXPECT_EQ(core_.read(reg::kTxFrames), 1u);
}

TEST_F(PktqTest, UnknownRegistersAreRefusedAndReadOnlyOnesKept) {
  core_.read(0x60);
  EXPECT_FALSE(core_.ok());
  core_.write(reg::kRxData + 4 * reg::kRxDataCount, 0);
  EXPECT_FALSE(core_.ok());
  core_.write(reg::kRxFrames, 77);
  EXPECT_TRUE(core_.ok());
  EXPECT_EQ(core_.read(reg::kRxFrames), 0u);
}

TEST_F(PktqTest, ALoopedFrameComesBackAndReachesNobody) {
  core_.write(reg::kLoopback, 1);
  EXPECT_EQ(core_.read(reg::kLoopback), 1u);
  Bytes bytes(150);
  std::iota(bytes.begin(), bytes.end(), uint8_t{1});
  for (uint32_t w = 0; w < 38; ++w) {
    uint32_t word = 0;
    for (uint32_t b = 0; b < 4 && 4 * w + b < bytes.size(); ++b) {
      word |= uint32_t{bytes[4 * w + b]} << 8 * b;
    }
    core_.write(reg::kTxData + 4 * w, word);
  }
  core_.write(reg::kTxSend, 150);
  for (int i = 0; i < 10; ++i) {
    tick();
    EXPECT_FALSE(queue_.out.valid);
  }
  EXPECT_EQ(core_.read(reg::kTxFrames), 0u) << "RMT has taken none";
  EXPECT_FALSE(reg::Status{core_.read(reg::kStatus)}.tx_busy());
  core_.write(reg::kRxSelect, static_cast<uint32_t>(RxClass::kFlooded));
  EXPECT_EQ(reg::RxInfo{core_.read(reg::kRxInfo)}.length(), 150u);
  for (uint32_t w = 0; w < 38; ++w) {
    EXPECT_EQ(core_.read(reg::kRxData + 4 * w), core_.read(reg::kTxData + 4 * w)) << w;
  }
}

}  // namespace
}  // namespace fp::soc
