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

void Later::complete(Outcome outcome) {
  complete_with([outcome = std::move(outcome)]() mutable { return std::move(outcome); });
}

void Later::complete_with(std::function<Outcome()> make) {
  std::function<void()> ready;
  {
    MutexLock lock(mutex_);
    make_ = std::move(make);
    ready = std::move(ready_);
  }
  completed_.notify_all();
  if (ready) ready();
}

Outcome Later::wait() {
  {
    MutexLock lock(mutex_);
    while (!make_) completed_.wait(mutex_);
  }
  return take();
}

void Later::when_ready(std::function<void()> ready) {
  {
    MutexLock lock(mutex_);
    if (!make_) {
      ready_ = std::move(ready);
      return;
    }
  }
  ready();
}

Outcome Later::take() {
  std::function<Outcome()> make;
  {
    MutexLock lock(mutex_);
    make = std::move(make_);
  }
  return make();
}

OwnedRequest::OwnedRequest(const Request& request) : request_{head_, {}, {}, {}} {
  const RequestHead& head = request.head;
  std::size_t size =
      head.method.size() + head.path.size() + head.query.size() + request.body.size();
  for (const HeaderField& field : head.headers) size += field.name.size() + field.value.size();
  for (const FormPart& part : request.parts) {
    size +=
        part.name.size() + part.filename.size() + part.content_type.size() + part.content.size();
  }
  bytes_.reserve(size);
  request_.secure = request.secure;
  head_.method = keep(head.method);
  head_.path = keep(head.path);
  head_.query = keep(head.query);
  head_.minor = head.minor;
  head_.keep_alive = head.keep_alive;
  for (const HeaderField& field : head.headers) {
    head_.headers.push_back({keep(field.name), keep(field.value)});
  }
  request_.body = keep(request.body);
  for (const FormPart& part : request.parts) {
    request_.parts.push_back(
        {keep(part.name), keep(part.filename), keep(part.content_type), keep(part.content)});
  }
  request_.peer = request.peer;
}

std::string_view OwnedRequest::keep(std::string_view view) {
  const std::size_t at = bytes_.size();
  bytes_ += view;  // there is room
  return std::string_view(bytes_).substr(at);
}

}  // namespace encke
