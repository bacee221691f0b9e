// Tokens that another server signed, and the audit of who came and who was refused (protocol.md,
// "Who may").
#include <ctime>
#include <sstream>

#include "integration/support/operators.h"
#include "support/jwt_maker.h"

namespace encke {
namespace {

class Tokens : public Operators {
 protected:
  static constexpr const char* kKey = "a key of the site's, 32 bytes long";
  Tokens() : key_(scratch("key")) { std::ofstream(key_) << kKey << "\n"; }
  ~Tokens() override { std::filesystem::remove(key_); }

  void start_site(Program::Flags flags = {}) {
    flags.insert(flags.end(), {kNoNews, "--jwt-secret-file=" + key_});
    start(flags);
  }
  static std::string claims(const std::string& sub, const std::string& more = "",
                            int ends_in = 600) {
    return R"({"sub":")" + sub + R"(","exp":)" + std::to_string(time(nullptr) + ends_in) + more +
           "}";
  }
  static std::string token(const std::string& sub, const std::string& more = "") {
    return hs256(kKey, claims(sub, more));
  }
  static Fields bearer(const std::string& token) { return {{"Authorization", "Bearer " + token}}; }

  const std::string key_;
};
ENCKE_BOTH_HOLDS(Tokens);

TEST_P(Tokens, LogInAtLoginInEitherPlace) {
  start_site();
  const Response header = post("/login", "nickname=ignored", kForm + bearer(token("alice")));
  EXPECT_EQ(header.status, 200) << header.body;
  EXPECT_EQ(header.json()["nickname"], "alice");
  const Response field = post("/login", "jwt=" + token("alice"));
  EXPECT_EQ(field.json()["nickname"], "alice") << "the same user in another session";
  EXPECT_NE(field.json()["token"], header.json()["token"]);
  EXPECT_EQ(post("/login", R"({"jwt":")" + token("bob") + "\"}", kJsonType).json()["nickname"],
            "bob");
}

TEST_P(Tokens, NeedNoLogin) {
  start_site();
  const Fields alice = bearer(token("alice"));
  EXPECT_EQ(get("/poll", alice).status, 200);
  EXPECT_EQ(post("/send", "hello", alice + kForm).status, 200);
  EXPECT_EQ(texts(get("/poll", bearer(token("alice", R"(,"n":1)"))).json()["events"]),
            std::vector<std::string>{"hello"})
      << "another token, but the same user's session";
  EXPECT_EQ(metric("encke_logins_total"), 1);
}

TEST_P(Tokens, WhatIsWrongIsTold) {
  start_site();
  const auto error = [&](const std::string& token) { return get("/poll", bearer(token)); };
  EXPECT_EQ(error(hs256("not the key of the site, at all!!", claims("eve"))).error(), "bad_jwt");
  EXPECT_EQ(error("a.b.c").error(), "bad_jwt");
  EXPECT_EQ(error(token("a/b")).error(), "nickname_invalid");
  EXPECT_EQ(error(hs256(kKey, claims("eve", "", -60))).error(), "jwt_expired");
  const Response none =
      error(base64url(R"({"alg":"none"})") + '.' + base64url(claims("eve")) + '.');
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(none.error(), "bad_jwt");
  EXPECT_EQ(none.header("WWW-Authenticate"), "Bearer realm=\"encke\"");
  EXPECT_EQ(post("/login", "jwt=x.y.z").error(), "bad_jwt");
}

TEST_P(Tokens, ANicknameIsTheirsOrAnothers) {
  start_site();
  login("bob", "s1");
  EXPECT_EQ(get("/poll", bearer(token("bob"))).error(), "nickname_taken");
  EXPECT_EQ(post("/login", "jwt=" + token("bob")).error(), "nickname_taken");
  EXPECT_EQ(get("/poll", bearer(token("alice"))).status, 200);
  EXPECT_EQ(post("/login", "nickname=alice").error(), "nickname_taken");
}

TEST_P(Tokens, MayBeTheOnlyWayIn) {
  start_site({"--jwt-only=1"});
  EXPECT_EQ(post("/login", "nickname=alice").error(), "jwt_required");
  EXPECT_EQ(get("/poll", {{"Authorization", "Basic Ym9iOnMx"}}).error(), "jwt_required");
  EXPECT_EQ(post("/plain/login", "nickname=alice").status, 401);
  const Response in = post("/login", "jwt=" + token("alice"));
  EXPECT_EQ(in.status, 200);
  EXPECT_EQ(get("/poll", bearer(in.json()["token"])).status, 200) << "its session's own token";
}

TEST_P(Tokens, SayInWhichRoomsTheirUserIs) {
  start_site();
  const Fields alice = bearer(token("alice", R"(,"rooms":["den","hall"])"));
  const Response rooms = get("/rooms", alice);
  ASSERT_EQ(rooms.status, 200);
  std::vector<std::string> joined;
  const Json list = rooms.json()["rooms"];
  for (const Json& room : list) {
    if (room["joined"] == true) joined.push_back(room["room"]);
  }
  EXPECT_EQ(joined, (std::vector<std::string>{"den", "hall"}));
  EXPECT_EQ(post("/join", "room=lobby", alice + kForm).error(), "members_only");
  EXPECT_EQ(post("/send", "room=den&text=x", alice + kForm).status, 200);
  EXPECT_EQ(post("/join", "room=lobby", bearer(token("bob")) + kForm).status, 200);
}

TEST_P(Tokens, AreNoGuessesAtSecrets) {
  start_site();
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(get("/poll", bearer(token("pupil" + std::to_string(i)))).status, 200) << i;
  }
  EXPECT_EQ(metric("encke_secrets_hashed_total"), 0);
  const Fields alice = {{"Authorization", "Basic " + base64("alice:s1")}};
  EXPECT_EQ(get("/poll", alice).status, 200);
  EXPECT_EQ(get("/poll", bearer(token("alice"))).error(), "nickname_taken");
  EXPECT_EQ(get("/poll", {{"Authorization", "Basic " + base64("pupil1:s1")}}).error(),
            "bad_credentials");
}

