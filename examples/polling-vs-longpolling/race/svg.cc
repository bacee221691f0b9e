#include "svg.h"

#include <fmt/format.h>

namespace race {
namespace {

// Colours that the colour-blind can tell apart (Okabe and Ito), lighter ones on black.
constexpr std::string_view kStyle = R"(<style>
text{font:13px system-ui,sans-serif;fill:#222}
.title{font-size:15px;font-weight:600}.small{font-size:12px;fill:#555}
.back{fill:#fff}.axis{stroke:#555}.grid{stroke:#ddd}
.series0{stroke:#0072b2;fill:#0072b2}.series1{stroke:#c04a00;fill:#c04a00}
.series2{stroke:#00795a;fill:#00795a}.series3{stroke:#a8487e;fill:#a8487e}
.series4{stroke:#8a6d00;fill:#8a6d00}.series5{stroke:#4b4bb8;fill:#4b4bb8}
line{stroke-width:1}line.thick{stroke-width:2}text{stroke:none!important}
@media(prefers-color-scheme:dark){
text{fill:#e6e6e6}.small{fill:#aaa}.back{fill:#161616}.axis{stroke:#aaa}.grid{stroke:#3a3a3a}
.series0{stroke:#56b4e9;fill:#56b4e9}.series1{stroke:#ff9a52;fill:#ff9a52}
.series2{stroke:#3fcf9f;fill:#3fcf9f}.series3{stroke:#e79ac5;fill:#e79ac5}
.series4{stroke:#f0e442;fill:#f0e442}.series5{stroke:#a5a5ff;fill:#a5a5ff}
}
</style>
)";

std::string_view anchor_name(Svg::Anchor anchor) {
  switch (anchor) {
    case Svg::Anchor::kStart:
      return "start";
    case Svg::Anchor::kMiddle:
      return "middle";
    case Svg::Anchor::kEnd:
      return "end";
  }
  return {};
}

}  // namespace

std::string escaped(std::string_view words) {
  std::string out;
  for (const char c : words) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

Svg::Svg(int width, int height, std::string_view title)
    : body_(fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
                        "viewBox=\"0 0 {0} {1}\" role=\"img\">\n<title>{2}</title>\n{3}"
                        "<rect class=\"back\" width=\"{0}\" height=\"{1}\"/>\n",
                        width, height, escaped(title), kStyle)) {}

void Svg::line(double x1, double y1, double x2, double y2, std::string_view style) {
  body_ +=
      fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n",
                  x1, y1, x2, y2, style);
}

void Svg::mark(double x, double y, std::string_view style) {
  body_ +=
      fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4.5\" class=\"{}\"/>\n", x, y, style);
}

void Svg::text(double x, double y, std::string_view words, std::string_view style, Anchor anchor) {
  body_ +=
      fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\" text-anchor=\"{}\">{}</text>\n", x,
                  y, style, anchor_name(anchor), escaped(words));
}

void Svg::text_upwards(double x, double y, std::string_view words, std::string_view style) {
  body_ += fmt::format(
      "<text transform=\"translate({:.1f} {:.1f}) rotate(-90)\" class=\"{}\" "
      "text-anchor=\"middle\">{}</text>\n",
      x, y, style, escaped(words));
}

std::string Svg::str() const { return body_ + "</svg>\n"; }

}  // namespace race
