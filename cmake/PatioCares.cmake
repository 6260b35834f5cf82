# SPDX-License-Identifier: MIT
# c-ares asks name servers without blocking. It stays inside of the io room: no header of ours shows
# it, and only static links have to name it.
#
# Defines patio_cares, its headers, and PATIO_CARES_LIBRARY, its name for linkers.

find_path(PATIO_CARES_INCLUDE_DIR ares.h)
find_library(PATIO_CARES_FILE cares)
mark_as_advanced(PATIO_CARES_INCLUDE_DIR PATIO_CARES_FILE)
if(NOT PATIO_CARES_INCLUDE_DIR OR NOT PATIO_CARES_FILE)
  message(FATAL_ERROR "c-ares is missing; Debian's package is libc-ares-dev")
endif()

add_library(patio_cares INTERFACE)
target_include_directories(patio_cares SYSTEM INTERFACE "${PATIO_CARES_INCLUDE_DIR}")
# By its name and not by its path: what is installed may be used where the library lies elsewhere.
set(PATIO_CARES_LIBRARY cares)
cmake_path(GET PATIO_CARES_FILE PARENT_PATH cares_dir)
target_link_directories(patio_cares INTERFACE "${cares_dir}")
list(APPEND PATIO_SYSTEM_LIBRARIES ${PATIO_CARES_LIBRARY})