TEST_P(Tokens, MoveTheirUserNoMoreOftenThanOneMaySpeak) {
  start_site({"--sends-per-user=1", "--burst=3s"});
  const auto in = [&](const char* room) {
    return get("/poll", bearer(token("alice", std::string(R"(,"rooms":[")") + room + "\"]")));
  };
  for (int i = 0; i < 50; ++i) EXPECT_EQ(in("den").status, 200) << "nothing moves";
  int moves = 0;
  while (moves < 50 && in(moves % 2 == 0 ? "hall" : "den").status == 200) ++moves;
  EXPECT_GE(moves, 3);
  EXPECT_LT(moves, 50);
  EXPECT_EQ(in(moves % 2 == 0 ? "hall" : "den").error(), "rate_limited");
  EXPECT_EQ(in(moves % 2 == 0 ? "den" : "hall").status, 200) << "where the user is";
}

TEST_P(Tokens, MakeOperators) {
  start_site();
  const Fields op = bearer(token("op", R"(,"operator":true)"));
  EXPECT_EQ(get("/bans", op).status, 200);
  EXPECT_EQ(get("/bans", bearer(token("alice", R"(,"operator":false)"))).error(), "not_operator");
  EXPECT_EQ(get("/bans", bearer(token("op"))).error(), "not_operator") << "the last token counts";
}

TEST_P(Tokens, TheProgramDoesNotStartWithKeysThatProtectNothing) {
  const auto fails = [&](Program::Flags flags) {
    flags.push_back(std::string("--hold=") + held_by());
    try {
      return !Program(flags).greeting().starts_with("encke: serving");
    } catch (const Trouble&) {
      return true;
    }
  };
  EXPECT_FALSE(fails({"--jwt-secret-file=" + key_}));
  const std::string weak = scratch("weak");
  std::ofstream(weak) << "short";
  EXPECT_TRUE(fails({"--jwt-secret-file=" + weak}));
  EXPECT_TRUE(fails({"--jwt-secret-file=/no/such/file"}));
  EXPECT_TRUE(fails({"--jwt-public-key=" + weak}));
  EXPECT_TRUE(fails({"--jwt-only=1"}));
  EXPECT_TRUE(fails({"--operators=op"})) << "whoever came first would be one";
  EXPECT_TRUE(fails({"--operators=op", "--operator-secrets=" + weak}));
  EXPECT_TRUE(fails({"--room=den=secret"}));
  EXPECT_TRUE(fails({"--room=lobby=members"}));
  EXPECT_TRUE(fails({"--proxy=somewhere"}));
  std::filesystem::remove(weak);
}

// --- The audit ---

TEST_P(Tokens, ALineIsWrittenOfEachLoginBanAndRefusal) {
  const std::string audit = scratch("audit");
  std::filesystem::remove(audit);
  start({"--gather=10ms", "--operators=op", "--operator-secrets=" + secrets_, "--audit=" + audit,
         "--jwt-secret-file=" + key_, "--proxy=127.0.0.1"});
  const User op = log_in_operator();
  const std::string secret_token = token("alice");
  get("/poll", bearer(secret_token));
  get("/poll", bearer(secret_token));
  post("/login", "nickname=bob%0A%7B%22what%22&secret=hidden1",
       kForm + Fields{{"X-Forwarded-For", "192.0.2.9"}});
  post("/login", "nickname=alice&secret=hidden2", kForm + Fields{{"X-Forwarded-For", "192.0.2.9"}});
  op.post("/ban", "nickname=eve&reason=spam");
  post("/login", "nickname=eve&secret=hidden3");
  get("/poll", bearer(secret_token + "x"));
  stop();
  std::ifstream in(audit);
  const std::string all(std::istreambuf_iterator<char>(in), {});
  std::filesystem::remove(audit);
  std::vector<std::string> seen;
  std::istringstream lines(all);
  for (std::string line; std::getline(lines, line);) {
    const Json json = Json::parse(line);
    seen.push_back(json["what"].get<std::string>() + ' ' + json.value("nickname", "") + ' ' +
                   json.value("how", "") + json.value("reason", ""));
    if (json.value("nickname", "") == "alice" && json["what"] == "refusal") {
      EXPECT_EQ(json["address"], "192.0.2.9");
      EXPECT_EQ(json["path"], "/login");
    }
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"login op operator", "login alice jwt",
                                            "refusal alice nickname_taken", "ban eve spam",
                                            "refusal eve banned: spam",
                                            "refusal  bad_jwt: its signature is not right"}))
      << all;
  for (const std::string& secret :
       {std::string("hidden"), std::string("a long secret"), secret_token, op.token}) {
    EXPECT_EQ(all.find(secret), std::string::npos) << secret;
  }
}

}  // namespace
}  // namespace encke
