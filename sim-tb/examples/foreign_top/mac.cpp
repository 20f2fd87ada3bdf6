// SPDX-License-Identifier: Apache-2.0
#include "mac.hpp"

#include <pcap/pcap.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "cmodel/common/sc/packet_sockets.hpp"

void Epoch::begin(const sc_core::sc_time& at) {
  cycle0 = at;
  started = true;
  start.notify(sc_core::SC_ZERO_TIME);
}

sc_core::sc_time Epoch::time_of(uint64_t cycle) const {
  return cycle0 + period * static_cast<double>(cycle);
}

uint64_t Epoch::cycle_of(const sc_core::sc_time& time) const {
  return (time - cycle0).value() / period.value();
}

std::vector<Frame> read_capture(const std::string& file) {
  char error[PCAP_ERRBUF_SIZE];
  pcap_t* pcap =
      pcap_open_offline_with_tstamp_precision(file.c_str(), PCAP_TSTAMP_PRECISION_NANO, error);
  if (pcap == nullptr) {
    std::fprintf(stderr, "%s\n", error);
    std::exit(2);
  }
  std::vector<Frame> frames;
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  while (pcap_next_ex(pcap, &header, &data) == 1) {
    Frame frame;
    frame.ns = static_cast<uint64_t>(header->ts.tv_sec) * 1'000'000'000 +
               static_cast<uint64_t>(header->ts.tv_usec);
    frame.bytes.assign(data, data + header->caplen);
    frame.bytes.resize(std::max<size_t>(frame.bytes.size(), 60));
    frames.push_back(std::move(frame));
  }
  pcap_close(pcap);
  return frames;
}

void Line::load(uint64_t now, bool paused) {
  if (!more()) return;
  constexpr uint64_t kBitsPerNs = 25, kBitsPerCycle = 100;
  uint64_t start = std::max(free_at_, (frame().ns - first_ns_) * kBitsPerNs);
  if (paused) start = std::max(start, now * kBitsPerCycle);
  // Preamble and FCS belong to the frame; the gap follows it (IEEE 802.3).
  const uint64_t end = start + 8 * (8 + frame().bytes.size() + 4);
  free_at_ = end + 8 * 12;
  arrival_ = (end + kBitsPerCycle - 1) / kBitsPerCycle;
}

Source::Source(const sc_core::sc_module_name& name, unsigned port, Line line, Epoch& epoch)
    : sc_core::sc_module(name), port_(port), line_(std::move(line)), epoch_(epoch) {
  SC_THREAD(run);
}

void Source::run() {
  while (!epoch_.started) wait(epoch_.start);
  line_.load(0, false);
  while (line_.more()) {
    const sc_core::sc_time due = epoch_.time_of(line_.arrival());
    if (due > sc_core::sc_time_stamp()) wait(due - sc_core::sc_time_stamp());
    std::vector<unsigned char> bytes = line_.frame().bytes;
    tlm::tlm_generic_payload trans;
    trans.set_command(tlm::TLM_WRITE_COMMAND);
    trans.set_data_ptr(bytes.data());
    trans.set_data_length(static_cast<unsigned>(bytes.size()));
    trans.set_streaming_width(static_cast<unsigned>(bytes.size()));
    fp::sc::PacketExtension extension;
    extension.tag = make_tag(port_, line_.number());
    trans.set_extension(&extension);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    socket->b_transport(trans, delay);
    trans.clear_extension(&extension);
    if (!trans.is_response_ok()) SC_REPORT_ERROR("foreign", trans.get_response_string().c_str());
    // The frame is being presented: its place is free for the next one.
    const uint64_t now = epoch_.cycle_of(sc_core::sc_time_stamp());
    const bool paused = line_.arrival() < now;
    line_.pop();
    line_.load(now, paused);
  }
  done_ = true;
}

void print_frame(unsigned port, uint32_t number, uint64_t cycle, uint32_t tag,
                 const std::vector<unsigned char>& bytes) {
  static const char* const kNames[] = {"p0", "p1", "p2", "p3", "toe", "cpu", "vf"};
  std::printf(R"({"port":"%s","n":%u,"cycle":%llu,"from":"p%u","frame":%u,"bytes":")", kNames[port],
              number, static_cast<unsigned long long>(cycle), tag >> 24, tag & 0xffffff);
  for (const unsigned char b : bytes) std::printf("%02x", b);
  std::printf("\"}\n");
}

Sink::Sink(const sc_core::sc_module_name& name, unsigned port, const Epoch& epoch)
    : sc_core::sc_module(name), port_(port), epoch_(epoch) {
  socket.register_b_transport(this, &Sink::b_transport);
}

void Sink::b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time&) {
  const auto* extension = trans.get_extension<fp::sc::PacketExtension>();
  const std::vector<unsigned char> bytes(trans.get_data_ptr(),
                                         trans.get_data_ptr() + trans.get_data_length());
  print_frame(port_, ++frames_, epoch_.cycle_of(extension->first_beat), extension->tag, bytes);
  trans.set_response_status(tlm::TLM_OK_RESPONSE);
}

Arguments parse_arguments(int argc, char** argv) {
  Arguments args;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const std::string value = i + 1 < argc ? argv[i + 1] : "";
    if (word == "--pins") {
      args.pins = true;
    } else if (word == "--config" && !value.empty()) {
      args.config = value;
      ++i;
    } else if (word == "--in" && value.size() > 3 && value[0] == 'p' && value[1] >= '0' &&
               value[1] <= '3' && value[2] == '=') {
      auto& frames = args.inputs[static_cast<size_t>(value[1] - '0')];
      frames = read_capture(value.substr(3));
      if (!frames.empty()) args.first_ns = std::min(args.first_ns, frames[0].ns);
      ++i;
    } else {
      std::fprintf(stderr, "usage: %s --config NETWORK.yaml --in pN=CAPTURE ... [--pins]\n",
                   argv[0]);
      std::exit(2);
    }
  }
  return args;
}
