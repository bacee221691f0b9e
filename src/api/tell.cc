// tell.cc: what the operator is told of requests: errors, by the names that clients are given for
// them, and every request if that is asked for.
//
// Of an address, only the path is told: a query may have a token in it.
#include <cstring>

#include "api/api.h"
#include "core/text.h"
#include "net/server.h"

namespace encke {
namespace {

constexpr std::size_t kMostOfAPath = 200;  // no address here is as long

void add(std::vector<LogField>& fields, std::string_view name, const std::string& value) {
  if (!value.empty()) fields.push_back({name, value});
}

// Of whom is known.
std::string text_of(const Address& client) {
  return client == Address() ? std::string() : client.text();
}

}  // namespace

// Taken from nobody, unless there is a proxy that says it anew: a client could make two requests
// look like one.
std::string Api::id_of(const RequestHead& head) const {
  if (options_.trust_request_id) {
    std::string given(head.header("X-Request-Id"));
    if (is_token_text(given)) return given;
  }
  return ids_.next();
}

// Mostly it is never asked for its name: one is made when it is.
Api::About Api::about(const Call& call) const {
  const RequestHead& head = call.request.head;
  std::string id = call.id;
  if (id.empty() && options_.trust_request_id) id = id_of(head);
  return {std::move(id), std::string(head.method), std::string(head.path), call.client,
          call.nickname};
}

std::string Api::notice(About& about, const Error& error) const {
  if (about.id.empty()) about.id = ids_.next();
  note_error(error, about);
  std::string text = error_text(error).message;
  if (error_row(error.code).status >= 500) text += " (" + about.id + ")";
  return text;
}

void Api::note_error(const Error& error, const About& about) const {
  errors_[static_cast<std::size_t>(error.code)].fetch_add(1, std::memory_order_relaxed);
  audit_refusal(error, about);
  const ErrorRow& row = error_row(error.code);
  LogLevel level = LogLevel::kInfo;
  if (row.status >= 500) level = LogLevel::kWarn;
  if (error.code == ErrorCode::kInternal) level = LogLevel::kError;
  if (error.code == ErrorCode::kDraining) level = LogLevel::kDebug;  // everybody is told that
  if (!journal_.wants(level)) return;
  Throttle& throttle = row.status >= 500 ? faults_ : mistakes_;
  const auto kept_back = throttle.let_through(hub_.clock().now());
  if (!kept_back) return;
  std::vector<LogField> fields = {{"request", about.id},
                                  {"code", std::string(row.name)},
                                  {"status", std::to_string(row.status)}};
  add(fields, "method", about.method);
  add(fields, "path", about.path.substr(0, kMostOfAPath));
  add(fields, "peer", text_of(about.client));
  add(fields, "detail", error.detail);
  add(fields, "cause", error.cause);
  if (*kept_back != 0) add(fields, "kept_back", std::to_string(*kept_back));
  journal_.tell(level, "request_failed", std::move(fields));
}

// What is a matter of who may.
void Api::audit_refusal(const Error& error, const About& about) const {
  if (!audit_.is_on()) return;
  switch (error.code) {
    case ErrorCode::kBadCredentials:
    case ErrorCode::kForeignOrigin:
    case ErrorCode::kBadJwt:
    case ErrorCode::kJwtExpired:
    case ErrorCode::kJwtRequired:
    case ErrorCode::kBanned:
    case ErrorCode::kNotOperator:
    case ErrorCode::kNicknameTaken:
    case ErrorCode::kNicknameReserved:
    case ErrorCode::kReadOnlyRoom:
    case ErrorCode::kMembersOnly:
    case ErrorCode::kRateLimited:
    case ErrorCode::kTooManyAttempts:
      break;
    default:
      return;
  }
  const std::string reason =
      std::string(error_row(error.code).name) + (error.detail.empty() ? "" : ": ") + error.detail;
  audit_.write_refusal({.what = "refusal",
                        .nickname = about.nickname,
                        .address = about.client,
                        .path = about.path,
                        .reason = reason});
}

void Api::accept_failed(int error) {
  if (!journal_.wants(LogLevel::kWarn)) return;
  const auto kept_back = accept_failures_.let_through(hub_.clock().now());
  if (!kept_back) return;
  std::vector<LogField> fields = {{"cause", std::strerror(error)}};
  if (*kept_back != 0) add(fields, "kept_back", std::to_string(*kept_back));
  journal_.tell(LogLevel::kWarn, "accept_failed", std::move(fields));
}

Outcome Api::tell_access(const About& about, TimePoint began, Outcome outcome) {
  if (auto* found = std::get_if<LaterPtr>(&outcome)) {
    auto outer = make_ref<Later>();
    const LaterPtr inner = *found;
    inner->when_ready([this, inner, outer, about, began] {
      // Now, and not when somebody takes it: who has gone meanwhile has been answered, too.
      outer->complete(tell_access(about, began, inner->take()));
    });
    return outer;
  }
  int status = 200;
  std::string_view held;
  if (const auto* reply = std::get_if<Reply>(&outcome)) {
    status = reply->status;
  } else {
    const Hold& hold = std::get<Hold>(outcome);
    if (hold.stream || hold.deadline > hub_.clock().now()) {
      held = kTransportNames[static_cast<std::size_t>(transport_of(hold, true))];
    }
  }
  const auto took =
      std::chrono::duration_cast<std::chrono::microseconds>(hub_.clock().now() - began);
  std::vector<LogField> fields = {{"request", about.id},
                                  {"method", about.method},
                                  {"path", about.path.substr(0, kMostOfAPath)},
                                  {"status", std::to_string(status)}};
  add(fields, "peer", text_of(about.client));
  add(fields, "held", std::string(held));
  add(fields, "microseconds", std::to_string(took.count()));
  journal_.tell(LogLevel::kInfo, "request", std::move(fields));
  return outcome;
}

}  // namespace encke
