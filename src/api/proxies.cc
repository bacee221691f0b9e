#include "api/proxies.h"

#include <strings.h>

#include <algorithm>

namespace encke {
namespace {

bool is_header(const HeaderField& field, std::string_view name) {
  return field.name.size() == name.size() &&
         strncasecmp(field.name.data(), name.data(), name.size()) == 0;
}

// Takes the last item of a list off it, without the blanks around it.
std::string_view take_last(std::string_view& list) {
  const auto comma = list.rfind(',');
  auto item = comma == std::string_view::npos ? list : list.substr(comma + 1);
  list = comma == std::string_view::npos ? std::string_view() : list.substr(0, comma);
  while (item.starts_with(' ') || item.starts_with('\t')) item.remove_prefix(1);
  while (item.ends_with(' ') || item.ends_with('\t')) item.remove_suffix(1);
  return item;
}

}  // namespace

bool Proxies::is_named(const Address& address) const {
  return std::any_of(named_.begin(), named_.end(),
                     [&](const Network& network) { return network.has(address); });
}

Address Proxies::client_of(const Request& request) const {
  Address client = request.peer;
  if (named_.empty() || !is_named(client)) return client;
  // Several headers of the name are one list (RFC 9110, section 5.3).
  const auto& headers = request.head.headers;
  for (auto field = headers.rbegin(); field != headers.rend(); ++field) {
    if (!is_header(*field, "X-Forwarded-For")) continue;
    auto list = field->value;
    while (!list.empty()) {
      const auto address = Address::parse(take_last(list));
      // `unknown`, or worse: nobody knows more than that it came by way of this proxy.
      if (!address) return client;
      client = *address;
      if (!is_named(client)) return client;
    }
  }
  return client;
}

bool Proxies::is_secure(const Request& request) const {
  if (request.secure) return true;
  if (named_.empty() || !is_named(request.peer)) return false;
  const auto& headers = request.head.headers;
  for (auto field = headers.rbegin(); field != headers.rend(); ++field) {
    if (!is_header(*field, "X-Forwarded-Proto")) continue;
    auto list = field->value;
    const auto scheme = take_last(list);
    return scheme.size() == 5 && strncasecmp(scheme.data(), "https", 5) == 0;
  }
  return false;
}

}  // namespace encke
