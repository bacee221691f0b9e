// crowd.h: a server with a crowd that waits, and must not notice what is done to the server.
#pragma once

#include <string>
#include <vector>

#include "integration/support/both_holds.h"

namespace encke {

class WithCrowd : public BothHolds {
 protected:
  static constexpr int kUsers = 13;
  static constexpr int kEach = 8;  // polls of one user

  /// Starts the program, and holds more than a hundred polls.
  void gather(Program::Flags flags = {});
  /// Says something: every held poll is answered with that, once, and is held again.
  void expect_nobody_noticed();

  /// The error that these bytes meet; its connection has to be closed behind it.
  Response refused(std::string_view bytes);

 private:
  struct Held {
    std::size_t user;
    Wire wire;
  };
  void hold_all();
  std::vector<User> users_;
  std::vector<Held> held_;
  int said_ = 0;
};

}  // namespace encke
