// SPDX-License-Identifier: Apache-2.0
//
// What each packet of GDB's remote serial protocol does: one core, all stop. No sockets, no
// waiting: a packet in, answers out. Anything may stand in a packet.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cmodel/riscv/hart.hpp"
#include "sim-tb/gdb/run_loop.hpp"

namespace fp::gdb {

// The world around the core, as far as a debugger may touch it.
struct Surroundings {
  // Bytes from `addr` that can be had without side effects, counted from the front.
  std::function<size_t(uint32_t addr, std::span<uint8_t> out)> read;
  // All or nothing; only where a write has no effect but storing.
  std::function<bool(uint32_t addr, std::span<const uint8_t> bytes)> write;
  // Text that answers a `monitor` command.
  std::function<std::string(std::string_view command)> monitor;
};

enum class Resume : uint8_t { kNo, kContinue, kStep, kDetach, kKill };

class Target {
 public:
  // `hart` and `points` must outlive the target.
  Target(riscv::Hart& hart, RunLoop& points, Surroundings around)
      : hart_(hart), points_(points), around_(std::move(around)) {}

  struct Answer {
    std::vector<std::string> packets{};  // payloads, to be sent in this order
    Resume resume = Resume::kNo;         // anything else: the core moves on; its stop answers later
  };
  Answer handle(std::string_view packet);

  // The core stopped; `?` repeats it.
  void set_stop(const Stop& stop) { stop_ = stop; }
  std::string stop_reply() const;

  // Set by QStartNoAckMode; the packet that asks for it is still acknowledged.
  bool no_ack() const { return no_ack_; }

 private:
  Answer query(std::string_view packet);
  Answer features(std::string_view annex_and_range);
  Answer monitor(std::string_view digits);
  Answer resume(std::string_view packet);
  Answer vcont(std::string_view actions);
  Answer read_general();
  Answer write_general(std::string_view digits);
  Answer read_one(std::string_view number);
  Answer write_one(std::string_view assignment);
  Answer read_memory(std::string_view range);
  Answer write_memory(std::string_view packet, bool binary);
  Answer change_point(std::string_view packet);

  riscv::Hart& hart_;
  RunLoop& points_;
  Surroundings around_;
  Stop stop_;
  bool no_ack_ = false;
  bool swbreak_ = false;  // gdb understands that stop reason
  bool hwbreak_ = false;
};

}  // namespace fp::gdb
