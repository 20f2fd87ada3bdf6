// SPDX-License-Identifier: Apache-2.0
//
// Packet in, answers out: what GDB's manual promises of each packet, on a core with a little RAM.
#include "sim-tb/gdb/target.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sim-tb/gdb/monitor.hpp"
#include "sim-tb/gdb/packet.hpp"
#include "sim-tb/gdb/registers.hpp"
#include "tests/unit/gdb/core.hpp"

namespace fp::gdb {
namespace {

struct TargetTest : testing::Test {
  Core core{addi(1, 0, 1), addi(1, 1, 1), kJumpToItself};
  RunLoop loop{core.hart};
  std::string asked;
  std::string text = "hi";
  Target target{core.hart,
                loop,
                {.read =
                     [this](uint32_t addr, std::span<uint8_t> out) {
                       if (addr < kRam || addr - kRam >= core.ram.size()) return size_t{0};
                       const size_t n = std::min(out.size(), core.ram.size() - (addr - kRam));
                       std::copy_n(core.ram.begin() + (addr - kRam), n, out.begin());
                       return n;
                     },
                 .write =
                     [this](uint32_t addr, std::span<const uint8_t> bytes) {
                       if (addr < kRam || addr - kRam + bytes.size() > core.ram.size())
                         return false;
                       std::copy(bytes.begin(), bytes.end(), core.ram.begin() + (addr - kRam));
                       return true;
                     },
                 .monitor =
                     [this](std::string_view command) {
                       asked = command;
                       return text;
                     }}};

