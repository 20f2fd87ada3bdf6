# SPDX-License-Identifier: Apache-2.0
#
# fp_mutants(NAME TOP <module> RTL <fp_verilate names> SOURCES <sv files> CONTRACTS <names>
#            TESTS <cpp files> LIBRARIES <targets> [MIN <percent killed, default 90>]
#            [BENCHES <number of benches that share the block's mutants, default 1>]
#            [LAST <gtest filter of slow tests, run when the others have noticed nothing>]
#            [PARAMS <name=value of TOP's parameters>] [SOAK] [HIERARCHY])
#
# Builds the tests once more, on a netlist of the RTL that holds mutants, and runs them once per
# mutant as test mutants.NAME. The netlist takes the place of every fp_verilate build in RTL (header
# V<name>.h). FP_MUTANTS says how many mutants a block gets: 20 in CI, 200 in soak
# (-DFP_MUTANTS=200).
# HIERARCHY leaves the modules apart in the netlist: for blocks that are large when flattened.
# SOAK leaves them to the soak: label and target soak_mutants instead of mutants. Skipped by name
# without yosys.
set(FP_MUTANTS 20 CACHE STRING "mutants per block")
set(FP_RUN_MUTANTS ${CMAKE_CURRENT_LIST_DIR}/run_mutants.py)
find_program(YOSYS yosys)

function(fp_mutants NAME)
  cmake_parse_arguments(ARG "SOAK;HIERARCHY" "TOP;MIN;BENCHES;LAST" "RTL;PARAMS;SOURCES;CONTRACTS;TESTS;LIBRARIES" ${ARGN})
  set(label mutants)
  if(ARG_SOAK)
    set(label soak_mutants)
  endif()
  set(make --top ${ARG_TOP})
  foreach(param ${ARG_PARAMS})
    list(APPEND make --set ${param})
  endforeach()
  if(ARG_HIERARCHY)
    list(APPEND make --hierarchy)
  endif()
  if(NOT DEFINED ARG_MIN)
    set(ARG_MIN 90)
  endif()
  if(NOT ARG_BENCHES)
    set(ARG_BENCHES 1)
  endif()
  math(EXPR count "(${FP_MUTANTS} + ${ARG_BENCHES} - 1) / ${ARG_BENCHES}")
  if(NOT YOSYS)
    add_test(NAME mutants.${NAME} COMMAND ${CMAKE_COMMAND} -E echo "yosys is not installed: skipped")
    set_tests_properties(mutants.${NAME} PROPERTIES SKIP_REGULAR_EXPRESSION "skipped")
    return()
  endif()
  set(dir ${CMAKE_BINARY_DIR}/mutants/${NAME})
  fp_contract_sv(sources common ${ARG_CONTRACTS})
  foreach(s ${ARG_SOURCES})
    cmake_path(ABSOLUTE_PATH s BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    list(APPEND sources ${s})
  endforeach()
  list(REMOVE_DUPLICATES sources)
  list(GET ARG_RTL 0 prefix)
  set(aliases ${ARG_RTL})
  list(REMOVE_AT aliases 0)
  set(cc g++)
  if(CCACHE)
    set(cc "${CCACHE} g++")
  endif()
  # One build serves all names.
  foreach(alias ${aliases})
    file(WRITE ${dir}/obj/V${alias}.h
         "#include \"V${prefix}.h\"\nusing V${alias} = V${prefix};\n")
  endforeach()
  add_custom_command(
    OUTPUT ${dir}/netlist.v ${dir}/mutants.txt
    COMMAND ${FP_RUN_MUTANTS} make ${make} --count ${count} --out ${dir} ${sources}
    DEPENDS ${sources} ${FP_RUN_MUTANTS}
    COMMENT "Mutants of ${ARG_TOP}" VERBATIM)
  add_custom_command(
    OUTPUT ${dir}/obj/V${prefix}__ALL.a ${dir}/obj/V${prefix}.h
    COMMAND ${VERILATOR} --cc -O3 -Wno-lint -Wno-UNOPTFLAT -Wno-fatal --trace-fst --trace-depth 1
            --x-assign unique --x-initial unique --coverage-user --output-split 20000 --Mdir ${dir}/obj --prefix V${prefix}
            --top-module ${ARG_TOP} ${dir}/netlist.v
    COMMAND make -s -C ${dir}/obj -f V${prefix}.mk V${prefix}__ALL.a "CXX=${cc}" OPT_FAST=-O1
            OPT_SLOW=-O0 OPT_GLOBAL=-O2 "CFG_CXXFLAGS_STD_NEWEST=-std=gnu++17" > ${dir}/make.log
    DEPENDS ${dir}/netlist.v
    COMMENT "Verilating the mutants of ${ARG_TOP}" VERBATIM)
  add_custom_target(${NAME}_mutants_verilate DEPENDS ${dir}/obj/V${prefix}__ALL.a)
  # Minutes to build: not part of `all`, but of the target `mutants`.
  add_executable(${NAME}_mutants EXCLUDE_FROM_ALL ${ARG_TESTS})
  if(NOT TARGET ${label})
    add_custom_target(${label})
  endif()
  add_dependencies(${label} ${NAME}_mutants)
  add_dependencies(${NAME}_mutants ${NAME}_mutants_verilate)
  target_include_directories(${NAME}_mutants SYSTEM PRIVATE ${dir}/obj)
  target_link_libraries(${NAME}_mutants PRIVATE ${dir}/obj/V${prefix}__ALL.a fp_verilated
                        ${ARG_LIBRARIES} GTest::gtest_main)
  add_test(NAME mutants.${NAME}
           COMMAND ${FP_RUN_MUTANTS} run --name ${NAME} --exe $<TARGET_FILE:${NAME}_mutants>
                   --list ${dir}/mutants.txt --min ${ARG_MIN} "--last=${ARG_LAST}" --jobs 2)
  set_tests_properties(mutants.${NAME} PROPERTIES SKIP_RETURN_CODE 77 LABELS ${label}
                       PROCESSORS 2 TIMEOUT 3600)
endfunction()
