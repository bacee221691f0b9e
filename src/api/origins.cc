#include "api/origins.h"

#include <algorithm>

namespace encke {
namespace {

// `scheme://host[:port]` of an address, without the rest.
std::string_view origin_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  return url.substr(0, url.find('/', scheme + 3));
}

bool is_host(std::string_view origin, std::string_view host) {
  const auto scheme = origin.find("://");
  return scheme != std::string_view::npos && !host.empty() && origin.substr(scheme + 3) == host;
}

}  // namespace

bool Origins::is_listed(std::string_view origin) const {
  return std::find(allowed_.begin(), allowed_.end(), origin) != allowed_.end();
}

void Origins::add_headers(const RequestHead& head, Headers& headers) const {
  if (allowed_.empty()) return;
  const auto origin = head.header("Origin");
  headers.emplace_back("Vary", "Origin");
  if (!origin.empty()) headers.emplace_back("Access-Control-Expose-Headers", "Retry-After");
  if (!origin.empty() && is_listed(origin)) {
    headers.emplace_back("Access-Control-Allow-Origin", origin);
    headers.emplace_back("Access-Control-Allow-Credentials", "true");
  } else if (!origin.empty() && is_listed("*")) {
    headers.emplace_back("Access-Control-Allow-Origin", "*");
  }
}

void Origins::add_preflight(const RequestHead& head, Headers& headers) const {
  add_headers(head, headers);
  headers.emplace_back("Access-Control-Allow-Methods", "GET, POST");
  headers.emplace_back("Access-Control-Allow-Headers",
                       "Authorization, Content-Type, Last-Event-ID");
  headers.emplace_back("Access-Control-Max-Age", "86400");
}

std::string Origins::ancestors() const {
  std::string ancestors = "frame-ancestors 'self'";
  for (const std::string& origin : allowed_) ancestors += " " + origin;
  return ancestors;
}

void Origins::add_frame_rules(Headers& headers) const {
  headers.emplace_back("Content-Security-Policy", ancestors());
}

void Origins::add_caller_rules(Headers& headers) const {
  headers.emplace_back("Content-Security-Policy",
                       "default-src 'none'; script-src 'unsafe-inline'; base-uri 'none'; "
                       "form-action 'none'; " +
                           ancestors());
  headers.emplace_back("Referrer-Policy", "no-referrer");
}

bool Origins::is_foreign(const RequestHead& head, bool secure) const {
  return !head.header("Origin").empty() && !is_ours(head, secure);
}

bool Origins::is_ours(const RequestHead& head, bool secure) const {
  auto origin = head.header("Origin");
  if (origin.empty()) {
    const auto referer = head.header("Referer");
    if (referer.empty()) return false;
    origin = origin_of(referer);
  }
  if (is_listed(origin)) return true;
  return is_host(origin, head.header("Host")) && (!secure || !origin.starts_with("http:"));
}

}  // namespace encke
