# What every target of ours is compiled with.
add_library(encke_warnings INTERFACE)
target_compile_options(encke_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror
  # One lock's members stand under it; clang checks who touches them (src/core/thread_annotations.h).
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
)
if(ENCKE_SANITIZE)
  set(sanitize -fsanitize=${ENCKE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  if(ENCKE_SANITIZE MATCHES undefined)
    # The check of an object's vptr asks the kernel through a pipe whether the memory can be read, and
    # takes a pipe that could not be had for "no": a server out of descriptors, which is a test here,
    # would be ended for a fault that it has not.
    list(APPEND sanitize -fno-sanitize=vptr)
  endif()
  target_compile_options(encke_warnings INTERFACE ${sanitize})
  target_link_options(encke_warnings INTERFACE -fsanitize=${ENCKE_SANITIZE})
endif()

# One folder of src/ as a target encke_NAME, with what it links.
function(encke_folder name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(encke_${name} STATIC ${ARG_SOURCES})
  add_library(encke::${name} ALIAS encke_${name})
  target_include_directories(encke_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:include>)
  target_link_libraries(encke_${name}
    PUBLIC ${ARG_LINKS}
    PRIVATE ${ARG_PRIVATE_LINKS} $<BUILD_INTERFACE:encke_warnings>)
endfunction()
