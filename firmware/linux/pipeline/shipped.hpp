// SPDX-License-Identifier: Apache-2.0
//
// The pipeline programs that come with the project, built into the library.
#pragma once

#include "firmware/linux/pipeline/program.hpp"

namespace fp::pipeline {

// "mesh": the default. Throws InputError if the program does not read.
Program mesh_program();

}  // namespace fp::pipeline
