#include "images/sniff.h"

#include "images/formats.h"

namespace encke {

std::string_view mime_type(ImageType type) {
  switch (type) {
    case ImageType::kPng:
      return "image/png";
    case ImageType::kJpeg:
      return "image/jpeg";
    case ImageType::kGif:
      return "image/gif";
    case ImageType::kWebp:
      return "image/webp";
  }
  return "application/octet-stream";
}

std::string_view extension(ImageType type) {
  switch (type) {
    case ImageType::kPng:
      return "png";
    case ImageType::kJpeg:
      return "jpg";
    case ImageType::kGif:
      return "gif";
    case ImageType::kWebp:
      return "webp";
  }
  return "bin";
}

std::optional<ImageInfo> sniff(std::string_view bytes) {
  for (const auto parse : {parse_png, parse_jpeg, parse_gif, parse_webp}) {
    const std::optional<ImageInfo> info = parse(bytes);
    if (info && info->pixels() != 0) return info;
  }
  return std::nullopt;
}

}  // namespace encke
