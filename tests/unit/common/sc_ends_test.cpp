// SPDX-License-Identifier: Apache-2.0
//
// A block as a SystemC module: what its sockets refuse, at which edges registers and frames move,
// and that pins and sockets keep the same cycles. Expectations are TLM-2.0's (IEEE 1666) and the
// timing pages' (docs/uarch/rmt.md, csr.md). SystemC elaborates once a process: a test a process.
#include <gtest/gtest.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <array>
#include <functional>
#include <systemc>
#include <vector>

#include "cmodel/common/sc/stream_pins.hpp"
#include "cmodel/mbuf/mbuf_sc.hpp"
#include "cmodel/rmt/rmt_sc.hpp"
#include "cmodel/soc/csr_sc.hpp"
#include "cmodel/vq/vq_sc.hpp"
#include "contract/rmt.hpp"

// Never called: gtest has main().
int sc_main(int, char**) { return 0; }

namespace fp {
namespace {

namespace reg = rmt::reg;

const sc_core::sc_time kPeriod(10, sc_core::SC_NS);

uint64_t edge_now() { return sc_core::sc_time_stamp().value() / kPeriod.value(); }

// Runs a test's body as a SystemC thread, with one initiator socket for registers and one for
// frames.
class Driver : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket_optional<Driver> csr{"csr"};
  tlm_utils::simple_initiator_socket_optional<Driver> frames{"frames"};

  Driver(const sc_core::sc_module_name& name, std::function<void(Driver&)> body)
      : sc_core::sc_module(name), body_(std::move(body)) {
    SC_THREAD(run);
  }

  static void setup(tlm::tlm_generic_payload& t, tlm::tlm_command command, uint64_t address,
                    void* data, unsigned bytes) {
    t.set_command(command);
    t.set_address(address);
    t.set_data_ptr(static_cast<unsigned char*>(data));
    t.set_data_length(bytes);
    t.set_streaming_width(bytes);
    t.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  }
  uint32_t read(uint64_t address) {
    uint32_t word = 0;
    access(tlm::TLM_READ_COMMAND, address, word);
    return word;
  }
  void write(uint64_t address, uint32_t word) { access(tlm::TLM_WRITE_COMMAND, address, word); }
  tlm::tlm_response_status access(tlm::tlm_command command, uint64_t address, uint32_t& word) {
    tlm::tlm_generic_payload t;
    setup(t, command, address, &word, 4);
    return send(csr, t);
  }
  tlm::tlm_response_status send(tlm_utils::simple_initiator_socket_optional<Driver>& socket,
                                tlm::tlm_generic_payload& t) {
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    socket->b_transport(t, delay);
    EXPECT_EQ(delay, sc_core::SC_ZERO_TIME);
    EXPECT_FALSE(t.is_dmi_allowed());
    return t.get_response_status();
  }
  void pause(double cycles) { wait(kPeriod * cycles); }

 private:
  SC_HAS_PROCESS(Driver);
  void run() {
    body_(*this);
    sc_core::sc_stop();
  }
  std::function<void(Driver&)> body_;
};

// RMT with a clock and a reset that lasts two edges.
struct RmtTop {
  sc_core::sc_clock clock{"clock", kPeriod};
  sc_core::sc_signal<bool, sc_core::SC_MANY_WRITERS> rst_n{"rst_n"};
  rmt::RmtSc rmt{"rmt"};
  Driver driver;

