#include "core/workers.h"

#include <sys/resource.h>

namespace encke {
namespace {

constexpr int kNice = 5;

}  // namespace

Workers::Workers(std::size_t threads, std::size_t max_jobs, std::size_t max_bytes)
    : max_jobs_(max_jobs), max_bytes_(max_bytes) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

bool Workers::post(std::size_t bytes, std::function<void()> job) {
  {
    MutexLock lock(mutex_);
    if (stopping_ || jobs_.size() >= max_jobs_ || bytes > max_bytes_ - bytes_) return false;
    jobs_.push_back({bytes, std::move(job)});
    bytes_ += bytes;
  }
  changed_.notify_one();
  return true;
}

void Workers::stop() {
  std::deque<Job> dropped;  // with no lock held
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    dropped.swap(jobs_);
    bytes_ = 0;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Workers::run() {
  // On Linux a thread has a priority of its own.
  (void)setpriority(PRIO_PROCESS, 0, kNice);
  while (true) {
    Job job;
    {
      MutexLock lock(mutex_);
      while (!stopping_ && jobs_.empty()) changed_.wait(mutex_);
      if (stopping_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
      bytes_ -= job.bytes;
    }
    job.run();
  }
}

}  // namespace encke
