#include "integration/support/both_holds.h"

#include <chrono>
#include <cstdio>

namespace encke {
namespace {

constexpr std::chrono::seconds kPatience{30};

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) {
      out += c;
    } else {
      char code[4];
      std::snprintf(code, sizeof code, "%%%02X", byte);
      out += code;
    }
  }
  return out;
}

std::string base64(std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto at = [&](std::size_t k) {
      return i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u;
    };
    const unsigned group = at(0) << 16 | at(1) << 8 | at(2);
    for (int k = 0; k < 4; ++k) out += kDigits[group >> (18 - 6 * k) & 63];
  }
  for (std::size_t i = 0; i < (3 - bytes.size() % 3) % 3; ++i) out[out.size() - 1 - i] = '=';
  return out;
}

std::vector<std::string> texts(const Json& events) {
  std::vector<std::string> all;
  for (const Json& event : events) {
    if (event.contains("from") && event.contains("text")) all.push_back(event["text"]);
  }
  return all;
}

User::User(int p, std::string name, const std::string& secret)
    : port(p), nickname(std::move(name)) {
  const auto answer = fetch(port, "POST", "/login", kForm,
                            "nickname=" + escaped(nickname) + "&secret=" + escaped(secret));
  if (answer.status != 200) throw Trouble("login refused: " + answer.body);
  token = answer.json()["token"];
  cursor = answer.json()["cursor"];
}

std::string User::send(const std::string& form) const {
  const Response answer = post("/send", form);
  if (answer.status != 200) throw Trouble("not said: " + answer.body);
  return answer.json()["id"];
}

std::string User::say(std::string_view text, const std::string& room) const {
  return send("text=" + escaped(text) + (room.empty() ? "" : "&room=" + escaped(room)));
}

std::string User::tell(const std::string& to, std::string_view text) const {
  return send("text=" + escaped(text) + "&to=" + escaped(to));
}

Json User::poll() {
  const Response answer = get("/poll?limit=1000&since=" + cursor);
  if (answer.status != 200) throw Trouble("poll refused: " + answer.body);
  const Json json = answer.json();
  cursor = json["next"];
  return json["events"];
}

Json User::wait_for(std::string_view event) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    const Response answer = get("/longpoll?limit=1&wait=5&since=" + cursor);
    if (answer.status != 200) throw Trouble("poll refused: " + answer.body);
    const Json json = answer.json();
    cursor = json["next"];
    for (const Json& one : json["events"]) {
      if (one["event"] == event) return one;
    }
  }
  throw Trouble("no " + std::string(event));
}

Json User::wait_for_text(std::string_view text) {
  while (true) {
    Json event = wait_for("message");
    if (event.value("text", "") == text) return event;
  }
}

Wire User::hold(const std::string& parameters) const {
  Wire wire(port);
  wire.send(make_request("GET", "/longpoll?wait=110&since=" + cursor + parameters, auth()));
  return wire;
}

Wire User::stream(const std::string& parameters) const {
  Wire wire(port);
  wire.send(make_request("GET", "/events?since=" + cursor + parameters, auth()));
  const Response head = wire.read_head();
  if (head.status != 200) throw Trouble("no stream: " + std::to_string(head.status));
  return wire;
}

Program& ServerTest::start(const Program::Flags& flags, const std::string& limits) {
  // Secrets that are hashed as they ought to be take their time; a flag that comes later counts.
  // A test is one address, and in more of a hurry than people are: who tests a limit sets it.
  Program::Flags all = {std::string("--hold=") + held_by(),
                        "--secret-cost=1",
                        "--sends-per-user=0",
                        "--sends-per-address=0",
                        "--logins-per-address=0",
                        "--requests-per-address=0",
                        "--image-bytes-per-address=0"};
  all.insert(all.end(), flags.begin(), flags.end());
  program_ = std::make_unique<Program>(all, limits);
  return *program_;
}

void ServerTest::stop() {
  if (!program_) return;
  program_->terminate();
  EXPECT_EQ(program_->wait_for_exit(), 0) << "the program did not end well";
  program_.reset();
}

void ServerTest::TearDown() { stop(); }

int ServerTest::port() {
  if (!program_) start({kNoNews});
  return program_->port();
}

Response ServerTest::raw(std::string_view bytes) {
  Wire wire(port());
  (void)wire.try_send(bytes);
  return wire.read();
}

double ServerTest::metric(const std::string& name) {
  const std::string text = get("/metrics").body;
  const auto at = text.find("\n" + name + " ");
  if (at == std::string::npos) throw Trouble("no such metric: " + name);
  return std::stod(text.substr(at + name.size() + 2));
}

void ServerTest::wait_for_metric(const std::string& name, double value) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  double last = metric(name);
  while (last != value) {
    if (std::chrono::steady_clock::now() > deadline) {
      throw Trouble(name + " is " + std::to_string(last));
    }
    last = metric(name);
  }
}

}  // namespace encke
