// params.h: names and values out of a query or a form.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace encke {

/// application/x-www-form-urlencoded (WHATWG URL, section 5.1): in a query, and in a form's body.
/// The first value of a name is the one that counts.
class Params {
 public:
  static Params parse(std::string_view text);

  /// Beyond kMaxFields nothing is added, and too_many() says so: a body has room for millions.
  void add(std::string name, std::string value);
  bool too_many() const { return too_many_; }
  static constexpr std::size_t kMaxFields = 64;
  const std::string* find(std::string_view name) const;
  /// Empty if there is none.
  const std::string& get(std::string_view name) const;
  bool empty() const { return values_.empty(); }
  const std::vector<std::pair<std::string, std::string>>& all() const { return values_; }

 private:
  std::vector<std::pair<std::string, std::string>> values_;
  bool too_many_ = false;
};

/// `%XX` decoded, and `+` as a space if so wanted; a `%` that begins no code stands for itself.
std::string percent_decode(std::string_view text, bool plus_is_space);

/// A whole number in [least, most], or nothing.
std::optional<long> parse_number(std::string_view text, long least, long most);

}  // namespace encke
