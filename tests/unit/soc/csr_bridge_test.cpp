// SPDX-License-Identifier: Apache-2.0
//
// From a TLM-2.0 transaction of the core through the bridge and the CSR interconnect to a slave
// that takes its time: data, errors, and that the access costs the cycles that passed.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "cmodel/soc/csr_model.hpp"
#include "cmodel/soc/embedded_soc.hpp"
#include "sim-tb/lockstep/random.hpp"
#include "sim-tb/lockstep/ticker.hpp"
#include "tests/unit/soc/fresh_systemc.hpp"

namespace fp::soc {
namespace {

// Words behind an AXI4-Lite port, each access answered after a random time. Offsets from 0x8000 on
// are refused.
class SlowMemory : public Block {
 public:
  SlowMemory(uint64_t seed, unsigned slowest) : random_(seed), slowest_(slowest) {}

  AxilSlavePort port;
  std::map<uint16_t, uint32_t> words;
  unsigned accesses = 0;

  void reset() override { port.rsp = d_ = {}; }
  void eval(uint64_t) override {
    const AxilReq& q = *port.req;
    d_ = port.rsp;
    if (q.awvalid && port.rsp.awready) aw_ = q.awaddr;
    if (q.wvalid && port.rsp.wready) w_ = q.wdata;
    if (q.arvalid && port.rsp.arready) ar_ = q.araddr;
    if (port.rsp.bvalid && q.bready) d_.bvalid = false;
    if (port.rsp.rvalid && q.rready) d_.rvalid = false;
    const bool now = random_.below(slowest_) == 0;
    if (aw_ && w_ && !port.rsp.bvalid && now) {
      const bool bad = *aw_ >= 0x8000;
      if (!bad) words[*aw_] = *w_;
      d_.bvalid = true;
      d_.bresp = bad ? common::AxiResp::kSlverr : common::AxiResp::kOkay;
      aw_.reset();
      w_.reset();
      ++accesses;
    } else if (ar_ && !port.rsp.rvalid && now) {
      const bool bad = *ar_ >= 0x8000;
      d_.rvalid = true;
      d_.rdata = bad ? 0 : words[*ar_];
      d_.rresp = bad ? common::AxiResp::kSlverr : common::AxiResp::kOkay;
      ar_.reset();
      ++accesses;
    }
    d_.awready = !aw_ && random_.below(2) == 0;
    d_.wready = !w_ && random_.below(2) == 0;
    d_.arready = !ar_ && random_.below(2) == 0;
  }
  void commit() override { port.rsp = d_; }
  bool idle() const override { return false; }
  uint64_t wake_at() const override { return kNever; }
  template <class A, class B, class F>
  static void zip_ports(A&, B&, F&&) {}

 private:
  sim::Random random_;
  unsigned slowest_;
  common::AxilRsp d_;
  std::optional<uint16_t> aw_, ar_;
  std::optional<uint32_t> w_;
};

class Bridge : public testing::Test, private SocHost {
 protected:
  void build(unsigned slowest) {
    test::fresh_systemc();
    SocHost& host = *this;
    soc_ = std::make_unique<EmbeddedSoc>("soc", SocConfig{}, host, [](char) {});
    soc_->connect_csr(csr_);
    for (unsigned i = 0; i < CsrIf::kNumSlaves; ++i) {
      slaves_.push_back(std::make_unique<SlowMemory>(i + 1, slowest));
      connect(csr_, i, slaves_[i]->port);
      ticker_.add(*slaves_[i]);
    }
    ticker_.add(csr_);
    ticker_.set_skipping(false);
    ticker_.reset();
    test::elaborate();
  }
  uint64_t now() const override { return ticker_.now(); }
  void advance_to(uint64_t cycle) override { ticker_.run_until(cycle); }
  void tick() override { ticker_.tick(); }

  // One transaction of the core's socket.
  bool access(tlm::tlm_command command, uint64_t addr, uint32_t& value, unsigned size = 4) {
    tlm::tlm_generic_payload trans;
    trans.set_command(command);
    trans.set_address(addr);
    trans.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    trans.set_data_length(size);
    trans.set_streaming_width(size);
    trans.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    const uint64_t before = now();
    soc_->core_socket->b_transport(trans, delay);
    // 4 ns a cycle at 250 MHz.
    EXPECT_NEAR(delay.to_seconds() * 250e6, static_cast<double>(now() - before), 1e-6);
    EXPECT_EQ(trans.get_address(), addr) << "the initiator's address comes back";
    return trans.is_response_ok();
  }

