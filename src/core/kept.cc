#include "core/kept.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <string_view>

namespace encke {
namespace {

constexpr std::size_t kMostPastStays = 128;

// Calls `line` with the first word of each line and the rest of it. False as soon as it says so.
bool each_line(std::string_view text,
               const std::function<bool(std::string_view, std::string_view)>& line) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto one = text.substr(0, end);
    const auto blank = one.find(' ');
    const auto rest = blank == std::string_view::npos ? std::string_view() : one.substr(blank + 1);
    if (!line(one.substr(0, blank), rest)) return false;
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return true;
}

bool read(std::string_view text, Position& position) {
  const auto parsed = parse_position(text);
  if (parsed) position = *parsed;
  return parsed.has_value();
}

bool read(std::string_view text, std::uint64_t& number) {
  const auto* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && at == end;
}

std::string_view take_word(std::string_view& text) {
  const auto blank = text.find(' ');
  const auto word = text.substr(0, blank);
  text.remove_prefix(blank == std::string_view::npos ? text.size() : blank + 1);
  return word;
}

bool read_stay(std::string_view text, Owed::Stay& stay) {
  if (!read(take_word(text), stay.since)) return false;
  const auto until = take_word(text);
  if (until != "-" && !read(until, stay.until)) return false;
  stay.room = text;
  return !stay.room.empty();
}

}  // namespace

Fact KeptUser::fact() const {
  std::string value = "born " + to_string(owed.born) + '\n';
  if (online) value += "online\n";
  if (owed.forgotten != 0) value += "forgotten " + std::to_string(owed.forgotten) + '\n';
  if (!secret.empty()) value += "secret " + secret + '\n';
  for (const Owed::Stay& stay : owed.stays) {
    const bool over = stay.until != Owed::Stay::kStill;
    value += "stay " + std::to_string(stay.since) + ' ' +
             (over ? std::to_string(stay.until) : std::string("-")) + ' ' + stay.room + '\n';
  }
  return {kKind, owed.nickname, std::move(value)};
}

std::optional<KeptUser> KeptUser::parse(const Fact& fact) {
  KeptUser user;
  user.owed.nickname = fact.name;
  const bool ok = each_line(fact.value, [&](std::string_view word, std::string_view rest) {
    if (word == "born") return read(rest, user.owed.born);
    if (word == "online") return user.online = true;
    if (word == "forgotten") return read(rest, user.owed.forgotten);
    if (word == "secret") return !(user.secret = rest).empty();
    if (word == "stay") return read_stay(rest, user.owed.stays.emplace_back());
    return false;
  });
  if (!ok || user.owed.born.epoch == 0) return std::nullopt;
  return user;
}

Fact KeptSession::fact() const {
  std::string value = "nickname " + nickname + "\ncursor " + to_string(cursor) + '\n';
  if (basic) value += "basic\n";
  return {kKind, token, std::move(value)};
}

std::optional<KeptSession> KeptSession::parse(const Fact& fact) {
  KeptSession session;
  session.token = fact.name;
  const bool ok = each_line(fact.value, [&](std::string_view word, std::string_view rest) {
    if (word == "nickname") return !(session.nickname = rest).empty();
    if (word == "cursor") return read(rest, session.cursor);
    if (word == "basic") return session.basic = true;
    return false;
  });
  if (!ok || session.nickname.empty() || session.cursor.epoch == 0) return std::nullopt;
  return session;
}

void begin_stay(Owed& owed, const std::string& room, std::uint64_t offset) {
  owed.stays.push_back({room, offset, Owed::Stay::kStill});
}

void end_stay(Owed& owed, const std::string& room, std::uint64_t offset) {
  const auto is_over = [](const Owed::Stay& stay) { return stay.until != Owed::Stay::kStill; };
  for (Owed::Stay& stay : owed.stays) {
    if (stay.room == room && !is_over(stay)) stay.until = offset;
  }
  if (std::count_if(owed.stays.begin(), owed.stays.end(), is_over) >
      static_cast<std::ptrdiff_t>(kMostPastStays)) {
    const auto first = std::min_element(
        owed.stays.begin(), owed.stays.end(),
        [](const Owed::Stay& a, const Owed::Stay& b) { return a.until < b.until; });
    owed.forgotten = first->until;
    owed.stays.erase(first);
  }
}

}  // namespace encke
