// SPDX-License-Identifier: Apache-2.0
//
// Boot and main loop of the control core. Interrupts end WFI and are looked at in order; none is
// taken, so nothing here can be interrupted.
#include "contract/intc.hpp"
#include "contract/soc.hpp"
#include "contract/sysctl.hpp"
#include "firmware/embedded/control/config.hpp"
#include "firmware/embedded/control/connections.hpp"
#include "firmware/embedded/control/l2.hpp"
#include "firmware/embedded/control/selftest.hpp"
#include "firmware/embedded/control/shell.hpp"
#include "firmware/embedded/hal/csr.hpp"
#include "firmware/embedded/hal/mailbox.hpp"
#include "firmware/embedded/hal/mbuf.hpp"
#include "firmware/embedded/hal/rmt.hpp"
#include "firmware/embedded/hal/timer.hpp"
#include "firmware/embedded/hal/vq.hpp"
#include "firmware/embedded/hal/watchdog.hpp"
#include "firmware/embedded/runtime/log.hpp"

namespace fw {
namespace {

hal::mailbox::Message message;

bool serve_mailbox() {
  bool work = false;
  if (hal::mailbox::receive(fp::mailbox::kChannelConfig, message)) {
    control::handle_config(message);
    work = true;
  }
  if (hal::mailbox::receive(fp::mailbox::kChannelHost, message)) {
    control::handle_host(message);
    work = true;
  }
  return work;
}

// Awake time that one turn of the loop may take: hundreds of times the longest, a shell command.
constexpr uint32_t kWatchdogMs = 10;

// Dies of a failed self-test as of any other fault: with a record, and the log's line before it.
[[noreturn]] void refuse_to_boot() { __builtin_trap(); }

void boot() {
  const uint32_t clock_hz = hal::read32(fp::sysctl::reg::kClockHzAddr);
  hal::watchdog::start(clock_hz / 1000 * kWatchdogMs);
  log("flatproxy firmware, ", clock_hz / 1'000'000, " MHz");
  while (!hal::rmt::init_done() || !hal::mbuf::init_done() || !hal::vq::init_done()) {
  }
  log("blocks initialised");
  if (!control::self_test()) refuse_to_boot();
  constexpr uint32_t kLines = 1u << fp::soc::kIrqMailbox | 1u << fp::soc::kIrqUart |
                              1u << fp::soc::kIrqVq | 1u << fp::soc::kIrqStream |
                              1u << fp::soc::kIrqPktq;
  hal::write(fp::intc::kCsrBase, fp::intc::reg::Enable{}.set_lines(kLines));
  hal::csr_write<hal::kMie>(hal::kMieExternal | hal::kMieTimer);
  hal::timer::set(UINT64_MAX);
  hal::mailbox::enable_interrupts();
  control::say_hello();
}

[[noreturn]] void serve() {
  for (;;) {
    hal::watchdog::kick();
    bool work = serve_mailbox();
    work |= control::serve_console();
    work |= control::serve_connections();
    work |= control::serve_packets();
    if (work) continue;
    const uint32_t poll = control::poll_interval();
    hal::timer::set(poll != 0 ? hal::timer::now() + poll : UINT64_MAX);
    hal::wait_for_interrupt();
  }
}

}  // namespace
}  // namespace fw

extern "C" int main() {
  fw::boot();
  fw::serve();
}
