# SPDX-License-Identifier: Apache-2.0
#
# fp_testplan(BLOCK TESTS <gtest targets>): test testplan.BLOCK checks docs/testplan/BLOCK.yaml
# against the tests that exist and the cover points (bind files, `FLAGS --coverage-user`) that one
# run of the targets hits; that run is test testplan.BLOCK_cover. Format: testplan.py.
set(FP_TESTPLAN ${CMAKE_CURRENT_LIST_DIR}/testplan.py)
function(fp_testplan BLOCK)
  cmake_parse_arguments(ARG "" "" "TESTS" ${ARGN})
  set(cover ${CMAKE_CURRENT_BINARY_DIR}/cover_${BLOCK})
  add_test(NAME testplan.${BLOCK}_clean
           COMMAND sh -c "rm -rf ${cover} && mkdir -p ${cover}")
  set_tests_properties(testplan.${BLOCK}_clean PROPERTIES FIXTURES_SETUP ${BLOCK}_clean)
  foreach(test ${ARG_TESTS})
    add_test(NAME testplan.${BLOCK}_cover_${test} COMMAND ${test} --gtest_brief=1)
    set_tests_properties(testplan.${BLOCK}_cover_${test} PROPERTIES
                         FIXTURES_REQUIRED ${BLOCK}_clean FIXTURES_SETUP ${BLOCK}_cover
                         ENVIRONMENT FP_COVER_DIR=${cover})
  endforeach()
  # Debian's interpreter has PyYAML.
  add_test(NAME testplan.${BLOCK}
           COMMAND /usr/bin/python3 ${FP_TESTPLAN} --plan ${PROJECT_SOURCE_DIR}/docs/testplan/${BLOCK}.yaml
                   --build ${CMAKE_BINARY_DIR} --cover ${cover})
  set_tests_properties(testplan.${BLOCK} PROPERTIES FIXTURES_REQUIRED ${BLOCK}_cover)
endfunction()
