# SPDX-License-Identifier: MIT
# Comforts for building Patio itself: a compiler cache and a fast linker where they are installed.
# Not used when another project adds Patio as a subdirectory: those choices are that project's.

find_program(PATIO_CCACHE ccache)
mark_as_advanced(PATIO_CCACHE)
if(PATIO_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # What it asks for before it keeps results that were made with a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros "${PATIO_CCACHE}")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  endif()
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  string(REGEX MATCH "^[0-9]+" PATIO_CLANG_MAJOR "${CMAKE_CXX_COMPILER_VERSION}")
  find_program(PATIO_LLD NAMES "ld.lld-${PATIO_CLANG_MAJOR}")
  mark_as_advanced(PATIO_LLD)
  if(PATIO_LLD)
    add_link_options(-fuse-ld=lld)
  endif()
endif()

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_EXTENSIONS OFF)
