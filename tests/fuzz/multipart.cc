// Multipart bodies, by the way that they take in a server: admission, cpp-httplib, the service.
// Each is answered once; what cpp-httplib makes parts of stood in the body, between two boundaries.
#include <algorithm>

#include "api/body.h"
#include "bridge.h"
#include "doorkeeper.h"
#include "fuzz.h"

namespace encke::fuzz {
namespace {

constexpr std::size_t kMaxBody = 64 * 1024;
constexpr std::size_t kMaxParts = 32;

bool is_within(std::string_view part, std::string_view whole) {
  return whole.find(part) != std::string_view::npos;
}

void check_parts(const Request& request, std::string_view boundary) {
  PROMISE(request.parts.size() <= kMaxParts);
  std::size_t size = 0;
  for (const FormPart& part : request.parts) {
    PROMISE(is_within(part.content, request.body));
    PROMISE(part.content.find("\r\n--" + std::string(boundary)) == std::string_view::npos);
    for (const auto header : {part.name, part.filename, part.content_type}) {
      PROMISE(header.find_first_of("\r\n") == std::string_view::npos);
    }
    size += part.content.size();
  }
  PROMISE(size <= request.body.size());

  const auto body = parse_body(request);
  if (!body) {  // cpp-httplib looks at how the type begins, and the service at all of it
    PROMISE(body.error().code == ErrorCode::kUnsupportedMediaType);
    return;
  }
  if (body->image_file) PROMISE(is_within(*body->image_file, request.body));
  for (const auto& [name, value] : body->fields.all()) PROMISE(is_within(value, request.body));
}

// As check_multipart() and cpp-httplib take it out of the header.
std::string boundary_of(std::string_view content_type) {
  auto boundary = content_type.substr(content_type.find("boundary=") + 9);
  boundary = boundary.substr(0, boundary.find(';'));
  if (boundary.size() >= 2 && boundary.front() == '"' && boundary.back() == '"') {
    boundary = boundary.substr(1, boundary.size() - 2);
  }
  return std::string(boundary);
}

void check(std::string_view parameters, std::string_view body) {
  static const NetOptions options;
  static Doorkeeper service(kMaxBody);
  static Bridge bridge(options, service);

  const std::string bytes = "POST /send HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data" +
                            std::string(parameters) +
                            "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                            std::string(body);
  Admission admission(options, service);
  if (admission.look(bytes) != Admission::Step::kReady) return;
  if (admission.consumed() != bytes.size()) return;  // the parameters held the end of the head

  const std::string boundary = boundary_of(admission.head().header("Content-Type"));
  int handled = 0;
  service.on_request = [&](const Request& request) {
    ++handled;
    check_parts(request, boundary);
  };
  const auto answered = bridge.answer({admission.head(), admission.body(), {}, {}});
  PROMISE(!answered.outcome);
  PROMISE(answered.written.starts_with("HTTP/1.1 "));
  PROMISE(answered.written.find("HTTP/1.1 ", 1) == std::string::npos);
  PROMISE(answered.written.starts_with(handled == 1 ? "HTTP/1.1 200 " : "HTTP/1.1 400 "));
}

}  // namespace
}  // namespace encke::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  encke::fuzz::Input input(data, size);
  const auto parameters = input.field();
  encke::fuzz::check(parameters, input.rest());
  return 0;
}
