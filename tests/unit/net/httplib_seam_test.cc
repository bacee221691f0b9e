// The seam against the generations of cpp-httplib that differ. Only the packaged header can be had
// here, so the others are stand-ins: small classes that declare what the seam uses as those
// versions declare it, and nothing else. That the packaged one fits, the program itself shows.
#include "net/httplib_seam.h"

#include <gtest/gtest.h>

#include <map>
#include <type_traits>

namespace encke {
namespace {

// --- The generation of 0.11 ---

namespace old_generation {

struct Request {
  struct Part {
    std::string name, content, filename, content_type;
  };
  std::multimap<std::string, Part> files;
};

class Stream {
 public:
  virtual ~Stream() = default;
  virtual bool is_readable() const = 0;
  virtual bool is_writable() const = 0;
  virtual ssize_t read(char* ptr, std::size_t size) = 0;
  virtual ssize_t write(const char* ptr, std::size_t size) = 0;
  virtual void get_remote_ip_and_port(std::string& ip, int& port) const = 0;
  virtual void get_local_ip_and_port(std::string& ip, int& port) const = 0;
  virtual int socket() const = 0;
  ssize_t write(const char* text) { return write(text, std::char_traits<char>::length(text)); }
  ssize_t write(const std::string& text) { return write(text.data(), text.size()); }
};

class Server {
 public:
  virtual ~Server() = default;

 protected:
  bool process_request(Stream& stream, bool close_connection, bool& connection_closed,
                       const std::function<void(Request&)>& setup) {
    stream.write("served");
    connection_closed = close_connection;
    Request request;
    if (setup) setup(request);
    return true;
  }
};

}  // namespace old_generation

// --- The generations after 0.15: who is asking is told, and a Stream has more to answer ---

namespace new_generation {

struct FormField {
  std::string name, content;
};
struct FormFile {
  std::string name, content, filename, content_type;
};
struct Request {
  std::string remote_addr;
  int remote_port = -1;
  struct {
    std::multimap<std::string, FormField> fields;
    std::multimap<std::string, FormFile> files;
  } form;
};

class Stream {
 public:
  virtual ~Stream() = default;
  virtual bool is_readable() const = 0;
  virtual bool wait_readable() const = 0;
  virtual bool wait_writable() const = 0;
  virtual ssize_t read(char* ptr, std::size_t size) = 0;
  virtual ssize_t write(const char* ptr, std::size_t size) = 0;
  virtual void get_remote_ip_and_port(std::string& ip, int& port) const = 0;
  virtual void get_local_ip_and_port(std::string& ip, int& port) const = 0;
  virtual int socket() const = 0;
  virtual time_t duration() const = 0;
  ssize_t write(const char* text) { return write(text, std::char_traits<char>::length(text)); }
  ssize_t write(const std::string& text) { return write(text.data(), text.size()); }
};

class Server {
 public:
  virtual ~Server() = default;

 protected:
  bool process_request(Stream& stream, const std::string& remote_addr, int remote_port,
                       const std::string& local_addr, int local_port, bool close_connection,
                       bool& connection_closed, const std::function<void(Request&)>& setup) {
    if (!stream.is_readable() || !stream.wait_writable() || stream.duration() != 0) return false;
    stream.write("served " + remote_addr + ' ' + std::to_string(remote_port) + ' ' + local_addr +
                 std::to_string(local_port));
    connection_closed = close_connection;
    Request request;
    if (setup) setup(request);
    return true;
  }
};

// The newest adds one parameter more, with a default.
class ServerWithUpgrades {
 public:
  virtual ~ServerWithUpgrades() = default;

 protected:
  bool process_request(Stream& stream, const std::string& remote_addr, int, const std::string&, int,
                       bool close_connection, bool& connection_closed,
                       const std::function<void(Request&)>&, bool* websocket_upgraded = nullptr) {
    stream.write("served " + remote_addr);
    connection_closed = close_connection;
    return websocket_upgraded == nullptr;
  }
};

}  // namespace new_generation

template <class Base>
class TestServer : public seam::ServerSeam<Base> {
 public:
  template <class AnyRequest, class AnyStream>
  bool serve(AnyStream& stream, bool close, bool& closed, int& setups) {
    const std::function<void(AnyRequest&)> setup = [&](AnyRequest&) { ++setups; };
    return this->call_process_request(stream, {"10.0.0.7", 4711}, close, closed, setup);
  }
};

template <class Base>
class TestStream final : public seam::StreamSeam<Base> {
 public:
  std::string written;

