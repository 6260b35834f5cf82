# SPDX-License-Identifier: MIT
# What `cmake --install` puts in place: headers, libraries, and the two descriptions by which other
# builds find them (a CMake package and a pkg-config file).

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(patio_cmake_dir "${CMAKE_INSTALL_LIBDIR}/cmake/patio")
list(TRANSFORM PATIO_ROOMS PREPEND patio_ OUTPUT_VARIABLE room_targets)

install(TARGETS ${room_targets} patio_patio patio_strict EXPORT patioTargets FILE_SET HEADERS)
install(EXPORT patioTargets NAMESPACE patio:: DESTINATION "${patio_cmake_dir}")

configure_package_config_file(cmake/patioConfig.cmake.in
  "${CMAKE_CURRENT_BINARY_DIR}/patioConfig.cmake" INSTALL_DESTINATION "${patio_cmake_dir}")
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/patioConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${CMAKE_CURRENT_BINARY_DIR}/patioConfig.cmake"
  "${CMAKE_CURRENT_BINARY_DIR}/patioConfigVersion.cmake"
  DESTINATION "${patio_cmake_dir}")

# pkg-config: the archives in link order (users first), then what a static link needs besides.
set(pc_libraries "")
foreach(room IN LISTS PATIO_ROOMS)
  get_target_property(type patio_${room} TYPE)
  if(NOT type STREQUAL "INTERFACE_LIBRARY")
    string(PREPEND pc_libraries "-lpatio_${room} ")
  endif()
endforeach()
set(pc_system_libraries "")
foreach(library IN LISTS PATIO_SYSTEM_LIBRARIES)
  string(APPEND pc_system_libraries " -l${library}")
endforeach()
string(STRIP "${pc_libraries}" pc_libraries)
if(BUILD_SHARED_LIBS)
  set(pc_system_libraries "")
endif()
# pkg-config cannot ask which compiler reads it, so the file speaks for the one that built Patio.
set(pc_flags "-pthread")
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  string(APPEND pc_flags " -fcoro-aligned-allocation")
endif()
cmake_path(IS_ABSOLUTE CMAKE_INSTALL_LIBDIR absolute_libdir)
cmake_path(IS_ABSOLUTE CMAKE_INSTALL_INCLUDEDIR absolute_includedir)
set(pc_libdir "${CMAKE_INSTALL_LIBDIR}")
if(NOT absolute_libdir)
  set(pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
endif()
set(pc_includedir "${CMAKE_INSTALL_INCLUDEDIR}")
if(NOT absolute_includedir)
  set(pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
configure_file(cmake/patio.pc.in "${CMAKE_CURRENT_BINARY_DIR}/patio.pc" @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/patio.pc"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