  CsrModel csr_;
  sim::Ticker ticker_;
  std::vector<std::unique_ptr<SlowMemory>> slaves_;
  std::unique_ptr<EmbeddedSoc> soc_;
};

TEST_F(Bridge, ReadsBackWhatItWroteWhateverTheSlavesTake) {
  build(12);
  sim::Random random(5);
  std::map<uint32_t, uint32_t> expected;
  unsigned errors = 0;
  for (int i = 0; i < 4000; ++i) {
    const unsigned slot = static_cast<unsigned>(random.below(16));
    const uint32_t offset =
        static_cast<uint32_t>(random.below(64) * 4 + (random.chance(10) ? 0x8000 : 0));
    const uint32_t addr = kCsrBase + slot * kCsrSlotBytes + offset;
    bool mapped = false;
    for (unsigned p = 0; p < CsrIf::kNumSlaves; ++p) mapped |= CsrIf::slot(p) == slot;
    const bool good = mapped && offset < 0x8000;
    uint32_t value = static_cast<uint32_t>(random.next() >> 8);
    if (random.chance(50)) {
      EXPECT_EQ(access(tlm::TLM_WRITE_COMMAND, addr, value), good);
      if (good) expected[addr] = value;
    } else {
      value = 0x5555;
      EXPECT_EQ(access(tlm::TLM_READ_COMMAND, addr, value), good);
      if (good) {
        EXPECT_EQ(value, expected[addr]);
      }
    }
    errors += !good;
  }
  EXPECT_GT(errors, 100u);
  for (const auto& s : slaves_) EXPECT_GT(s->accesses, 50u);
}

TEST_F(Bridge, AddressesOfNobodyAndOddSizesAreErrors) {
  build(1);
  uint32_t value = 0;
  for (const uint64_t addr :
       {uint64_t{0}, uint64_t{kCsrBase} - 4, uint64_t{kCsrBase} + kCsrBytes,
        uint64_t{kClintBase} + kClintBytes, uint64_t{kRamBase} - 4, uint64_t{0xfffffffc}}) {
    EXPECT_FALSE(access(tlm::TLM_READ_COMMAND, addr, value)) << std::hex << addr;
    EXPECT_FALSE(access(tlm::TLM_WRITE_COMMAND, addr, value)) << std::hex << addr;
  }
  const uint32_t csr = kCsrBase + CsrIf::slot(0) * kCsrSlotBytes;
  EXPECT_TRUE(access(tlm::TLM_READ_COMMAND, csr, value));
  EXPECT_FALSE(access(tlm::TLM_READ_COMMAND, csr, value, 1));
  EXPECT_FALSE(access(tlm::TLM_WRITE_COMMAND, csr, value, 2));
  EXPECT_FALSE(access(tlm::TLM_READ_COMMAND, csr + 2, value));
}

TEST_F(Bridge, TheRegistersOfEveryDeviceStandAtTheirBases) {
  build(1);
  uint32_t value = 0;
  EXPECT_TRUE(access(tlm::TLM_READ_COMMAND, kClintBase + 0xbff8, value));
  EXPECT_TRUE(access(tlm::TLM_READ_COMMAND, 0x10000004, value)) << "uart STATUS";
  EXPECT_EQ(value, 1u);
  EXPECT_TRUE(access(tlm::TLM_READ_COMMAND, 0x0c000000, value)) << "intc PENDING";
  EXPECT_TRUE(access(tlm::TLM_READ_COMMAND, 0x10010000, value)) << "mailbox IN_STATUS";
  EXPECT_TRUE(access(tlm::TLM_READ_COMMAND, 0x10020004, value)) << "sysctl CLOCK_HZ";
  EXPECT_EQ(value, 250'000'000u);
}

TEST_F(Bridge, AFileThatIsNoFirmwareIsRefusedInOneLine) {
  build(1);
  EXPECT_NE(soc_->load("/nowhere.elf").find("/nowhere.elf: "), std::string::npos);
  const std::string file = testing::TempDir() + "soc_no.elf";
  std::ofstream(file) << "not an ELF";
  const std::string complaint = soc_->load(file);
  EXPECT_EQ(complaint.find(file + ": "), 0u) << complaint;
  EXPECT_EQ(complaint.find('\n'), std::string::npos);
  std::remove(file.c_str());
}

}  // namespace
}  // namespace fp::soc
