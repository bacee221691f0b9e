#include "delays.h"

#include <algorithm>
#include <cmath>

namespace race {
namespace {

constexpr double kSmallest = 0.001;  // milliseconds
constexpr double kStep = 1.01;

}  // namespace

void Delays::add(double milliseconds) {
  // The clock of the wall may be set back.
  milliseconds = std::max(milliseconds, kSmallest);
  ++count_;
  sum_ += milliseconds;
  const double step = std::log(milliseconds / kSmallest) / std::log(kStep);
  ++steps_[std::min(static_cast<std::size_t>(step), kSteps - 1)];
}

std::optional<double> Delays::mean() const {
  if (count_ == 0) return std::nullopt;
  return sum_ / static_cast<double>(count_);
}

std::optional<double> Delays::percentile(double part) const {
  if (count_ == 0) return std::nullopt;
  const auto wanted = static_cast<std::int64_t>(std::ceil(part * static_cast<double>(count_)));
  std::int64_t seen = 0;
  for (std::size_t i = 0; i < kSteps; ++i) {
    seen += steps_[i];
    if (seen >= wanted) return kSmallest * std::pow(kStep, static_cast<double>(i + 1));
  }
  return std::nullopt;
}

}  // namespace race
