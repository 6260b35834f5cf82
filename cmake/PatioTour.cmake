# SPDX-License-Identifier: MIT
# The tour shows its own source and what the compiler says to mistakes. Both are put into the
# program when it is built, so neither can drift from what it claims to be.

set(tour_generated "${PROJECT_BINARY_DIR}/tour")
file(GLOB tour_stations CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/examples/tour/[0-9]*.cpp")
set(tour_mistakes forgotten_co_await co_await_outside_coroutine)
list(TRANSFORM tour_mistakes PREPEND "${PROJECT_SOURCE_DIR}/tests/compile_fail/"
  OUTPUT_VARIABLE tour_mistake_sources)
list(TRANSFORM tour_mistake_sources APPEND ".cpp")

add_custom_command(
  OUTPUT "${tour_generated}/tour_texts.cpp"
  COMMAND "${CMAKE_COMMAND}"
    "-DOUTPUT=${tour_generated}/tour_texts.cpp"
    "-DSTATIONS=${tour_stations}"
    "-DMISTAKES=${tour_mistake_sources}"
    "-DCOMPILER=${CMAKE_CXX_COMPILER}"
    "-DINCLUDE=${PROJECT_SOURCE_DIR}/include"
    -P "${PROJECT_SOURCE_DIR}/cmake/PatioTourTexts.cmake"
  DEPENDS ${tour_stations} ${tour_mistake_sources}
    "${PROJECT_SOURCE_DIR}/cmake/PatioTourTexts.cmake"
  COMMENT "Asking the compiler about the tour's mistakes"
  VERBATIM)

target_sources(tour PRIVATE "${tour_generated}/tour_texts.cpp")
target_include_directories(tour PRIVATE "${PROJECT_SOURCE_DIR}/examples/tour")
