// limits.h: how much a race may be asked for: what makes sense, and what this machine has room for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace race {

constexpr double kLeastRate = 0.01;
constexpr double kMostRate = 50;
/// Of the crowd, a lane; and of a report, with the lanes side by side.
constexpr int kMostReaders = 1'000;
/// Readers of all lanes together, each with a thread in its server: more threads than that are more
/// than a small machine makes.
constexpr int kMostThreads = 5'000;

/// What is wrong with it, if something is.
using Trouble = std::optional<std::string>;

/// 0, or so much that the next message comes while somebody still waits for it.
Trouble trouble_with_rate(double rate);

/// With so many readers a lane, beside the page's own.
Trouble trouble_with_page(int readers, std::string_view hold);

/// Whether a report's lanes may run at the same time. If not, one runs after another.
bool fit_side_by_side(int readers, std::string_view hold);
/// With so many readers a lane, and up to `sweep` in the comparison of the ways to hold.
Trouble trouble_with_report(int readers, int sweep, std::string_view hold);

}  // namespace race
