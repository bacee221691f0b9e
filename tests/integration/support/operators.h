// operators.h: a server with an operator, who is `op` and has a secret.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "integration/support/both_holds.h"

namespace encke {

class Operators : public BothHolds {
 protected:
  Operators() : secrets_(scratch("secrets")) {
    std::ofstream(secrets_) << "# who may\nop:a long secret\n";
  }
  ~Operators() override { std::filesystem::remove(secrets_); }

  static std::string scratch(const std::string& name) {
    return testing::TempDir() + "encke" + std::to_string(getpid()) + name;
  }
  void start_with(Program::Flags flags = {}) {
    flags.insert(flags.end(),
                 {"--gather=10ms", "--operators=op", "--operator-secrets=" + secrets_});
    program_ = &start(flags);
  }
  /// A nickname that somebody was sent out of is free when everybody has heard of that.
  Response log_in_when_free(const std::string& form) {
    while (true) {
      Response answer = post("/login", form);
      if (answer.error() != "nickname_taken") return answer;
    }
  }
  Program& program() { return *program_; }
  User log_in_operator() { return login("op", "a long secret"); }

  const std::string secrets_;

 private:
  Program* program_ = nullptr;
};

}  // namespace encke
