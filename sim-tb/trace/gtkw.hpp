// SPDX-License-Identifier: Apache-2.0
//
// GTKWave save files: which signals of a waveform the viewer shows, in which groups, so that a
// recorded block opens readable. Groups follow the lowRISC port suffixes that all RTL here keeps.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fp::sim {

// A signal as the waveform declares it.
struct WaveSignal {
  std::string scope;  // "TOP.rmt.u_tm"
  std::string name;   // "state_q[2:0]", without blanks
  uint32_t bits = 1;
};

// The signals of an FST file, in its order; empty if it cannot be read.
std::vector<WaveSignal> read_fst_signals(const std::string& file);

// The text of a save file for `fst`: the top's inputs, one closed group per instance with its ports
// and the states of what is in it, the top's outputs.
std::string gtkwave_save(const std::string& fst, const std::vector<WaveSignal>& signals);

}  // namespace fp::sim
