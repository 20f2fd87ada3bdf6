# SPDX-License-Identifier: Apache-2.0
#
# fp_contract(NAME YAML)            target contract_NAME from the block YAML (block: NAME)
# fp_contract_aggregate([YAML...])  target contract_reasons over these YAMLs (default: all so far)
# fp_contract_sv(OUT NAME...)       generated SV files of the blocks in compile order
#
# docs/contract.md has the schema and the list of products. contract_NAME is an INTERFACE library:
# linking it gives the include path and orders the build after the generation. Its property FP_SV
# lists the SV files it needs, imports first.
#
# An imported YAML gets its target by itself. Which files a block has is known at configure time
# (generate.py --plan); their text is written at build time.

set(FP_CONTRACT_ROOT ${CMAKE_CURRENT_LIST_DIR})
cmake_path(GET FP_CONTRACT_ROOT PARENT_PATH FP_CONTRACT_RTL)
cmake_path(GET FP_CONTRACT_RTL PARENT_PATH FP_CONTRACT_TREE)
set(FP_CONTRACT_OUT ${CMAKE_BINARY_DIR}/contract)
# Debian's interpreter: python3 on the PATH may be a private build without PyYAML and Jinja2.
set(FP_CONTRACT_PYTHON /usr/bin/python3)
set(FP_CONTRACT_GENERATE ${FP_CONTRACT_PYTHON} ${FP_CONTRACT_ROOT}/generate.py)
file(GLOB FP_CONTRACT_SCRIPTS CONFIGURE_DEPENDS ${FP_CONTRACT_ROOT}/generate.py
     ${FP_CONTRACT_ROOT}/fpcontract/*.py ${FP_CONTRACT_ROOT}/templates/*.j2)

function(fp_contract NAME YAML)
  if(TARGET contract_${NAME})
    return()
  endif()
  cmake_path(ABSOLUTE_PATH YAML BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
  execute_process(COMMAND ${FP_CONTRACT_GENERATE} --plan ${YAML} OUTPUT_VARIABLE plan
                  ERROR_VARIABLE complaint RESULT_VARIABLE status)
  if(status)
    message(FATAL_ERROR "${complaint}")
  endif()
  foreach(key block imports import_files sources outputs registers)
    string(REGEX MATCH "(^|\n)${key}=([^\n]*)" unused "${plan}")
    set(plan_${key} ${CMAKE_MATCH_2})
  endforeach()
  if(NOT plan_block STREQUAL NAME)
    message(FATAL_ERROR "fp_contract(${NAME} ${YAML}): the YAML says `block: ${plan_block}`")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${plan_sources})

  set(sv)
  foreach(import file IN ZIP_LISTS plan_imports plan_import_files)
    fp_contract(${import} ${file})
    get_target_property(files contract_${import} FP_SV)
    list(APPEND sv ${files})
  endforeach()
  list(APPEND sv ${FP_CONTRACT_OUT}/sv/${NAME}_pkg.sv)
  if(plan_registers)
    fp_contract(common ${FP_CONTRACT_RTL}/common/common.yaml)
    list(PREPEND sv ${FP_CONTRACT_OUT}/sv/common_pkg.sv)
    list(APPEND sv ${FP_CONTRACT_RTL}/common/axil_slave.sv ${FP_CONTRACT_OUT}/sv/${NAME}_regs.sv)
  endif()
  list(REMOVE_DUPLICATES sv)

  list(TRANSFORM plan_outputs PREPEND ${FP_CONTRACT_OUT}/)
  add_custom_command(
    OUTPUT ${plan_outputs}
    COMMAND ${FP_CONTRACT_GENERATE} --out ${FP_CONTRACT_OUT} ${YAML}
    DEPENDS ${plan_sources} ${FP_CONTRACT_SCRIPTS}
    COMMENT "Contract of ${NAME}" VERBATIM)
  add_custom_target(contract_${NAME}_gen DEPENDS ${plan_outputs})
  add_library(contract_${NAME} INTERFACE)
  add_dependencies(contract_${NAME} contract_${NAME}_gen)
  target_include_directories(contract_${NAME} INTERFACE
                             $<BUILD_INTERFACE:${FP_CONTRACT_OUT}/include>
                             $<BUILD_INTERFACE:${FP_CONTRACT_ROOT}/include>
                             $<BUILD_INTERFACE:${FP_CONTRACT_TREE}>)
  foreach(import ${plan_imports})
    target_link_libraries(contract_${NAME} INTERFACE contract_${import})
  endforeach()
  if(plan_registers AND NOT "common" IN_LIST plan_imports)
    target_link_libraries(contract_${NAME} INTERFACE contract_common)
  endif()
  set_target_properties(contract_${NAME} PROPERTIES FP_SV "${sv}" FP_YAML "${YAML}")
  # Test data stays out of the aggregate.
  set(tests ${FP_CONTRACT_TREE}/tests)
  cmake_path(IS_PREFIX tests ${YAML} NORMALIZE is_test)
  if(NOT is_test)
    set_property(GLOBAL APPEND PROPERTY FP_CONTRACT_YAMLS ${YAML})
  endif()
endfunction()

function(fp_contract_aggregate)
  set(yamls ${ARGN})
  if(NOT yamls)
    get_property(yamls GLOBAL PROPERTY FP_CONTRACT_YAMLS)
  endif()
  set(outputs)
  foreach(file sv/reasons_pkg.sv include/contract/reasons.hpp include/contract/address_map.hpp
               waits_for.json)
    list(APPEND outputs ${FP_CONTRACT_OUT}/${file})
  endforeach()
  add_custom_command(
    OUTPUT ${outputs}
    COMMAND ${FP_CONTRACT_GENERATE} --aggregate --out ${FP_CONTRACT_OUT} ${yamls}
    DEPENDS ${yamls} ${FP_CONTRACT_SCRIPTS}
    COMMENT "Contract over all blocks" VERBATIM)
  add_custom_target(contract_reasons_gen DEPENDS ${outputs})
  add_library(contract_reasons INTERFACE)
  add_dependencies(contract_reasons contract_reasons_gen)
  target_include_directories(contract_reasons INTERFACE
                             $<BUILD_INTERFACE:${FP_CONTRACT_OUT}/include>)
  set_target_properties(contract_reasons PROPERTIES FP_SV ${FP_CONTRACT_OUT}/sv/reasons_pkg.sv)
  # The committed pages in docs/registers.
  set(pages ${FP_CONTRACT_TREE}/docs/registers)
  add_custom_target(contract_docs_update COMMAND ${FP_CONTRACT_GENERATE} --docs ${pages} --update
                    ${yamls} VERBATIM)
  add_custom_target(contract_docs_check COMMAND ${FP_CONTRACT_GENERATE} --docs ${pages} --check
                    ${yamls} VERBATIM)
endfunction()

function(fp_contract_sv OUT)
  set(sv)
  foreach(name ${ARGN})
    get_target_property(files contract_${name} FP_SV)
    list(APPEND sv ${files})
  endforeach()
  list(REMOVE_DUPLICATES sv)
  set(${OUT} ${sv} PARENT_SCOPE)
endfunction()

fp_contract(common ${FP_CONTRACT_RTL}/common/common.yaml)
