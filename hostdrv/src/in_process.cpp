// SPDX-License-Identifier: Apache-2.0
#include "flatproxy/in_process.hpp"

#include "hostdrv/src/service_controller.hpp"

namespace flatproxy {

fp_ctx* open_in_process(DeviceOps& ops, RingSizes sizes) { return new fp_ctx(ops, sizes); }

void close(fp_ctx* context) {
  if (context == nullptr) return;
  fp_vq_destroy(context->queue.get());
  delete context;
}

bool poll_control(fp_ctx* context) { return context->controller.poll(); }
bool control_idle(const fp_ctx* context) { return context->controller.idle(); }
bool control_ready(const fp_ctx* context) { return context->controller.ready(); }

}  // namespace flatproxy
