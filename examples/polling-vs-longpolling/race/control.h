// control.h: the race's own HTTP: its page, its counters, its knobs and its faults.
//
//   GET  /state                  the counters, now
//   GET  /watch                  the same every half second, as Server-Sent Events
//   POST /set?rate=5&hold=park   knobs: rate, interval, readers, hold
//   POST /reset                  counts anew
//   POST /fault?kind=cut|delay|buffer|restart&lane=NAME|all&on=1|0
//
// Written with the small HTTP server that Encke has for programs like this one (encke/http.h).
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "encke/http.h"
#include "race.h"

namespace race {

class Control {
 public:
  /// `pages`: the folder whose index.html is the race page. `race` must be there until stop().
  Control(Race& race, int port, const std::string& pages);

  /// Why not, if it cannot serve.
  std::optional<std::string> start() { return server_.start(); }
  int port() const { return server_.port(); }
  void stop() { server_.stop(); }

 private:
  /// Works on the race, on its thread. What is wrong with the request, if something is.
  using Change = std::function<std::optional<std::string>(const encke::HttpRequest&)>;

  void post(const std::string& path, Change change);
  bool is_own_page(const std::string& origin) const;

  Race& race_;
  encke::HttpServer server_;
};

}  // namespace race
