# SPDX-License-Identifier: MIT
# examples/<name>.cpp is one program of one idea and one ctest entry, example_<name>.
# examples/<name>/*.cpp is one larger program called <name>.

file(GLOB examples CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/examples/*.cpp")
foreach(source IN LISTS examples)
  get_filename_component(stem "${source}" NAME_WE)
  set(example example_${stem})
  add_executable(${example} "${source}")
  patio_warn(${example})
  target_link_libraries(${example} PRIVATE patio::patio patio::strict)
  set_target_properties(${example} PROPERTIES
    OUTPUT_NAME "${stem}" RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/examples")
  add_test(NAME ${example} COMMAND ${example})
  set_tests_properties(${example} PROPERTIES TIMEOUT 120 LABELS examples)
endforeach()

file(GLOB programs CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/examples/*/*.cpp")
list(TRANSFORM programs REPLACE "/[^/]+$" "")
list(REMOVE_DUPLICATES programs)
foreach(directory IN LISTS programs)
  get_filename_component(name "${directory}" NAME)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${directory}/*.cpp")
  add_executable(${name} ${sources})
  patio_warn(${name})
  target_link_libraries(${name} PRIVATE patio::patio patio::strict)
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/examples")
endforeach()

if(TARGET tour)
  include(PatioTour)
endif()

# The tour measures real time and fails when a promise does not hold, so nothing runs beside it, and
# a sanitizer's slowness must not speak for the library.
if(TARGET tour AND PATIO_TEST_TOUR)
  add_test(NAME example_tour COMMAND tour --plain)
  set_tests_properties(example_tour PROPERTIES TIMEOUT 120 RUN_SERIAL ON LABELS examples)
endif()
