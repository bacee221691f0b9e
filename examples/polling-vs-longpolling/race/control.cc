#include "control.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <utility>

#include "limits.h"

namespace race {
namespace {

using encke::HttpAnswer;
using encke::HttpRequest;

encke::Options server_options(int port, const std::string& pages) {
  encke::Options options;
  options.port = port;
  options.public_dir = pages;
  options.loops = 1;
  return options;
}

void send_error(HttpAnswer answer, int status, std::string_view code, const std::string& message) {
  const nlohmann::json error = {{"error", {{"code", code}, {"message", message}}}};
  answer.send(error.dump(), "application/json", status);
}

template <typename Number>
Trouble read_number(const std::string& name, const std::string& text, Number least, Number most,
                    Number& number) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest != end || !(value >= least && value <= most)) {
    return fmt::format("{} must be from {} to {}", name, least, most);
  }
  number = value;
  return std::nullopt;
}

Trouble read_knob(const std::string& name, const std::string& value, Knobs& knobs) {
  if (name == "rate") {
    const Trouble trouble = read_number(name, value, 0.0, kMostRate, knobs.rate);
    return trouble ? trouble : trouble_with_rate(knobs.rate);
  }
  if (name == "interval") return read_number(name, value, 100, 60'000, knobs.interval_ms);
  if (name == "readers") return read_number(name, value, 0, kMostReaders, knobs.readers);
  if (name != "hold") return fmt::format("there is no knob '{}'", name);
  if (value != "park" && value != "thread") return "hold must be park or thread";
  knobs.hold = value;
  return std::nullopt;
}

Trouble set_knobs(Race& race, const HttpRequest& request) {
  Knobs knobs = race.knobs();
  for (const auto& [name, value] : request.query) {
    if (auto trouble = read_knob(name, value, knobs)) return trouble;
  }
  if (auto trouble = trouble_with_page(knobs.readers, knobs.hold)) return trouble;
  race.set(knobs);
  return std::nullopt;
}

Trouble make_fault(Race& race, const HttpRequest& request) {
  const std::string kind = request.parameter("kind");
  const std::string name = request.parameter("lane");
  const std::string on = request.parameter("on");
  const auto wanted = Race::lane_named(name);
  const bool all = name.empty() || name == "all";
  if (!all && !wanted) return fmt::format("there is no lane '{}'", name);
  if (!on.empty() && on != "1" && on != "0") return "on must be 1 or 0";
  for (const auto& [parameter, value] : request.query) {
    if (parameter != "kind" && parameter != "lane" && parameter != "on") {
      return fmt::format("a fault has no '{}'", parameter);
    }
  }
  if (kind != "cut" && kind != "delay" && kind != "buffer" && kind != "restart") {
    return "kind must be cut, delay, buffer or restart";
  }
  for (std::size_t lane = 0; lane < Race::lanes(); ++lane) {
    if (!all && lane != wanted) continue;
    if (kind == "cut") race.cut(lane);
    if (kind == "delay") race.set_delay(lane, on != "0");
    if (kind == "buffer") race.set_buffer(lane, on != "0");
    if (kind == "restart") race.restart(lane);
  }
  return std::nullopt;
}

}  // namespace

Control::Control(Race& race, int port, const std::string& pages)
    : race_(race), server_(server_options(port, pages)) {
  // The race has a thread of its own. An answer may be given there, later: no thread waits for it.
  server_.get("/state", [this](const HttpRequest&, HttpAnswer answer) {
    race_.loop().post([this, answer]() mutable { answer.send(race_.state().dump()); });
  });
  server_.get("/watch", [this](const HttpRequest&, HttpAnswer answer) {
    answer.open("text/event-stream");
    race_.loop().post([this, answer] { race_.watch(answer); });
  });
  post("/set", [this](const HttpRequest& request) { return set_knobs(race_, request); });
  post("/fault", [this](const HttpRequest& request) { return make_fault(race_, request); });
  post("/reset", [this](const HttpRequest&) {
    race_.reset();
    return std::nullopt;
  });
}

void Control::post(const std::string& path, Change change) {
  server_.post(
      path, [this, change = std::move(change)](const HttpRequest& request, HttpAnswer answer) {
        if (!is_own_page(request.header("Origin"))) {
          return send_error(answer, 403, "foreign_origin", "This is for the race's own page");
        }
        race_.loop().post([this, change, request, answer]() mutable {
          const Trouble trouble = change(request);
          if (trouble) return send_error(answer, 400, "bad_parameter", *trouble);
          answer.send(race_.state().dump());
        });
      });
}

/// Any page may make a browser post to us. The server refuses those of another host than the one
/// that was asked; but a stranger's name may lead here too, and ours are these two. A program that
/// is no browser says no origin.
bool Control::is_own_page(const std::string& origin) const {
  return origin.empty() || origin == fmt::format("http://localhost:{}", port()) ||
         origin == fmt::format("http://127.0.0.1:{}", port());
}

}  // namespace race
