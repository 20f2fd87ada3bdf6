// SPDX-License-Identifier: Apache-2.0
//
// flatproxy status: what processes that use libflatproxy run on (docs/cli.md).
#pragma once

#include "hostdrv/tools/common/command_line.hpp"

namespace fp::cli {

void register_status(CLI::App& app, int& exit_code);

}  // namespace fp::cli
