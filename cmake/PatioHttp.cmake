# SPDX-License-Identifier: MIT
# What the http and ws rooms keep inside: zlib, brotli and zstd for compressed bodies. No header of
# ours shows them.
#
# Defines patio_codings, their headers, and PATIO_CODING_LIBRARIES, their names for linkers.

add_library(patio_codings INTERFACE)
set(PATIO_CODING_LIBRARIES z brotlidec brotlienc brotlicommon zstd)
foreach(header IN ITEMS zlib.h brotli/decode.h zstd.h)
  string(MAKE_C_IDENTIFIER "PATIO_${header}_DIR" where)
  find_path(${where} ${header})
  mark_as_advanced(${where})
  if(NOT ${where})
    message(FATAL_ERROR
      "${header} is missing; Debian's packages are zlib1g-dev, libbrotli-dev, libzstd-dev")
  endif()
  target_include_directories(patio_codings SYSTEM INTERFACE "${${where}}")
endforeach()
list(APPEND PATIO_SYSTEM_LIBRARIES ${PATIO_CODING_LIBRARIES})
