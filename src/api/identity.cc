// identity.cc: who is asking: a token in one of three places, a nickname and its secret, or a token
// that another server signed; and what that allows.
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <map>
#include <memory>

#include "api/api.h"
#include "api/credentials.h"

namespace encke {

// Whoever finds here that a secret has to be hashed answers with an error, which nobody sees if a
// worker has taken the request over: it is the first thing that a handler does.
tl::expected<SessionPtr, Error> Api::prove(Call& call, const std::string& nickname,
                                           const std::string& secret, Ask ask) {
  // An operator's secret is compared with what stands in a file, and may be another tomorrow.
  if (access_.operators.contains(nickname)) {
    return (hub_.*ask)(nickname, made_secret("operator:", nickname), Hub::Hashing::kMade);
  }
  if (call.hashing == Hub::Hashing::kNow) {
    const bool known = hub_.has_user(nickname);
    auto session = (hub_.*ask)(nickname, secret, Hub::Hashing::kNow);
    const auto code = session ? ErrorCode::kCount : session.error().code;
    if (code != ErrorCode::kNicknameTaken && code != ErrorCode::kBadCredentials) {
      guard_.forgive(call.client, nickname,
                     !session ? SecretGuard::Outcome::kNotMade
                     : known  ? SecretGuard::Outcome::kRight
                              : SecretGuard::Outcome::kNew);
    }
    return session;
  }
  auto session = (hub_.*ask)(nickname, secret, Hub::Hashing::kNever);
  if (session || session.error().code != ErrorCode::kBusy) return session;
  if (const auto wait = guard_.begin(call.client, nickname)) {
    return tl::unexpected(Error{ErrorCode::kTooManyAttempts, "", wait});
  }
  if (!answer_elsewhere(call)) {
    guard_.forgive(call.client, nickname, SecretGuard::Outcome::kNotMade);
  }
  return session;
}

bool Api::answer_elsewhere(Call& call) {
  const auto request = std::make_shared<const OwnedRequest>(call.request);
  auto later = make_ref<Later>();
  const bool taken =
      workers_.post(request->bytes(), [this, request, later, client = call.client, id = call.id] {
        Call again{request->request(), client};
        again.id = id;
        again.hashing = Hub::Hashing::kNow;
        later->complete(answer(again));
      });
  if (taken) call.elsewhere = std::move(later);
  return taken;
}

tl::expected<SessionPtr, Error> Api::identify(Call& call, bool write) {
  auto session = find_caller(call, write);
  if (!session) return session;
  call.nickname = (*session)->user->nickname;
  if (auto ok = check_ban(call); !ok) return tl::unexpected(ok.error());
  (*session)->asked_from(call.client);
  return session;
}

tl::expected<SessionPtr, Error> Api::find_caller(Call& call, bool write) {
  const RequestHead& head = call.request.head;
  const auto authorization = head.header("Authorization");
  if (const auto token = credentials(authorization, "Bearer"); !token.empty()) {
    return JwtVerifier::looks_like_one(token) ? find_by_jwt(call, token) : hub_.find_session(token);
  }
  if (const auto encoded = credentials(authorization, "Basic"); !encoded.empty()) {
    return find_by_secret(call, encoded);
  }
  if (!authorization.empty()) {
    return tl::unexpected(Error{ErrorCode::kUnauthorized, "Authorization is Bearer or Basic"});
  }
  if (const std::string& token = call.field("token"); !token.empty()) {
    return hub_.find_session(token);
  }
  const auto token = cookie(head.header("Cookie"), "encke");
  if (token.empty()) return tl::unexpected(Error{ErrorCode::kUnauthorized, ""});
  // A browser sends its cookie for whichever page asks it to; only ours may speak for the user, or
  // read what a script element of any page can read.
  const bool readable_by_all = call.wanted.framing == &kJsonpFraming;
  if ((write || readable_by_all) && !origins_.is_ours(head, proxies_.is_secure(call.request))) {
    return tl::unexpected(Error{ErrorCode::kForeignOrigin, ""});
  }
  return hub_.find_session(token);
}

tl::expected<SessionPtr, Error> Api::find_by_secret(Call& call, std::string_view encoded) {
  const auto basic = parse_basic(encoded);
  if (!basic) {
    return tl::unexpected(Error{ErrorCode::kBadCredentials, "they are not nickname:secret"});
  }
  call.nickname = basic->nickname;
  if (auto ok = check_secret(call, basic->secret); !ok) return tl::unexpected(ok.error());
  auto session = prove(call, call.nickname, basic->secret, &Hub::basic_session);
  if (session && !(*session)->met.exchange(true)) admit(call, *session);
  return session;
}

// One session for each user of tokens, as for each user of Basic.
tl::expected<SessionPtr, Error> Api::find_by_jwt(Call& call, std::string_view token) {
  const auto claims = jwt_.verify(token);
  if (!claims) return tl::unexpected(claims.error());
  call.nickname = (*claims)->nickname;
  if (auto ok = check_ban(call); !ok) return tl::unexpected(ok.error());
  auto session =
      hub_.basic_session(call.nickname, made_secret("jwt:", call.nickname), Hub::Hashing::kMade);
  if (session) {
    if (auto ok = admit(call, *session, **claims); !ok) return tl::unexpected(ok.error());
  } else if (session.error().code == ErrorCode::kBadCredentials) {
    return tl::unexpected(Error{ErrorCode::kNicknameTaken});  // by somebody without a token
  }
  return session;
}

tl::expected<SessionPtr, Error> Api::log_in(Call& call) {
  call.nickname = call.field("nickname");
  if (!call.is_again()) {
    if (auto ok = limits_.login(call.client); !ok) return tl::unexpected(ok.error());
  }
  auto token = credentials(call.request.head.header("Authorization"), "Bearer");
  if (!JwtVerifier::looks_like_one(token)) token = call.field("jwt");
  if (!token.empty()) {
    const auto claims = jwt_.verify(token);
    if (!claims) return tl::unexpected(claims.error());
    call.nickname = (*claims)->nickname;
    if (auto ok = check_ban(call); !ok) return tl::unexpected(ok.error());
    auto session =
        hub_.login(call.nickname, made_secret("jwt:", call.nickname), Hub::Hashing::kMade);
    if (!session) return session;
    if (auto ok = admit(call, *session, **claims); !ok) {
      hub_.logout(*session);
      return tl::unexpected(ok.error());
    }
    (*session)->asked_from(call.client);
    return session;
  }
  const std::string& secret = call.field("secret");
  if (auto ok = check_secret(call, secret); !ok) return tl::unexpected(ok.error());
  auto session = prove(call, call.nickname, secret, &Hub::login);
  if (session) {
    (*session)->met = true;
    (*session)->asked_from(call.client);
    admit(call, *session);
  }
  return session;
}

tl::expected<void, Error> Api::check_ban(const Call& call) const {
  if (const auto ban = bans_.of(call.nickname)) return tl::unexpected(ban->error());
  return {};
}

// What is looked at before the hub is asked to log somebody in with a nickname and a secret.
tl::expected<void, Error> Api::check_secret(const Call& call, const std::string& secret) {
  if (access_.jwt_only) return tl::unexpected(Error{ErrorCode::kJwtRequired});
  if (auto ok = check_ban(call); !ok) return ok;
  const auto found = access_.operators.find(call.nickname);
  if (found == access_.operators.end()) return {};
  // Counted before it is looked at, so that many at once are no way around.
  if (const auto wait = guard_.begin(call.client, call.nickname)) {
    return tl::unexpected(Error{ErrorCode::kTooManyAttempts, "", wait});
  }
  const std::string& right = found->second;
  if (!right.empty() && right.size() == secret.size() &&
      CRYPTO_memcmp(right.data(), secret.data(), right.size()) == 0) {
    guard_.forgive(call.client, call.nickname, SecretGuard::Outcome::kRight);
    return {};
  }
  return tl::unexpected(Error{ErrorCode::kBadCredentials, "this nickname is an operator's"});
}

std::string Api::made_secret(const std::string& kind, const std::string& of) const {
  const std::string text = kind + of;
  std::array<unsigned char, 32> made{};
  unsigned size = 0;
  HMAC(EVP_sha256(), pepper_.data(), static_cast<int>(pepper_.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), made.data(), &size);
  constexpr char kDigits[] = "0123456789abcdef";
  std::string secret = kind;
  for (const unsigned char byte : made) {
    secret += kDigits[byte >> 4];
    secret += kDigits[byte & 15];
  }
  return secret;
}

// Whoever came in by a secret that is another now, or before the nickname was an operator's, goes:
// the secret may have been changed because somebody knew it.
void Api::send_out_former_operators() {
  constexpr const char* kKind = "operator";
  std::map<std::string, std::string> kept;
  for (Fact& fact : hub_.store().facts(kKind)) kept[fact.name] = std::move(fact.value);
  for (const auto& [nickname, secret] : access_.operators) {
    std::string both = nickname;
    (both += '\n') += secret;
    std::string known = made_secret("operator-secret:", both);
    if (kept[nickname] != known) {
      const Error why{ErrorCode::kKicked, "this nickname is an operator's"};
      (void)hub_.send_out(nickname, error_text(why).message, why);
      grants_.forget(nickname);
      hub_.store().keep({kKind, nickname, std::move(known)});
    }
    kept.erase(nickname);
  }
  for (const auto& [nickname, value] : kept) hub_.store().forget(kKind, nickname);
}

// A token's rooms are where its user is; what it does not name, the user leaves.
tl::expected<void, Error> Api::admit(const Call& call, const SessionPtr& session,
                                     const JwtClaims& claims) {
  const std::string& nickname = session->user->nickname;
  Grant grant;
  if (claims.is_operator) grant.operator_until = claims.expires;
  grant.rooms = claims.rooms;
  const bool fresh = !session->met.load();
  const bool moves = claims.rooms && grants_.rooms_of(nickname) != claims.rooms;
  // Everybody is told of who comes and goes; two tokens in turn are no way around the limit.
  if (!fresh && moves) {
    if (auto ok = limits_.send(nickname, call.client); !ok) return ok;
  }
  grants_.set(nickname, grant);
  if (!session->met.exchange(true)) note_login(call, session, "jwt");
  if (!claims.rooms || (!fresh && !moves)) return {};
  for (const std::string& room : *claims.rooms) (void)hub_.join(session, room, true);
  for (const std::string& room : hub_.rooms_of(*session)) {
    if (!claims.rooms->contains(room)) (void)hub_.leave(session, room);
  }
  return {};
}

void Api::admit(const Call& call, const SessionPtr& session) {
  const std::string& nickname = session->user->nickname;
  Grant grant;
  if (access_.operators.contains(nickname)) grant.operator_until = Grants::kForever;
  grants_.set(nickname, grant);
  note_login(call, session, grant.operator_until ? "operator" : "nickname");
}

bool Api::is_operator(const Session& session) const {
  const std::string& nickname = session.user->nickname;
  const auto until = grants_.operator_until(nickname);
  return until && (*until != Grants::kForever || access_.operators.contains(nickname));
}

void Api::note_login(const Call& call, const SessionPtr& session, const char* how) {
  audit_.write(
      {.what = "login", .nickname = session->user->nickname, .address = call.client, .how = how});
}

}  // namespace encke
