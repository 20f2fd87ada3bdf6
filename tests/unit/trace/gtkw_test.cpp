// SPDX-License-Identifier: Apache-2.0
//
// Which signals a save file shows, in which order. Flags: GTKWave's analyzer.h.
#include "sim-tb/trace/gtkw.hpp"

#include <gtest/gtest.h>

namespace fp::sim {
namespace {

TEST(Gtkw, GroupsPortsInstancesAndStates) {
  const std::vector<WaveSignal> signals = {
      {"TOP", "clk_i", 1},  // the simulator's copy of the top's ports
      {"TOP.rmt", "clk_i", 1},
      {"TOP.rmt", "in_data_i[7:0]", 8},
      {"TOP.rmt", "count_q[3:0]", 4},
      {"TOP.rmt", "out_valid_o", 1},
      {"TOP.rmt", "out_valid_o", 1},  // declared twice
      {"TOP.rmt.gen_stage[1].u_stage", "slot_i", 1},
      {"TOP.rmt.gen_stage[1]", "loose_i", 1},
      {"TOP.rmt.u_helper", "a_i", 1},
      {"TOP.rmt.u_parser", "clk_i", 1},
      {"TOP.rmt.u_parser", "state_q[1:0]", 2},
      {"TOP.rmt.u_parser", "scratch_q[1:0]", 2},
      {"TOP.rmt.u_tm", "idle_o", 1},
      {"TOP.rmt.u_tm.u_fifo", "idle_o", 1},
      {"TOP.rmt.u_tm.u_fifo", "state_q", 1},
      {"TOP.rmt_tb", "stray_i", 1},
  };
  EXPECT_EQ(gtkwave_save("/w.fst", signals),
            "[dumpfile] \"/w.fst\"\n[size] 1600 900\n"
            "@800200\n-inputs\n@28\nTOP.rmt.clk_i\n@22\nTOP.rmt.in_data_i[7:0]\n@1000200\n-inputs\n"
            "@c00200\n-parser\n@28\nTOP.rmt.u_parser.clk_i\n@22\nTOP.rmt.u_parser.state_q[1:0]\n"
            "@1000200\n-parser\n"
            "@c00200\n-gen_stage[1].stage\n@28\nTOP.rmt.gen_stage[1].u_stage.slot_i\n"
            "@1000200\n-gen_stage[1].stage\n"
            "@c00200\n-tm\n@28\nTOP.rmt.u_tm.idle_o\n@28\nTOP.rmt.u_tm.u_fifo.state_q\n"
            "@1000200\n-tm\n"
            "@c00200\n-helper\n@28\nTOP.rmt.u_helper.a_i\n@1000200\n-helper\n"
            "@800200\n-outputs\n@28\nTOP.rmt.out_valid_o\n@1000200\n-outputs\n");
}

TEST(Gtkw, AFileWithoutATopHasNoGroups) {
  EXPECT_EQ(gtkwave_save("w.fst", {{"TOP", "a", 1}}), "[dumpfile] \"w.fst\"\n[size] 1600 900\n");
}

}  // namespace
}  // namespace fp::sim
