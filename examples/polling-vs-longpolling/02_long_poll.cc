// 02_long_poll.cc: the server does not answer before it has something to say.
//
// What it shows: GET /update blocks its thread on a condition variable until there is news, or for
// 25 s, because proxies on the way give up on an answer that takes longer than 30. The page asks
// again at once. So there is hardly an empty answer, and news arrives as it is told.
//
// What it costs: everybody who waits has a thread that does nothing else: its stack, its place in
// the scheduler, and one of the 256 that there are here. The 257th browser is told 503. Most people
// who say that long polling is dear to the server mean this. Even one who has gone away keeps the
// thread until it wakes. See 03_parked.cc.
//
//   build/release/examples/02_long_poll [port [seconds between news]]    then open /long_poll.html
#include <encke/http.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

class News {
 public:
  void tell(std::string text) {
    {
      const std::lock_guard lock(mutex_);
      lines_.push_back(std::move(text));
    }
    told_.notify_all();  // with the lock given back: whoever wakes wants it
  }

  // Blocks until there is more than was heard. The predicate is looked at again at each wakeup: a
  // condition variable may wake without a reason, and its news may be old news to this one.
  std::string wait_after(const std::string& after, std::chrono::seconds patience) {
    std::unique_lock lock(mutex_);
    std::size_t heard = std::strtoull(after.c_str(), nullptr, 10);
    if (after.empty() || heard > lines_.size()) heard = lines_.size();
    ++waiting;
    told_.wait_for(lock, patience, [&] { return lines_.size() > heard; });
    --waiting;
    std::string data;
    for (std::size_t i = heard; i < lines_.size(); ++i) {
      data += (data.empty() ? "\"" : ",\"") + lines_[i] + "\"";
    }
    return std::string(data.empty() ? R"({"flag":false)"
                                    : R"({"flag":true,"data":[)" + data + "]") +
           ",\"next\":" + std::to_string(lines_.size()) + "}";
  }

  std::atomic<int> waiting{0};

 private:
  std::mutex mutex_;
  std::condition_variable told_;
  std::vector<std::string> lines_;
};

// What the kernel says of this process.
std::string threads() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == "Threads:" && status >> word) return word;
  }
  return "?";
}

}  // namespace

int main(int argc, char** argv) {
  encke::Options options;
  options.port = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 8082;
  options.public_dir = LADDER_PAGES;
  options.hold = "thread";  // a connection's own thread runs the handler, which may block it

  News news;
  encke::HttpServer server(options);
  server.get("/update", [&](const encke::HttpRequest& request, encke::HttpAnswer answer) {
    answer.send(news.wait_after(request.parameter("after"), std::chrono::seconds(25)));
  });
  if (const auto error = server.start()) {
    std::fprintf(stderr, "%s\n", error->c_str());
    return 1;
  }
  std::printf("02_long_poll: open http://localhost:%d/long_poll.html\n", server.port());
  std::fflush(stdout);

  // What happens by chance, so and so often on average, is this far apart.
  std::mt19937 random(std::random_device{}());
  std::exponential_distribution<> pause(1 / (argc > 2 ? std::atof(argv[2]) + 1e-3 : 4.64));
  for (int n = 1;; ++n) {
    std::this_thread::sleep_for(std::chrono::duration<double>(pause(random)));
    std::printf("news %d; waiting: %d, threads: %s\n", n, news.waiting.load(), threads().c_str());
    std::fflush(stdout);
    news.tell("news " + std::to_string(n));
  }
}
