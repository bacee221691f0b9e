// doorkeeper.h: a service that says how large bodies may be, and keeps what it was asked.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "net/request.h"

namespace encke::fuzz {

class Doorkeeper final : public Service {
 public:
  explicit Doorkeeper(std::size_t max_body) : max_body_(max_body) {}

  tl::expected<std::size_t, Error> max_body(const RequestHead& head) const override {
    if (head.path == "/none") return tl::unexpected(Error{ErrorCode::kNotFound});
    return max_body_;
  }
  bool is_direct(const RequestHead&) const override { return false; }
  std::vector<std::string> post_paths() const override { return {"/send"}; }
  Outcome handle(const Request& request) override {
    if (on_request) on_request(request);
    return Reply{};
  }
  Reply refuse(const Error&, const RequestHead*, const Address&) const override {
    Reply reply;
    reply.status = 400;
    reply.body = "refused";
    return reply;
  }
  void closed(const SessionPtr&) override {}

  std::function<void(const Request&)> on_request;

 private:
  const std::size_t max_body_;
};

}  // namespace encke::fuzz
