# SPDX-License-Identifier: Apache-2.0
add_library(fp_vq_rtl INTERFACE)
target_include_directories(fp_vq_rtl INTERFACE ${PROJECT_SOURCE_DIR})
target_link_libraries(fp_vq_rtl INTERFACE rtl_vq contract_vq contract_mbuf)
