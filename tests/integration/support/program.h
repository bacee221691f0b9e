// program.h: the real program, as a process of its own.
#pragma once

#include <sys/types.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace encke {

/// What a test cannot go on after: no answer within the deadline, a connection that broke.
struct Trouble : std::runtime_error {
  using runtime_error::runtime_error;
};

/// Started on a free port; a test asks port() where. Not for use by several threads.
class Program {
 public:
  using Flags = std::vector<std::string>;
  /// Another program of this project's, which says on its first line where it serves.
  struct Command {
    Flags words;
  };

  /// Returns when it serves. `limits`: shell commands to run before it, such as `ulimit -n 64`.
  explicit Program(const Flags& flags, const std::string& limits = "");
  explicit Program(Command command) { start(std::move(command.words)); }
  /// Kills it, if nobody stopped it.
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// The program's own file.
  static const std::string& file();

  int port() const { return port_; }
  pid_t pid() const { return pid_; }
  /// Whatever it said on its first line.
  const std::string& greeting() const { return greeting_; }

  /// SIGTERM, if it still runs.
  void terminate();
  /// Its exit code, once it has ended; -1 if a signal ended it or it did not end in time. May be
  /// asked again.
  int wait_for_exit();

 private:
  void start(std::vector<std::string> words);
  void read_greeting();
  bool read_output();
  void end();

  pid_t pid_ = -1;
  int output_ = -1;
  int port_ = 0;
  int exit_code_ = -1;
  std::string greeting_;
};

}  // namespace encke
