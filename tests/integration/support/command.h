// command.h: a command of the shell, and what it prints, line by line as it comes.
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <string>

namespace encke {

class Command {
 public:
  explicit Command(const std::string& line) : pipe_(popen(line.c_str(), "r")) {}
  ~Command() { wait(); }
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  std::string read_line() {
    char buffer[4096];
    std::string line;
    while (line.find('\n') == std::string::npos && fgets(buffer, sizeof buffer, pipe_) != nullptr) {
      line += buffer;
    }
    return line;
  }
  std::string read_all() {
    std::string all;
    for (std::string line = read_line(); !line.empty(); line = read_line()) all += line;
    return all;
  }
  /// Its exit code.
  int wait() {
    if (pipe_ == nullptr) return -1;
    const int status = pclose(pipe_);
    pipe_ = nullptr;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  FILE* pipe_;
};

}  // namespace encke
