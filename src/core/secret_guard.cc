#include "core/secret_guard.h"

#include <string>

namespace encke {
namespace {

Rate a_minute(std::size_t tries) {
  const auto number = static_cast<double>(tries);
  return {number / 60, number};
}

std::string pair_of(const Address& owner, std::string_view nickname) {
  return std::string(owner.key()).append(nickname);
}

}  // namespace

SecretGuard::SecretGuard(const SecretTries& limits, const Clock& clock, RandomSource& random)
    : clock_(clock),
      of_pair_(a_minute(limits.of_pair), random),
      of_address_(a_minute(limits.of_address), random),
      of_nickname_(a_minute(limits.of_nickname), random) {}

std::optional<std::chrono::seconds> SecretGuard::begin(const Address& from,
                                                       std::string_view nickname) {
  const Address owner = from.owner();
  const std::string pair = pair_of(owner, nickname);
  const TimePoint now = clock_.now();
  if (const auto wait = of_pair_.take(pair, now)) return whole_seconds(*wait);
  if (const auto wait = of_address_.take(owner.key(), now)) {
    of_pair_.give_back(pair);
    return whole_seconds(*wait);
  }
  if (const auto wait = of_nickname_.take(nickname, now)) {
    of_pair_.give_back(pair);
    of_address_.give_back(owner.key());
    return whole_seconds(*wait);
  }
  return std::nullopt;
}

void SecretGuard::forgive(const Address& from, std::string_view nickname, Outcome outcome) {
  const Address owner = from.owner();
  of_pair_.give_back(pair_of(owner, nickname));
  of_nickname_.give_back(nickname);
  if (outcome != Outcome::kNew) of_address_.give_back(owner.key());
}

}  // namespace encke
