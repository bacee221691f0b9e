#include "api/jwt.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/base64.h"
#include "core/text.h"

namespace encke {
namespace {

using Json = nlohmann::json;

tl::unexpected<Error> bad(std::string why) {
  return tl::unexpected(Error{ErrorCode::kBadJwt, std::move(why)});
}

// base64url without padding (RFC 7515, section 2), as strict as its sister.
std::optional<std::string> decode_base64url(std::string_view text) {
  std::string standard;
  standard.reserve(text.size() + 3);
  for (const char c : text) {
    if (c == '+' || c == '/' || c == '=') return std::nullopt;
    standard += c == '-' ? '+' : c == '_' ? '/' : c;
  }
  if (standard.size() % 4 == 1) return std::nullopt;
  while (standard.size() % 4 != 0) standard += '=';
  return decode_base64(standard);
}

// An object in which no name stands twice: two readers could go by different ones (RFC 7515,
// section 4, lets the sender's mistake be refused).
std::optional<Json> parse_object(const std::string& text) {
  std::vector<std::set<std::string>> names;
  bool twice = false;
  const auto watch = [&](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) names.emplace_back();
    if (event == Json::parse_event_t::object_end) names.pop_back();
    if (event == Json::parse_event_t::key) {
      twice = twice || !names.back().insert(parsed.get<std::string>()).second;
    }
    return true;
  };
  Json json = Json::parse(text, watch, /*allow_exceptions=*/false);
  if (twice || !json.is_object()) return std::nullopt;
  return json;
}

// NumericDate: seconds, maybe with a fraction.
std::optional<WallTime> read_time(const Json& json) {
  if (!json.is_number()) return std::nullopt;
  const double seconds = json.get<double>();
  if (!std::isfinite(seconds) || std::abs(seconds) > 1e11) return std::nullopt;
  return WallTime(std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000)));
}

bool has_audience(const Json& aud, const std::string& wanted) {
  if (aud.is_string()) return aud.get_ref<const std::string&>() == wanted;
  if (!aud.is_array()) return false;
  for (const Json& one : aud) {
    if (one.is_string() && one.get_ref<const std::string&>() == wanted) return true;
  }
  return false;
}

}  // namespace

struct JwtVerifier::Key {
  explicit Key(EVP_PKEY* k) : key(k) {}
  ~Key() { EVP_PKEY_free(key); }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  EVP_PKEY* const key;
};

JwtVerifier::JwtVerifier(const Clock& clock) : clock_(clock) {}
JwtVerifier::~JwtVerifier() = default;

std::optional<std::string> JwtVerifier::configure(JwtOptions options) {
  constexpr std::size_t kLeastSecret = 32;
  constexpr int kLeastBits = 2048;
  if (!options.secret.empty() && options.secret.size() < kLeastSecret) {
    return "jwt-secret-file: it has less than 32 bytes: who has one token could guess the secret";
  }
  if (!options.public_key.empty()) {
    BIO* const in =
        BIO_new_mem_buf(options.public_key.data(), static_cast<int>(options.public_key.size()));
    EVP_PKEY* const key = PEM_read_bio_PUBKEY(in, nullptr, nullptr, nullptr);
    BIO_free(in);
    if (key == nullptr) return std::string("jwt-public-key: it is no public key in PEM");
    key_ = std::make_unique<Key>(key);
    if (EVP_PKEY_base_id(key) != EVP_PKEY_RSA || EVP_PKEY_bits(key) < kLeastBits) {
      key_.reset();
      return std::string("jwt-public-key: it is not RSA of 2048 bits or more");
    }
  }
  options_ = std::move(options);
  return std::nullopt;
}

tl::expected<JwtClaimsPtr, Error> JwtVerifier::verify(std::string_view token) {
  if (!is_on()) return bad("this server takes no tokens of others");
  if (token.size() > kMaxToken) return bad("it has more than 8 KiB");
  const WallTime now = clock_.wall_now();
  {
    MutexLock lock(mutex_);
    while (!by_end_.empty() && (by_end_.begin()->first <= now || good_.size() >= kRemembered)) {
      good_.erase(by_end_.begin()->second);
      by_end_.erase(by_end_.begin());
    }
    if (const auto known = good_.find(token); known != good_.end()) return known->second;
  }
  auto claims = check(token);
  if (!claims) return claims;
  MutexLock lock(mutex_);
  if (good_.emplace(token, *claims).second) by_end_.emplace((*claims)->expires, token);
  return claims;
}

