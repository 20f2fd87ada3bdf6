// SPDX-License-Identifier: Apache-2.0
//
// The pipeline programs that come with the project, built into the library.
#pragma once

#include "firmware/linux/pipeline/program.hpp"

namespace fp::pipeline {

// "mesh": the default, filled by network.yaml. Throws InputError if the program does not read.
Program mesh_program();

// "flowstats": counts flows on wires and marks the heavy ones. Throws as above.
Program flowstats_program();

}  // namespace fp::pipeline
