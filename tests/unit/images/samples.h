// samples.h: the smallest whole images, byte for byte.
#pragma once

#include <string>
#include <string_view>

namespace encke::samples {

inline std::string from_hex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'A' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1])));
  }
  return bytes;
}

/// 1 x 1, 70 bytes.
inline std::string png() {
  return from_hex(
      "89504E470D0A1A0A0000000D49484452000000010000000108060000001F15C4890000000D494441"
      "5478DA6364F8CF500F00038601805A347D6B0000000049454E44AE426082");
}

/// 3 x 2, baseline.
inline std::string jpeg() {
  return from_hex(
      "FFD8FFE000104A46494600010100000100010000FFDB00430050373C463C32504641465A55505F78"
      "C882786E6E78F5AFB991C8FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
      "FFFFFFFFFFFFFFFFFFFFC0000B080002000301011100FFC400140001000000000000000000000000"
      "00000004FFC4001810000203000000000000000000000000000002043471FFDA0008010100003F00"
      "446AE987FFD9");
}

/// 1 x 1, progressive: its frame header is SOF2.
inline std::string progressive_jpeg() {
  return from_hex(
      "FFD8FFE000104A46494600010101004800480000FFDB004300FFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
      "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
      "FFFFFFFFFFFFFFFFFFFFC2000B080001000101011100FFC400141001000000000000000000000000"
      "00000000FFDA0008010100013F10");
}

/// 1 x 1, transparent, so it has an extension before its image.
inline std::string gif() {
  return from_hex(
      "47494638396101000100800000000000FFFFFF21F90401000000002C000000000100010000020144"
      "003B");
}

/// 1 x 1, lossy.
inline std::string webp_vp8() {
  return from_hex(
      "52494646220000005745425056503820160000003001009D012A010001000EC0FE25A40003700000"
      "0000");
}

/// 1 x 1, lossless.
inline std::string webp_vp8l() {
  return from_hex("524946461A000000574542505650384C0D0000002F00000010071011118888FE0700");
}

/// 1 x 1, extended: lossy with an alpha channel.
inline std::string webp_vp8x() {
  return from_hex(
      "524946464A00000057454250565038580A00000010000000000000000000414C50480C0000001107"
      "1011FD0F4444FF03000056503820180000001401009D012A010001000000FE00000DC000FEE6B500"
      "0000");
}

}  // namespace encke::samples
