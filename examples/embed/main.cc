// main.cc: a thermometer with a chat inside. It tells everybody in the lobby when the temperature
// has changed, and answers whoever says `!status` there: from http://localhost:8080/plain, or from
// a shell.
//
//   thermometer [FILE [PORT]]     FILE has thousandths of a degree, as Linux has them
#include <encke/server.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <semaphore>
#include <string>

static volatile std::sig_atomic_t stopped = 0;

int main(int argc, char** argv) {
  const std::string file = argc > 1 ? argv[1] : "/sys/class/thermal/thermal_zone0/temp";
  encke::Options options;
  if (argc > 2) options.port = std::strtoull(argv[2], nullptr, 10);

  // The server rings it, on threads of its own which must not wait. So it is main() that answers.
  std::counting_semaphore<> asked(0);
  encke::Server server(options);
  server.on_said([&asked](const encke::Said& said) {
    if (said.text == "!status") asked.release();
  });
  if (const auto error = server.start()) {
    std::cerr << "thermometer: " << *error << '\n';
    return 1;
  }
  std::cout << "thermometer: http://localhost:" << server.port() << "/plain" << std::endl;

  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { stopped = 1; });
  int told = -1'000'000;  // below all that there can be
  while (stopped == 0) {
    const bool wanted = asked.try_acquire_for(std::chrono::seconds(1));
    int reading = 0;
    if (!(std::ifstream(file) >> reading)) {
      std::cerr << "thermometer: cannot read " << file << '\n';
      return 1;  // and the server stops
    }
    if (!wanted && std::abs(reading - told) < 1000) continue;
    server.say("thermometer", "lobby", "It is " + std::to_string(reading / 1000) + " degrees.");
    told = reading;
  }
  server.stop();  // says bye to everybody who listens
}
