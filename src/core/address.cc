#include "core/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace encke {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

std::optional<Address> parse_plain(std::string_view text) {
  char copy[INET6_ADDRSTRLEN] = {};
  if (text.empty() || text.size() >= sizeof copy) return std::nullopt;
  std::memcpy(copy, text.data(), text.size());
  if (std::strlen(copy) != text.size()) return std::nullopt;
  Address address;
  if (inet_pton(AF_INET6, copy, address.bytes.data()) == 1) return address;
  std::copy(kMapped.begin(), kMapped.end(), address.bytes.begin());
  if (inet_pton(AF_INET, copy, address.bytes.data() + kMapped.size()) == 1) return address;
  return std::nullopt;
}

std::optional<unsigned> parse_small(std::string_view text, unsigned most) {
  unsigned number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || at != end || number > most) return std::nullopt;
  return number;
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    port = text.substr(end + 1);
    text = text.substr(1, end - 1);
    if (text.find(':') == std::string_view::npos) return std::nullopt;
  } else if (const auto colon = text.find(':');
             colon != std::string_view::npos && text.rfind(':') == colon) {
    port = text.substr(colon);
    text = text.substr(0, colon);
  }
  if (!port.empty() && (port.front() != ':' || !parse_small(port.substr(1), 65535))) {
    return std::nullopt;
  }
  return parse_plain(text);
}

bool Address::is_v4() const { return std::equal(kMapped.begin(), kMapped.end(), bytes.begin()); }

std::string Address::text() const {
  char text[INET6_ADDRSTRLEN] = {};
  if (is_v4()) {
    inet_ntop(AF_INET, bytes.data() + kMapped.size(), text, sizeof text);
  } else {
    inet_ntop(AF_INET6, bytes.data(), text, sizeof text);
  }
  return text;
}

Address Address::owner() const { return is_v4() ? *this : first_of(64); }

Address Address::first_of(unsigned prefix) const {
  Address first = *this;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto kept = static_cast<unsigned>(
        std::clamp<int>(static_cast<int>(prefix) - 8 * static_cast<int>(i), 0, 8));
    first.bytes[i] &= static_cast<std::uint8_t>(0xFF00U >> kept);
  }
  return first;
}

std::optional<Network> Network::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto first = parse_plain(text.substr(0, slash));
  if (!first) return std::nullopt;
  Network network{*first, 128};
  if (slash != std::string_view::npos) {
    const bool v4 = text.find(':') == std::string_view::npos;
    const auto bits = parse_small(text.substr(slash + 1), v4 ? 32 : 128);
    if (!bits) return std::nullopt;
    network.prefix = v4 ? 96 + *bits : *bits;
  }
  // What is behind the prefix means nothing: one network has one spelling.
  network.first = network.first.first_of(network.prefix);
  return network;
}

std::string Network::text() const {
  std::string text = first.text();
  if (prefix == 128) return text;
  return text + '/' + std::to_string(first.is_v4() && prefix >= 96 ? prefix - 96 : prefix);
}

bool Network::has(const Address& address) const { return address.first_of(prefix) == first; }

}  // namespace encke
