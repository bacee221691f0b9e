// origins.h: which pages may ask, and which may write with a cookie (the Fetch Standard's CORS).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/request.h"

namespace encke {

/// Immutable; used from any thread.
class Origins {
 public:
  /// `allowed`: such as `https://chat.example`, or `*` for everybody without a cookie.
  explicit Origins(std::vector<std::string> allowed) : allowed_(std::move(allowed)) {}

  /// What an answer to a request of this head says of who may read it.
  void add_headers(const RequestHead& head, Headers& headers) const;
  /// And what it says to a preflight, which a browser then need not ask for again for a day.
  void add_preflight(const RequestHead& head, Headers& headers) const;

  /// Which pages may put this answer into a frame (CSP Level 3, section 6.4.2). Not with
  /// X-Frame-Options: IE's `htmlfile`, which the iframe stream is made for there, has no origin.
  void add_frame_rules(Headers& headers) const;
  /// The same for a page that is nothing but calls of the page around it: its scripts are in it,
  /// and it may load, frame and send nothing.
  void add_caller_rules(Headers& headers) const;

  /// Whether a request with nothing but a cookie comes from a page of ours, by its Origin or, as
  /// old browsers send none with a form, its Referer. With neither it may be anybody's. `secure`:
  /// it came by TLS, and so has our page: one that came without may have been forged on its way.
  bool is_ours(const RequestHead& head, bool secure = false) const;
  /// Whether it says that it comes from a page of somebody else's.
  bool is_foreign(const RequestHead& head, bool secure = false) const;

 private:
  std::string ancestors() const;
  bool is_listed(std::string_view origin) const;
  std::vector<std::string> allowed_;
};

}  // namespace encke
