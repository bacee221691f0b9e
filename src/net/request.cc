#include "net/request.h"

#include <strings.h>

namespace encke {

std::string_view RequestHead::header(std::string_view name) const {
  for (const HeaderField& field : headers) {
    if (field.name.size() == name.size() &&
        strncasecmp(field.name.data(), name.data(), name.size()) == 0) {
      return field.value;
    }
  }
  return {};
}

const FramingOptions& Hold::options() const {
  static const FramingOptions kNone;
  return framing_options ? *framing_options : kNone;
}

void Later::complete(Reply reply) {
  std::function<void()> ready;
  {
    MutexLock lock(mutex_);
    reply_ = std::move(reply);
    ready = std::move(ready_);
  }
  completed_.notify_all();
  if (ready) ready();
}

Reply Later::wait() {
  MutexLock lock(mutex_);
  while (!reply_) completed_.wait(mutex_);
  return std::move(*reply_);
}

void Later::when_ready(std::function<void()> ready) {
  {
    MutexLock lock(mutex_);
    if (!reply_) {
      ready_ = std::move(ready);
      return;
    }
  }
  ready();
}

Reply Later::take() {
  MutexLock lock(mutex_);
  return std::move(*reply_);
}

}  // namespace encke
