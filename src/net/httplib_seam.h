// httplib_seam.h: everything that differs between versions of cpp-httplib, and nothing else.
//
// Known to differ, from 0.11 to 0.5x: how many parameters the protected process_request() takes,
// which pure virtuals a Stream has, whether a form's parts are in Request::files or Request::form,
// and that a TaskQueue's enqueue() came to return a bool. Each is found out here by a `requires`
// expression. tests/unit/net/httplib_seam_test.cc holds this against classes declared like each
// generation's.
#pragma once

#include <httplib.h>

#include <cstddef>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "net/request.h"

namespace encke::seam {

/// Where a request came from, for the generations that ask.
struct Endpoint {
  std::string address = "127.0.0.1";
  int port = 0;
};

/// Derives from a `httplib::Server` and reaches its protected process_request(), in whichever form.
template <class BaseServer>
class ServerSeam : public BaseServer {
 protected:
  template <class AnyStream, class Setup>
  bool call_process_request(AnyStream& stream, const Endpoint& remote, bool close_connection,
                            bool& connection_closed, const Setup& setup) {
    if constexpr (requires(ServerSeam & self) {
                    self.process_request(stream, close_connection, connection_closed, setup);
                  }) {
      return this->process_request(stream, close_connection, connection_closed, setup);
    } else {
      return this->process_request(stream, remote.address, remote.port, std::string(), 0,
                                   close_connection, connection_closed, setup);
    }
  }
};

/// All that any generation's Stream asks for, over whatever reads and writes. Members that a
/// version does not know are just members.
template <class BaseStream>
class StreamSeam : public BaseStream {
 public:
  using BaseStream::write;
  // Some of these override nothing in some versions, so none says override.
  // NOLINTBEGIN(modernize-use-override)
  virtual bool is_readable() const { return true; }
  virtual bool is_writable() const { return true; }
  virtual bool wait_readable() const { return true; }
  virtual bool wait_writable() const { return true; }
  virtual ssize_t read(char* data, std::size_t size) { return read_some(data, size); }
  virtual ssize_t write(const char* data, std::size_t size) { return write_all(data, size); }
  virtual void get_remote_ip_and_port(std::string& ip, int& port) const {
    ip = "127.0.0.1";
    port = 0;
  }
  virtual void get_local_ip_and_port(std::string& ip, int& port) const {
    ip = "127.0.0.1";
    port = 0;
  }
  // Compared with FD_SETSIZE in builds without poll(), so not the descriptor, which may be large.
  virtual decltype(std::declval<const BaseStream&>().socket()) socket() const { return 0; }
  virtual time_t duration() const { return 0; }
  // NOLINTEND(modernize-use-override)

 protected:
  virtual ssize_t read_some(char* data, std::size_t size) = 0;
  virtual ssize_t write_all(const char* data, std::size_t size) = 0;
};

/// What an exception handler was called with, in words: the exception itself, or a pointer to it.
template <class Thrown>
std::string what(Thrown&& thrown) {
  try {
    if constexpr (std::is_convertible_v<Thrown, std::exception_ptr>) {
      std::rethrow_exception(thrown);
    } else {
      return thrown.what();
    }
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    return "not an exception of the standard library's";
  }
}

/// The parts of a multipart form; views into `request`.
template <class AnyRequest>
std::vector<FormPart> form_parts(const AnyRequest& request) {
  std::vector<FormPart> parts;
  if constexpr (requires { request.form.files; }) {
    for (const auto& [name, field] : request.form.fields) {
      parts.push_back({field.name, {}, {}, field.content});
    }
    for (const auto& [name, file] : request.form.files) {
      parts.push_back({file.name, file.filename, file.content_type, file.content});
    }
  } else {
    for (const auto& [name, part] : request.files) {
      parts.push_back({part.name, part.filename, part.content_type, part.content});
    }
  }
  return parts;
}

}  // namespace encke::seam
