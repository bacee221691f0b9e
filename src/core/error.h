// error.h: everything that can go wrong for a client, as values.
//
// An Error says what happened; what a client is told (HTTP status, stable code, sentence, whether
// to retry) is the row of the same name in api/error_table.cc. Adding an error is adding it in
// both.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace encke {

enum class ErrorCode : std::uint8_t {
  // Who is asking.
  kUnauthorized,
  kSessionExpired,
  kEvicted,
  kBadCredentials,
  kForeignOrigin,
  kTooManyAttempts,
  kBadJwt,
  kJwtExpired,
  kJwtRequired,
  kBanned,
  kKicked,
  kNotOperator,
  // Log in.
  kNicknameTaken,
  kNicknameReserved,
  kNicknameInvalid,
  kSecretTooLong,
  // Say.
  kNothingToSay,
  kTextTooLong,
  kBadText,
  kBadKey,
  kNoSuchUser,
  kNoSuchRoom,
  kNotInRoom,
  kReadOnlyRoom,
  kMembersOnly,
  kRoomInvalid,
  kTooManyRooms,
  kImageTooLarge,
  kImageTooManyPixels,
  kImageUnsupported,
  kImageEmpty,
  kStoreFull,
  // Listen and look.
  kBadCursor,
  kBadParameter,
  kUnknownFormat,
  kNoSuchImage,
  kNoSuchBan,
  kTooManyBans,
  // The request itself.
  kBadRequest,
  kBadJson,
  kNotFound,
  kMethodNotAllowed,
  kUnsupportedMediaType,
  kHeadTooLarge,
  kTooManyHeaders,
  kUriTooLong,
  kBodyTooLarge,
  kRequestTimeout,
  kExpectationFailed,
  kNotImplemented,
  kHttpVersion,
  kUpgradeRefused,
  kRateLimited,
  // The server.
  kTooManyConnections,
  kTooManyFromAddress,
  kTooManyUsers,
  kDraining,
  kBusy,
  kLogUnavailable,
  kInternal,
  kCount,  // how many there are; not an error
};

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  /// What exactly was wrong, for the table's sentence to end in; may be empty. Never secret.
  std::string detail = {};
  /// When it is worth trying again, if that is not what the table says.
  std::optional<std::chrono::seconds> retry_after = {};
  /// Why, for whoever runs the server: no client is told.
  std::string cause = {};
};

}  // namespace encke
