#include "integration/support/wire.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <signal.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>

namespace encke {
namespace {

constexpr int kDeadlineMilliseconds = 30'000;

void wait_for(int fd, short events, const char* what) {
  pollfd wait = {fd, events, 0};
  while (true) {
    const int ready = poll(&wait, 1, kDeadlineMilliseconds);
    if (ready > 0) return;
    if (ready == 0 || errno != EINTR) throw Trouble(what);
  }
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::string Response::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (same(key, name)) return value;
  }
  return "";
}

bool Response::has(std::string_view name) const {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const auto& field) { return same(field.first, name); });
}

Json Response::json() const {
  const Json json = Json::parse(body, nullptr, false);
  if (json.is_discarded()) throw Trouble("not JSON: " + body);
  return json;
}

std::string Response::error() const {
  constexpr std::string_view kSse = "event: error\ndata: ";
  const Json json =
      Json::parse(body.starts_with(kSse) ? body.substr(kSse.size()) : body, nullptr, false);
  if (!json.is_object() || !json.contains("error")) return "";
  return json["error"].value("code", "");
}

namespace {

// The program takes what begins with ENCKE_ for its own, so it is not to find this.
bool asked_for_tls() {
  static const bool asked = [] {
    const bool found = std::getenv("ENCKE_TLS") != nullptr;
    unsetenv("ENCKE_TLS");
    return found;
  }();
  return asked;
}

bool& tls_spoken() {
  static bool spoken = asked_for_tls();
  return spoken;
}

}  // namespace

bool speaks_tls() { return tls_spoken(); }

void speak_tls(bool whether) { tls_spoken() = whether; }

void speak_as_asked() { tls_spoken() = asked_for_tls(); }

void Wire::FreeTls::operator()(SSL* tls) const { SSL_free(tls); }

Wire::Wire(int port, int receive_buffer, unsigned from) : Wire() {
  connect_to(port, receive_buffer, from);
  if (speaks_tls()) start_tls({});
}

// By way of another constructor, so that what is thrown here is thrown out of a Wire that closes.
Wire::Wire(int port, const TlsTerms& terms, int receive_buffer) : Wire() {
  connect_to(port, receive_buffer);
  start_tls(terms);
}

Wire Wire::narrow(int port) {
  Wire wire;
  wire.connect_to(port, 4096, 1, 1400);
  if (speaks_tls()) wire.start_tls({});
  return wire;
}

Wire Wire::plain(int port) {
  Wire wire;
  wire.connect_to(port, 0);
  return wire;
}

