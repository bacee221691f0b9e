// What systemd does to a service, and wants to hear from it, without systemd.
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>

#include "integration/support/both_holds.h"

namespace encke {
namespace {

// A descriptor that the shell can name, and so hand on as number 3.
constexpr int kHandedOver = 9;

class Service : public BothHolds {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/encke-service-XXXXXX";
    ASSERT_NE(mkdtemp(folder), nullptr);
    folder_ = folder;
    notify_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (folder_ + "/notify").copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(bind(notify_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  void TearDown() override {
    BothHolds::TearDown();
    close(notify_);
    close(kHandedOver);
    unlink((folder_ + "/notify").c_str());
    rmdir(folder_.c_str());
  }

  // Listens, as systemd would; answers the port.
  int listen_for_it(int type = SOCK_STREAM) {
    const int fd = socket(AF_INET, type, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
        dup2(fd, kHandedOver) != kHandedOver) {
      throw Trouble("no socket");
    }
    close(fd);
    if (type == SOCK_STREAM) listen(kHandedOver, 16);
    return ntohs(address.sin_port);
  }
  std::string environment() const { return "export NOTIFY_SOCKET=" + folder_ + "/notify"; }
  static std::string handing_over(int count) {
    return "export LISTEN_FDS=" + std::to_string(count) + " LISTEN_PID=$$; exec 3<&" +
           std::to_string(kHandedOver);
  }
  std::string heard() const {
    pollfd wait = {notify_, POLLIN, 0};
    if (poll(&wait, 1, 30'000) <= 0) throw Trouble("nothing was told");
    std::array<char, 1024> buffer;
    const ssize_t got = recv(notify_, buffer.data(), buffer.size(), 0);
    return std::string(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  }

 private:
  std::string folder_;
  int notify_ = -1;
};
ENCKE_BOTH_HOLDS(Service);

TEST_P(Service, TellsWhenItIsReadyAndWhenItStops) {
  start({}, environment());
  const std::string ready = heard();
  EXPECT_NE(ready.find("READY=1"), std::string::npos) << ready;
  EXPECT_NE(ready.find("port " + std::to_string(port())), std::string::npos) << ready;
  EXPECT_EQ(get("/ready").status, 200);
  stop();
  EXPECT_NE(heard().find("STOPPING=1"), std::string::npos);
}

TEST_P(Service, GoesOnWhenItIsToldToReload) {
  const Program& program = start({}, environment());
  EXPECT_NE(heard().find("READY=1"), std::string::npos);
  kill(program.pid(), SIGHUP);
  const std::string reloading = heard();
  EXPECT_NE(reloading.find("RELOADING=1\nMONOTONIC_USEC="), std::string::npos) << reloading;
  EXPECT_NE(heard().find("READY=1"), std::string::npos);
  EXPECT_EQ(get("/ready").status, 200);
}

TEST_P(Service, TakesOverASocketThatListensAlready) {
  const int given = listen_for_it();
  // Somebody who came before the program was there has to wait, and no more.
  Wire early(given);
  early.send(make_request("GET", "/health"));
  start({}, handing_over(1));
  EXPECT_EQ(port(), given);
  EXPECT_EQ(early.read().status, 200);
  const User alice = login("alice");
  alice.say("hi");
  EXPECT_EQ(get("/health").status, 200);
}

TEST_P(Service, LeavesNobodyOutWhileItIsRestarted) {
  const int given = listen_for_it();
  start({}, handing_over(1));
  stop();
  Wire between(given);
  between.send(make_request("GET", "/health"));
  start({}, handing_over(1));
  EXPECT_EQ(between.read().status, 200);
}

TEST_P(Service, DoesNotServeOnWhatItCannotServeOn) {
  listen_for_it(SOCK_DGRAM);
  EXPECT_THROW(start({}, handing_over(1)), Trouble);
  listen_for_it();
  EXPECT_THROW(start({}, handing_over(1) + "; exec 4<&3; export LISTEN_FDS=2"), Trouble);
}

}  // namespace
}  // namespace encke
