// 03_parked.cc: the same long polling, and the thread given back.
//
// What it shows: the handler does not wait. It puts the answer that is still owed on a list, and
// returns. Whoever has news takes the list and answers everybody on it. To the browser nothing has
// changed: the page is that of 02_long_poll.cc, and so is what it is told.
//
// What it costs: who waits costs a socket and an entry of a list, so thousands wait on the few
// threads that the server has anyway. It is paid for with a turn of thought: what happens next is
// no longer the next line, and who has waited too long has to be looked for.
//
//   build/release/examples/03_parked [port [seconds between news]]    then open /long_poll.html
#include <encke/http.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

class News {
 public:
  // Answers now if there is more than was heard, and else keeps the answer for later.
  void answer_after(const std::string& after, encke::HttpAnswer answer) {
    std::unique_lock lock(mutex_);
    std::size_t heard = std::strtoull(after.c_str(), nullptr, 10);
    if (after.empty() || heard > lines_.size()) heard = lines_.size();
    if (heard == lines_.size()) {
      waiting_.push_back({std::move(answer), heard, Clock::now() + std::chrono::seconds(25)});
      return;
    }
    const std::string now = json(heard);
    lock.unlock();  // never send while holding a lock
    answer.send(now);
  }

  void tell(std::string text) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(text));
  }

  // Answers everybody who has something to hear, or has waited for too long. One whose connection
  // is gone by now is answered too: that goes nowhere.
  void answer_those_due() {
    std::vector<std::pair<encke::HttpAnswer, std::string>> due;
    {
      const std::lock_guard lock(mutex_);
      std::erase_if(waiting_, [&](Waiting& one) {
        if (one.heard == lines_.size() && Clock::now() < one.until) return false;
        due.emplace_back(std::move(one.answer), json(one.heard));
        return true;
      });
    }
    for (auto& [answer, text] : due) answer.send(std::move(text));
  }

  std::size_t waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }

 private:
  struct Waiting {
    encke::HttpAnswer answer;
    std::size_t heard;
    Clock::time_point until;
  };

  std::string json(std::size_t heard) const {
    std::string data;
    for (std::size_t i = heard; i < lines_.size(); ++i) {
      data += (data.empty() ? "\"" : ",\"") + lines_[i] + "\"";
    }
    return (data.empty() ? R"({"flag":false)" : R"({"flag":true,"data":[)" + data + "]") +
           ",\"next\":" + std::to_string(lines_.size()) + "}";
  }

  std::mutex mutex_;
  std::vector<std::string> lines_;
  std::vector<Waiting> waiting_;
};

}  // namespace

int main(int argc, char** argv) {
  encke::Options options;
  options.port = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 8083;
  options.public_dir = LADDER_PAGES;
  options.max_per_address = 0;  // a class on one machine has one address
  News news;
  encke::HttpServer server(options);
  server.get("/update", [&](const encke::HttpRequest& request, encke::HttpAnswer answer) {
    news.answer_after(request.parameter("after"), std::move(answer));
  });
  if (const auto error = server.start()) {
    return std::fprintf(stderr, "%s\n", error->c_str()), 1;
  }
  std::printf("03_parked: open http://localhost:%d/long_poll.html\n", server.port());

  std::mt19937 random(std::random_device{}());
  std::exponential_distribution<> pause(1 / (argc > 2 ? std::atof(argv[2]) + 1e-3 : 4.64));
  auto next = Clock::now() + std::chrono::duration<double>(pause(random));
  for (int n = 1;; std::fflush(stdout), std::this_thread::sleep_for(std::chrono::milliseconds(5))) {
    if (Clock::now() >= next) {
      next += std::chrono::duration<double>(pause(random));
      std::printf("news %d; waiting: %zu\n", n, news.waiting());
      news.tell("news " + std::to_string(n++));
    }
    news.answer_those_due();
  }
}
