# SPDX-License-Identifier: Apache-2.0
#
# fp_verilate(NAME TOP <module> SOURCES <files> [CONTRACTS <names>] [FLAGS <verilator flags>]
#             [SAVABLE])
#
# Verilates one module into the static library target NAME; include "V<NAME>.h" (class V<NAME>).
# Runs at build time, because the SystemVerilog packages are themselves built. Tracing is compiled
# in, so that a first difference can always be shown as a waveform. SAVABLE, or FP_SAVABLE for all,
# makes RTL whose state a checkpoint can hold; Verilator 5.006 then counts no coverage.

find_program(VERILATOR verilator REQUIRED)
execute_process(COMMAND ${VERILATOR} --getenv VERILATOR_ROOT OUTPUT_VARIABLE VERILATOR_ROOT
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
find_package(ZLIB REQUIRED)

option(FP_SAVABLE "RTL that checkpoints can hold (run --save-at), without coverage" OFF)

# Verilator appends -Os after CXXFLAGS; only OPT_FAST and OPT_GLOBAL decide the speed.
set(FP_RTL_OPT "-O2" CACHE STRING "optimisation of Verilated code")

add_library(fp_verilated STATIC ${VERILATOR_ROOT}/include/verilated.cpp
            ${VERILATOR_ROOT}/include/verilated_threads.cpp
            ${VERILATOR_ROOT}/include/verilated_fst_c.cpp
            ${VERILATOR_ROOT}/include/verilated_cov.cpp
            ${VERILATOR_ROOT}/include/verilated_save.cpp)
target_include_directories(fp_verilated SYSTEM PUBLIC ${VERILATOR_ROOT}/include
                           ${VERILATOR_ROOT}/include/vltstd)
target_compile_options(fp_verilated PRIVATE -w)
target_compile_definitions(fp_verilated PUBLIC VM_TRACE=1 VM_TRACE_FST=1 VM_COVERAGE=0)
target_link_libraries(fp_verilated PUBLIC ZLIB::ZLIB Threads::Threads)

# fp_read_list(OUT FILE.f)   the sources of a block's list, without what its contracts bring
# (generated files, and the register front end that they name).
function(fp_read_list OUT FILE)
  cmake_path(ABSOLUTE_PATH FILE BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  cmake_path(GET FILE PARENT_PATH folder)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${FILE})
  file(STRINGS ${FILE} lines REGEX "^[^/$]")
  set(sources)
  foreach(line ${lines})
    cmake_path(ABSOLUTE_PATH line BASE_DIRECTORY ${folder} NORMALIZE)
    if(NOT line MATCHES "/common/axil_slave[.]sv$")
      list(APPEND sources ${line})
    endif()
  endforeach()
  set(${OUT} ${sources} PARENT_SCOPE)
endfunction()

function(fp_verilate NAME)
  cmake_parse_arguments(ARG "SAVABLE" "TOP" "SOURCES;CONTRACTS;FLAGS" ${ARGN})
  set(dir ${CMAKE_BINARY_DIR}/verilated/${NAME})
  # Packages in dependency order: common first, then as named. FP_SV is set by fp_contract().
  set(packages)
  foreach(c common ${ARG_CONTRACTS})
    if(TARGET contract_${c})
      get_target_property(sv contract_${c} FP_SV)
      foreach(f ${sv})
        if(NOT f IN_LIST packages)
          list(APPEND packages ${f})
        endif()
      endforeach()
    endif()
  endforeach()
  set(sources)
  foreach(s ${ARG_SOURCES})
    cmake_path(ABSOLUTE_PATH s BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    list(APPEND sources ${s})
  endforeach()
  if(ARG_SAVABLE OR FP_SAVABLE)
    list(FILTER ARG_FLAGS EXCLUDE REGEX "^--coverage")
    list(APPEND ARG_FLAGS --savable)
  endif()
  set(cc g++)
  if(CCACHE)
    set(cc "${CCACHE} g++")
  endif()
  add_custom_command(
    OUTPUT ${dir}/V${NAME}__ALL.a ${dir}/V${NAME}.h
    COMMAND ${VERILATOR} --cc -O3 -Wall --x-assign fast --x-initial fast --trace-fst
            --trace-structs --assert --output-split 20000 --Mdir ${dir} --prefix V${NAME}
            --top-module ${ARG_TOP} ${ARG_FLAGS} ${packages} ${sources}
    COMMAND make -s -C ${dir} -f V${NAME}.mk V${NAME}__ALL.a "CXX=${cc}" "OPT_FAST=${FP_RTL_OPT}"
            OPT_SLOW=-O1 OPT_GLOBAL=-O2 "CFG_CXXFLAGS_STD_NEWEST=-std=gnu++17" > ${dir}.log
    DEPENDS ${sources} ${packages}
    COMMENT "Verilating ${ARG_TOP}"
    VERBATIM)
  add_custom_target(${NAME}_verilate DEPENDS ${dir}/V${NAME}__ALL.a)
  add_library(${NAME} INTERFACE)
  add_dependencies(${NAME} ${NAME}_verilate)
  target_include_directories(${NAME} SYSTEM INTERFACE ${dir})
  target_link_libraries(${NAME} INTERFACE ${dir}/V${NAME}__ALL.a fp_verilated)
endfunction()
