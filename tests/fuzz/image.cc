// Images: what a header says is bounded, what is cut off says the same or nothing, and a data URL
// gives no more bytes than it may, and the same ones however it is spelled.
#include <algorithm>
#include <string>

#include "fuzz.h"
#include "images/data_url.h"
#include "images/sniff.h"

namespace encke::fuzz {
namespace {

std::uint64_t longest_side(ImageType type) {
  switch (type) {
    case ImageType::kPng:
      return 0x7FFFFFFF;
    case ImageType::kJpeg:
      return 0xFFFF;
    case ImageType::kGif:
      return 2 * 0xFFFF;  // an image may stand outside of the screen
    case ImageType::kWebp:
      return std::uint64_t{1} << 24;
  }
  return 0;
}

void check_image(std::string_view bytes, std::size_t cut) {
  const auto info = sniff(bytes);
  const Exact front(bytes.substr(0, cut));
  const auto less = sniff(front.view());
  if (less) PROMISE(less == info);
  if (!info) return;
  PROMISE(info->width != 0 && info->width <= longest_side(info->type));
  PROMISE(info->height != 0 && info->height <= longest_side(info->type));
  PROMISE(info->pixels() == std::uint64_t{info->width} * info->height);
  PROMISE(sniff(bytes) == info);
  PROMISE(sniff(std::string(bytes) + "and more") == info);
}

void check_data_url(std::string_view url, std::size_t max_bytes) {
  const auto bytes = decode_data_url(url, 0);
  const auto bounded = decode_data_url(url, max_bytes);
  if (bounded) PROMISE(bytes && *bytes == *bounded);
  if (bounded && max_bytes != 0) PROMISE(bounded->size() <= max_bytes);
  if (!bytes) return;
  if (max_bytes != 0 && bytes->size() > max_bytes) {
    PROMISE(!bounded && bounded.error().code == ErrorCode::kImageTooLarge);
  } else {
    PROMISE(bounded.has_value());
  }
  const auto again = decode_data_url("data:image/x;base64," + encode_base64(*bytes), 0);
  PROMISE(again && *again == *bytes);
  check_image(*bytes, max_bytes);
}

}  // namespace
}  // namespace encke::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace encke::fuzz;
  Input input(data, size);
  const std::size_t number = input.number();
  if (input.rest().substr(0, 5) == "data:") {
    check_data_url(input.rest(), number);
  } else {
    check_image(input.rest(), number);
  }
  return 0;
}
