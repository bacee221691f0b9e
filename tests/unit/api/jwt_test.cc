#include "api/jwt.h"

#include <gtest/gtest.h>

#include <string>

#include "support/fake_clock.h"
#include "support/jwt_maker.h"

namespace encke {
namespace {

using std::chrono::seconds;

const std::string kSecret = "a secret of more than thirty-two bytes";

struct Site {
  explicit Site(JwtOptions options = {.secret = kSecret}) {
    EXPECT_EQ(jwt.configure(std::move(options)), std::nullopt);
  }
  /// Seconds from now, for a claim.
  std::string in(int from_now) const {
    return std::to_string(clock.wall_now().time_since_epoch().count() / 1000 + from_now);
  }
  std::string claims(const std::string& more = "", const std::string& sub = "\"alice\"") const {
    return R"({"sub":)" + sub + R"(,"exp":)" + in(60) + (more.empty() ? "" : "," + more) + "}";
  }
  /// What is wrong with it; empty if nothing is.
  std::string wrong(std::string_view token) {
    const auto claims = jwt.verify(token);
    if (claims) return "";
    if (claims.error().code == ErrorCode::kJwtExpired) return "expired";
    EXPECT_EQ(claims.error().code, ErrorCode::kBadJwt);
    return claims.error().detail;
  }
  std::string wrong_claims(const std::string& claims) { return wrong(hs256(kSecret, claims)); }

