// SPDX-License-Identifier: Apache-2.0
//
// `run --gdb`: waits for GDB, then executes the control core for it. Model time stands still while
// the core does. When gdb leaves, however it does, the run goes on by itself.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cmodel/soc/run_control.hpp"
#include "sim-tb/gdb/monitor.hpp"
#include "sim-tb/gdb/packet.hpp"
#include "sim-tb/gdb/run_loop.hpp"
#include "sim-tb/gdb/socket.hpp"
#include "sim-tb/gdb/target.hpp"

namespace fp::gdb {

// What the server needs of the platform. Everything it calls must live as long as the server runs.
struct Machine {
  riscv::Hart* hart = nullptr;
  SystemView view;
  // Changes RAM (Surroundings::write).
  std::function<bool(uint32_t addr, std::span<const uint8_t> bytes)> write;
  // The firmware has died.
  std::function<bool()> crashed;
};

// One thread. The order: attach(), then run() and poll() by the platform, then ended().
class Server : public soc::RunControl {
 public:
  // Listens on 127.0.0.1:`port` (0: any free one) and says so on stderr. `interrupted`: a signal
  // ends the program. `kill`: gdb wants what a signal does. Throws io::EnvironmentError.
  Server(uint16_t port, std::function<bool()> interrupted, std::function<void()> kill);

  uint16_t port() const { return socket_.port(); }

  void attach(Machine machine);

  // The first call waits for gdb.
  void run(riscv::Hart& hart, uint64_t cycles) override;
  // Between two slices of model time: looks for Ctrl-C and for a gdb that has gone.
  void poll();
  // gdb waits for the core, or holds it.
  bool attached() const { return state_ != State::kGone; }
  // A character the firmware prints.
  void console(char c);
  // The run is over with this exit status: gdb's program ends with it.
  void ended(int status);

 private:
  enum class State : uint8_t { kWaiting, kRunning, kGone };

  void stop(const Stop& why);
  bool converse();
  void answer(Target::Answer answer);
  void send(std::string_view payload);
  void leave(const char* how);

  Socket socket_;
  std::function<void()> kill_;
  Machine machine_;
  std::unique_ptr<RunLoop> loop_;
  std::unique_ptr<Target> target_;
  PacketReader reader_;
  std::string arrived_;  // bytes not looked at yet
  std::string last_;     // what was sent last, framed
  std::string printed_;  // the console's end
  Resume resume_ = Resume::kNo;
  State state_ = State::kWaiting;
  bool stepping_ = false;
  bool crash_shown_ = false;
  uint32_t polls_ = 0;
};

}  // namespace fp::gdb
