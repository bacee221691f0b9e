// Admission: however the bytes of a connection are cut, the same requests come out of them, within
// the limits; and what cpp-httplib is given of one is that request and no other.
#include "net/admission.h"

#include <algorithm>
#include <optional>

#include "doorkeeper.h"
#include "fuzz.h"

namespace encke::fuzz {
namespace {

constexpr std::size_t kMaxBody = 100;

NetOptions small_limits() {
  NetOptions limits;
  limits.max_head = 400;
  limits.max_headers = 6;
  limits.max_line = 120;
  return limits;
}

// What became of one request.
struct Seen {
  bool ready = false;
  ErrorCode error = ErrorCode::kCount;
  std::string method;
  std::string path;
  std::string query;
  std::string body;
  int minor = 1;
  bool keep_alive = true;
  std::size_t consumed = 0;
  bool operator==(const Seen&) const = default;
};

Seen seen_by(const Admission& admission) {
  const RequestHead& head = admission.head();
  return {true,
          ErrorCode::kCount,
          std::string(head.method),
          std::string(head.path),
          std::string(head.query),
          std::string(admission.body()),
          head.minor,
          head.keep_alive,
          admission.consumed()};
}

void check_limits(const Admission& admission, const NetOptions& limits, std::string_view bytes) {
  const RequestHead& head = admission.head();
  PROMISE(admission.head_size() <= limits.max_head);
  PROMISE(head.headers.size() <= limits.max_headers);
  PROMISE(head.path.size() + head.query.size() <= limits.max_line);
  PROMISE(admission.body().size() <= kMaxBody);
  PROMISE(admission.consumed() <= bytes.size());
  PROMISE(admission.consumed() >= admission.head_size());
  const auto text = bytes.substr(0, admission.head_size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') PROMISE(i > 0 && text[i - 1] == '\r');
    if (text[i] == '\r') PROMISE(i + 1 < text.size() && text[i + 1] == '\n');
    PROMISE(text[i] != '\0');
  }
}

// What cpp-httplib gets is admitted as the same request, but for what is meant to be left out: it
// names no host, and its query and a form's type are not its business.
void check_same_for_httplib(const Seen& seen, const RequestHead& head) {
  std::string again = to_httplib(head, seen.body);
  const auto line = again.find("\r\n");
  PROMISE(line != std::string::npos);
  again.insert(line + 2, "Host: x\r\n");
  const NetOptions limits;
  const Doorkeeper doorkeeper(kMaxBody);
  Admission admission(limits, doorkeeper);
  const Exact bytes(again);
  PROMISE(admission.look(bytes.view()) == Admission::Step::kReady);
  PROMISE(admission.consumed() == again.size());
  const Seen second = seen_by(admission);
  PROMISE(second.method == seen.method);
  PROMISE(second.path == seen.path);
  PROMISE(second.query.empty());
  PROMISE(second.body == seen.body);
  PROMISE(second.minor == seen.minor);
  PROMISE(second.keep_alive == seen.keep_alive);
}

// All that comes of a connection's bytes, which arrive in pieces; without cuts, at once.
std::vector<Seen> serve(std::string_view bytes, std::optional<Cuts> cuts) {
  const NetOptions limits = small_limits();
  const Doorkeeper doorkeeper(kMaxBody);
  Admission admission(limits, doorkeeper);
  std::vector<Seen> all;
  std::size_t begin = 0;
  std::size_t end = 0;
  int continues = 0;
  while (end < bytes.size()) {
    end = std::min(bytes.size(), end + (cuts ? cuts->next() : bytes.size()));
    while (begin < end) {
      const Exact arrived(bytes.substr(begin, end - begin));
      const auto step = admission.look(arrived.view());
      if (step == Admission::Step::kContinue) PROMISE(++continues == 1);
      if (step == Admission::Step::kMore || step == Admission::Step::kContinue) break;
      if (step == Admission::Step::kRefused) {
        Seen refused;
        refused.error = admission.error().code;
        all.push_back(refused);
        return all;
      }
      all.push_back(seen_by(admission));
      check_limits(admission, limits, arrived.view());
      if (!cuts) check_same_for_httplib(all.back(), admission.head());
      begin += admission.consumed();
      continues = 0;
      admission.reset();
    }
  }
  return all;
}

}  // namespace
}  // namespace encke::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace encke::fuzz;
  Input input(data, size);
  const Cuts cuts(input);
  PROMISE(serve(input.rest(), std::nullopt) == serve(input.rest(), cuts));
  return 0;
}
