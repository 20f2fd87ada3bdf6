// SPDX-License-Identifier: Apache-2.0
//
// The RMT pipeline under a foreign initiator, clock and packet ends. The initiator does here what
// the DPU's firmware does: it writes the rows that the compiler made of network.yaml through the
// registers, commits the epoch and enables the block. Frames go over TLM sockets or, with --pins,
// over wires.
#include <tlm_utils/simple_initiator_socket.h>

#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <systemc>
#include <vector>

#include "cmodel/common/sc/packet_pins.hpp"
#include "cmodel/rmt/rmt_sc.hpp"
#include "contract/rmt.hpp"
#include "firmware/linux/network/lower.hpp"
#include "firmware/linux/network/network_config.hpp"
#include "firmware/linux/pipeline/compiler.hpp"
#include "firmware/linux/pipeline/shipped.hpp"
#include "mac.hpp"
#include "pin_mac.hpp"

namespace {

namespace reg = fp::rmt::reg;

class Controller : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<Controller> socket{"socket"};
  sc_core::sc_out<bool> rst_no{"rst_no"};
  sc_core::sc_in<bool> idle_i{"idle_i"};

  Controller(const sc_core::sc_module_name& name, const fp::pipeline::Image& image, Epoch& epoch,
             std::function<bool()> sources_done)
      : sc_core::sc_module(name),
        image_(image),
        epoch_(epoch),
        sources_done_(std::move(sources_done)) {
    SC_THREAD(run);
  }

 private:
  SC_HAS_PROCESS(Controller);

  uint32_t access(tlm::tlm_command command, uint32_t offset, uint32_t word) {
    tlm::tlm_generic_payload trans;
    trans.set_command(command);
    trans.set_address(offset);
    trans.set_data_ptr(reinterpret_cast<unsigned char*>(&word));
    trans.set_data_length(4);
    trans.set_streaming_width(4);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    socket->b_transport(trans, delay);
    if (!trans.is_response_ok()) SC_REPORT_ERROR("foreign", trans.get_response_string().c_str());
    return word;
  }
  template <class Register>
  Register read() {
    return Register{access(tlm::TLM_READ_COMMAND, Register::kOffset, 0)};
  }
  template <class Register>
  void write(const Register& value) {
    access(tlm::TLM_WRITE_COMMAND, Register::kOffset, value.raw);
  }

  void run() {
    rst_no = false;
    wait(epoch_.period * 3.5);
    rst_no = true;
    while (!read<reg::Status>().init_done()) {
    }
    const auto shadow = static_cast<uint8_t>(read<reg::Epoch>().epoch() + 1);
    for (const fp::pipeline::Row& row : image_.rows) {
      for (size_t i = 0; i < row.words.size(); ++i) {
        access(tlm::TLM_WRITE_COMMAND, reg::kTblData + static_cast<uint32_t>(4 * i), row.words[i]);
      }
      write(reg::TblCmd{}
                .set_table_id(row.table)
                .set_index(row.index)
                .set_bank((shadow & 1) != 0)
                .set_op(static_cast<uint8_t>(fp::rmt::TableOp::kWrite)));
      reg::TblStatus status;
      do {
        status = read<reg::TblStatus>();
      } while (status.busy());
      if (status.error()) SC_REPORT_ERROR("foreign", "a row was refused");
    }
    write(reg::Epoch{}.set_epoch(shadow));
    write(reg::Ctrl{}.set_enable(true));
    // Calls return at an edge; traffic counts from a later one.
    epoch_.begin(sc_core::sc_time_stamp() + epoch_.period * 8);
    while (!sources_done_() || !idle_i.read()) wait(epoch_.period * 100);
    wait(epoch_.period * 10);
    sc_core::sc_stop();
  }

  const fp::pipeline::Image& image_;
  Epoch& epoch_;
  const std::function<bool()> sources_done_;
};

// Takes verdicts: what became of frames that did not leave.
class Verdicts : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Verdicts> socket{"socket"};

  explicit Verdicts(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {
    socket.register_b_transport(this, &Verdicts::b_transport);
  }

 private:
  void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time&) {
    const auto report =
        fp::rmt::VerdictReport::unpack(reinterpret_cast<const uint32_t*>(trans.get_data_ptr()));
    std::printf(R"({"verdict":"%s","from":"p%u","frame":%u})"
                "\n",
                fp::rmt::to_string(report.verdict), report.tag >> 24, report.tag & 0xffffff);
    trans.set_response_status(tlm::TLM_OK_RESPONSE);
  }
};

