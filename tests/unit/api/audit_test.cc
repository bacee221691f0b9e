#include "api/audit.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "support/fake_clock.h"
#include "support/scratch.h"

namespace encke {
namespace {

using Json = nlohmann::json;

class AuditTest : public testing::Test {
 protected:
  AuditTest()
      : path_(testing::TempDir() + "audit" + std::to_string(getpid()) +
              testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove(path_);
    EXPECT_EQ(audit_.open(path_), std::nullopt);
  }
  ~AuditTest() override { std::filesystem::remove(path_); }

  std::vector<Json> lines() const {
    std::vector<Json> lines;
    std::ifstream in(path_);
    for (std::string line; std::getline(in, line);) lines.push_back(Json::parse(line));
    return lines;
  }

  const std::string path_;
  FakeClock clock_;
  Audit audit_{clock_};
};

TEST_F(AuditTest, WritesALineForEach) {
  audit_.write({.what = "login",
                .nickname = "alice",
                .address = *Address::parse("192.0.2.1"),
                .how = "jwt"});
  audit_.write({.what = "ban", .by = "op", .target = "10.0.0.0/8", .reason = "noise"});
  ASSERT_EQ(lines().size(), 2U);
  EXPECT_EQ(lines()[0], Json::parse(R"({"time":"2024-11-23T03:20:00.000Z","what":"login",
      "nickname":"alice","address":"192.0.2.1","how":"jwt"})"));
  EXPECT_EQ(lines()[1]["target"], "10.0.0.0/8");
  EXPECT_FALSE(lines()[1].contains("nickname"));
}

TEST_F(AuditTest, NothingThatIsSaidBeginsALineOrCommandsATerminal) {
  const std::string nasty = "eve\n{\"what\":\"login\"}\r\x1B[2J\xE2\x80\xA8\xFF\"\\";
  audit_.write({.what = "refusal", .nickname = nasty, .path = nasty, .reason = nasty});
  ASSERT_EQ(lines().size(), 1U);
  std::ifstream in(path_);
  const std::string all(std::istreambuf_iterator<char>(in), {});
  for (const char c : all.substr(0, all.size() - 1)) {
    EXPECT_TRUE(c >= 0x20 && c < 0x7F) << static_cast<int>(c);
  }
  audit_.write({.what = "refusal", .path = std::string(100'000, 'x')});
  EXPECT_LT(std::filesystem::file_size(path_), 5000U);
}

TEST_F(AuditTest, AFloodOfRefusalsIsCounted) {
  for (int i = 0; i < 1000; ++i) audit_.write_refusal({.what = "refusal"});
  EXPECT_EQ(lines().size(), Audit::kRefusals);
  audit_.write({.what = "login"});
  EXPECT_EQ(lines().size(), Audit::kRefusals + 1) << "all else is written";
  audit_.flush();
  EXPECT_EQ(lines().size(), Audit::kRefusals + 1);
  clock_.advance(std::chrono::seconds(1));
  audit_.flush();
  audit_.flush();
  ASSERT_EQ(lines().size(), Audit::kRefusals + 2);
  EXPECT_EQ(lines().back()["what"], "refusals");
  EXPECT_EQ(lines().back()["count"], 1000 - Audit::kRefusals);
  audit_.write_refusal({.what = "refusal"});
  EXPECT_EQ(lines().back()["what"], "refusal");
}

TEST_F(AuditTest, GoesOnWhereTheFileWasCutOrMoved) {
  audit_.write({.what = "login"});
  std::filesystem::resize_file(path_, 0);
  audit_.write({.what = "login"});
  EXPECT_EQ(lines().size(), 1U);
  std::filesystem::rename(path_, path_ + ".1");
  clock_.advance(std::chrono::seconds(1));
  audit_.write({.what = "ban"});
  ASSERT_EQ(lines().size(), 1U);
  EXPECT_EQ(lines()[0]["what"], "ban");
  std::filesystem::remove(path_ + ".1");
}

/// Writes more than a pipe takes, and then what comes when it has been read.
void fill(Audit& audit, int reader) {
  for (int i = 0; i < 2000; ++i) audit.write({.what = "login", .reason = std::string(300, 'x')});
  const auto take = [&] {
    std::string taken;
    char part[4096];
    for (ssize_t got = 0; (got = read(reader, part, sizeof part)) > 0;) {
      taken.append(part, static_cast<std::size_t>(got));
    }
    std::vector<Json> lines;
    std::istringstream in(taken);
    for (std::string line; std::getline(in, line);) lines.push_back(Json::parse(line));
    return lines;
  };
  const std::size_t whole = take().size();
  EXPECT_GT(whole, 10U);
  audit.write({.what = "ban"});
  const auto after = take();
  ASSERT_EQ(after.size(), 2U);
  EXPECT_EQ(after[0]["what"], "lost");
  EXPECT_EQ(after[0]["count"], 2000 - whole);
  EXPECT_EQ(after[1]["what"], "ban");
}

TEST(Audit, WaitsForNoReaderOfAPipe) {
  const Scratch scratch;
  const std::string path = scratch.path("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const int reader = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  FakeClock clock;
  Audit audit(clock);
  ASSERT_EQ(audit.open(path), std::nullopt);
  fill(audit, reader);
  close(reader);
}

TEST(Audit, WaitsForNoReaderOfStandardError) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  const int before = dup(STDERR_FILENO);
  dup2(ends[1], STDERR_FILENO);
  {
    FakeClock clock;
    Audit audit(clock);
    EXPECT_EQ(audit.open("-"), std::nullopt);
    fill(audit, ends[0]);
  }
  dup2(before, STDERR_FILENO);
  for (const int fd : {before, ends[0], ends[1]}) close(fd);
}

TEST(Audit, IsOffUnlessItIsOpened) {
  FakeClock clock;
  Audit audit(clock);
  EXPECT_FALSE(audit.is_on());
  audit.write({.what = "login"});
  audit.write_refusal({.what = "refusal"});
  audit.flush();
  EXPECT_TRUE(audit.open("/no/such/folder/audit"));
}

}  // namespace
}  // namespace encke
