# SPDX-License-Identifier: Apache-2.0
add_library(fp_rmt_rtl INTERFACE)
target_include_directories(fp_rmt_rtl INTERFACE ${PROJECT_SOURCE_DIR})
target_link_libraries(fp_rmt_rtl INTERFACE rtl_rmt contract_rmt)
