# SPDX-License-Identifier: MIT
# llhttp, the parser of Node.js: in tests the second reader of what the library reads as HTTP/1.1.
# Defines patio_llhttp, an object library or a name for linkers.

include_guard(GLOBAL)

# A system's llhttp, or the sources that come with Debian's node-llhttp.
find_path(PATIO_LLHTTP_INCLUDE_DIR llhttp.h PATH_SUFFIXES llhttp)
find_library(PATIO_LLHTTP_FILE llhttp)
find_path(PATIO_LLHTTP_SOURCE_DIR llhttp.c PATHS /usr/share/llhttp NO_DEFAULT_PATH)
find_path(PATIO_LLHTTP_SHARED_INCLUDE_DIR llhttp.h PATHS /usr/share/include/llhttp NO_DEFAULT_PATH)
mark_as_advanced(PATIO_LLHTTP_INCLUDE_DIR PATIO_LLHTTP_FILE PATIO_LLHTTP_SOURCE_DIR
  PATIO_LLHTTP_SHARED_INCLUDE_DIR)

if(PATIO_LLHTTP_INCLUDE_DIR AND PATIO_LLHTTP_FILE)
  add_library(patio_llhttp INTERFACE)
  target_include_directories(patio_llhttp SYSTEM INTERFACE "${PATIO_LLHTTP_INCLUDE_DIR}")
  cmake_path(GET PATIO_LLHTTP_FILE PARENT_PATH llhttp_dir)
  target_link_directories(patio_llhttp INTERFACE "${llhttp_dir}")
  target_link_libraries(patio_llhttp INTERFACE llhttp)
elseif(PATIO_LLHTTP_SOURCE_DIR AND PATIO_LLHTTP_SHARED_INCLUDE_DIR)
  # The C compiler that belongs to the C++ one: a machine may have no `cc`.
  if(NOT CMAKE_C_COMPILER)
    cmake_path(GET CMAKE_CXX_COMPILER FILENAME c_name)
    string(REPLACE "clang++" "clang" c_name "${c_name}")
    string(REPLACE "g++" "gcc" c_name "${c_name}")
    cmake_path(GET CMAKE_CXX_COMPILER PARENT_PATH compiler_dir)
    find_program(PATIO_C_COMPILER NAMES "${c_name}" HINTS "${compiler_dir}")
    mark_as_advanced(PATIO_C_COMPILER)
    if(PATIO_C_COMPILER)
      set(CMAKE_C_COMPILER "${PATIO_C_COMPILER}")
    endif()
  endif()
  enable_language(C)
  file(GLOB llhttp_sources "${PATIO_LLHTTP_SOURCE_DIR}/*.c")
  add_library(patio_llhttp OBJECT ${llhttp_sources})
  target_include_directories(patio_llhttp SYSTEM PUBLIC "${PATIO_LLHTTP_SHARED_INCLUDE_DIR}")
  set_target_properties(patio_llhttp PROPERTIES
    POSITION_INDEPENDENT_CODE ON UNITY_BUILD OFF)
else()
  message(FATAL_ERROR "llhttp is missing; Debian's package is node-llhttp")
endif()

