// svg.h: a picture made of lines, marks and words, that can be read on white and on black.
#pragma once

#include <string>
#include <string_view>

namespace race {

/// Written by hand, and so small; its colours are classes, which follow the reader's light or dark
/// page. Coordinates are pixels from the top left.
class Svg {
 public:
  enum class Anchor { kStart, kMiddle, kEnd };

  /// `title` is what a screen reader says.
  Svg(int width, int height, std::string_view title);

  /// `style` is a class: "axis", "grid", "series0" to "series5".
  void line(double x1, double y1, double x2, double y2, std::string_view style);
  void mark(double x, double y, std::string_view style);
  /// `style`: "title", "label", "small", or a series.
  void text(double x, double y, std::string_view words, std::string_view style,
            Anchor anchor = Anchor::kStart);
  /// Words that run upwards.
  void text_upwards(double x, double y, std::string_view words, std::string_view style);

  /// The whole picture.
  std::string str() const;

 private:
  std::string body_;
};

/// As XML has it.
std::string escaped(std::string_view words);

}  // namespace race