void Wire::start_tls(const TlsTerms& terms) {
  signal(SIGPIPE, SIG_IGN);  // OpenSSL writes, and does not send
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
  SSL_CTX_set_min_proto_version(context, terms.version != 0 ? terms.version : TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(context, terms.version);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  tls_.reset(SSL_new(context));
  SSL_CTX_free(context);
  SSL_set_fd(tls_.get(), fd_);
  SSL_set_connect_state(tls_.get());
  if (terms.known != nullptr) SSL_set_session(tls_.get(), terms.known);
  fcntl(fd_, F_SETFL, fcntl(fd_, F_GETFL) | O_NONBLOCK);
  while (!terms.shy && !shake_hands()) wait_for(fd_, POLLIN, "the server does not shake hands");
}

bool Wire::shake_hands() {
  ERR_clear_error();
  const int result = SSL_do_handshake(tls_.get());
  if (result > 0) return true;
  if (SSL_get_error(tls_.get(), result) == SSL_ERROR_WANT_READ) return false;
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  throw Trouble(std::string("no handshake: ") + (reason != nullptr ? reason : "hung up"));
}

void Wire::send_as_records(const std::vector<std::string>& records) {
  BIO* const socket = SSL_get_wbio(tls_.get());
  BIO_up_ref(socket);
  SSL_set0_wbio(tls_.get(), BIO_new(BIO_s_mem()));
  for (const std::string& record : records) {
    (void)SSL_write(tls_.get(), record.data(), static_cast<int>(record.size()));
  }
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(SSL_get_wbio(tls_.get()), &bytes);
  const std::string all(bytes, static_cast<std::size_t>(size));
  SSL_set0_wbio(tls_.get(), socket);
  if (!try_send_bytes(all)) throw Trouble("the server hung up while it was sent records");
}

void Wire::say_goodbye() { (void)SSL_shutdown(tls_.get()); }

bool Wire::was_told_goodbye() const {
  return (SSL_get_shutdown(tls_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

std::string Wire::peer_name() const {
  X509* const certificate = SSL_get1_peer_certificate(tls_.get());
  char name[256] = {};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
  X509_free(certificate);
  return name;
}

void Wire::connect_to(int port, int receive_buffer, unsigned from, int segment) {
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0) throw Trouble("no socket");
  if (receive_buffer != 0) {
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  if (segment != 0) setsockopt(fd_, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl((INADDR_LOOPBACK & ~0xFFU) | from);
  if (bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd_);
    fd_ = -1;
    throw Trouble("no such address");
  }
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd_);
    fd_ = -1;
    throw Trouble("connection refused");
  }
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Wire::Wire(Wire&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      tls_(std::move(other.tls_)),
      in_(std::move(other.in_)),
      events_(std::move(other.events_)),
      chunked_(other.chunked_),
      stream_over_(other.stream_over_) {}

Wire& Wire::operator=(Wire&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(tls_, other.tls_);
  std::swap(in_, other.in_);
  std::swap(events_, other.events_);
  std::swap(chunked_, other.chunked_);
  std::swap(stream_over_, other.stream_over_);
  return *this;
}

Wire::~Wire() {
  if (fd_ >= 0) ::close(fd_);
}

void Wire::send(std::string_view bytes) {
  if (!try_send(bytes)) throw Trouble("the server hung up while it was sent a request");
}

bool Wire::try_send(std::string_view bytes) {
  // Whoever answers and is done goes on taking bytes for a while, only to throw them away.
  pollfd gone = {fd_, POLLRDHUP, 0};
  if (poll(&gone, 1, 0) > 0) return false;
  return tls_ ? try_send_tls(bytes) : try_send_bytes(bytes);
}

bool Wire::try_send_bytes(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      pollfd wait = {fd_, POLLOUT | POLLRDHUP, 0};
      if (poll(&wait, 1, kDeadlineMilliseconds) == 0) throw Trouble("the server takes nothing");
      if ((wait.revents & (POLLRDHUP | POLLERR | POLLHUP)) != 0) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

bool Wire::try_send_tls(std::string_view bytes) {
  while (!bytes.empty()) {
    ERR_clear_error();
    std::size_t sent = 0;
    const int result = SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &sent);
    bytes.remove_prefix(sent);
    if (result > 0) continue;
    const int why = SSL_get_error(tls_.get(), result);
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return false;
    const short events = why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT | POLLRDHUP;
    pollfd wait = {fd_, events, 0};
    if (poll(&wait, 1, kDeadlineMilliseconds) == 0) throw Trouble("the server takes nothing");
    if ((wait.revents & (POLLRDHUP | POLLERR | POLLHUP)) != 0) return false;
  }
  return true;
}

void Wire::finish_sending() {
  if (tls_) say_goodbye();
  shutdown(fd_, SHUT_WR);
}

void Wire::cut() {
  const linger hard = {1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  ::close(fd_);
  fd_ = -1;
}

bool Wire::fill() {
  char buffer[64 * 1024];
  while (tls_) {
    ERR_clear_error();
    const int got = SSL_read(tls_.get(), buffer, sizeof buffer);
    if (got > 0) {
      in_.append(buffer, static_cast<std::size_t>(got));
      return true;
    }
    if (SSL_get_error(tls_.get(), got) != SSL_ERROR_WANT_READ) return false;
    wait_for(fd_, POLLIN, "the server does not answer");
  }
  while (true) {
    wait_for(fd_, POLLIN, "the server does not answer");
    const ssize_t got = recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (got > 0) {
      in_.append(buffer, static_cast<std::size_t>(got));
      return true;
    }
    if (got == 0) return false;
    if (errno != EINTR && errno != EAGAIN) return false;
  }
}

std::string Wire::take(std::size_t size) {
  while (in_.size() < size) {
    if (!fill()) throw Trouble("the connection ended in the middle of a response");
  }
  std::string taken = in_.substr(0, size);
  in_.erase(0, size);
  return taken;
}

std::string Wire::take_line() {
  std::size_t end = in_.find("\r\n");
  for (; end == std::string::npos; end = in_.find("\r\n")) {
    if (!fill()) throw Trouble("the connection ended in the middle of a line: " + in_);
  }
  std::string line = take(end + 2);
  line.resize(end);
  return line;
}

Response Wire::read_head() {
  if (in_.empty() && !fill()) throw Trouble("the connection ended without a response");
  Response response;
  const std::string status = take_line();
  if (!status.starts_with("HTTP/1.") || status.size() < 12) throw Trouble("not HTTP: " + status);
  response.version = status.substr(0, 8);
  response.status = std::atoi(status.c_str() + 9);
  for (std::string line = take_line(); !line.empty(); line = take_line()) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) throw Trouble("not a header: " + line);
    const auto start = line.find_first_not_of(' ', colon + 1);
    response.headers.emplace_back(line.substr(0, colon),
                                  start == std::string::npos ? "" : line.substr(start));
  }
  chunked_ = same(response.header("Transfer-Encoding"), "chunked");
  stream_over_ = false;
  return response;
}

Response Wire::read(std::string_view method) {
  Response response = read_head();
  if (method == "HEAD" || response.status < 200 || response.status == 204 ||
      response.status == 304) {
    return response;
  }
  if (!chunked_ && response.has("Content-Length")) {
    response.body = take(std::stoul(response.header("Content-Length")));
    return response;
  }
  for (std::string part = read_part(); !part.empty(); part = read_part()) response.body += part;
  return response;
}

std::string Wire::read_part() {
  if (stream_over_) return "";
  if (!chunked_) {
    if (in_.empty() && !fill()) stream_over_ = true;
    return std::exchange(in_, "");
  }
  const std::size_t size = std::stoul(take_line(), nullptr, 16);
  std::string part = take(size);
  if (!take_line().empty()) throw Trouble("a chunk is longer than its size");
  stream_over_ = size == 0;
  return part;
}

std::optional<SseBlock> Wire::next_block() {
  std::size_t end = events_.find("\n\n");
  for (; end == std::string::npos; end = events_.find("\n\n")) {
    const std::string part = read_part();
    if (part.empty()) return std::nullopt;
    events_ += part;
  }
  SseBlock block;
  for (std::size_t at = 0; at < end;) {
    const std::size_t line_end = events_.find('\n', at);
    const std::string line = events_.substr(at, line_end - at);
    at = line_end + 1;
    const auto value = [&](std::string_view name) -> std::optional<std::string> {
      if (!line.starts_with(name)) return std::nullopt;
      return line.substr(name.size());
    };
    if (line.starts_with(":")) block.comment = true;
    if (const auto id = value("id: ")) block.id = *id;
    if (const auto event = value("event: ")) block.event = *event;
    if (const auto data = value("data: ")) block.data += *data;
    if (const auto retry = value("retry: ")) block.retry = *retry;
  }
  events_.erase(0, end + 2);
  return block;
}

std::optional<SseBlock> Wire::next_event() {
  // Heartbeats must not put the deadline off for ever.
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(kDeadlineMilliseconds);
  while (auto block = next_block()) {
    if (!block->event.empty()) return block;
    if (std::chrono::steady_clock::now() > deadline) throw Trouble("nothing but heartbeats");
  }
  return std::nullopt;
}

std::string Wire::read_any(std::size_t most) {
  if (in_.empty()) (void)fill();
  std::string some = in_.substr(0, most);
  in_.erase(0, some.size());
  return some;
}

std::string Wire::read_to_end() {
  while (fill()) {
  }
  return std::exchange(in_, "");
}

std::string make_request(std::string_view method, std::string_view target, const Fields& headers,
                         std::string_view body) {
  std::string request;
  request.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n");
  for (const auto& [name, value] : headers) request += name + ": " + value + "\r\n";
  if (method == "POST") request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  request += "\r\n";
  request += body;
  return request;
}

Response fetch(int port, std::string_view method, std::string_view target, const Fields& headers,
               std::string_view body) {
  Wire wire(port);
  Fields all = headers;
  all.emplace_back("Connection", "close");
  // A request that is refused in the middle is answered all the same.
  (void)wire.try_send(make_request(method, target, all, body));
  return wire.read(method);
}

}  // namespace encke