 protected:
  ssize_t read_some(char* data, std::size_t size) override {
    if (size == 0) return 0;
    *data = 'r';
    return 1;
  }
  ssize_t write_all(const char* data, std::size_t size) override {
    written.append(data, size);
    return static_cast<ssize_t>(size);
  }
};

static_assert(!std::is_abstract_v<TestStream<old_generation::Stream>>);
static_assert(!std::is_abstract_v<TestStream<new_generation::Stream>>);
static_assert(!std::is_abstract_v<TestStream<httplib::Stream>>);

TEST(HttplibSeam, CallsTheOldProcessRequest) {
  TestServer<old_generation::Server> server;
  TestStream<old_generation::Stream> stream;
  bool closed = false;
  int setups = 0;
  EXPECT_TRUE(server.serve<old_generation::Request>(stream, true, closed, setups));
  EXPECT_EQ(stream.written, "served");
  EXPECT_TRUE(closed);
  EXPECT_EQ(setups, 1);
}

TEST(HttplibSeam, CallsTheNewProcessRequestWithTheOtherEnd) {
  TestServer<new_generation::Server> server;
  TestStream<new_generation::Stream> stream;
  bool closed = true;
  int setups = 0;
  EXPECT_TRUE(server.serve<new_generation::Request>(stream, false, closed, setups));
  EXPECT_EQ(stream.written, "served 10.0.0.7 4711 0");
  EXPECT_FALSE(closed);
  EXPECT_EQ(setups, 1);
}

TEST(HttplibSeam, CallsTheNewestWithoutItsLastParameter) {
  TestServer<new_generation::ServerWithUpgrades> server;
  TestStream<new_generation::Stream> stream;
  bool closed = false;
  int setups = 0;
  EXPECT_TRUE(server.serve<new_generation::Request>(stream, true, closed, setups));
  EXPECT_EQ(stream.written, "served 10.0.0.7");
  EXPECT_TRUE(closed);
}

template <class Base>
void expect_answers() {
  TestStream<Base> seam;
  Base& stream = seam;
  char byte = 0;
  EXPECT_TRUE(stream.is_readable());
  EXPECT_EQ(stream.read(&byte, 1), 1);
  EXPECT_EQ(byte, 'r');
  EXPECT_EQ(stream.write("ab", 2), 2);
  EXPECT_EQ(stream.write(std::string("c")), 1);
  EXPECT_EQ(seam.written, "abc");
  std::string ip;
  int port = -1;
  stream.get_remote_ip_and_port(ip, port);
  EXPECT_FALSE(ip.empty());
  EXPECT_EQ(port, 0);
  // Never a real one: builds without poll() compare it with FD_SETSIZE.
  EXPECT_EQ(stream.socket(), 0);
}

TEST(HttplibSeam, AStreamAnswersAllThatEachGenerationAsks) {
  expect_answers<old_generation::Stream>();
  expect_answers<new_generation::Stream>();
  expect_answers<httplib::Stream>();
}

TEST(HttplibSeam, FindsThePartsOfAFormInFiles) {
  old_generation::Request request;
  request.files.emplace("text", old_generation::Request::Part{"text", "hello", "", ""});
  request.files.emplace("image",
                        old_generation::Request::Part{"image", "PNG", "a.png", "image/png"});
  const auto parts = seam::form_parts(request);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].name, "image");
  EXPECT_EQ(parts[0].filename, "a.png");
  EXPECT_EQ(parts[0].content_type, "image/png");
  EXPECT_EQ(parts[0].content, "PNG");
  EXPECT_EQ(parts[1].name, "text");
  EXPECT_EQ(parts[1].content, "hello");
}

TEST(HttplibSeam, FindsThePartsOfAFormInForm) {
  new_generation::Request request;
  request.form.fields.emplace("text", new_generation::FormField{"text", "hello"});
  request.form.files.emplace("image",
                             new_generation::FormFile{"image", "PNG", "a.png", "image/png"});
  const auto parts = seam::form_parts(request);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].name, "text");
  EXPECT_EQ(parts[0].content, "hello");
  EXPECT_EQ(parts[0].filename, "");
  EXPECT_EQ(parts[1].filename, "a.png");
  EXPECT_EQ(parts[1].content, "PNG");
}

}  // namespace
}  // namespace encke
