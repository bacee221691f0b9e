# What `cmake --install` lays out: the program with its page, and the library for programs that embed the
# server (find_package(encke), then link encke::encke; tests/package does so).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(ENCKE_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/encke)

# The component `program` is what the Debian package has (package.cmake).
install(TARGETS encke RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/public/ DESTINATION ${CMAKE_INSTALL_DATADIR}/encke/public
  COMPONENT program)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/encke DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h" PATTERN "*.def")

# Embedders compile against include/encke alone, and only link the rest. So how cpp-httplib is compiled
# against is nobody's business but ours.
foreach(property INTERFACE_INCLUDE_DIRECTORIES INTERFACE_SYSTEM_INCLUDE_DIRECTORIES
                 INTERFACE_COMPILE_OPTIONS INTERFACE_COMPILE_DEFINITIONS)
  get_target_property(value encke_httplib ${property})
  if(value)
    set_property(TARGET encke_httplib PROPERTY ${property} "$<BUILD_INTERFACE:${value}>")
  endif()
endforeach()

set_target_properties(encke_app PROPERTIES EXPORT_NAME encke)
install(TARGETS encke_app encke_api encke_net encke_framing encke_images encke_log encke_core
                encke_httplib
  EXPORT encke-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT encke-targets NAMESPACE encke:: DESTINATION ${ENCKE_PACKAGE_DIR})

configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/encke-config.cmake.in ${PROJECT_BINARY_DIR}/encke-config.cmake
  INSTALL_DESTINATION ${ENCKE_PACKAGE_DIR}
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# Before 1.0, a minor version may break what the one before it promised.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/encke-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/encke-config.cmake
              ${PROJECT_BINARY_DIR}/encke-config-version.cmake
  DESTINATION ${ENCKE_PACKAGE_DIR})
