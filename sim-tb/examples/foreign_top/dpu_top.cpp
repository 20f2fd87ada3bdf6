// SPDX-License-Identifier: Apache-2.0
//
// The whole DPU in a foreign platform: its firmware boots, the module's own configuration plane
// loads network.yaml, and from READY on the platform's MACs send and receive.
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <systemc>
#include <vector>

#include "firmware/linux/network/lower.hpp"
#include "firmware/linux/network/network_config.hpp"
#include "firmware/linux/pipeline/compiler.hpp"
#include "firmware/linux/pipeline/shipped.hpp"
#include "mac.hpp"
#include "sim-tb/platform/dpu_sc.hpp"

namespace {

class Watch : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> ready_i{"ready_i"};

  Watch(const sc_core::sc_module_name& name, const fp::platform::DpuSc& dpu, Epoch& epoch,
        std::function<bool()> sources_done)
      : sc_core::sc_module(name), dpu_(dpu), epoch_(epoch), sources_done_(std::move(sources_done)) {
    SC_THREAD(run);
  }

 private:
  SC_HAS_PROCESS(Watch);

  void run() {
    while (!ready_i.read()) wait(ready_i.posedge_event());
    epoch_.begin(epoch_.period * static_cast<double>(*dpu_.ready_cycle() + 8));
    while (!sources_done_()) wait(epoch_.period * 100);
    wait(epoch_.period * 20'000);  // what is inside leaves
    sc_core::sc_stop();
  }

  const fp::platform::DpuSc& dpu_;
  Epoch& epoch_;
  const std::function<bool()> sources_done_;
};

void run(const Arguments& args) {
  namespace network = fp::network;
  const network::NetworkConfig config = network::load_network_config(args.config);
  const network::MeshTables tables = network::mesh_tables(config, args.config, 250'000'000);
  fp::platform::DpuScConfig dpu_config;
  dpu_config.firmware = FIRMWARE;
  dpu_config.image =
      fp::pipeline::compile(fp::pipeline::mesh_program(), tables.entries, tables.extras);
  dpu_config.listens = network::listeners(config);
  dpu_config.console = [](char c) { std::fputc(c, stderr); };

  Epoch epoch;
  fp::platform::DpuSc dpu("dpu", dpu_config);
  sc_core::sc_signal<bool> ready("ready");
  dpu.ready_o(ready);
  std::vector<std::unique_ptr<Source>> sources;
  std::vector<std::unique_ptr<Sink>> sinks;
  for (unsigned p = 0; p < fp::platform::DpuSc::kNumWires; ++p) {
    const std::string name = "p" + std::to_string(p);
    Line line(args.inputs[p], args.first_ns);
    sources.push_back(std::make_unique<Source>((name + "_source").c_str(), p, line, epoch));
    sources.back()->socket.bind(dpu.in[p].socket);
    sinks.push_back(std::make_unique<Sink>((name + "_sink").c_str(), p, epoch));
    dpu.out[p].socket.bind(sinks.back()->socket);
  }
  Watch watch("watch", dpu, epoch, [&sources] {
    for (const auto& s : sources) {
      if (!s->done()) return false;
    }
    return true;
  });
  watch.ready_i(ready);
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
    std::fprintf(stderr, "dpu_top: %s\n", e.what());
    return 1;
  }
  return 0;
}
