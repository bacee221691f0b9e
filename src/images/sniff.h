// sniff.h: what image some bytes are, by their content alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace encke {

/// The images that are served. SVG is not one of them: it is a document, and documents run scripts.
enum class ImageType { kPng, kJpeg, kGif, kWebp };

/// The media type, as Content-Type has it.
std::string_view mime_type(ImageType type);

/// The file name extension, without the dot.
std::string_view extension(ImageType type);

/// What the header says. A JPEG's sides are as stored, before any rotation that its EXIF block asks
/// for.
struct ImageInfo {
  ImageType type;
  std::uint32_t width;
  std::uint32_t height;

  std::uint64_t pixels() const { return std::uint64_t{width} * height; }
  bool operator==(const ImageInfo&) const = default;
};

/// Recognises PNG, JPEG, GIF and WebP. Nothing for all else, and for one of these whose header is
/// cut off, malformed or gives a side of zero.
///
/// Decodes nothing: the sides come from the header, so that a picture that would unpack into
/// gigabytes is known for one before anything tries. No name and no declared type has a say.
std::optional<ImageInfo> sniff(std::string_view bytes);

}  // namespace encke
