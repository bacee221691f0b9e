#include "api/audit.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>

namespace encke {
namespace {

constexpr std::size_t kMaxValue = 300;  // bytes of what a client may have made long

std::int64_t second_of(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::string utc(WallTime time) {
  const std::time_t seconds = second_of(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const auto size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  const auto ms = time.time_since_epoch().count() - 1000 * second_of(time);
  std::string out(text, size);
  const std::string digits = std::to_string(1000 + ms);
  return out + '.' + digits.substr(1) + 'Z';
}

std::string dump(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', /*ensure_ascii=*/true,
                   nlohmann::ordered_json::error_handler_t::replace) +
         '\n';
}

int open_file(const std::string& path) {
  // Not blocking: it may be a pipe.
  constexpr int kHow = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  return ::open(path.c_str(), kHow, 0640);
}

}  // namespace

Audit::~Audit() {
  if (!on_) return;
  MutexLock lock(mutex_);
  tell_count(clock_.wall_now());
  if (fd_ >= 0 && fd_ != STDERR_FILENO) ::close(fd_);
}

std::optional<std::string> Audit::open(const std::string& path) {
  MutexLock lock(mutex_);
  path_ = path;
  fd_ = path == "-" ? STDERR_FILENO : open_file(path);
  if (fd_ < 0) return "audit: cannot write " + path + ": " + std::strerror(errno);
  on_ = true;
  return std::nullopt;
}

std::string Audit::text(const Line& line, WallTime now) {
  nlohmann::ordered_json json;
  json["time"] = utc(now);
  json["what"] = line.what;
  const auto add = [&](const char* name, std::string_view value) {
    if (!value.empty()) json[name] = value.substr(0, kMaxValue);
  };
  add("nickname", line.nickname);
  if (line.address != Address()) json["address"] = line.address.text();
  add("by", line.by);
  add("target", line.target);
  add("how", line.how);
  add("path", line.path);
  add("reason", line.reason);
  return dump(json);
}

void Audit::write(const Line& line) {
  if (!on_) return;
  const WallTime now = clock_.wall_now();
  const std::string out = text(line, now);
  MutexLock lock(mutex_);
  look_for_file(now);
  put(out);
}

void Audit::write_refusal(const Line& line) {
  if (!on_) return;
  const WallTime now = clock_.wall_now();
  {
    MutexLock lock(mutex_);
    if (second_of(now) != second_) {
      tell_count(now);
      second_ = second_of(now);
      refusals_ = 0;
    }
    if (++refusals_ > kRefusals) return;
  }
  write(line);
}

void Audit::flush() {
  if (!on_) return;
  const WallTime now = clock_.wall_now();
  MutexLock lock(mutex_);
  if (second_of(now) != second_) tell_count(now);
}

void Audit::tell_count(WallTime now) {
  if (refusals_ <= kRefusals) return;
  nlohmann::ordered_json json;
  json["time"] = utc(now);
  json["what"] = "refusals";
  json["count"] = refusals_ - kRefusals;
  refusals_ = 0;
  put(dump(json));
}

// One write(), so that lines of several processes, too, stay whole. A disk that is full loses
// lines, and so does a pipe whose reader stands still: the chat goes on, and later they are told
// of.
void Audit::put(const std::string& line) {
  if (lost_ != 0) {
    nlohmann::ordered_json json;
    json["time"] = utc(clock_.wall_now());
    json["what"] = "lost";
    json["count"] = lost_;
    if (write_line(dump(json))) lost_ = 0;
  }
  if (!write_line(line)) ++lost_;
}

bool Audit::write_line(const std::string& line) const {
  // What others write to as well cannot be made not to block; but it says whether it would.
  pollfd writable = {fd_, POLLOUT, 0};
  if (fd_ < 0 || poll(&writable, 1, 0) != 1) return false;
  return ::write(fd_, line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

void Audit::look_for_file(WallTime now) {
  if (path_ == "-" || second_of(now) == looked_) return;
  looked_ = second_of(now);
  struct stat there {};
  struct stat here {};
  if (fd_ >= 0 && stat(path_.c_str(), &there) == 0 && fstat(fd_, &here) == 0 &&
      there.st_ino == here.st_ino && there.st_dev == here.st_dev) {
    return;
  }
  const int fresh = open_file(path_);
  if (fresh < 0) return;  // better the old file than none
  if (fd_ >= 0) ::close(fd_);
  fd_ = fresh;
}

}  // namespace encke
