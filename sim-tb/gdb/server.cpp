// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/gdb/server.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

namespace fp::gdb {
namespace {

// Characters of the console that `monitor console` can show.
constexpr size_t kConsoleTail = 8192;
// Slices between two looks at the connection: a system call costs as much as some hundred cycles of
// model time, and Ctrl-C may take a moment.
constexpr uint32_t kPollEvery = 64;
// Exit statuses from here on are 128 + signal.
constexpr int kSignalBase = 128;

}  // namespace

Server::Server(uint16_t port, std::function<bool()> interrupted, std::function<void()> kill)
    : socket_(port, std::move(interrupted)), kill_(std::move(kill)) {
  std::fprintf(stderr, "gdb: listening on 127.0.0.1:%u\n", socket_.port());
}

void Server::attach(Machine machine) {
  machine_ = std::move(machine);
  loop_ = std::make_unique<RunLoop>(*machine_.hart);
  target_ = std::make_unique<Target>(*machine_.hart, *loop_,
                                     Surroundings{.read = machine_.view.read,
                                                  .write = machine_.write,
                                                  .monitor = [this](std::string_view command) {
                                                    return answer_monitor(machine_.view, printed_,
                                                                          command);
                                                  }});
}

void Server::run(riscv::Hart& hart, uint64_t cycles) {
  if (state_ == State::kWaiting) {
    if (socket_.accept()) {
      std::fprintf(stderr, "gdb: connected\n");
      stop({.why = Stop::Why::kAttach});
    } else {
      leave("nobody came");
    }
  }
  const uint64_t end = hart.cycle() + cycles < cycles ? UINT64_MAX : hart.cycle() + cycles;
  for (;;) {
    if (state_ == State::kGone) {
      // What a stop left of the budget; a bus access that ended it must be looked at first.
      if (hart.cycle() < end) hart.run(end - hart.cycle());
      return;
    }
    const RunLoop::Outcome outcome = loop_->run(end - hart.cycle(), stepping_);
    if (outcome.stop) {
      stop(*outcome.stop);
    } else if (!crash_shown_ && machine_.crashed()) {
      crash_shown_ = true;
      stop({.why = Stop::Why::kCrash});
    }
    if (outcome.over) return;
  }
}

void Server::poll() {
  if (state_ != State::kRunning || ++polls_ % kPollEvery != 0) return;
  if (!socket_.receive(arrived_, false)) return leave("disconnected");
  bool interrupt = false;
  // Nothing else is said to a running core.
  for (const char byte : arrived_)
    interrupt |= reader_.push(byte) == PacketReader::Kind::kInterrupt;
  arrived_.clear();
  if (interrupt) stop({.why = Stop::Why::kInterrupt});
}

void Server::console(char c) {
  printed_ += c;
  if (printed_.size() > 2 * kConsoleTail) printed_.erase(0, printed_.size() - kConsoleTail);
}

void Server::ended(int status) {
  if (state_ == State::kRunning) {
    send(status > kSignalBase ? fmt::format("X{:02x}", status - kSignalBase)
                              : fmt::format("W{:02x}", status));
  }
  state_ = State::kGone;
  socket_.close();
}

// The core stands still until gdb lets it go.
void Server::stop(const Stop& why) {
  stepping_ = false;
  target_->set_stop(why);
  // gdb asks why it stands where it first finds it; every later stop is the answer to a resumption.
  if (state_ == State::kRunning) send(target_->stop_reply());
  resume_ = Resume::kNo;
  const bool here = converse();
  if (!here) return leave("disconnected");
  switch (resume_) {
    case Resume::kStep:
      stepping_ = true;
      [[fallthrough]];
    case Resume::kContinue:
      state_ = State::kRunning;
      return;
    case Resume::kKill:
      kill_();
      return leave("killed by gdb");
    default:
      return leave("detached");
  }
}

// Answers packets until one lets the core go. False: gdb is gone.
bool Server::converse() {
  while (resume_ == Resume::kNo) {
    while (arrived_.empty()) {
      if (!socket_.receive(arrived_, true)) return false;
    }
    size_t used = 0;
    while (used < arrived_.size() && resume_ == Resume::kNo) {
      switch (reader_.push(arrived_[used++])) {
        case PacketReader::Kind::kPacket: {
          if (!target_->no_ack()) socket_.send("+");
          const std::string payload = reader_.payload();
          answer(target_->handle(payload));
          break;
        }
        case PacketReader::Kind::kBad:
          if (!target_->no_ack()) socket_.send("-");
          break;
        case PacketReader::Kind::kNak:
          if (!target_->no_ack()) socket_.send(last_);
          break;
        default:
          break;  // an interrupt of a core that stands still changes nothing
      }
    }
    arrived_.erase(0, used);
  }
  return true;
}

void Server::answer(Target::Answer answer) {
  for (const std::string& payload : answer.packets) send(payload);
  resume_ = answer.resume;
}

void Server::send(std::string_view payload) {
  last_ = frame(payload);
  socket_.send(last_);
}

void Server::leave(const char* how) {
  std::fprintf(stderr, "gdb: %s, the run %s\n", how, resume_ == Resume::kKill ? "ends" : "goes on");
  state_ = State::kGone;
  stepping_ = false;
  loop_->clear();
  socket_.close();
}

}  // namespace fp::gdb
