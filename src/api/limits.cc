#include "api/limits.h"

namespace encke {
namespace {

Rate rate(double per_second, std::chrono::milliseconds burst) {
  return {per_second, per_second * std::chrono::duration<double>(burst).count()};
}

tl::unexpected<Error> refuse(Duration wait, const char* what) {
  return tl::unexpected(Error{ErrorCode::kRateLimited, what, whole_seconds(wait)});
}

}  // namespace

Limits::Limits(const LimitOptions& o, const Clock& clock, RandomSource& random)
    : clock_(clock),
      requests_{RateLimiter(rate(o.requests_per_address, o.burst), random),
                "requests from your address"},
      logins_{RateLimiter(rate(o.logins_per_address, o.burst), random), "logins from your address"},
      of_user_{RateLimiter(rate(o.sends_per_user, o.burst), random), "messages of yours"},
      of_address_{RateLimiter(rate(o.sends_per_address, o.burst), random),
                  "messages from your address"},
      images_{RateLimiter(rate(o.image_bytes_per_address, o.burst), random),
              "images from your address"} {}

Limits::Answer Limits::take(Limit& limit, std::string_view name, double cost) {
  if (const auto wait = limit.limiter.take(name, clock_.now(), cost)) {
    return refuse(*wait, limit.what);
  }
  return {};
}

Limits::Answer Limits::ask(const Limit& limit, std::string_view name, double cost) const {
  if (const auto wait = limit.limiter.wait_for(name, clock_.now(), cost)) {
    return refuse(*wait, limit.what);
  }
  return {};
}

Limits::Answer Limits::request(const Address& from) { return take(requests_, from.owner().key()); }

Limits::Answer Limits::login(const Address& from) { return take(logins_, from.owner().key()); }

Limits::Answer Limits::send(const std::string& nickname, const Address& from,
                            std::size_t image_bytes) {
  const Address owner = from.owner();
  const auto bytes = static_cast<double>(image_bytes);
  if (auto ok = ask(of_address_, owner.key()); !ok) return ok;
  if (image_bytes != 0) {
    if (auto ok = ask(images_, owner.key(), bytes); !ok) return ok;
  }
  if (auto ok = take(of_user_, nickname); !ok) return ok;
  if (auto ok = take(of_address_, owner.key()); !ok) return ok;
  return image_bytes == 0 ? Answer() : take(images_, owner.key(), bytes);
}

}  // namespace encke
