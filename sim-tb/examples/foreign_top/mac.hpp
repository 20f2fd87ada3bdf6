// SPDX-License-Identifier: Apache-2.0
//
// The foreign platform's own MACs: a source that replays a capture at line rate and a sink that
// prints what it gets, over TLM-2.0 sockets; the source's rate model is shared by the pin-level
// one.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <string>
#include <systemc>
#include <vector>

// Cycle 0 of the traffic; set by whoever brings the DPU up, then `start` is notified.
struct Epoch {
  sc_core::sc_time period{4, sc_core::SC_NS};  // 250 MHz
  sc_core::sc_time cycle0;
  sc_core::sc_event start;
  bool started = false;

  void begin(const sc_core::sc_time& at);
  sc_core::sc_time time_of(uint64_t cycle) const;
  uint64_t cycle_of(const sc_core::sc_time& time) const;
};

struct Frame {
  uint64_t ns = 0;  // since 1970
  std::vector<unsigned char> bytes;
};

// All frames of an Ethernet capture, runts padded to 60 bytes. Ends the program when it cannot.
std::vector<Frame> read_capture(const std::string& file);

// A 25 Gb/s line in front of a store-and-forward MAC that holds one frame behind the one it
// presents; a sender that finds both places taken is paused.
class Line {
 public:
  Line(std::vector<Frame> frames, uint64_t first_ns)
      : frames_(std::move(frames)), first_ns_(first_ns) {}

  bool more() const { return next_ < frames_.size(); }
  const Frame& frame() const { return frames_[next_]; }
  uint32_t number() const { return static_cast<uint32_t>(next_) + 1; }
  // Cycle from which frame() may be presented.
  uint64_t arrival() const { return arrival_; }
  // The MAC has a free place since cycle `now`; the sender was `paused` until then.
  void load(uint64_t now, bool paused);
  void pop() { ++next_; }

 private:
  std::vector<Frame> frames_;
  uint64_t first_ns_;
  size_t next_ = 0;
  uint64_t arrival_ = 0;
  uint64_t free_at_ = 0;  // bit time
};

// What names a frame in this platform.
constexpr uint32_t make_tag(unsigned port, uint32_t number) { return port << 24 | number; }

class Source : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<Source> socket{"socket"};

  Source(const sc_core::sc_module_name& name, unsigned port, Line line, Epoch& epoch);
  bool done() const { return done_; }

 private:
  SC_HAS_PROCESS(Source);
  void run();

  const unsigned port_;
  Line line_;
  Epoch& epoch_;
  bool done_ = false;
};

// One line of JSON on stdout: a frame has left.
void print_frame(unsigned port, uint32_t number, uint64_t cycle, uint32_t tag,
                 const std::vector<unsigned char>& bytes);

class Sink : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Sink> socket{"socket"};

  Sink(const sc_core::sc_module_name& name, unsigned port, const Epoch& epoch);

 private:
  void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);

  const unsigned port_;
  const Epoch& epoch_;
  uint32_t frames_ = 0;
};

// `--config FILE --in pN=FILE ... [--pins]`.
struct Arguments {
  std::string config;
  std::vector<std::vector<Frame>> inputs{4};
  uint64_t first_ns = UINT64_MAX;
  bool pins = false;
};
Arguments parse_arguments(int argc, char** argv);
