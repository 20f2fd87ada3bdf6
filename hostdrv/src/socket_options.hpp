// SPDX-License-Identifier: Apache-2.0
//
// The socket options that the library promises (fp_setsockopt(3)); others are -ENOPROTOOPT on every
// back end, so that no program finds out on the device what it could have known on TCP.
#pragma once

namespace flatproxy {

bool is_known_option(int level, int name);

}  // namespace flatproxy
