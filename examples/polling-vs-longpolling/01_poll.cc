// 01_poll.cc: a page that asks again and again. The first thing that everybody builds.
//
// What it shows: GET /update is answered at once, {"flag":true,"data":[…]} with what is new, or
// {"flag":false} with nothing. The page asks every two seconds, because it cannot know better.
//
// What it costs: news comes at random, 4.64 s apart on average, and so 35 of 100 polls find
// something; the other 65 were asked for nothing. Each still carries a request's and an answer's
// headers, several hundred bytes in a browser. And what is found has waited a second on average.
// Ask twice as often, and it waits half as long, for twice as many empty answers.
//
//   build/release/examples/01_poll [port [seconds between news]]    then open /poll.html
#include <encke/http.h>

#include <chrono>
#include <cstdio>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

// All that there was to tell. The n-th has the number n, from 1 on; whoever has heard up to n asks
// for what comes after it, so nothing is told twice and nothing is missed.
class News {
 public:
  void tell(std::string text) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(text));
  }

  // {"flag":true,"data":["news 3","news 4"],"next":4}
  std::string after(std::size_t heard) {
    const std::lock_guard lock(mutex_);
    std::string data;
    for (std::size_t i = heard; i < lines_.size(); ++i) {
      data += (data.empty() ? "\"" : ",\"") + lines_[i] + "\"";
    }
    ++asked_;
    found_ += !data.empty();
    return std::string(data.empty() ? R"({"flag":false)"
                                    : R"({"flag":true,"data":[)" + data + "]") +
           ",\"next\":" + std::to_string(lines_.size()) + "}";
  }

  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return lines_.size();
  }

  std::string summary() {
    const std::lock_guard lock(mutex_);
    if (asked_ == 0) return "nobody has asked yet";
    return std::to_string(asked_) + " polls, of which " + std::to_string(100 * found_ / asked_) +
           "% found something";
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
  std::size_t asked_ = 0;
  std::size_t found_ = 0;
};

// What the client has heard; without it, or if it is of another life of this server: from now on.
std::size_t heard_by(const encke::HttpRequest& request, std::size_t newest) {
  const std::string after = request.parameter("after");
  const std::size_t heard = std::strtoull(after.c_str(), nullptr, 10);
  return after.empty() || heard > newest ? newest : heard;
}

}  // namespace

int main(int argc, char** argv) {
  encke::Options options;
  options.port = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 8081;
  options.public_dir = LADDER_PAGES;

  News news;
  encke::HttpServer server(options);
  server.get("/update", [&](const encke::HttpRequest& request, encke::HttpAnswer answer) {
    answer.send(news.after(heard_by(request, news.count())));
  });
  if (const auto error = server.start()) {
    std::fprintf(stderr, "%s\n", error->c_str());
    return 1;
  }
  std::printf("01_poll: open http://localhost:%d/poll.html\n", server.port());
  std::fflush(stdout);

  // What happens by chance, so and so often on average, is this far apart.
  std::mt19937 random(std::random_device{}());
  std::exponential_distribution<> pause(1 / (argc > 2 ? std::atof(argv[2]) + 1e-3 : 4.64));
  for (int n = 1;; ++n) {
    std::this_thread::sleep_for(std::chrono::duration<double>(pause(random)));
    news.tell("news " + std::to_string(n));
    std::printf("news %d; %s\n", n, news.summary().c_str());
    std::fflush(stdout);
  }
}
