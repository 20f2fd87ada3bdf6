# SPDX-License-Identifier: Apache-2.0
#
# fp_fuzz_target(NAME SOURCE LIBRARIES <linked> [INSTRUMENT <of these, the ones under test>]
#                [CORPUS <dir>] [MAX_LEN <bytes>])
#
# One libFuzzer target over outside input. replay_NAME runs its corpus in every build (test
# fuzz.NAME_corpus). With FP_FUZZ, fuzz_NAME reads the corpus and runs for FP_FUZZ_SECONDS (test
# fuzz.NAME). What it finds goes to the build tree; the committed corpus is only read.
set(FP_FUZZ_SECONDS 60 CACHE STRING "how long each fuzz target runs as a test")

function(fp_fuzz_target NAME SOURCE)
  cmake_parse_arguments(ARG "" "CORPUS;MAX_LEN" "LIBRARIES;INSTRUMENT" ${ARGN})
  if(NOT ARG_CORPUS)
    set(ARG_CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpus)
  endif()
  if(NOT ARG_MAX_LEN)
    set(ARG_MAX_LEN 4096)
  endif()
  add_executable(replay_${NAME} ${SOURCE} ${PROJECT_SOURCE_DIR}/tests/fuzz/replay.cpp)
  target_link_libraries(replay_${NAME} PRIVATE ${ARG_LIBRARIES})
  add_test(NAME fuzz.${NAME}_corpus COMMAND replay_${NAME} ${ARG_CORPUS})
  if(NOT FP_FUZZ)
    return()
  endif()
  foreach(lib ${ARG_INSTRUMENT})
    target_compile_options(${lib} PRIVATE -fsanitize=fuzzer-no-link)
    target_link_options(${lib} INTERFACE -fsanitize=fuzzer-no-link)
  endforeach()
  add_executable(fuzz_${NAME} ${SOURCE})
  target_link_libraries(fuzz_${NAME} PRIVATE ${ARG_LIBRARIES} -fsanitize=fuzzer)
  target_compile_options(fuzz_${NAME} PRIVATE -fsanitize=fuzzer)
  set(found ${CMAKE_CURRENT_BINARY_DIR}/found)
  file(MAKE_DIRECTORY ${found})
  add_test(NAME fuzz.${NAME}
           COMMAND fuzz_${NAME} -max_total_time=${FP_FUZZ_SECONDS} -timeout=10 -rss_limit_mb=2048
                   -max_len=${ARG_MAX_LEN} ${found} ${ARG_CORPUS}
           WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
