// http_server.cc: a program's own handlers, as the service that net asks.
#include <strings.h>

#include <map>

#include "api/error_table.h"
#include "api/origins.h"
#include "api/params.h"
#include "api/static_files.h"
#include "app/http_answer.h"
#include "app/net_setup.h"
#include "net/http_writer.h"

namespace encke {

std::string HttpRequest::parameter(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return {};
}

std::string HttpRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key.size() == name.size() && strncasecmp(key.data(), name.data(), name.size()) == 0) {
      return value;
    }
  }
  return {};
}

class HttpServer::Impl final : private Service {
 public:
  explicit Impl(Options o)
      : options(std::move(o)), net_options_(net_options(options)), origins_(options.origin) {}

  void add(const char* method, std::string path, Handler handler) {
    handlers_[std::move(path)][method] = std::move(handler);
  }

  std::optional<std::string> start() {
    if (net) return std::string("a server starts once");
    if (auto error = check_net_options(options)) return error;
    if (!options.public_dir.empty()) {
      if (auto error = files_.load(options.public_dir)) return error;
    }
    net = make_net_server(options, net_options_, *this, answers_->clock, answers_->random);
    if (auto error = net->start()) return error;
    serving_ = true;
    return std::nullopt;
  }

  void stop() {
    if (!serving_.exchange(false)) return;
    net->begin_drain();
    answers_->end_all(refuse({ErrorCode::kDraining, ""}, nullptr, {}));
    net->stop();
  }

  const Options options;

 private:
  static std::string method_of(const RequestHead& head) {
    return head.is_read() ? "GET" : std::string(head.method);
  }

  tl::expected<std::size_t, Error> max_body(const RequestHead& head) const override {
    if (head.method != "POST") return std::size_t{1};  // has none
    const auto found = handlers_.find(head.path);
    if (found == handlers_.end()) return tl::unexpected(Error{ErrorCode::kNotFound, ""});
    if (!found->second.contains("POST"))
      return tl::unexpected(Error{ErrorCode::kMethodNotAllowed, ""});
    return options.max_text;
  }

  bool is_direct(const RequestHead&) const override { return false; }

  std::vector<std::string> post_paths() const override {
    std::vector<std::string> paths;
    for (const auto& [path, methods] : handlers_) {
      if (methods.contains("POST")) paths.push_back(path);
    }
    return paths;
  }

  Outcome handle(const Request& request) override {
    const RequestHead& head = request.head;
    const auto found = handlers_.find(head.path);
    if (found == handlers_.end()) {
      auto file = head.is_read() ? files_.get(head) : std::nullopt;
      if (!file) return refuse({ErrorCode::kNotFound, ""}, &head, request.peer);
      origins_.add_headers(head, file->headers);
      origins_.add_frame_rules(file->headers);
      return std::move(*file);
    }
    const auto handler = found->second.find(method_of(head));
    if (handler == found->second.end())
      return refuse({ErrorCode::kMethodNotAllowed, ""}, &head, request.peer);
    if (head.method == "POST" && origins_.is_foreign(head, request.secure)) {
      return refuse({ErrorCode::kForeignOrigin, ""}, &head, request.peer);
    }
    const auto query = Params::parse(head.query);
    if (query.too_many())
      return refuse({ErrorCode::kBadRequest, "too many parameters"}, &head, request.peer);

    HttpRequest asked;
    asked.method = handler->first;
    asked.path = head.path;
    asked.query = query.all();
    for (const HeaderField& field : head.headers)
      asked.headers.emplace_back(field.name, field.value);
    asked.body = request.body;
    auto state = std::make_shared<HttpAnswer::State>(
        answers_, refuse({ErrorCode::kInternal, ""}, &head, request.peer));
    if (!answers_->add(state)) return refuse({ErrorCode::kDraining, ""}, &head, request.peer);
    handler->second(asked, HttpAnswer(state));
    return state->outcome(head);
  }

  // RFC 9110, section 10.2.1: what this address has.
  std::string allowed(std::string_view path) const {
    const auto found = handlers_.find(path);
    const bool get = found == handlers_.end() || found->second.contains("GET");
    const bool post = found != handlers_.end() && found->second.contains("POST");
    return std::string(get ? "GET, HEAD" : "") + (get && post ? ", " : "") + (post ? "POST" : "");
  }

  Reply refuse(const Error& error, const RequestHead* head, const Address&) const override {
    const ErrorRow& row = error_row(error.code);
    Reply reply;
    reply.status = row.status;
    reply.headers = live_headers(false);
    if (head != nullptr) origins_.add_headers(*head, reply.headers);
    if (row.status == 405) reply.headers.emplace_back("Allow", allowed(head->path));
    reply.close = error.code == ErrorCode::kDraining;
    ErrorText text = error_text(error);
    if (error.code == ErrorCode::kForeignOrigin) {
      text.message = "A page of another site may not post here";  // with or without a cookie
    }
    kJsonFraming.error(text, {}, reply.body);
    return reply;
  }

  void closed(const SessionPtr&) override {}

  const NetOptions net_options_;
  const Origins origins_;
  StaticFiles files_;
  std::map<std::string, std::map<std::string, Handler>, std::less<>> handlers_;
  const std::shared_ptr<HttpAnswers> answers_ = std::make_shared<HttpAnswers>();
  std::atomic<bool> serving_{false};

 public:
  std::unique_ptr<NetServer> net;  // goes first: it asks all of the above
};

HttpServer::HttpServer(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
HttpServer::~HttpServer() { stop(); }

void HttpServer::get(std::string path, Handler handler) {
  impl_->add("GET", std::move(path), std::move(handler));
}
void HttpServer::post(std::string path, Handler handler) {
  impl_->add("POST", std::move(path), std::move(handler));
}
std::optional<std::string> HttpServer::start() { return impl_->start(); }
int HttpServer::port() const { return impl_->net ? impl_->net->port() : 0; }
std::optional<std::string> HttpServer::reload() {
  return impl_->net ? impl_->net->reload() : std::nullopt;
}
void HttpServer::stop() { impl_->stop(); }

}  // namespace encke
