// once_kept.cc: an answer that waits until what it tells of is durable. Many may wait for one
// commit, so what each needs until then is kept once, and what is large is made when it is sent.
#include <exception>
#include <memory>

#include "api/api.h"

namespace encke {

Outcome Api::once_kept(const Call& call, Reply reply, std::function<void()> undo,
                       std::function<void(const Wanted&, Reply&)> fill) {
  if (!hub_.keeps()) {
    if (fill) fill(call.wanted, reply);
    return reply;
  }
  struct Waiting {
    Reply reply;
    Wanted wanted;
    About about;
    std::function<void()> undo;
    std::function<void(const Wanted&, Reply&)> fill;
  };
  auto waiting = std::make_shared<Waiting>(
      Waiting{std::move(reply), call.wanted, about(call), std::move(undo), std::move(fill)});
  auto refused = [this, waiting](const Error& error) {
    Headers& headers = waiting->reply.headers;
    std::erase_if(headers, [](const auto& header) {
      return header.first == "Set-Cookie" || header.first == "Location";
    });
    return error_reply(error, std::move(headers), waiting->wanted, waiting->about);
  };
  auto later = make_ref<Later>();
  hub_.when_kept([later, waiting, refused](const auto& kept) {
    if (!kept) {
      if (waiting->undo) waiting->undo();
      return later->complete(refused(kept.error()));
    }
    later->complete_with([waiting, refused]() -> Outcome {
      try {
        if (waiting->fill) waiting->fill(waiting->wanted, waiting->reply);
        return std::move(waiting->reply);
      } catch (const std::exception& thrown) {
        Error error{ErrorCode::kInternal, ""};
        error.cause = thrown.what();
        return refused(error);
      }
    });
  });
  return later;
}

}  // namespace encke
