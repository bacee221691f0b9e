#include "app/log_output.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

namespace encke {
namespace {

constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warn", "error"};

std::string_view name_of(LogLevel level) { return kLevels[static_cast<std::size_t>(level)]; }

bool is_plain(std::string_view value) {
  return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '\\' && c != '=';
  });
}

std::string quoted(const std::string& value) {
  using Json = nlohmann::json;
  return Json(value).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string now() {
  const auto time = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto milliseconds = time.time_since_epoch().count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(time)), milliseconds);
}

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    default:
      return spdlog::level::err;
  }
}

}  // namespace

// Quoted as JSON is, where it has to be: no value can look like a second line, or another field.
std::string to_text(const LogLine& line, std::string_view time) {
  std::string out = fmt::format("{} {} {}", time, name_of(line.level), line.event);
  for (const LogField& field : line.fields) {
    fmt::format_to(std::back_inserter(out), " {}=", field.name);
    out += is_plain(field.value) ? field.value : quoted(field.value);
  }
  return out;
}

std::string to_json(const LogLine& line, std::string_view time) {
  std::string out = fmt::format(R"({{"time":"{}","level":"{}","event":"{}")", time,
                                name_of(line.level), line.event);
  for (const LogField& field : line.fields) {
    fmt::format_to(std::back_inserter(out), ",\"{}\":{}", field.name, quoted(field.value));
  }
  out += '}';
  return out;
}

LogHandler make_log_output(const std::string& format) {
  constexpr std::size_t kLinesWaiting = 8192;
  spdlog::init_thread_pool(kLinesWaiting, 1);
  const auto logger = spdlog::create_async_nb<spdlog::sinks::stderr_sink_mt>("encke");
  logger->set_level(spdlog::level::trace);
  logger->set_pattern("%v");
  logger->flush_on(spdlog::level::trace);
  const auto write = format == "json" ? to_json : to_text;
  return [logger, write](const LogLine& line) {
    logger->log(level_of(line.level), "{}", write(line, now()));
  };
}

void finish_log_output() { spdlog::shutdown(); }

}  // namespace encke
