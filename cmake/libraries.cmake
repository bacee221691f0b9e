# The libraries, all Debian packages (script/setup installs them).
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 3.38 REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tl-expected REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)

# cpp-httplib: as packaged (a compiled library, whose flags decide how its classes are laid out), or a
# folder with the single header of another version. src/net/httplib_seam.h knows the differences.
add_library(encke_httplib INTERFACE)
if(ENCKE_HTTPLIB_DIR)
  if(NOT EXISTS ${ENCKE_HTTPLIB_DIR}/httplib.h)
    message(FATAL_ERROR "ENCKE_HTTPLIB_DIR: there is no ${ENCKE_HTTPLIB_DIR}/httplib.h")
  endif()
  target_include_directories(encke_httplib SYSTEM BEFORE INTERFACE ${ENCKE_HTTPLIB_DIR})
  target_compile_definitions(encke_httplib INTERFACE CPPHTTPLIB_OPENSSL_SUPPORT)
  target_link_libraries(encke_httplib INTERFACE OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
else()
  pkg_check_modules(HTTPLIB REQUIRED cpp-httplib)
  target_compile_options(encke_httplib INTERFACE ${HTTPLIB_CFLAGS})
  target_link_libraries(encke_httplib INTERFACE
    ${HTTPLIB_LIBRARIES} OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
endif()