bool JwtVerifier::is_signed(const std::string& algorithm, std::string_view text,
                            const std::string& signature) const {
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const given = reinterpret_cast<const unsigned char*>(signature.data());
  if (algorithm == "HS256") {
    std::array<unsigned char, 32> made{};
    unsigned size = 0;
    HMAC(EVP_sha256(), options_.secret.data(), static_cast<int>(options_.secret.size()), bytes,
         text.size(), made.data(), &size);
    return signature.size() == made.size() && CRYPTO_memcmp(given, made.data(), made.size()) == 0;
  }
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  const bool good = EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key_->key) == 1 &&
                    EVP_DigestVerify(context, given, signature.size(), bytes, text.size()) == 1;
  EVP_MD_CTX_free(context);
  return good;
}

tl::expected<JwtClaimsPtr, Error> JwtVerifier::check(std::string_view token) const {
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return bad("it has not three parts");
  }
  const auto header_text = decode_base64url(token.substr(0, first));
  const auto claims_text = decode_base64url(token.substr(first + 1, second - first - 1));
  const auto signature = decode_base64url(token.substr(second + 1));
  if (!header_text || !claims_text || !signature) return bad("it is not base64url");

  const auto header = parse_object(*header_text);
  if (!header) return bad("its header is no JSON object, or has a name twice");
  const auto alg = header->find("alg");
  if (alg == header->end() || !alg->is_string()) return bad("it names no algorithm");
  const std::string algorithm = alg->get<std::string>();
  const bool known = (algorithm == "HS256" && !options_.secret.empty()) ||
                     (algorithm == "RS256" && key_ != nullptr);
  if (!known) return bad("its algorithm is not one that this server takes");
  // Extensions that must be understood: there is none that is.
  if (header->contains("crit")) return bad("its header has crit");
  if (!is_signed(algorithm, token.substr(0, second), *signature)) {
    return bad("its signature is not right");
  }

  const auto json = parse_object(*claims_text);
  if (!json) return bad("its claims are no JSON object, or have a name twice");
  const WallTime now = clock_.wall_now();
  auto claims = std::make_shared<JwtClaims>();
  const auto exp = json->find("exp");
  if (exp == json->end()) return bad("it has no exp");
  const auto end = read_time(*exp);
  if (!end) return bad("exp is no time");
  claims->expires = *end + kLeeway;
  if (claims->expires <= now) return tl::unexpected(Error{ErrorCode::kJwtExpired});
  if (const auto nbf = json->find("nbf"); nbf != json->end()) {
    const auto begin = read_time(*nbf);
    if (!begin) return bad("nbf is no time");
    if (*begin - kLeeway > now) return bad("its time has not come (nbf)");
  }
  if (!options_.issuer.empty()) {
    const auto iss = json->find("iss");
    if (iss == json->end() || !iss->is_string() || iss->get<std::string>() != options_.issuer) {
      return bad("it is not from the issuer that is trusted (iss)");
    }
  }
  if (!options_.audience.empty()) {
    const auto aud = json->find("aud");
    if (aud == json->end() || !has_audience(*aud, options_.audience)) {
      return bad("it is not meant for this server (aud)");
    }
  }
  const auto nickname = json->find("nickname");
  const auto name = nickname != json->end() ? nickname : json->find("sub");
  if (name == json->end() || !name->is_string()) return bad("it names nobody (sub, or nickname)");
  claims->nickname = name->get<std::string>();
  if (const auto may = json->find("operator"); may != json->end()) {
    if (!may->is_boolean()) return bad("operator is not true or false");
    claims->is_operator = may->get<bool>();
  }
  if (const auto rooms = json->find("rooms"); rooms != json->end()) {
    if (!rooms->is_array()) return bad("rooms is no list");
    claims->rooms.emplace();
    for (const Json& room : *rooms) {
      if (!room.is_string() || !check_room(room.get_ref<const std::string&>())) {
        return bad("rooms has what is no room's name");
      }
      claims->rooms->insert(room.get<std::string>());
    }
  }
  return claims;
}

}  // namespace encke
