// Authorization and Cookie: what is taken out of them stands in them, and is the same whatever
// other cookies there are; Basic has one spelling.
#include "api/credentials.h"

#include "fuzz.h"

namespace encke::fuzz {
namespace {

void check_cookie(const std::string& header) {
  const auto value = cookie(header, "encke");
  if (value.empty()) return;
  const auto at = static_cast<std::size_t>(value.data() - header.data());
  PROMISE(at >= 6 && at + value.size() <= header.size());
  PROMISE(header.substr(at - 6, 6) == "encke=");
  PROMISE(at == 6 || header[at - 7] == ';' || header[at - 7] == ' ');
  PROMISE(value.find(';') == std::string_view::npos);
  PROMISE(at + value.size() == header.size() || header[at + value.size()] == ';');
  PROMISE(cookie("other=1; xencke=2; " + header, "encke") == value);
  PROMISE(cookie(header + "; encke=second", "encke") == value);
}

void check_authorization(const std::string& header) {
  const auto bearer = credentials(header, "Bearer");
  const auto encoded = credentials(header, "Basic");
  PROMISE(bearer.empty() || encoded.empty());
  for (const auto value : {bearer, encoded}) {
    if (value.empty()) continue;
    PROMISE(value.front() != ' ');
    PROMISE(std::string_view(header).ends_with(value));
  }
  if (!encoded.empty()) {
    if (const auto basic = parse_basic(encoded)) {
      PROMISE(basic->nickname.find(':') == std::string::npos);
      PROMISE(encode_base64(basic->nickname + ':' + basic->secret) == encoded);
    }
  }
  const auto made = parse_basic(encode_base64("alice:" + header));
  PROMISE(made && made->nickname == "alice" && made->secret == header);
}

}  // namespace
}  // namespace encke::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string header(reinterpret_cast<const char*>(data), size);
  encke::fuzz::check_cookie(header);
  encke::fuzz::check_authorization(header);
  return 0;
}
