// SPDX-License-Identifier: Apache-2.0
#include "flatproxy/in_process.hpp"

#include "hostdrv/src/device/service_controller.hpp"

namespace flatproxy {

namespace {

ServiceController& controller_of(const fp_ctx* c) {
  return const_cast<DeviceContext*>(static_cast<const DeviceContext*>(c))->controller;
}

}  // namespace

fp_ctx* open_in_process(DeviceOps& ops, RingSizes sizes) { return new DeviceContext(ops, sizes); }

void close(fp_ctx* context) { fp_close_ctx(context); }

bool poll_control(fp_ctx* context) { return controller_of(context).poll(); }
bool control_idle(const fp_ctx* context) { return controller_of(context).idle(); }
bool control_ready(const fp_ctx* context) { return controller_of(context).ready(); }

}  // namespace flatproxy
