// Chunked bodies: whole or in pieces, the same body, within its bound; and a plainer reader of the
// same bytes agrees about it and about where it ends.
#include "net/chunked.h"

#include <algorithm>
#include <optional>

#include "fuzz.h"

namespace encke::fuzz {
namespace {

struct Decoded {
  bool done = false;
  ErrorCode error = ErrorCode::kCount;
  std::string body;
  std::size_t used = 0;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view bytes, std::size_t max_body, std::optional<Cuts> cuts) {
  ChunkedDecoder decoder(max_body);
  Decoded decoded;
  while (decoded.used < bytes.size() && !decoder.done()) {
    const Exact piece(bytes.substr(decoded.used, cuts ? cuts->next() : bytes.size()));
    const auto used = decoder.feed(piece.view());
    PROMISE(max_body == 0 || decoder.body().size() <= max_body);
    if (!used) {
      decoded.error = used.error().code;
      decoded.used = 0;
      return decoded;  // what there is of the body is nobody's
    }
    PROMISE(*used == piece.view().size() || decoder.done());
    decoded.used += *used;
  }
  decoded.done = decoder.done();
  decoded.body = decoder.body();
  return decoded;
}

// RFC 9112, section 7.1, read by somebody who trusts everybody.
std::optional<Decoded> read_plainly(std::string_view bytes) {
  Decoded decoded;
  const auto line = [&]() -> std::optional<std::string> {
    const auto end = bytes.find("\r\n", decoded.used);
    if (end == std::string_view::npos) return std::nullopt;
    std::string text(bytes.substr(decoded.used, end - decoded.used));
    decoded.used = end + 2;
    return text;
  };
  while (true) {
    const auto size_line = line();
    if (!size_line) return std::nullopt;
    const std::size_t size = std::strtoull(size_line->c_str(), nullptr, 16);
    if (size == 0) break;
    if (bytes.size() - decoded.used < size) return std::nullopt;
    decoded.body += bytes.substr(decoded.used, size);
    decoded.used += size;
    const auto end = line();
    if (!end || !end->empty()) return std::nullopt;
  }
  for (auto trailer = line();; trailer = line()) {
    if (!trailer) return std::nullopt;
    if (trailer->empty()) break;
  }
  decoded.done = true;
  return decoded;
}

}  // namespace
}  // namespace encke::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace encke::fuzz;
  Input input(data, size);
  const Cuts cuts(input);
  const std::size_t max_body = input.number();
  const Decoded whole = decode(input.rest(), max_body, std::nullopt);
  PROMISE(whole == decode(input.rest(), max_body, cuts));
  if (whole.done) PROMISE(read_plainly(input.rest()) == whole);
  return 0;
}
