# SPDX-License-Identifier: Apache-2.0
# find_package(flatproxy COMPONENTS host): flatproxy::flatproxy and flatproxy::flatproxy_static.
foreach(_flatproxy_component host ${flatproxy_FIND_COMPONENTS})
  include(${CMAKE_CURRENT_LIST_DIR}/flatproxy-${_flatproxy_component}-targets.cmake OPTIONAL
          RESULT_VARIABLE _flatproxy_found)
  if(_flatproxy_found)
    set(flatproxy_${_flatproxy_component}_FOUND TRUE)
  endif()
endforeach()
foreach(_flatproxy_component ${flatproxy_FIND_COMPONENTS})
  if(flatproxy_FIND_REQUIRED_${_flatproxy_component} AND NOT flatproxy_${_flatproxy_component}_FOUND)
    set(flatproxy_FOUND FALSE)
    set(flatproxy_NOT_FOUND_MESSAGE "component ${_flatproxy_component} is not installed")
  endif()
endforeach()
