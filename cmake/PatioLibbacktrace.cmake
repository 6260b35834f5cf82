# SPDX-License-Identifier: MIT
# libbacktrace turns addresses into function names and lines. GCC keeps its copy in its private
# directory, where Clang finds the archive too but not the header; so the header alone is copied
# (the directory around it holds GCC's own intrinsics, which Clang must not see).
#
# Defines patio_libbacktrace and PATIO_BACKTRACE_LIBRARY, its name for linkers. Without the library
# both are empty, and reports show raw addresses.

include(CheckCXXSourceCompiles)

add_library(patio_libbacktrace INTERFACE)

find_program(PATIO_GCC NAMES g++-12 g++)
mark_as_advanced(PATIO_GCC)
set(backtrace_header "backtrace.h")
if(PATIO_GCC)
  execute_process(COMMAND "${PATIO_GCC}" -print-file-name=include/backtrace.h
    OUTPUT_VARIABLE backtrace_header OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
set(backtrace_include "${PROJECT_BINARY_DIR}/libbacktrace")
if(EXISTS "${backtrace_header}")
  configure_file("${backtrace_header}" "${backtrace_include}/backtrace.h" COPYONLY)
  configure_file("${backtrace_header}/../backtrace-supported.h"
    "${backtrace_include}/backtrace-supported.h" COPYONLY)
endif()

set(CMAKE_REQUIRED_INCLUDES "${backtrace_include}")
set(CMAKE_REQUIRED_LIBRARIES backtrace)
check_cxx_source_compiles("
  #include <backtrace.h>
  int main() { return backtrace_create_state(nullptr, 0, nullptr, nullptr) == nullptr; }"
  PATIO_LIBBACKTRACE_WORKS)
unset(CMAKE_REQUIRED_INCLUDES)
unset(CMAKE_REQUIRED_LIBRARIES)

set(PATIO_BACKTRACE_LIBRARY "")
if(PATIO_LIBBACKTRACE_WORKS)
  target_include_directories(patio_libbacktrace SYSTEM INTERFACE "${backtrace_include}")
  target_compile_definitions(patio_libbacktrace INTERFACE PATIO_WITH_LIBBACKTRACE=1)
  set(PATIO_BACKTRACE_LIBRARY backtrace)
else()
  target_compile_definitions(patio_libbacktrace INTERFACE PATIO_WITH_LIBBACKTRACE=0)
endif()
list(APPEND PATIO_SYSTEM_LIBRARIES ${PATIO_BACKTRACE_LIBRARY})
