#include "app/access_setup.h"

#include "app/read_file.h"
#include "core/text.h"

namespace encke {
namespace {

constexpr std::size_t kMaxFile = 64 * 1024;

// An editor's last line end is no part of a secret.
void trim_end(std::string& text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
}

// The file that an option names, if it names one.
tl::expected<std::string, std::string> read_named(const std::string& option,
                                                  const std::string& path) {
  if (path.empty()) return std::string();
  auto text = read_file(path);
  if (!text) return tl::unexpected(option + ": cannot read " + path + ": " + text.error());
  trim_end(*text);
  if (text->empty() || text->size() > kMaxFile) {
    return tl::unexpected(option + ": " + path + " is empty, or has more than 64 KiB");
  }
  return text;
}

tl::expected<void, std::string> read_operators(const Options& options, AccessOptions& access) {
  for (const std::string& nickname : options.operators) {
    if (!check_nickname(nickname)) {
      return tl::unexpected("operators has what is no nickname: " + nickname);
    }
    access.operators[nickname];
  }
  auto text = read_named("operator-secrets", options.operator_secrets);
  if (!text) return tl::unexpected(text.error());
  std::string_view rest = *text;
  for (int number = 1; !rest.empty(); ++number) {
    const auto end = rest.find('\n');
    std::string line(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    trim_end(line);
    if (line.empty() || line.starts_with('#')) continue;
    const auto colon = line.find(':');
    const auto known = access.operators.find(line.substr(0, colon));
    if (colon == std::string::npos || colon + 1 == line.size() || known == access.operators.end()) {
      return tl::unexpected("operator-secrets: " + options.operator_secrets + ", line " +
                            std::to_string(number) +
                            ": is NICKNAME:SECRET, of one of the operators");
    }
    known->second = line.substr(colon + 1);
  }
  return {};
}

tl::expected<void, std::string> read_rooms(const Options& options, AccessOptions& access) {
  for (const std::string& text : options.room) {
    const auto equals = text.rfind('=');
    const auto rule =
        equals == std::string::npos ? std::nullopt : parse_room_rule(text.substr(equals + 1));
    const std::string name = text.substr(0, equals);
    if (!rule || !check_room(name) || (name == kLobby && *rule == RoomRule::kMembers)) {
      return tl::unexpected("room is NAME=open, NAME=read-only or NAME=members, not " + text);
    }
    access.rooms.emplace_back(name, *rule);
  }
  return {};
}

// What each by itself is right in.
tl::expected<void, std::string> check_all(const AccessOptions& access) {
  const SystemClock clock;
  JwtVerifier verifier(clock);
  if (auto error = verifier.configure(access.jwt)) return tl::unexpected(*error);
  if (access.jwt_only && !verifier.is_on()) {
    return tl::unexpected(
        std::string("jwt-only needs jwt-secret-file or jwt-public-key: nobody could log in"));
  }
  for (const auto& [nickname, secret] : access.operators) {
    if (secret.empty() && !verifier.is_on()) {
      return tl::unexpected("operators: " + nickname +
                            " has no line in operator-secrets: whoever came first would be one");
    }
  }
  return {};
}

}  // namespace

tl::expected<AccessOptions, std::string> access_options(const Options& options) {
  if (options.secret_cost < 1 || options.secret_cost > 20) {
    return tl::unexpected(std::string("secret-cost is from 1 to 20"));
  }
  AccessOptions access;
  auto secret = read_named("jwt-secret-file", options.jwt_secret_file);
  if (!secret) return tl::unexpected(secret.error());
  auto key = read_named("jwt-public-key", options.jwt_public_key);
  if (!key) return tl::unexpected(key.error());
  access.jwt = {std::move(*secret), std::move(*key), options.jwt_issuer, options.jwt_audience};
  access.jwt_only = options.jwt_only != 0;
  access.audit = options.audit;
  if (auto ok = read_operators(options, access); !ok) return tl::unexpected(ok.error());
  if (auto ok = read_rooms(options, access); !ok) return tl::unexpected(ok.error());
  if (auto ok = check_all(access); !ok) return tl::unexpected(ok.error());
  return access;
}

}  // namespace encke
