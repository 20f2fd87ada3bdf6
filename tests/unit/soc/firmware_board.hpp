// SPDX-License-Identifier: Apache-2.0
//
// The control core with its real firmware, the CSR interconnect and stub blocks; the test is the
// configuration plane and the host's service controller.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cmodel/soc/csr_model.hpp"
#include "cmodel/soc/embedded_soc.hpp"
#include "contract/mailbox.hpp"
#include "sim-tb/lockstep/ticker.hpp"
#include "tests/unit/soc/fresh_systemc.hpp"
#include "tests/unit/soc/stub_blocks.hpp"

namespace fp::soc::test {

using Words = std::vector<uint32_t>;

inline Words make_message(uint8_t id, uint8_t seq, const Words& body) {
  mailbox::MsgHeader header;
  header.id = id;
  header.seq = seq;
  header.length = static_cast<uint16_t>(body.size());
  Words m(1);
  header.pack(m.data());
  m.insert(m.end(), body.begin(), body.end());
  return m;
}
template <class Body>
Words message(const Body& body, uint8_t seq = 0) {
  Words words(Body::kWords);
  body.pack(words.data());
  return make_message(static_cast<uint8_t>(Body::kId), seq, words);
}
inline mailbox::MsgHeader header_of(const Words& m) { return mailbox::MsgHeader::unpack(m.data()); }
// The body as `Body`; fails the test when the message is none.
template <class Body>
Body body_of(const Words& m) {
  const mailbox::MsgHeader h = header_of(m);
  EXPECT_EQ(h.id, static_cast<uint8_t>(Body::kId));
  EXPECT_TRUE(mailbox::validate_message(h.id, std::span(m).subspan(1)).ok());
  if (m.size() != 1u + Body::kWords) return {};
  return Body::unpack(m.data() + 1);
}

class Board : private SocHost {
 public:
  static constexpr unsigned kConfig = mailbox::kChannelConfig;
  static constexpr unsigned kHost = mailbox::kChannelHost;

  explicit Board(const SocConfig& config = {}) {
    fresh_systemc();
    SocHost& host = *this;
    soc = std::make_unique<EmbeddedSoc>("soc", config, host, [this](char c) { console += c; });
    soc->connect_csr(csr_);
    connect(csr_, 0, rmt.csr());
    connect(csr_, 1, mbuf.csr());
    connect(csr_, 2, vq.csr());
    connect(csr_, 3, stream.csr());
    soc->set_irqs({.rmt = &rmt.irq, .mbuf = &mbuf.irq, .vq = &vq.irq, .stream = &stream.irq});
    connect(cpu_port.to_queue, soc->packets().in);
    connect(cpu_port.notes, soc->packets().notes);
    connect(soc->packets().out, cpu_port.from_queue);
    ticker_.add(soc->packets());
    ticker_.add(cpu_port);
    ticker_.add(csr_);
    ticker_.add(rmt);
    ticker_.add(mbuf);
    ticker_.add(vq);
    ticker_.add(stream);
    ticker_.set_skipping(false);
    ticker_.reset();
    elaborate();
    EXPECT_EQ(soc->load(FP_FIRMWARE), "");
  }

  uint64_t now() const override { return ticker_.now(); }

  // Runs until `done`, at most `cycles`; false when that was not enough.
  bool run_until(const std::function<bool()>& done, uint64_t cycles = 200'000) {
    const uint64_t end = now() + cycles;
    while (now() < end) {
      if (done()) return true;
      soc->run(std::min(end, soc->local_time() + 50));
      if (soc->local_time() > now()) {
        ticker_.run_until(soc->local_time());
      } else {
        ticker_.tick();
        soc->sleep_until(now());
      }
      pump();
    }
    return done();
  }
  void run(uint64_t cycles) {
    run_until([] { return false; }, cycles);
  }

  void post(unsigned channel, Words m) { to_firmware_[channel].push_back(std::move(m)); }
  // The next message of the firmware; empty when none comes.
  Words take(unsigned channel, uint64_t cycles = 200'000) {
    if (!run_until([&] { return !from_firmware[channel].empty(); }, cycles)) return {};
    Words m = from_firmware[channel].front();
    from_firmware[channel].pop_front();
    return m;
  }
  // Posts and takes the answer.
  Words ask(unsigned channel, Words m) {
    post(channel, std::move(m));
    return take(channel);
  }
  template <class Body>
  mailbox::Status ask_status(unsigned channel, const Body& body) {
    const Words m = ask(channel, message(body, 77));
    EXPECT_FALSE(m.empty()) << "no answer";
    if (m.empty()) return mailbox::Status::kBadMessage;
    EXPECT_EQ(header_of(m).seq, 77);
    return body_of<mailbox::Reply>(m).status;
  }

  // Boots up to hello.
  void boot() {
    const Words m = take(kConfig);
    ASSERT_FALSE(m.empty()) << console;
    EXPECT_EQ(body_of<mailbox::Hello>(m).version, mailbox::kProtocolVersion);
  }
  void start(bool lossless = false) {
    mailbox::Start body;
    body.lossless = lossless;
    const Words m = ask(kConfig, message(body, 9));
    ASSERT_FALSE(m.empty()) << console;
    EXPECT_TRUE(body_of<mailbox::Ready>(m).boot_ok);
    EXPECT_EQ(header_of(m).seq, 9);
  }

  // A write of the core's that the firmware did not do.
  void poke(uint32_t address, uint32_t value) {
    tlm::tlm_generic_payload trans;
    trans.set_write();
    trans.set_address(address);
    trans.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    trans.set_data_length(4);
    trans.set_streaming_width(4);
    sc_core::sc_time delay;
    soc->core_socket->b_transport(trans, delay);
    EXPECT_TRUE(trans.is_response_ok());
  }

  bool alive() const { return soc->crash_record() == 0; }

  Diary diary;
  RmtStub rmt{diary};
  MbufStub mbuf{diary};
  VqStub vq{diary};
  StreamStub stream{diary};
  CpuPortStub cpu_port;
  std::unique_ptr<EmbeddedSoc> soc;
  std::string console;
  std::array<std::deque<Words>, mailbox::kNumChannels> from_firmware;
  bool deaf = false;  // takes no messages

 private:
  void advance_to(uint64_t cycle) override { ticker_.run_until(cycle); }
  void tick() override { ticker_.tick(); }

  void pump() {
    for (unsigned c = 0; c < mailbox::kNumChannels; ++c) {
      if (soc->mailbox().has_message(c) && !deaf)
        from_firmware[c].push_back(soc->mailbox().take(c));
      if (!to_firmware_[c].empty() && soc->mailbox().post(c, to_firmware_[c].front())) {
        to_firmware_[c].pop_front();
      }
    }
  }

  CsrModel csr_;
  sim::Ticker ticker_;
  std::array<std::deque<Words>, mailbox::kNumChannels> to_firmware_;
};

}  // namespace fp::soc::test
