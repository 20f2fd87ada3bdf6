# SPDX-License-Identifier: Apache-2.0
add_library(fp_mbuf_rtl INTERFACE)
target_include_directories(fp_mbuf_rtl INTERFACE ${PROJECT_SOURCE_DIR})
target_link_libraries(fp_mbuf_rtl INTERFACE rtl_mbuf contract_mbuf)
