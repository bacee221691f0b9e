// JSON Web Tokens: one that nobody signed is never taken, whatever it says; and a signed one only
// for what its claims say, until it expires.
#include "api/jwt.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/text.h"
#include "fuzz.h"
#include "support/fake_clock.h"
#include "support/jwt_maker.h"

namespace encke::fuzz {
namespace {

constexpr const char* kSecret = "a secret of at least 32 bytes, for tests";

void check_claims(const JwtClaims& claims, const nlohmann::json& said, const FakeClock& clock) {
  PROMISE(said.is_object() && said["exp"].is_number());
  PROMISE(claims.expires > clock.wall_now());
  PROMISE(said["iss"] == "https://site.example");
  PROMISE(claims.nickname == (said.contains("nickname") ? said["nickname"] : said["sub"]));
  PROMISE(claims.is_operator == (said.contains("operator") && said["operator"] == true));
  PROMISE(claims.rooms.has_value() == said.contains("rooms"));
  if (!claims.rooms) return;
  for (const std::string& room : *claims.rooms) PROMISE(check_room(room).has_value());
}

}  // namespace
}  // namespace encke::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace encke;
  using namespace encke::fuzz;
  FakeClock clock;
  JwtVerifier verifier(clock);
  PROMISE(!verifier.configure({.secret = kSecret, .issuer = "https://site.example"}));

  Input input(data, size);
  PROMISE(!verifier.verify(input.rest()));  // nobody guesses the secret

  const auto header = input.field();
  const auto claims_text = input.rest();
  PROMISE(!verifier.verify(hs256("another secret of at least 32 bytes, too", claims_text, header)));
  const std::string token = hs256(kSecret, claims_text, header);
  const auto claims = verifier.verify(token);
  if (!claims) return 0;
  const auto said = nlohmann::json::parse(claims_text, nullptr, false);
  const auto how = nlohmann::json::parse(header, nullptr, false);
  PROMISE(how.is_object() && how["alg"] == "HS256" && !how.contains("crit"));
  check_claims(**claims, said, clock);
  PROMISE(verifier.verify(token).value() == *claims);  // it is remembered
  clock.set_wall((*claims)->expires);
  PROMISE(!verifier.verify(token));
  return 0;
}
