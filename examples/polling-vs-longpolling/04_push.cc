// 04_push.cc: one answer that does not end. Server-Sent Events (HTML Living Standard, section 9.2).
//
// What it shows: GET /events is answered with a head, once, and then with a few lines for each
// piece of news, for as long as the page is open. The page is four lines, because the browser does
// the rest: it takes the lines apart, comes back when the connection breaks, and says where it was
// (Last-Event-ID), so that nothing is missed.
//
// What it costs: what a parked long poll costs, and for each piece of news not one header. In
// return it asks something of everything on the way: a proxy that waits for the end of an answer
// before it hands it on waits for ever. For who sits behind one, there is 03_parked.cc.
//
//   build/release/examples/04_push [port [seconds between news]]    then open /push.html
#include <encke/http.h>

#include <chrono>
#include <cstdio>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

class News {
 public:
  // Whoever comes (back) is told what came after what it heard last, and from then on is there.
  void join(const std::string& last_heard, encke::HttpAnswer answer) {
    const std::lock_guard lock(mutex_);
    std::size_t heard = std::strtoull(last_heard.c_str(), nullptr, 10);
    if (last_heard.empty() || heard > lines_.size()) heard = lines_.size();
    std::string past = "retry: 1000\n\n";  // milliseconds after which the browser comes back
    for (; heard < lines_.size(); ++heard) past += event(heard);
    answer.open("text/event-stream");
    answer.write(past);
    readers_.push_back(std::move(answer));
  }

  // write() does not wait for the network, so the lock may be held; and so whoever joins meanwhile
  // is told of this by join() or by tell(), and never by both.
  void tell(std::string text) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(text));
    write_to_all(event(lines_.size() - 1));
  }

  // A comment now and then keeps proxies from taking a silent connection for a dead one, and finds
  // those that are dead.
  void beat() {
    const std::lock_guard lock(mutex_);
    write_to_all(":\n\n");
  }

  std::size_t readers() {
    const std::lock_guard lock(mutex_);
    return readers_.size();
  }

 private:
  std::string event(std::size_t n) const {
    return "id: " + std::to_string(n + 1) + "\ndata: " + lines_[n] + "\n\n";
  }

  void write_to_all(const std::string& part) {
    std::erase_if(readers_, [&](encke::HttpAnswer& reader) { return !reader.write(part); });
  }

  std::mutex mutex_;
  std::vector<std::string> lines_;
  std::vector<encke::HttpAnswer> readers_;
};

}  // namespace

int main(int argc, char** argv) {
  encke::Options options;
  options.port = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 8084;
  options.public_dir = LADDER_PAGES;
  options.max_per_address = 0;  // a class on one machine has one address
  News news;
  encke::HttpServer server(options);
  server.get("/events", [&](const encke::HttpRequest& request, encke::HttpAnswer answer) {
    news.join(request.header("Last-Event-ID"), std::move(answer));
  });
  if (const auto error = server.start()) {
    return std::fprintf(stderr, "%s\n", error->c_str()), 1;
  }
  std::printf("04_push: open http://localhost:%d/push.html\n", server.port());

  std::mt19937 random(std::random_device{}());
  std::exponential_distribution<> pause(1 / (argc > 2 ? std::atof(argv[2]) + 1e-3 : 4.64));
  auto next = Clock::now() + std::chrono::duration<double>(pause(random));
  auto beat = Clock::now() + std::chrono::seconds(15);
  for (int n = 1;; std::fflush(stdout), std::this_thread::sleep_for(std::chrono::milliseconds(5))) {
    if (Clock::now() >= next) {
      next += std::chrono::duration<double>(pause(random));
      std::printf("news %d; readers: %zu\n", n, news.readers());
      news.tell("news " + std::to_string(n++));
    } else if (Clock::now() >= beat) {
      beat += std::chrono::seconds(15);
      news.beat();
    }
  }
}
