# SPDX-License-Identifier: Apache-2.0
# What the component's targets link: SystemC, libelf and yaml-cpp.
find_dependency(PkgConfig)
find_dependency(yaml-cpp)
pkg_check_modules(SYSTEMC REQUIRED IMPORTED_TARGET systemc)
pkg_check_modules(LIBELF REQUIRED IMPORTED_TARGET libelf)
