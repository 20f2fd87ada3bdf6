// SPDX-License-Identifier: Apache-2.0
//
// The server on a real loopback connection: who waits, who is told what, and that a gdb that goes
// away, in whatever way, lets the core run. The peer runs in a thread of its own; no test waits for
// a time to pass.
#include "sim-tb/gdb/server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "sim-tb/io/errors.hpp"
#include "tests/unit/gdb/core.hpp"

namespace fp::gdb {
namespace {

// gdb's end, blocking.
class Peer {
 public:
  explicit Peer(uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected = connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0;
  }
  ~Peer() { ::close(fd_); }

  void raw(std::string_view bytes) {
    EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  void say(std::string_view payload) { raw(frame(payload)); }
  // The next packet; "" when the connection ends.
  std::string hear() {
    for (char byte; recv(fd_, &byte, 1, 0) == 1;) {
      const auto kind = reader_.push(byte);
      if (kind == PacketReader::Kind::kPacket) return reader_.payload();
      acks += kind == PacketReader::Kind::kAck;
      naks += kind == PacketReader::Kind::kNak;
    }
    return "";
  }

  bool connected;
  unsigned acks = 0, naks = 0;

 private:
  int fd_;
  PacketReader reader_;
};

struct ServerTest : testing::Test {
  Core core{addi(1, 1, 1), addi(1, 1, 1), addi(1, 1, 1), kJumpToItself};
  std::atomic<bool> interrupted = false;
  bool killed = false;
  bool crashed = false;
  Server server{0, [this] { return interrupted.load(); }, [this] { killed = true; }};
  uint16_t port = take_port();

  uint16_t take_port() {
    Machine machine;
    machine.hart = &core.hart;
    machine.crashed = [this] { return crashed; };
    machine.view.read = [](uint32_t, std::span<uint8_t>) { return size_t{0}; };
    machine.write = [](uint32_t, std::span<const uint8_t>) { return false; };
    server.attach(std::move(machine));
    return server.port();
  }
  // `talk` in a thread, while the core is given 10 times 10 cycles.
  template <class Talk>
  void with_peer(Talk talk, int status = 0) {
    std::thread peer([&] { talk(); });
    for (int i = 0; i < 10; ++i) {
      server.run(core.hart, 10);
      for (int k = 0; k < 64; ++k) server.poll();
    }
    server.ended(status);
    peer.join();
  }
};

TEST_F(ServerTest, TheCoreWaitsAndThenEndsWithTheRunsStatus) {
  with_peer(
      [&] {
        Peer gdb(port);
        gdb.say("?");
        EXPECT_EQ(gdb.hear(), "T05thread:1;");
        gdb.say("p20");
        EXPECT_EQ(gdb.hear(), "00000080") << "not one instruction was executed";
        gdb.say("c");
        EXPECT_EQ(gdb.hear(), "W03");
        EXPECT_EQ(gdb.acks, 3u);
        EXPECT_EQ(gdb.hear(), "");
      },
      3);
  EXPECT_EQ(core.hart.cycle(), 100u);
  EXPECT_FALSE(killed);
}

TEST_F(ServerTest, StepsAndBreakpointsStopTheRun) {
  with_peer(
      [&] {
        Peer gdb(port);
        gdb.say("QStartNoAckMode");
        EXPECT_EQ(gdb.hear(), "OK");
        gdb.say("Z1,80000008,4");
        EXPECT_EQ(gdb.hear(), "OK");
        gdb.say("s");
        EXPECT_EQ(gdb.hear(), "T05thread:1;");
        gdb.say("c");
        EXPECT_EQ(gdb.hear(), "T05thread:1;");
        gdb.say("p20");
        EXPECT_EQ(gdb.hear(), "08000080");
        gdb.say("c");
        EXPECT_EQ(gdb.hear(), "X02");
        EXPECT_EQ(gdb.acks, 1u) << "of the packet that ended acknowledgements";
      },
      130);
}

TEST_F(ServerTest, ADetachedGdbLeavesNothingBehind) {
  with_peer([&] {
    Peer gdb(port);
    gdb.say("Z1,80000008,4");
    EXPECT_EQ(gdb.hear(), "OK");
    gdb.say("D");
    EXPECT_EQ(gdb.hear(), "OK");
    EXPECT_EQ(gdb.hear(), "");
    EXPECT_FALSE(Peer(port).connected) << "it listens no more";
  });
  EXPECT_EQ(core.hart.cycle(), 100u);
  EXPECT_EQ(core.hart.reg(1), 3u);
}

TEST_F(ServerTest, AGdbThatDiesLetsTheCoreRun) {
  with_peer([&] {
    Peer gdb(port);
    gdb.say("Z1,80000008,4");
    EXPECT_EQ(gdb.hear(), "OK");
  });
  EXPECT_EQ(core.hart.cycle(), 100u);
  EXPECT_FALSE(killed);
}

TEST_F(ServerTest, KillIsAnInterruptOfTheProgram) {
  with_peer([&] {
    Peer gdb(port);
    gdb.say("k");
    EXPECT_EQ(gdb.hear(), "");
  });
  EXPECT_TRUE(killed);
}

TEST_F(ServerTest, CtrlCStopsACoreThatRuns) {
  std::atomic<bool> sent = false;
  std::thread peer([&] {
    Peer gdb(port);
    gdb.raw(frame("c"));
    gdb.raw("\x03");
    sent = true;
    EXPECT_EQ(gdb.hear(), "T02thread:1;");
    gdb.say("D");
    EXPECT_EQ(gdb.hear(), "OK");
  });
  server.run(core.hart, 10);
  while (!sent) std::this_thread::yield();
  // The byte is in the socket, or about to be: it is found in one of the next looks.
  while (server.attached()) server.poll();
  peer.join();
}

TEST_F(ServerTest, ACrashOfTheFirmwareIsShownOnce) {
  crashed = true;
  with_peer(
      [&] {
        Peer gdb(port);
        gdb.say("c");
        EXPECT_EQ(gdb.hear(), "T06thread:1;");
        gdb.say("c");
        EXPECT_EQ(gdb.hear(), "W46");
      },
      70);
}

TEST_F(ServerTest, DamagedPacketsAreAskedForAgain) {
  with_peer([&] {
    Peer gdb(port);
    gdb.raw("$p20#00");
    gdb.say("p20");
    EXPECT_EQ(gdb.hear(), "00000080");
    EXPECT_EQ(gdb.naks, 1u);
    gdb.raw("-");
    EXPECT_EQ(gdb.hear(), "00000080") << "sent again";
    gdb.say("D");
    EXPECT_EQ(gdb.hear(), "OK");
  });
}

TEST_F(ServerTest, AnInterruptedProgramDoesNotWait) {
  interrupted = true;
  server.run(core.hart, 10);
  EXPECT_EQ(core.hart.cycle(), 10u);
  EXPECT_FALSE(Peer(port).connected);
}

TEST_F(ServerTest, APortInUseIsRefused) {
  try {
    const Server second(port, [] { return false; }, [] {});
    FAIL() << "two servers on one port";
  } catch (const io::EnvironmentError& e) {
    EXPECT_EQ(std::string(e.what()), "--gdb: found 127.0.0.1:" + std::to_string(port) +
                                         " in use, expected a port to listen on");
  }
}

}  // namespace
}  // namespace fp::gdb
