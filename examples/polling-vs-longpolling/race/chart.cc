#include "chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "svg.h"

namespace race {
namespace {

using Anchor = Svg::Anchor;

/// 1.5, 12, 1,234
std::string short_number(double value) {
  if (value >= 1'000) {
    const long whole = std::lround(value);
    return whole < 1'000'000 ? fmt::format("{},{:03}", whole / 1'000, whole % 1'000)
                             : fmt::format("{} million", whole / 1'000'000);
  }
  return value < 10 ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value);
}

/// A logarithmic axis, from one power of ten to another around all of its values.
class Axis {
 public:
  Axis(const std::vector<double>& values, double from, double to) : from_(from), to_(to) {
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    low_ = std::floor(std::log10(std::max(*least, 0.001)));
    high_ = std::max(std::ceil(std::log10(std::max(*most, 0.001))), low_ + 1);
  }
  double at(double value) const {
    return from_ + (std::log10(std::max(value, 0.001)) - low_) / (high_ - low_) * (to_ - from_);
  }
  std::vector<double> ticks() const {
    std::vector<double> ticks;
    for (double power = low_; power <= high_; ++power) {
      ticks.push_back(std::pow(10, power));
      if (high_ - low_ > 2 || power == high_) continue;
      for (const double between : {2, 5}) ticks.push_back(between * std::pow(10, power));
    }
    return ticks;
  }

 private:
  double from_;
  double to_;
  double low_;
  double high_;
};

std::string tick_label(double value) {
  return value < 1 ? fmt::format("{:g}", value)
                   : short_number(value).substr(0, value < 10 ? 1 : std::string::npos);
}

struct Frame {
  double left;
  double top;
  double right;
  double bottom;
};

void draw_axes(Svg& svg, const Frame& frame, const Axis& x, const Axis& y) {
  for (const double tick : x.ticks()) {
    svg.line(x.at(tick), frame.top, x.at(tick), frame.bottom, "grid");
    svg.text(x.at(tick), frame.bottom + 18, tick_label(tick), "small", Anchor::kMiddle);
  }
  for (const double tick : y.ticks()) {
    svg.line(frame.left, y.at(tick), frame.right, y.at(tick), "grid");
    svg.text(frame.left - 8, y.at(tick) + 4, tick_label(tick), "small", Anchor::kEnd);
  }
  svg.line(frame.left, frame.bottom, frame.right, frame.bottom, "axis");
  svg.line(frame.left, frame.top, frame.left, frame.bottom, "axis");
}

/// Heights for labels, in the order of what they name, and none on another.
std::vector<double> spread(std::vector<double> heights, double apart, double bottom) {
  for (std::size_t i = 1; i < heights.size(); ++i) {
    heights[i] = std::max(heights[i], heights[i - 1] + apart);
  }
  for (std::size_t i = heights.size(); i-- > 0;) {
    const double limit = i + 1 == heights.size() ? bottom : heights[i + 1] - apart;
    heights[i] = std::min(heights[i], limit);
  }
  return heights;
}

struct Panel {
  std::string title;
  std::function<double(const HeatResult&)> value;
};

void draw_panel(Svg& svg, const Frame& frame, const Panel& panel,
                const std::vector<HeatResult>& sweep) {
  std::vector<double> readers, values;
  for (const HeatResult& result : sweep) {
    readers.push_back(result.readers);
    values.push_back(panel.value(result));
  }
  const Axis x(readers, frame.left, frame.right);
  const Axis y(values, frame.bottom, frame.top);
  draw_axes(svg, frame, x, y);
  svg.text(frame.left, frame.top - 14, panel.title, "label");
  for (const auto& [hold, style] : {std::pair("thread", "series1"), std::pair("park", "series0")}) {
    const HeatResult* before = nullptr;
    for (const HeatResult& result : sweep) {
      if (result.hold != hold) continue;
      const double at_x = x.at(result.readers);
      const double at_y = y.at(panel.value(result));
      if (before) {
        svg.line(x.at(before->readers), y.at(panel.value(*before)), at_x, at_y,
                 fmt::format("thick {}", style));
      }
      svg.mark(at_x, at_y, style);
      before = &result;
    }
  }
  svg.text((frame.left + frame.right) / 2, frame.bottom + 38, "readers", "small", Anchor::kMiddle);
}

}  // namespace

std::string delay_bytes_chart(const std::vector<HeatResult>& lanes, const std::string& machine) {
  constexpr Frame kFrame{80, 70, 520, 370};
  Svg svg(760, 450, "Delay against bytes, for each transport");
  svg.text(20, 28, "Delay against bytes, for one message to one reader", "title");
  svg.text(20, 48,
           fmt::format("{} readers a lane, {} messages. {}", short_number(lanes.front().readers),
                       lanes.front().said, machine),
           "small");
  std::vector<double> bytes, delays;
  for (const HeatResult& lane : lanes) {
    bytes.push_back(lane.bytes_a_message());
    delays.push_back(lane.tally.mean_ms.value_or(0));
  }
  const Axis x(bytes, kFrame.left, kFrame.right);
  const Axis y(delays, kFrame.bottom, kFrame.top);
  draw_axes(svg, kFrame, x, y);
  svg.text((kFrame.left + kFrame.right) / 2, kFrame.bottom + 42,
           "bytes, both ways, heads and bodies", "label", Anchor::kMiddle);
  svg.text_upwards(28, (kFrame.top + kFrame.bottom) / 2, "mean delay, ms", "label");

  // Some marks are all but in one place: so their names stand in a column, and lines lead there.
  std::vector<std::size_t> order(lanes.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto height = [&](std::size_t i) { return y.at(delays[i]); };
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return height(a) < height(b); });
  std::vector<double> heights(order.size());
  std::transform(order.begin(), order.end(), heights.begin(), height);
  heights = spread(heights, 22, kFrame.bottom);
  for (std::size_t place = 0; place < order.size(); ++place) {
    const std::size_t i = order[place];
    const std::string style = fmt::format("series{}", i);
    svg.line(x.at(bytes[i]), height(i), kFrame.right + 12, heights[place], style);
    svg.mark(x.at(bytes[i]), height(i), style);
    svg.text(kFrame.right + 18, heights[place] + 4,
             fmt::format("{}: {} B, {} ms", lanes[i].transport, short_number(bytes[i]),
                         short_number(delays[i])),
             style);
  }
  return svg.str();
}

std::string server_cost_chart(const std::vector<HeatResult>& sweep, const std::string& machine) {
  Svg svg(960, 400, "What held long polls cost the server, with a thread each and parked");
  svg.text(20, 28, "What held long polls cost the server", "title");
  svg.text(20, 48, machine, "small");
  svg.mark(690, 24, "series1");
  svg.text(702, 28, "a thread each", "series1");
  svg.mark(820, 24, "series0");
  svg.text(832, 28, "parked", "series0");
  const Panel panels[] = {
      {"threads", [](const HeatResult& r) { return static_cast<double>(r.figures.threads); }},
      {"memory, MiB",
       [](const HeatResult& r) { return static_cast<double>(r.figures.memory_kib) / 1024; }},
      {"CPU for one message to one reader, µs",
       [](const HeatResult& r) { return r.cpu_us_a_message(); }}};
  double left = 60;
  for (const Panel& panel : panels) {
    draw_panel(svg, {left, 100, left + 230, 330}, panel, sweep);
    left += 310;
  }
  return svg.str();
}

}  // namespace race