  FakeClock clock;
  JwtVerifier jwt{clock};
};

TEST(Jwt, TakesWhatTheSecretSigned) {
  Site site;
  const auto claims = site.jwt.verify(hs256(
      kSecret, site.claims(R"("operator":true,"rooms":["den","lobby"],"iat":1,"x":{"y":[1]})")));
  ASSERT_TRUE(claims);
  EXPECT_EQ((*claims)->nickname, "alice");
  EXPECT_TRUE((*claims)->is_operator);
  EXPECT_EQ((*claims)->rooms, (std::set<std::string>{"den", "lobby"}));
  const auto plain = site.jwt.verify(hs256(kSecret, site.claims()));
  ASSERT_TRUE(plain);
  EXPECT_FALSE((*plain)->is_operator);
  EXPECT_FALSE((*plain)->rooms);
}

TEST(Jwt, TakesTheExampleOfRfc7515) {
  // Appendix A.1, whose key is 64 bytes; its exp is long over.
  const std::string key =
      "\x03\x23\x35\x4b\x2b\x0f\xa5\xbc\x83\x7e\x06\x65\x77\x7b\xa6\x8f\x5a\xb3\x28\xe6\xf0\x54\xc9"
      "\x28\xa9\x0f\x84\xb2\xd2\x50\x2e\xbf\xd3\xfb\x5a\x92\xd2\x06\x47\xef\x96\x8a\xb4\xc3\x77\x62"
      "\x3d\x22\x3d\x2e\x21\x72\x05\x2e\x4f\x08\xc0\xcd\x9a\xf5\x67\xd0\x80\xa3";
  ASSERT_EQ(key.size(), 64U);
  Site site({.secret = key, .issuer = "joe"});
  const std::string token =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ."
      "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  EXPECT_EQ(site.wrong(token), "expired");
  site.clock.set_wall(WallTime(std::chrono::milliseconds(1300819000000)));
  EXPECT_EQ(site.wrong(token), "it names nobody (sub, or nickname)") << "all else is right";
}

TEST(Jwt, TakesWhatThePrivateKeySigned) {
  const RsaKey key;
  const RsaKey other;
  Site site({.public_key = key.public_pem()});
  EXPECT_EQ(site.wrong(key.rs256(site.claims())), "");
  EXPECT_EQ(site.wrong(other.rs256(site.claims())), "its signature is not right");
}

TEST(Jwt, WhichAlgorithmCountsIsNotTheTokensToSay) {
  const RsaKey key;
  Site rsa({.public_key = key.public_pem()});
  const std::string not_taken = "its algorithm is not one that this server takes";
  EXPECT_EQ(rsa.wrong(hs256(key.public_pem(), rsa.claims())), not_taken)
      << "the public key is no secret";
  EXPECT_EQ(rsa.wrong(hs256("", rsa.claims())), not_taken);
  Site site;
  EXPECT_EQ(site.wrong(key.rs256(site.claims())), not_taken);
  for (const char* alg : {"none", "None", "NONE", "hs256", "HS384", "HS512", "ES256", ""}) {
    const std::string header = std::string(R"({"alg":")") + alg + "\"}";
    EXPECT_EQ(site.wrong(hs256(kSecret, site.claims(), header)), not_taken) << alg;
    EXPECT_EQ(site.wrong(base64url(header) + '.' + base64url(site.claims()) + '.'), not_taken);
  }
}

TEST(Jwt, EachOfTwoKeysIsForItsOwnAlgorithm) {
  const RsaKey key;
  Site site({.secret = kSecret, .public_key = key.public_pem()});
  EXPECT_EQ(site.wrong(key.rs256(site.claims())), "");
  EXPECT_EQ(site.wrong(hs256(kSecret, site.claims())), "");
  EXPECT_EQ(site.wrong(hs256(key.public_pem(), site.claims())), "its signature is not right");
}

TEST(Jwt, ASignatureIsOfAllOfIt) {
  Site site;
  const std::string good = hs256(kSecret, site.claims());
  const std::string other = hs256(kSecret, site.claims("", "\"bob\""));
  const auto last = good.rfind('.');
  EXPECT_EQ(site.wrong(other.substr(0, other.rfind('.')) + good.substr(last)),
            "its signature is not right");
  EXPECT_EQ(site.wrong(good.substr(0, last + 1)), "its signature is not right");
  EXPECT_EQ(site.wrong(hs256("another secret of more than 32 bytes", site.claims())),
            "its signature is not right");
}

TEST(Jwt, RefusesWhatIsMalformed) {
  Site site;
  const std::string good = hs256(kSecret, site.claims());
  for (const std::string& token :
       {std::string("."), std::string("a.b"), good + ".x", good.substr(0, good.rfind('.'))}) {
    EXPECT_EQ(site.wrong(token), "it has not three parts") << token;
  }
  for (const std::string& token : {"=" + good, good + "=", good + "+", good + "/", " " + good,
                                   good + "\n", good + "AB", std::string("é.é.é")}) {
    EXPECT_EQ(site.wrong(token), "it is not base64url") << token;
  }
  EXPECT_EQ(site.wrong(".."), "its header is no JSON object, or has a name twice");
  EXPECT_EQ(site.wrong(std::string(9000, 'a') + ".b.c"), "it has more than 8 KiB");
}

TEST(Jwt, RefusesHeadersThatCannotBeTrusted) {
  Site site;
  const auto wrong = [&](const char* header) {
    return site.wrong(hs256(kSecret, site.claims(), header));
  };
  const char* const no_object = "its header is no JSON object, or has a name twice";
  for (const char* header :
       {"", "[]", "1", "{", "{\"alg\":\"HS256\"}x", "\"HS256\"", R"({"alg":"HS256","alg":"none"})",
        R"({"alg":"none","alg":"HS256"})"}) {
    EXPECT_EQ(wrong(header), no_object) << header;
  }
  EXPECT_EQ(wrong("{}"), "it names no algorithm");
  EXPECT_EQ(wrong(R"({"alg":["HS256"]})"), "it names no algorithm");
  EXPECT_EQ(wrong(R"({"alg":"HS256","crit":["b64"],"b64":false})"), "its header has crit");
}

TEST(Jwt, RefusesClaimsThatCanBeReadInTwoWays) {
  Site site;
  const char* const twice = "its claims are no JSON object, or have a name twice";
  EXPECT_EQ(site.wrong_claims(R"({"sub":"alice","sub":"bob","exp":)" + site.in(60) + "}"), twice);
  EXPECT_EQ(site.wrong_claims(site.claims(R"("a":{"b":1,"b":2})")), twice);
  EXPECT_EQ(site.wrong_claims(site.claims(R"("a":{"b":1},"c":{"b":2})")), "");
  for (const char* claims : {"", "[]", "null", "{", "\"alice\""}) {
    EXPECT_EQ(site.wrong_claims(claims), twice) << claims;
  }
  EXPECT_EQ(site.wrong_claims("{\"sub\":\"\xFF\",\"exp\":" + site.in(60) + "}"), twice);
  EXPECT_EQ(site.wrong_claims(std::string(6000, '[')), twice);
}

TEST(Jwt, EndsWhenItSays) {
  Site site;
  EXPECT_EQ(site.wrong_claims(R"({"sub":"alice"})"), "it has no exp");
  for (const char* exp : {"\"soon\"", "null", "true", "[]", "1e300", "-1e300"}) {
    EXPECT_EQ(site.wrong_claims(std::string(R"({"sub":"alice","exp":)") + exp + "}"),
              "exp is no time")
        << exp;
  }
  EXPECT_EQ(site.wrong_claims(R"({"sub":"alice","exp":-5})"), "expired");
  EXPECT_EQ(site.wrong_claims(R"({"sub":"alice","exp":)" + site.in(0) + ".5}"), "");
  const std::string token = hs256(kSecret, site.claims());
  EXPECT_EQ(site.wrong(token), "");
  site.clock.advance(seconds(60 + 29));
  EXPECT_EQ(site.wrong(token), "") << "clocks may differ a little";
  site.clock.advance(seconds(1));
  EXPECT_EQ(site.wrong(token), "expired") << "remembered or not";
}

TEST(Jwt, BeginsWhenItSays) {
  Site site;
  EXPECT_EQ(site.wrong_claims(site.claims("\"nbf\":" + site.in(31))),
            "its time has not come (nbf)");
  EXPECT_EQ(site.wrong_claims(site.claims("\"nbf\":" + site.in(30))), "");
  EXPECT_EQ(site.wrong_claims(site.claims("\"nbf\":\"now\"")), "nbf is no time");
}

TEST(Jwt, IsFromTheIssuerAndForTheAudienceThatCount) {
  Site site({.secret = kSecret, .issuer = "https://site.example", .audience = "chat"});
  const std::string iss = R"("iss":"https://site.example")";
  const std::string not_issuer = "it is not from the issuer that is trusted (iss)";
  const std::string not_audience = "it is not meant for this server (aud)";
  EXPECT_EQ(site.wrong_claims(site.claims(iss + R"(,"aud":"chat")")), "");
  EXPECT_EQ(site.wrong_claims(site.claims(iss + R"(,"aud":["shop","chat"])")), "");
  EXPECT_EQ(site.wrong_claims(site.claims(R"("aud":"chat")")), not_issuer);
  EXPECT_EQ(site.wrong_claims(site.claims(R"("iss":["https://site.example"],"aud":"chat")")),
            not_issuer);
  EXPECT_EQ(site.wrong_claims(site.claims(R"("iss":"https://site.example.evil","aud":"chat")")),
            not_issuer);
  EXPECT_EQ(site.wrong_claims(site.claims(iss)), not_audience);
  for (const char* aud : {"\"shop\"", "[]", "[1]", "{\"chat\":1}", "null", "\"chatter\""}) {
    EXPECT_EQ(site.wrong_claims(site.claims(iss + ",\"aud\":" + aud)), not_audience) << aud;
  }
}

TEST(Jwt, NamesSomebody) {
  Site site;
  const auto named =
      site.jwt.verify(hs256(kSecret, site.claims(R"("nickname":"Alice B")", "\"17\"")));
  ASSERT_TRUE(named);
  EXPECT_EQ((*named)->nickname, "Alice B");
  const char* const nobody = "it names nobody (sub, or nickname)";
  EXPECT_EQ(site.wrong_claims(R"({"exp":)" + site.in(60) + "}"), nobody);
  EXPECT_EQ(site.wrong_claims(site.claims("", "17")), nobody);
  EXPECT_EQ(site.wrong_claims(site.claims("\"nickname\":1")), nobody);
  EXPECT_EQ(site.wrong_claims(site.claims("\"operator\":1")), "operator is not true or false");
  EXPECT_EQ(site.wrong_claims(site.claims("\"operator\":\"true\"")),
            "operator is not true or false");
  EXPECT_EQ(site.wrong_claims(site.claims("\"rooms\":\"den\"")), "rooms is no list");
  EXPECT_EQ(site.wrong_claims(site.claims("\"rooms\":[1]")), "rooms has what is no room's name");
  EXPECT_EQ(site.wrong_claims(site.claims("\"rooms\":[\"a/b\"]")),
            "rooms has what is no room's name");
}

TEST(Jwt, AGoodOneIsRememberedAndManyAreBounded) {
  Site site;
  const std::string token = hs256(kSecret, site.claims());
  const auto first = site.jwt.verify(token);
  const auto second = site.jwt.verify(token);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second) << "the same object: nothing was checked again";
  for (std::size_t i = 0; i < JwtVerifier::kRemembered + 10; ++i) {
    ASSERT_EQ(site.wrong_claims(site.claims("\"n\":" + std::to_string(i))), "");
  }
  EXPECT_EQ(site.wrong(token), "");
}

TEST(Jwt, WeakKeysAreRefusedAtStart) {
  FakeClock clock;
  JwtVerifier jwt(clock);
  EXPECT_FALSE(jwt.is_on());
  EXPECT_TRUE(jwt.configure({.secret = "short"}));
  EXPECT_TRUE(jwt.configure({.public_key = "no key"}));
  EXPECT_TRUE(jwt.configure({.public_key = RsaKey(1024).public_pem()}));
  EXPECT_FALSE(jwt.is_on());
  const auto refused = jwt.verify("a.b.c");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().detail, "this server takes no tokens of others");
}

}  // namespace
}  // namespace encke
