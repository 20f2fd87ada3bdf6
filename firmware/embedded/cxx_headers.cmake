# SPDX-License-Identifier: Apache-2.0
#
# Sets FP_CXX_HEADERS to a bare-metal C++ header tree of GCC 12. Installed packages win; otherwise
# Debian's package is unpacked into the build tree (1.2 MB; installing it would bring 436 MB along).
file(GLOB candidates /usr/include/newlib/c++/12*
     ${CMAKE_BINARY_DIR}/deps/arm/usr/include/newlib/c++/12*)
if(NOT candidates)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/deps)
  execute_process(COMMAND apt-get download -q libstdc++-arm-none-eabi-dev
                  WORKING_DIRECTORY ${CMAKE_BINARY_DIR}/deps OUTPUT_QUIET ERROR_VARIABLE complaint
                  RESULT_VARIABLE status)
  file(GLOB package ${CMAKE_BINARY_DIR}/deps/libstdc++-arm-none-eabi-dev_*.deb)
  if(status OR NOT package)
    message(FATAL_ERROR "firmware: libstdc++-arm-none-eabi-dev: found no package "
                        "(${complaint}), expected apt to reach Debian's archive")
  endif()
  list(GET package 0 package)
  execute_process(COMMAND dpkg -x ${package} ${CMAKE_BINARY_DIR}/deps/arm COMMAND_ERROR_IS_FATAL ANY)
  file(GLOB candidates ${CMAKE_BINARY_DIR}/deps/arm/usr/include/newlib/c++/12*)
endif()
list(GET candidates 0 FP_CXX_HEADERS)
