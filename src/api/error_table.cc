#include "api/error_table.h"

#include <array>

namespace encke {
namespace {

using enum ErrorCode;

constexpr std::array kTable = {
    // Who is asking.
    ErrorRow{kUnauthorized,
             401,
             "unauthorized",
             "No such session: log in, or give a token or nickname:secret",
             {}},
    ErrorRow{kSessionExpired,
             401,
             "session_expired",
             "You were away for too long and the session is over: log in again",
             {}},
    ErrorRow{kEvicted, 401, "evicted", "You were logged out by the server: log in again", {}},
    ErrorRow{
        kBadCredentials, 401, "bad_credentials", "This nickname has another secret, or none", {}},
    ErrorRow{kForeignOrigin,
             403,
             "foreign_origin",
             "With nothing but a cookie, one of our own pages has to write, and Origin or Referer "
             "say so",
             {}},
    ErrorRow{kTooManyAttempts, 429, "too_many_attempts",
             "There were too many tries at a secret: this one was not looked at", 60},
    ErrorRow{kBadJwt, 401, "bad_jwt", "This JSON Web Token is not accepted", {}},
    ErrorRow{kJwtExpired, 401, "jwt_expired", "This JSON Web Token has expired: get a new one", {}},
    ErrorRow{kJwtRequired,
             401,
             "jwt_required",
             "Nobody logs in here without a JSON Web Token of the site's",
             {}},
    ErrorRow{kBanned, 403, "banned", "You are banned (您已被封禁)", {}},
    ErrorRow{kKicked, 401, "kicked", "An operator sent you out (您已被管理员请出)", {}},
    ErrorRow{kNotOperator, 403, "not_operator", "Operators alone may do this", {}},
    // Log in.
    ErrorRow{kNicknameTaken, 409, "nickname_taken", "Somebody has this nickname", {}},
    ErrorRow{kNicknameReserved, 409, "nickname_reserved", "This nickname is reserved", {}},
    ErrorRow{kNicknameInvalid, 400, "nickname_invalid", "This cannot be a nickname", {}},
    ErrorRow{kSecretTooLong, 400, "secret_too_long", "The secret is too long", {}},
    // Say.
    ErrorRow{kNothingToSay, 400, "nothing_to_say", "There is neither text nor image", {}},
    ErrorRow{kTextTooLong, 413, "text_too_long", "The text is too long", {}},
    ErrorRow{kBadText, 400, "bad_text", "The text cannot be shown", {}},
    ErrorRow{kBadKey, 400, "bad_key", "This cannot be a send key", {}},
    ErrorRow{kNoSuchUser, 404, "no_such_user", "This user is not here (该用户已经下线)", {}},
    ErrorRow{kNoSuchRoom, 404, "no_such_room", "There is no such room", {}},
    ErrorRow{kNotInRoom, 403, "not_in_room", "You are not in this room: join it first", {}},
    ErrorRow{kReadOnlyRoom, 403, "read_only", "Operators alone speak in this room", {}},
    ErrorRow{kMembersOnly, 403, "members_only", "Who was invited may join this room", {}},
    ErrorRow{kRoomInvalid, 400, "room_invalid", "This cannot be a room's name", {}},
    ErrorRow{kTooManyRooms, 409, "too_many_rooms", "There are too many rooms", {}},
    ErrorRow{kImageTooLarge, 413, "image_too_large", "The image has too many bytes", {}},
    ErrorRow{
        kImageTooManyPixels, 413, "image_too_many_pixels", "The image has too many pixels", {}},
    ErrorRow{
        kImageUnsupported, 415, "image_unsupported", "This is no PNG, JPEG, GIF or WebP image", {}},
    ErrorRow{kImageEmpty, 400, "image_empty", "The image is empty", {}},
    ErrorRow{kStoreFull, 507, "store_full", "There is no room for this image", {}},
    // Listen and look.
    ErrorRow{kBadCursor, 400, "bad_cursor", "This is no cursor", {}},
    ErrorRow{kBadParameter, 400, "bad_parameter", "A parameter is wrong", {}},
    ErrorRow{kUnknownFormat, 400, "unknown_format", "There is no such format", {}},
    ErrorRow{kNoSuchImage, 404, "no_such_image", "This image is not, or no longer, here", {}},
    ErrorRow{kNoSuchBan, 404, "no_such_ban", "There is no such ban", {}},
    ErrorRow{kTooManyBans, 409, "too_many_bans", "There are too many bans", {}},
    // The request itself.
    ErrorRow{kBadRequest, 400, "bad_request", "The request is malformed", {}},
    ErrorRow{kBadJson, 400, "bad_json", "The body is no JSON object", {}},
    ErrorRow{kNotFound, 404, "not_found", "There is nothing at this address", {}},
    ErrorRow{kMethodNotAllowed, 405, "method_not_allowed", "This address has no such method", {}},
    ErrorRow{kUnsupportedMediaType,
             415,
             "unsupported_media_type",
             "A body of this type is not understood",
             {}},
    ErrorRow{kHeadTooLarge, 431, "head_too_large", "The request's head is too large", {}},
    ErrorRow{kTooManyHeaders, 431, "too_many_headers", "The request has too many headers", {}},
    ErrorRow{kUriTooLong, 414, "uri_too_long", "The address is too long", {}},
    ErrorRow{kBodyTooLarge, 413, "body_too_large", "The body is too large", {}},
    ErrorRow{kRequestTimeout, 408, "request_timeout", "The request arrived too slowly", 1},
    ErrorRow{kExpectationFailed,
             417,
             "expectation_failed",
             "Nothing but 100-continue can be expected",
             {}},
    ErrorRow{kNotImplemented, 501, "not_implemented", "This is not done here", {}},
    ErrorRow{kHttpVersion, 505, "http_version", "This version of HTTP is not spoken here", {}},
    ErrorRow{kUpgradeRefused,
             426,
             "upgrade_refused",
             "No WebSocket here, and no need of one: use /events, /longpoll or /poll",
             {}},
    ErrorRow{kRateLimited, 429, "rate_limited", "That was too much in too short a time", 1},
    // The server.
    ErrorRow{kTooManyConnections, 503, "too_many_connections",
             "The server has as many connections as it can serve", 5},
    ErrorRow{kTooManyFromAddress, 503, "too_many_from_address",
             "There are too many connections from your address", 5},
    ErrorRow{kTooManyUsers, 503, "too_many_users", "The chat is full", 30},
    ErrorRow{kDraining, 503, "draining", "The server is going away, or just coming back", 2},
    ErrorRow{kBusy, 503, "busy", "Too many others are logging in at this moment", 2},
    ErrorRow{kLogUnavailable, 503, "log_unavailable", "Nothing can be said at the moment", 5},
    ErrorRow{kInternal, 500, "internal", "Something went wrong in the server", {}},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].code) != i) return false;
  }
  return true;
}
static_assert(kTable.size() == static_cast<std::size_t>(kCount), "an error without a row");
static_assert(in_order(), "rows stand in the order of core/error.h");

}  // namespace

const ErrorRow& error_row(ErrorCode code) { return kTable.at(static_cast<std::size_t>(code)); }

ErrorText error_text(const Error& error) {
  const ErrorRow& row = error_row(error.code);
  ErrorText text{row.name, std::string(row.message), {}, {}};
  if (!error.detail.empty()) text.message += ": " + error.detail;
  if (error.retry_after) {
    text.retry_after = error.retry_after;
  } else if (row.retry_after) {
    text.retry_after = std::chrono::seconds(*row.retry_after);
  }
  return text;
}

}  // namespace encke