  // The one answer to a packet that leaves the core where it is.
  std::string say(std::string_view packet) {
    const Target::Answer answer = target.handle(packet);
    EXPECT_EQ(answer.resume, Resume::kNo) << packet;
    EXPECT_EQ(answer.packets.size(), 1u) << packet;
    return answer.packets.empty() ? "" : answer.packets[0];
  }
  Resume resume(std::string_view packet) { return target.handle(packet).resume; }
};

TEST_F(TargetTest, UnknownPacketsAreAnsweredEmpty) {
  for (const char* packet : {"", "!", "vMustReplyEmpty", "qTStatus", "QPassSignals:", "bc", "R00",
                             "vFile:open:", "Z5,80000000,4", "qXfer:memory-map:read::0,fff"}) {
    EXPECT_EQ(say(packet), "") << packet;
  }
}

TEST_F(TargetTest, OffersWhatItHas) {
  const std::string offer = say("qSupported:multiprocess+;swbreak+;hwbreak+");
  for (const char* feature : {"PacketSize=4000", "QStartNoAckMode+", "swbreak+", "hwbreak+",
                              "qXfer:features:read+", "vContSupported+"}) {
    EXPECT_NE(offer.find(feature), std::string::npos) << feature;
  }
  EXPECT_EQ(say("vCont?"), "vCont;c;C;s;S");
  EXPECT_FALSE(target.no_ack());
  EXPECT_EQ(say("QStartNoAckMode"), "OK");
  EXPECT_TRUE(target.no_ack());
}

TEST_F(TargetTest, StopReasonsAreNamedToAGdbThatKnowsThem) {
  EXPECT_EQ(say("?"), "T05thread:1;");
  target.set_stop({.why = Stop::Why::kPoint, .point = Point::kSoftware});
  EXPECT_EQ(say("?"), "T05thread:1;");
  say("qSupported:swbreak+;hwbreak+");
  EXPECT_EQ(say("?"), "T05swbreak:;thread:1;");
  target.set_stop({.why = Stop::Why::kPoint, .point = Point::kHardware});
  EXPECT_EQ(say("?"), "T05hwbreak:;thread:1;");
  target.set_stop({.why = Stop::Why::kPoint, .point = Point::kWrite, .addr = 0x80000104});
  EXPECT_EQ(say("?"), "T05watch:80000104;thread:1;");
  target.set_stop({.why = Stop::Why::kPoint, .point = Point::kRead, .addr = 0x10});
  EXPECT_EQ(say("?"), "T05rwatch:10;thread:1;");
  target.set_stop({.why = Stop::Why::kPoint, .point = Point::kAccess, .addr = 0x10});
  EXPECT_EQ(say("?"), "T05awatch:10;thread:1;");
  target.set_stop({.why = Stop::Why::kInterrupt});
  EXPECT_EQ(say("?"), "T02thread:1;");
  target.set_stop({.why = Stop::Why::kCrash});
  EXPECT_EQ(say("?"), "T06thread:1;");
}

TEST_F(TargetTest, RegistersGoBothWays) {
  core.hart.set_reg(1, 0x11223344);
  core.hart.set_reg(31, 0xfedcba98);
  const std::string all = say("g");
  ASSERT_EQ(all.size(), 33 * 8u);
  EXPECT_EQ(all.substr(0, 16), "0000000044332211");
  EXPECT_EQ(all.substr(31 * 8), "98badcfe00000080");
  EXPECT_EQ(say("p1"), "44332211");
  EXPECT_EQ(say("p20"), "00000080");
  EXPECT_EQ(say("P2=01020304"), "OK");
  EXPECT_EQ(core.hart.reg(2), 0x04030201u);
  EXPECT_EQ(say("P20=08000080"), "OK");
  EXPECT_EQ(core.hart.pc(), kRam + 8);

  std::string changed = all;
  changed.replace(5 * 8, 8, "efbeadde");
  EXPECT_EQ(say("G" + changed), "OK");
  EXPECT_EQ(core.hart.reg(5), 0xdeadbeefu);
  EXPECT_EQ(core.hart.pc(), kRam);
  EXPECT_EQ(say("G" + changed.substr(8)), "E16");
  EXPECT_EQ(say("P2=0102030g"), "E16");
  EXPECT_EQ(say("p21"), "E16");
  EXPECT_EQ(say("p"), "E16");
}

TEST_F(TargetTest, CsrsAreThoseTheCoreHas) {
  core.hart.set_csr(riscv::kMscratch, 0x55);
  EXPECT_EQ(say("p1340"), "55000000");
  EXPECT_EQ(say("P1340=66000000"), "OK");
  EXPECT_EQ(core.hart.csr(riscv::kMscratch), 0x66u);
  EXPECT_EQ(say("P1f14=01000000"), "E16") << "mhartid is read-only";
  EXPECT_EQ(say("p1180"), "E16") << "satp: there is no S mode";

  std::string xml;
  for (size_t at = 0;;) {
    const std::string part = say(fmt::format("qXfer:features:read:target.xml:{:x},200", at));
    xml += part.substr(1);
    at += part.size() - 1;
    if (part[0] == 'l') break;
    ASSERT_EQ(part[0], 'm');
  }
  EXPECT_NE(xml.find("<architecture>riscv:rv32</architecture>"), std::string::npos);
  EXPECT_NE(xml.find("name=\"mepc\" bitsize=\"32\" regnum=\"4929\""), std::string::npos);
  EXPECT_NE(xml.find("name=\"mhpmevent31\""), std::string::npos);
  EXPECT_EQ(xml.find("satp"), std::string::npos);
  EXPECT_EQ(say("qXfer:features:read:other.xml:0,200"), "E00");
}

TEST_F(TargetTest, MemoryIsReadAndWritten) {
  EXPECT_EQ(say("m80000000,4"), "93001000") << "addi x1, x0, 1";
  EXPECT_EQ(say("m80000ffe,8"), "0000") << "what there is of it";
  EXPECT_EQ(say("m80001000,4"), "E0e");
  EXPECT_EQ(say("m80000000"), "E16");
  EXPECT_EQ(say("M80000100,2:beef"), "OK");
  EXPECT_EQ(say("m80000100,2"), "beef");
  EXPECT_EQ(say("M80000100,3:beef"), "E16");
  EXPECT_EQ(say("M80000fff,2:beef"), "E0e");
  EXPECT_EQ(core.ram[0xfff], 0);
  EXPECT_EQ(say("X80000100,0:"), "OK");
  EXPECT_EQ(say(std::string("X80000100,3:a\0b", 15)), "OK");
  EXPECT_EQ(say("m80000100,3"), "610062");
  // No more than fits a packet, whatever is asked.
  Target endless{core.hart,
                 loop,
                 {.read = [](uint32_t, std::span<uint8_t> out) { return out.size(); },
                  .write = {},
                  .monitor = {}}};
  EXPECT_EQ(endless.handle("m80000000,ffffffff").packets.at(0).size(), kPacketSize);
}

TEST_F(TargetTest, TheCoreIsLetGo) {
  EXPECT_EQ(resume("c"), Resume::kContinue);
  EXPECT_EQ(resume("s"), Resume::kStep);
  EXPECT_EQ(resume("C05"), Resume::kContinue);
  EXPECT_EQ(resume("S05;80000008"), Resume::kStep);
  EXPECT_EQ(core.hart.pc(), kRam + 8);
  EXPECT_EQ(resume("c80000004"), Resume::kContinue);
  EXPECT_EQ(core.hart.pc(), kRam + 4);
  EXPECT_EQ(say("cxyz"), "E16");
  EXPECT_EQ(resume("vCont;c"), Resume::kContinue);
  EXPECT_EQ(resume("vCont;s:1;c"), Resume::kStep);
  EXPECT_EQ(resume("vCont;s:2;c:-1"), Resume::kContinue);
  EXPECT_EQ(say("vCont;r80000000,80000010"), "E16") << "was not offered";
  EXPECT_EQ(say("vCont;s:2"), "E16");
  EXPECT_EQ(resume("D"), Resume::kDetach);
  EXPECT_EQ(resume("k"), Resume::kKill);
  EXPECT_EQ(resume("vKill;1"), Resume::kKill);
}

TEST_F(TargetTest, PointsComeAndGo) {
  EXPECT_EQ(say("Z0,80000004,4"), "OK");
  EXPECT_TRUE(loop.run(100, false).stop);
  EXPECT_EQ(say("z0,80000004,4"), "OK");
  EXPECT_EQ(say("z0,80000004,4"), "OK");
  EXPECT_FALSE(loop.run(100, false).stop);
  EXPECT_EQ(say("Z2,80000100,0"), "E1c");
  EXPECT_EQ(say("Z2,80000100"), "E16");
  EXPECT_EQ(say("Z2,80000100,4"), "OK");
}

TEST_F(TargetTest, MonitorTextComesInPackets) {
  auto answer = target.handle("qRcmd,6379636c65");
  EXPECT_EQ(asked, "cycle");
  EXPECT_EQ(answer.packets, (std::vector<std::string>{"O6869", "OK"}));
  text = std::string(20000, 'x');
  answer = target.handle("qRcmd,");
  std::string all;
  for (const std::string& packet : answer.packets) {
    EXPECT_LE(packet.size(), kPacketSize);
    if (packet[0] == 'O' && packet != "OK") all += packet.substr(1);
  }
  EXPECT_EQ(all.size(), 40000u);
  EXPECT_EQ(say("qRcmd,6"), "E16");
}

struct StubBlock : Block {
  void reset() override {}
  void eval(uint64_t) override {}
  void commit() override {}
  bool idle() const override { return is_idle; }
  uint64_t wake_at() const override { return wake; }
  bool is_idle = true;
  uint64_t wake = kNever;
};

TEST(Monitor, TellsWhatStandsAroundTheCore) {
  StubBlock sleeping, busy;
  busy.is_idle = false;
  busy.wake = 700;
  constexpr contract::CsrRow kRows[] = {{"CTRL", 0, 0, 3, 0, 0, 0, 0, 0, false, false},
                                        {"STATUS", 4, 0, 0, 7, 0, 0, 0, 7, false, false},
                                        {"HOLE", 8, 0, 0, 7, 0, 0, 0, 0, false, false}};
  SystemView view;
  view.blocks = {{"rmt", &sleeping}, {"p0.in", &busy}};
  view.registers = {{"rmt", 0x1000, kRows}};
  view.core_cycles = [] { return uint64_t{520}; };
  view.block_cycles = [] { return uint64_t{500}; };
  uint64_t ready = 0;
  view.ready_cycle = [&] { return ready; };
  view.asleep = [] { return false; };
  view.read = [](uint32_t addr, std::span<uint8_t> out) {
    if (addr == 0x1008) return size_t{0};
    std::fill(out.begin(), out.end(), 0);
    out[0] = static_cast<uint8_t>(addr + 1);
    return out.size();
  };
  const auto say = [&](const char* command) { return answer_monitor(view, "boot\n", command); };

  EXPECT_EQ(say("cycle"), "core 520 cycles\nblocks 500 cycles, not READY yet\n");
  ready = 450;
  EXPECT_EQ(say(" cycle "), "core 520 cycles\nblocks 500 cycles, cycle 50 after READY\n");
  EXPECT_EQ(say("blocks"), "rmt           idle\np0.in         busy, wakes at 700\n");
  EXPECT_EQ(say("block rmt"),
            "CTRL                    0x00000001\nSTATUS                  0x00000005 *\n"
            "HOLE                    cannot be read here\n");
  EXPECT_EQ(say("block rmt ST"), "STATUS                  0x00000005 *\n");
  EXPECT_EQ(say("block rmt X"),
            "block rmt: found X, expected the beginning of a register's name\n");
  EXPECT_EQ(say("block mbuf"), "block: found mbuf, expected one of rmt\n");
  EXPECT_EQ(say("console"), "boot\n");
  EXPECT_EQ(say("reset"), "monitor: found reset, expected cycle, blocks, block, console or help\n");
  EXPECT_NE(say("help").find("monitor blocks"), std::string::npos);
}

}  // namespace
}  // namespace fp::gdb
