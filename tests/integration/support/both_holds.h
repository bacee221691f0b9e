// both_holds.h: the fixture of tests that talk to the running program, once for each way to hold a
// request (docs/architecture.md, D2): what a client sees may not depend on it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "integration/support/program.h"
#include "integration/support/wire.h"

namespace encke {

inline const Fields kForm = {{"Content-Type", "application/x-www-form-urlencoded"}};
inline const Fields kJsonType = {{"Content-Type", "application/json"}};
inline const Fields kPlainText = {{"Content-Type", "text/plain"}};

inline Fields operator+(Fields a, const Fields& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// `text`, for a query or a form.
std::string escaped(std::string_view text);
std::string base64(std::string_view bytes);

/// The texts of those events that are messages, or privates.
std::vector<std::string> texts(const Json& events);

/// Somebody who is logged in, and reads from where the last read ended.
class User {
 public:
  /// Logs in; throws Trouble if that is refused.
  User(int port, std::string nickname, const std::string& secret = "");

  Fields auth() const { return {{"Authorization", "Bearer " + token}}; }
  Response get(std::string_view target) const { return fetch(port, "GET", target, auth()); }
  Response post(std::string_view target, std::string_view form = {}) const {
    return fetch(port, "POST", target, auth() + kForm, form);
  }

  /// These three throw Trouble unless it was said. Answers its id.
  std::string say(std::string_view text, const std::string& room = "") const;
  std::string tell(const std::string& to, std::string_view text) const;
  std::string send(const std::string& form) const;

  /// The events after the cursor, which moves on.
  Json poll();
  /// Polls until there was an event of that name, and answers that; all before it are passed over.
  Json wait_for(std::string_view event);
  /// The same, of messages, by text.
  Json wait_for_text(std::string_view text);

  /// Asks and does not read: a long poll for what follows the cursor, as long as the server lets
  /// it.
  Wire hold(const std::string& parameters = "") const;
  /// A stream of events after the cursor, its head read.
  Wire stream(const std::string& parameters = "") const;

  int port;
  std::string nickname;
  std::string token;
  std::string cursor;
};

/// A test that talks to the running program.
class ServerTest : public testing::Test {
 protected:
  /// `park` or `thread`.
  virtual const char* held_by() const = 0;

  /// With news of who comes and goes held back, so that they are where a test wants them.
  static constexpr const char* kNoNews = "--gather=1h";

  /// Starts the program. A test that does not say how gets it with kNoNews.
  Program& start(const Program::Flags& flags, const std::string& limits = "");
  /// SIGTERM; fails the test unless the exit code is 0.
  void stop();

  int port();
  Response get(std::string_view target, const Fields& headers = {}) {
    return fetch(port(), "GET", target, headers);
  }
  Response post(std::string_view target, std::string_view body = {},
                const Fields& headers = kForm) {
    return fetch(port(), "POST", target, headers, body);
  }
  User login(const std::string& nickname, const std::string& secret = "") {
    return User(port(), nickname, secret);
  }
  /// What the server answers to these bytes; then the connection is let go.
  Response raw(std::string_view bytes);
  /// Asks /metrics for a value until it is there. Throws Trouble if that takes too long.
  void wait_for_metric(const std::string& name, double value);
  double metric(const std::string& name);

  /// A test that has come this far stops the program, and so asserts that it ends well.
  void TearDown() override;

 private:
  std::unique_ptr<Program> program_;
};

class BothHolds : public ServerTest, public testing::WithParamInterface<const char*> {
 protected:
  const char* held_by() const override { return GetParam(); }
};

#define ENCKE_BOTH_HOLDS(suite)                                            \
  INSTANTIATE_TEST_SUITE_P(Held, suite, testing::Values("park", "thread"), \
                           [](const auto& held) { return std::string(held.param); })

}  // namespace encke