void run(const Arguments& args) {
  namespace network = fp::network;
  const network::NetworkConfig config = network::load_network_config(args.config);
  const network::MeshTables tables = network::mesh_tables(config, args.config, 250'000'000);
  const fp::pipeline::Image image =
      fp::pipeline::compile(fp::pipeline::mesh_program(), tables.entries, tables.extras);

  Epoch epoch;
  sc_core::sc_clock clock("clock", epoch.period);
  sc_core::sc_signal<bool> rst_n("rst_n"), idle("idle");
  fp::rmt::RmtSc rmt("rmt");
  rmt.clk_i(clock);
  rmt.rst_ni(rst_n);
  rmt.idle_o(idle);
  Verdicts verdicts("verdicts");
  rmt.verdict.socket.bind(verdicts.socket);

  std::vector<std::function<bool()>> done;
  std::vector<std::unique_ptr<sc_core::sc_module>> parts;
  std::vector<std::unique_ptr<StreamWires>> wires;
  for (unsigned p = 0; p < fp::rmt::kNumPorts; ++p) {
    const std::string name = "port" + std::to_string(p);
    if (p < 4) {
      Line line(args.inputs[p], args.first_ns);
      if (args.pins) {
        StreamWires& w = *wires.emplace_back(std::make_unique<StreamWires>());
        auto pins =
            std::make_unique<fp::sc::PacketPinsIn>((name + "_in").c_str(), rmt, rmt.block().in[p]);
        pins->valid_i(w.valid);
        pins->ready_o(w.ready);
        pins->data_i(w.data);
        pins->keep_i(w.keep);
        pins->sop_i(w.sop);
        pins->eop_i(w.eop);
        pins->err_i(w.err);
        pins->port_i(w.port);
        pins->tag_i(w.tag);
        parts.push_back(std::move(pins));
        auto source = std::make_unique<PinSource>((name + "_source").c_str(), p, line, epoch, w);
        source->clk_i(clock);
        done.push_back([s = source.get()] { return s->done(); });
        parts.push_back(std::move(source));
      } else {
        auto source = std::make_unique<Source>((name + "_source").c_str(), p, line, epoch);
        source->socket.bind(rmt.in[p].socket);
        done.push_back([s = source.get()] { return s->done(); });
        parts.push_back(std::move(source));
      }
    }
    if (args.pins) {
      StreamWires& w = *wires.emplace_back(std::make_unique<StreamWires>());
      auto pins =
          std::make_unique<fp::sc::PacketPinsOut>((name + "_out").c_str(), rmt, rmt.block().out[p]);
      pins->valid_o(w.valid);
      pins->ready_i(w.ready);
      pins->data_o(w.data);
      pins->keep_o(w.keep);
      pins->sop_o(w.sop);
      pins->eop_o(w.eop);
      pins->err_o(w.err);
      pins->port_o(w.port);
      pins->tag_o(w.tag);
      parts.push_back(std::move(pins));
      auto sink = std::make_unique<PinSink>((name + "_sink").c_str(), p, epoch, w);
      sink->clk_i(clock);
      parts.push_back(std::move(sink));
    } else {
      auto sink = std::make_unique<Sink>((name + "_sink").c_str(), p, epoch);
      rmt.out[p].socket.bind(sink->socket);
      parts.push_back(std::move(sink));
    }
  }
  Controller controller("controller", image, epoch, [&done] {
    for (const auto& d : done) {
      if (!d()) return false;
    }
    return true;
  });
  controller.socket.bind(rmt.csr.socket);
  controller.rst_no(rst_n);
  controller.idle_i(idle);
  sc_core::sc_start();
}

}  // namespace

int sc_main(int argc, char** argv) {
  // stdout is the result.
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  const Arguments args = parse_arguments(argc, argv);
  try {
    run(args);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "rmt_top: %s\n", e.what());
    return 1;
  }
  return 0;
}
