// address.h: who is at the other end, as the network sees it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace encke {

/// An IPv6 address, or an IPv4 one mapped into it (RFC 4291, section 2.5.5.2). All zeros: nobody
/// knows.
struct Address {
  std::array<std::uint8_t, 16> bytes{};

  /// As people write them; `[::1]:80` and `10.0.0.1:80` too, as proxies do.
  static std::optional<Address> parse(std::string_view text);
  std::string text() const;

  bool is_v4() const;
  /// What is bounded as one: an IPv4 address, or a /64 of IPv6, which whoever has an address mostly
  /// has all of.
  Address owner() const;
  /// With zeros behind so many bits.
  Address first_of(unsigned prefix) const;
  std::string_view key() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  friend bool operator==(const Address&, const Address&) = default;
  friend bool operator<(const Address& a, const Address& b) { return a.bytes < b.bytes; }
};

/// Addresses that begin alike: `10.0.0.0/8`, `2001:db8::/32`, or one alone.
struct Network {
  Address first;
  unsigned prefix = 128;  ///< bits, of the IPv6 form

  static std::optional<Network> parse(std::string_view text);
  std::string text() const;
  bool has(const Address& address) const;

  friend bool operator==(const Network&, const Network&) = default;
};

}  // namespace encke
