# The Debian package: `cmake --build BUILD --target package`. The program, its page, its systemd units, and
# /etc/encke/encke.conf and encke(1) as the program itself writes them.
set(folder ${PROJECT_SOURCE_DIR}/packaging)
set(made ${PROJECT_BINARY_DIR}/packaging)

add_custom_command(
  OUTPUT ${made}/encke.conf ${made}/encke.1.gz ${made}/changelog.gz
  COMMAND ${CMAKE_COMMAND} -E make_directory ${made}
  # Where the unit lets it write is the one thing that is not the default.
  COMMAND sh -c "\"$0\" --example-config | sed 's|^#data =.*|data = /var/lib/encke|' > \"$1\""
          $<TARGET_FILE:encke> ${made}/encke.conf
  COMMAND sh -c "\"$0\" --manual-page | gzip -9n > \"$1\"" $<TARGET_FILE:encke> ${made}/encke.1.gz
  COMMAND sh -c "gzip -9nc \"$0\" > \"$1\"" ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${made}/changelog.gz
  DEPENDS encke ${PROJECT_SOURCE_DIR}/CHANGELOG.md
  COMMENT "Writing what the package says about the options"
  VERBATIM)
add_custom_target(encke_packaging ALL DEPENDS ${made}/encke.conf)

# Not of a plain `cmake --install`, which keeps to its prefix.
function(encke_package_file destination)
  install(FILES ${ARGN} DESTINATION ${destination} COMPONENT debian EXCLUDE_FROM_ALL)
endfunction()
encke_package_file(/etc/encke ${made}/encke.conf)
encke_package_file(/lib/systemd/system ${folder}/encke.service ${folder}/encke.socket)
encke_package_file(share/man/man1 ${made}/encke.1.gz)
encke_package_file(share/doc/encke ${made}/changelog.gz ${folder}/debian/copyright)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME encke)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The Encke authors <encke@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGE_DESCRIPTION
  "Long polling, Server-Sent Events and other streams over plain HTTP, for browsers\nof any age, and for curl. Comes with a page for browsers and a systemd unit.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
# Both components in one package.
set(CPACK_COMPONENTS_ALL program debian)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, init-system-helpers (>= 1.54)")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${folder}/debian/conffiles ${folder}/debian/postinst ${folder}/debian/prerm ${folder}/debian/postrm)
include(CPack)
