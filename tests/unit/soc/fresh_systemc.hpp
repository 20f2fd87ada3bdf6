// SPDX-License-Identifier: Apache-2.0
//
// SystemC elaborates once per context. Tests that build modules start from a context of their own,
// so that any number of them runs in one process.
#pragma once

#include <systemc>

namespace fp::soc::test {

// Before the first module of a test. The context is left behind: modules point into it.
inline void fresh_systemc() {
  sc_core::sc_curr_simcontext = new sc_core::sc_simcontext();
  sc_core::sc_default_global_context = sc_core::sc_curr_simcontext;
}

// Behind the last module and the last binding. No process runs in these tests, which SystemC would
// remark on each time.
inline void elaborate() {
  sc_core::sc_report_handler::set_actions(sc_core::SC_ID_NO_SC_START_ACTIVITY_,
                                          sc_core::SC_DO_NOTHING);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
}

}  // namespace fp::soc::test