  explicit RmtTop(std::function<void(Driver&, RmtTop&)> body)
      : driver("driver", [this, body](Driver& d) {
          d.pause(2.5);
          rst_n = true;
          body(d, *this);
        }) {
    rmt.clk_i(clock);
    rmt.rst_ni(rst_n);
    driver.csr.bind(rmt.csr.socket);
    driver.frames.bind(rmt.in[0].socket);
  }
  void run() {
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    sc_core::sc_start();
  }
};

void wait_init(Driver& d) {
  while ((d.read(reg::kStatus) & reg::Status::kInitDoneMask) == 0) d.pause(50);
}

// Without a program every frame is dropped, with a count: enough to see it move.
void enable(Driver& d) {
  wait_init(d);
  d.write(reg::kCtrl, reg::Ctrl{}.set_enable(true).raw);
}

TEST(CsrSocket, RefusesWhatAxi4LiteCannotCarry) {
  RmtTop top([](Driver& d, RmtTop& top) {
    std::array<uint32_t, 4> words{};
    std::array<unsigned char, 4> enables{0xff, 0xff, 0xff, 0xff};
    tlm::tlm_generic_payload t;
    d.setup(t, tlm::TLM_READ_COMMAND, reg::kStatus, words.data(), 8);
    EXPECT_EQ(d.send(d.csr, t), tlm::TLM_BURST_ERROR_RESPONSE);
    d.setup(t, tlm::TLM_READ_COMMAND, reg::kStatus, words.data(), 2);
    EXPECT_EQ(d.send(d.csr, t), tlm::TLM_BURST_ERROR_RESPONSE);
    d.setup(t, tlm::TLM_READ_COMMAND, reg::kStatus + 2, words.data(), 4);
    EXPECT_EQ(d.send(d.csr, t), tlm::TLM_BURST_ERROR_RESPONSE);
    d.setup(t, tlm::TLM_READ_COMMAND, reg::kStatus, words.data(), 4);
    t.set_streaming_width(2);
    EXPECT_EQ(d.send(d.csr, t), tlm::TLM_BURST_ERROR_RESPONSE);
    d.setup(t, tlm::TLM_WRITE_COMMAND, reg::kStatus, words.data(), 4);
    t.set_byte_enable_ptr(enables.data());
    t.set_byte_enable_length(4);
    EXPECT_EQ(d.send(d.csr, t), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    t.set_byte_enable_ptr(nullptr);
    uint32_t word = 0;
    EXPECT_EQ(d.access(tlm::TLM_READ_COMMAND, 1u << 16, word), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    // Inside the window, but no register: the block's SLVERR.
    EXPECT_EQ(d.access(tlm::TLM_READ_COMMAND, 0xfffc, word), tlm::TLM_GENERIC_ERROR_RESPONSE);
    EXPECT_EQ(d.access(tlm::TLM_READ_COMMAND, reg::kStatus, word), tlm::TLM_OK_RESPONSE);
    tlm::tlm_dmi dmi;
    d.setup(t, tlm::TLM_READ_COMMAND, reg::kStatus, words.data(), 4);
    EXPECT_FALSE(d.csr->get_direct_mem_ptr(t, dmi));
    // A debugger takes no time and writes nothing; a block that can show its registers does.
    const sc_core::sc_time before = sc_core::sc_time_stamp();
    const unsigned shown = d.csr->transport_dbg(t);
    EXPECT_EQ(sc_core::sc_time_stamp(), before);
    if (dynamic_cast<const RegisterPeek*>(&top.rmt.block()) != nullptr) {
      EXPECT_EQ(shown, 4u);
      EXPECT_EQ(words[0], word);
    } else {
      EXPECT_EQ(shown, 0u);
    }
    t.set_write();
    EXPECT_EQ(d.csr->transport_dbg(t), 0u);
  });
  top.run();
}

// rtl/common/axil_slave.sv: the request fires at one edge, the access is the next, the answer
// stands behind it and is taken at the one after: three edges behind the one at which it left the
// master.
TEST(CsrSocket, TakesTheCyclesOfTheBus) {
  RmtTop top([](Driver& d, RmtTop&) {
    d.pause(10);  // between two edges
    for (int i = 0; i < 3; ++i) {
      const uint64_t asked = edge_now();
      d.read(reg::kStatus);
      // The first request leaves at the next edge; a later one, made when the last answer had been
      // taken at an edge, at the edge behind.
      EXPECT_EQ(edge_now() - asked, 4u) << i;
    }
    d.write(reg::kInWeight, 5);
    EXPECT_EQ(d.read(reg::kInWeight), 5u);
  });
  top.run();
}

TEST(CsrSocket, WaitsOutItsDelayFirst) {
  RmtTop top([](Driver& d, RmtTop&) {
    uint32_t word = 0;
    tlm::tlm_generic_payload t;
    d.setup(t, tlm::TLM_READ_COMMAND, reg::kStatus, &word, 4);
    sc_core::sc_time delay = kPeriod * 100;
    const uint64_t asked = edge_now();
    d.csr->b_transport(t, delay);
    EXPECT_EQ(delay, sc_core::SC_ZERO_TIME);
    EXPECT_EQ(edge_now() - asked, 104u);
  });
  top.run();
}

TEST(CsrSocket, ResetEndsAnAccessWithAnError) {
  RmtTop top([](Driver& d, RmtTop& top) {
    d.pause(10);
    // Reset comes while the access is on its way.
    sc_core::sc_spawn([&top] {
      sc_core::wait(kPeriod * 1.2);
      top.rst_n = false;
      sc_core::wait(kPeriod * 2);
      top.rst_n = true;
    });
    uint32_t word = 0;
    EXPECT_EQ(d.access(tlm::TLM_READ_COMMAND, reg::kStatus, word), tlm::TLM_GENERIC_ERROR_RESPONSE);
    EXPECT_EQ(d.access(tlm::TLM_READ_COMMAND, reg::kStatus, word), tlm::TLM_OK_RESPONSE);
  });
  top.run();
}

TEST(PacketSocket, RefusesWhatIsNoFrame) {
  RmtTop top([](Driver& d, RmtTop&) {
    std::vector<unsigned char> bytes(common::kMaxFrame + 1);
    tlm::tlm_generic_payload t;
    d.setup(t, tlm::TLM_READ_COMMAND, 0, bytes.data(), 64);
    EXPECT_EQ(d.send(d.frames, t), tlm::TLM_COMMAND_ERROR_RESPONSE);
    d.setup(t, tlm::TLM_WRITE_COMMAND, 0, bytes.data(), common::kMaxFrame + 1);
    EXPECT_EQ(d.send(d.frames, t), tlm::TLM_BURST_ERROR_RESPONSE);
    d.setup(t, tlm::TLM_WRITE_COMMAND, 0, bytes.data(), 0);
    EXPECT_EQ(d.send(d.frames, t), tlm::TLM_BURST_ERROR_RESPONSE);
    d.setup(t, tlm::TLM_WRITE_COMMAND, 0, bytes.data(), 64);
    t.set_streaming_width(32);
    EXPECT_EQ(d.send(d.frames, t), tlm::TLM_BURST_ERROR_RESPONSE);
    t.set_streaming_width(64);
    t.set_byte_enable_ptr(bytes.data());
    EXPECT_EQ(d.send(d.frames, t), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  });
  top.run();
}

// A frame of n bytes holds the input for its beats: the call for the frame behind the next returns
// that much later. The first call returns at the first edge at or after its time.
TEST(PacketSocket, MovesOneBeatACycle) {
  RmtTop top([](Driver& d, RmtTop&) {
    enable(d);
    std::vector<unsigned char> bytes(640, 0xee);
    std::vector<uint64_t> begun;
    for (int i = 0; i < 4; ++i) {
      tlm::tlm_generic_payload t;
      d.setup(t, tlm::TLM_WRITE_COMMAND, 0, bytes.data(), 640);
      ASSERT_EQ(d.send(d.frames, t), tlm::TLM_OK_RESPONSE);
      begun.push_back(edge_now());
    }
    for (size_t i = 1; i < begun.size(); ++i) EXPECT_EQ(begun[i] - begun[i - 1], 10u) << i;
    d.pause(200);
    EXPECT_EQ(d.read(reg::kPktIn), 4u);
  });
  top.run();
}

TEST(ClockedModule, AsksForAReset) {
  sc_core::sc_clock clock("clock", kPeriod);
  sc_core::sc_signal<bool> rst_n("rst_n", true);
  rmt::RmtSc rmt("rmt");
  rmt.clk_i(clock);
  rmt.rst_ni(rst_n);
  EXPECT_THROW(sc_core::sc_start(kPeriod * 3), sc_core::sc_report);
}

// Registers of all blocks behind the interconnect, as the core sees them.
TEST(CsrModule, ReachesBlocksBySlot) {
  sc_core::sc_clock clock("clock", kPeriod);
  sc_core::sc_signal<bool> rst_n("rst_n");
  rmt::RmtSc rmt("rmt");
  mbuf::MbufSc mbuf("mbuf", {.num_cells = 64, .num_conns = 16});
  vq::VqSc vq("vq");
  soc::CsrSc csr("interconnect");
  for (sc::ClockedModule* m : std::initializer_list<sc::ClockedModule*>{&rmt, &mbuf, &vq, &csr}) {
    m->clk_i(clock);
    m->rst_ni(rst_n);
  }
  csr.connect_slave(0, rmt.block().csr);
  csr.connect_slave(1, mbuf.block().csr);
  csr.connect_slave(2, vq.block().csr);
  // vq's streams meet mbuf's third ports port to port.
  connect(vq.block().rd, mbuf.block().rd[2]);
  connect(mbuf.block().rdata[2], vq.block().rdata);
  Driver driver("driver", [&rst_n](Driver& d) {
    d.pause(2.5);
    rst_n = true;
    d.pause(5000);
    const uint64_t slot = 1u << 16;
    EXPECT_NE(d.read(1 * slot + reg::kStatus) & reg::Status::kInitDoneMask, 0u);
    EXPECT_NE(d.read(2 * slot + mbuf::reg::kStatus) & mbuf::reg::Status::kInitDoneMask, 0u);
    EXPECT_NE(d.read(3 * slot + vq::reg::kStatus) & vq::reg::Status::kInitDoneMask, 0u);
    uint32_t word = 0;
    // Nobody at port 3's slot; nobody owns slot 5 (docs/uarch/csr.md: DECERR).
    EXPECT_EQ(d.access(tlm::TLM_READ_COMMAND, 8 * slot, word), tlm::TLM_GENERIC_ERROR_RESPONSE);
    EXPECT_EQ(d.access(tlm::TLM_READ_COMMAND, 5 * slot, word), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  });
  driver.csr.bind(csr.up.socket);
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  sc_core::sc_start();
}

// A credit query through sockets and through pins: the answer is the same, and the pins' comes at
// the edge that docs/uarch/mbuf.md's port would show it at, whichever way it went in.
TEST(StreamPins, KeepTheCyclesOfThePorts) {
  sc_core::sc_clock clock("clock", kPeriod);
  sc_core::sc_signal<bool> rst_n("rst_n");
  mbuf::MbufSc a("a", {.num_cells = 64, .num_conns = 16});
  mbuf::MbufSc b("b", {.num_cells = 64, .num_conns = 16});
  for (mbuf::MbufSc* m : {&a, &b}) {
    m->clk_i(clock);
    m->rst_ni(rst_n);
  }
  using In = sc::StreamPinsIn<common::ConnRef>;
  using Out = sc::StreamPinsOut<mbuf::MbufCredit>;
  In in("in", b, b.block().cq[0]);
  Out out_a("out_a", a, a.block().cr[0]), out_b("out_b", b, b.block().cr[0]);
  sc_core::sc_signal<bool> iv("iv"), ir("ir"), va("va"), vb("vb"), ready("ready");
  sc_core::sc_signal<In::Data> id("id");
  sc_core::sc_signal<Out::Data> da("da"), db("db");
  in.valid_i(iv);
  in.ready_o(ir);
  in.data_i(id);
  out_a.valid_o(va);
  out_a.data_o(da);
  out_a.ready_i(ready);
  out_b.valid_o(vb);
  out_b.data_o(db);
  out_b.ready_i(ready);
  Driver driver("driver", [&](Driver& d) {
    d.pause(2.5);
    rst_n = true;
    d.pause(5000);
    d.write(mbuf::reg::kCtrl, mbuf::reg::Ctrl{}.set_enable(true).raw);
    common::ConnRef query;
    query.conn_id = 3;
    std::array<uint32_t, common::ConnRef::kWords> words;
    query.pack(words.data());
    // The socket's register shows it behind the next edge; the pins are driven behind that edge.
    sc_core::sc_spawn([&d, words]() mutable {
      tlm::tlm_generic_payload t;
      d.setup(t, tlm::TLM_WRITE_COMMAND, 0, words.data(), 4 * common::ConnRef::kWords);
      EXPECT_EQ(d.send(d.frames, t), tlm::TLM_OK_RESPONSE);
    });
    sc_core::wait(clock.posedge_event());
    In::Data data;
    for (unsigned i = 0; i < words.size(); ++i) data.set_word(static_cast<int>(i), words[i]);
    id = data;
    iv = true;
    do {
      sc_core::wait(clock.posedge_event());
    } while (!ir.read());
    iv = false;
    int seen = 0;
    for (int i = 0; i < 40; ++i) {
      sc_core::wait(clock.posedge_event());
      EXPECT_EQ(va.read(), vb.read()) << i;
      if (va.read()) {
        ++seen;
        EXPECT_EQ(da.read(), db.read());
      }
      ready = i > 20;  // the answer stays until it is taken
    }
    EXPECT_GT(seen, 5);
    EXPECT_FALSE(va.read());
  });
  driver.csr.bind(a.csr.socket);
  driver.frames.bind(a.cq[0].socket);
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  sc_core::sc_start();
}

}  // namespace
}  // namespace fp
