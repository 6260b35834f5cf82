# SPDX-License-Identifier: MIT
# patio_room(NAME [PUBLIC rooms…] [PRIVATE rooms or libraries…]) makes the target patio::NAME from
# include/patio/NAME and src/NAME. A room without sources is a header-only (INTERFACE) library.

set(PATIO_WARNING_FLAGS -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)

set(PATIO_STRICT_FLAGS_Clang
  -DPATIO_STRICT=1
  -Werror=dangling -Werror=return-stack-address -Werror=unused-result -Werror=unused-value)
set(PATIO_STRICT_FLAGS_GNU -Werror=unused-result)

find_package(Threads REQUIRED)

# Adds our warnings to one of our own targets. They never reach a user of the library.
function(patio_warn target)
  if(PATIO_WARNINGS)
    target_compile_options(${target} PRIVATE ${PATIO_WARNING_FLAGS})
    # GCC 12 sees an overlap in `"text" + string` from -O2 on: GCC PR 105651.
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
      target_compile_options(${target} PRIVATE -Wno-restrict)
    endif()
  endif()
endfunction()

function(patio_room room)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "PUBLIC;PRIVATE;WIRE")
  set(target patio_${room})
  set(include_dir "${PROJECT_SOURCE_DIR}/include")
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${include_dir}/patio/${room}/*.hpp")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${room}/*.cpp")

  if(sources)
    set(public PUBLIC)
    add_library(${target} ${sources})
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src")
    set_target_properties(${target} PROPERTIES
      CXX_VISIBILITY_PRESET hidden
      VISIBILITY_INLINES_HIDDEN ON
      POSITION_INDEPENDENT_CODE ON
      VERSION ${PROJECT_VERSION}
      SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
    patio_warn(${target})
    foreach(library IN LISTS arg_PRIVATE)
      target_link_libraries(${target} PRIVATE ${library})
    endforeach()
    foreach(wire IN LISTS arg_WIRE)
      target_sources(${target} PRIVATE $<TARGET_OBJECTS:patio_wire_${wire}>)
    endforeach()
  else()
    set(public INTERFACE)
    add_library(${target} INTERFACE)
  endif()

  add_library(patio::${room} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${room})
  target_sources(${target} ${public} FILE_SET HEADERS BASE_DIRS "${include_dir}" FILES ${headers})
  target_compile_features(${target} ${public} cxx_std_20)
  # Without it Clang places over-aligned locals of a coroutine at addresses that malloc chose.
  target_compile_options(${target} ${public}
    $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-fcoro-aligned-allocation>)
  target_link_libraries(${target} ${public} Threads::Threads)
  foreach(neighbour IN LISTS arg_PUBLIC)
    target_link_libraries(${target} ${public} patio_${neighbour})
  endforeach()
endfunction()

# A machine of src/wire_<name>: bytes in, events out, on `base` alone. It is no library but a part
# of the rooms that use it: `patio_room(http … WIRE http)`.
function(patio_wire name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "PRIVATE")
  set(target patio_wire_${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/wire_${name}/*.cpp")
  add_library(${target} OBJECT ${sources})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src")
  set_target_properties(${target} PROPERTIES
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON)
  target_compile_features(${target} PUBLIC cxx_std_20)
  patio_warn(${target})
  target_link_libraries(${target} PUBLIC patio_base PRIVATE ${arg_PRIVATE})
endfunction()

# patio::patio is everything, with <patio/patio.hpp>; patio::strict turns forgotten results and
# dangling references into errors in the code of whoever links it.
function(patio_umbrella)
  file(GLOB headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/patio/*.hpp")
  add_library(patio_patio INTERFACE)
  add_library(patio::patio ALIAS patio_patio)
  set_target_properties(patio_patio PROPERTIES EXPORT_NAME patio)
  target_sources(patio_patio INTERFACE
    FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/include" FILES ${headers})
  foreach(room IN LISTS ARGN)
    target_link_libraries(patio_patio INTERFACE patio_${room})
  endforeach()

  add_library(patio_strict INTERFACE)
  add_library(patio::strict ALIAS patio_strict)
  set_target_properties(patio_strict PROPERTIES EXPORT_NAME strict)
  foreach(compiler IN ITEMS Clang GNU)
    target_compile_options(patio_strict INTERFACE
      "$<$<COMPILE_LANG_AND_ID:CXX,${compiler}>:${PATIO_STRICT_FLAGS_${compiler}}>")
  endforeach()

  set(PATIO_ROOMS ${ARGN} PARENT_SCOPE)
endfunction()
