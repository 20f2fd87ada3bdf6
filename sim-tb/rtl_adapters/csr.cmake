# SPDX-License-Identifier: Apache-2.0
add_library(fp_csr_rtl INTERFACE)
target_include_directories(fp_csr_rtl INTERFACE ${PROJECT_SOURCE_DIR})
target_link_libraries(fp_csr_rtl INTERFACE rtl_csr contract_soc contract_common)
