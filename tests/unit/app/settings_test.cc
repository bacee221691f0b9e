#include "app/settings.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace encke {
namespace {

const OptionRow& row(const char* name) { return *find_option(name); }

std::vector<std::string> problems_of_file(const std::string& text) {
  Settings settings;
  settings.add_file_text("f", text);
  (void)settings.read();
  return settings.problems();
}

std::vector<std::string> problems_of_variable(const char* variable) {
  Settings settings;
  const char* const environment[] = {variable, nullptr};
  settings.add_environment(environment);
  (void)settings.read();
  return settings.problems();
}

TEST(Settings, OfAFileAreReadByTheNamesOfTheFlags) {
  Settings settings;
  settings.add_file_text("f",
                         "# a comment\n\n  port = 81 # another\r\nmax-text=8k\nhost =\n"
                         "gone-after = 2m\norigin = https://a\norigin = \"https://b#\" # not it\n"
                         "public-dir = /p#q");
  const Options options = settings.read();
  EXPECT_EQ(settings.problems(), std::vector<std::string>{});
  EXPECT_EQ(options.port, 81u);
  EXPECT_EQ(options.max_text, 8192u);
  EXPECT_EQ(options.host, "");
  EXPECT_EQ(options.gone_after, std::chrono::minutes(2));
  EXPECT_EQ(options.origin, (std::vector<std::string>{"https://a", "https://b#"}));
  EXPECT_EQ(options.public_dir, "/p#q");
  EXPECT_EQ(options.max_head, Options().max_head);
}

TEST(Settings, OfAFlagCountBeforeTheEnvironmentAndThatBeforeTheFile) {
  const char* const environment[] = {"HOME=/", "ENCKE_PORT=2", "ENCKE_LOOPS=2",
                                     "ENCKE_ORIGIN=https://b https://c", nullptr};
  Settings settings;
  settings.add_flag(row("port"), {"1"});
  settings.add_environment(environment);
  settings.add_file_text("f", "port = 3\nloops = 3\nthreads = 3\norigin = https://a\n");
  const Options options = settings.read();
  EXPECT_EQ(options.port, 1u);
  EXPECT_EQ(options.loops, 2u);
  EXPECT_EQ(options.threads, 3u);
  EXPECT_EQ(options.origin, (std::vector<std::string>{"https://b", "https://c"}));
}

TEST(Settings, TellWhatIsWrongWithFileAndLine) {
  const auto problems = problems_of_file(
      "port = 80\nmax-heda = 1\nport = 81\nno sense\nmax-text = 8q\ngone-after = soon\n"
      "host = \"open\nquite-another-thing = 1\n");
  ASSERT_EQ(problems.size(), 7u);
  EXPECT_EQ(problems[0], "f:2: max-heda: there is no such option; is it max-head?");
  EXPECT_EQ(problems[1], "f:3: port has a value already, at f:1");
  EXPECT_EQ(problems[2], "f:4: 'no sense' is no line of the form name = value");
  EXPECT_EQ(problems[3], "f:7: host: its quotes do not end where it does");
  EXPECT_EQ(problems[4], "f:8: quite-another-thing: there is no such option");
  EXPECT_EQ(problems[5],
            "f:6: gone-after: 'soon' is not understood: it is a number of seconds, or with ms, s, "
            "m or h behind it; at most ten years");
  EXPECT_EQ(problems[6],
            "f:5: max-text: '8q' is not understood: it is a number of bytes, or with k or M behind "
            "it");
}

TEST(Settings, OfAListMayBeThatThereIsNone) {
  Settings settings;
  settings.add_file_text("f", "origin = https://a\nproxy =\nroom = a=open\nroom =\n");
  const char* const environment[] = {"ENCKE_ORIGIN=", nullptr};
  settings.add_environment(environment);
  const Options options = settings.read();
  EXPECT_EQ(settings.problems(), std::vector<std::string>{});
  EXPECT_TRUE(options.origin.empty()) << "whatever the file says";
  EXPECT_TRUE(options.proxy.empty());
  EXPECT_TRUE(options.room.empty());
  EXPECT_NE(settings.show(options).find("# origin is empty                         # ENCKE_ORIGIN"),
            std::string::npos)
      << settings.show(options);
}

TEST(Settings, OfTimesAreNoLongerThanCanBeCounted) {
  EXPECT_EQ(problems_of_file("gone-after = 87600h\n"), std::vector<std::string>{});
  for (const char* text : {"87601h", "10000000h", "1000000000000s", "99999999999999999999"}) {
    EXPECT_EQ(problems_of_file(std::string("gone-after = ") + text + "\n").size(), 1u) << text;
  }
}

TEST(Settings, TellOfAVariableThatNamesNoOption) {
  EXPECT_EQ(problems_of_variable("ENCKE_PROT=80"),
            std::vector<std::string>{"ENCKE_PROT: there is no such option; is it ENCKE_PORT?"});
  EXPECT_EQ(
      problems_of_variable("ENCKE_PORT=x"),
      std::vector<std::string>{"ENCKE_PORT: port: 'x' is not understood: it is a whole number"});
  EXPECT_EQ(problems_of_variable("ENCKE_CONFIG=f"), std::vector<std::string>{});
  EXPECT_EQ(problems_of_variable("ENCKE_URL=http://h"), std::vector<std::string>{});
  EXPECT_EQ(problems_of_variable("ENCKED=1"), std::vector<std::string>{});
}

TEST(Settings, TellOfAFileThatIsNotThere) {
  Settings settings;
  settings.add_file("/nowhere/f");
  ASSERT_EQ(settings.problems().size(), 1u);
  EXPECT_EQ(settings.problems()[0], "/nowhere/f: cannot be read: No such file or directory");
}

TEST(Settings, TellWhereTheOptionIsSetThatAProblemIsAbout) {
  Settings settings;
  settings.add_file_text("f", "\nhold = air\n");
  settings.add_problem("hold is park or thread, not air");
  settings.add_problem("port is at most 65535");
  EXPECT_EQ(settings.problems()[0], "f:2: hold is park or thread, not air");
  EXPECT_EQ(settings.problems()[1], "port is at most 65535");
}

TEST(Settings, AreShownAsAFileThatMakesTheSameOfThem) {
  Settings settings;
  settings.add_flag(row("port"), {"1"});
  settings.add_file_text("f", "origin = https://a\norigin = \"https://b #\"\ngather = 250ms\n");
  const Options options = settings.read();
  const std::string shown = settings.show(options);
  EXPECT_NE(shown.find("port = 1                                  # --port\n"), std::string::npos)
      << shown;
  Settings again;
  again.add_file_text("shown", shown);
  const Options same = again.read();
  EXPECT_EQ(again.problems(), std::vector<std::string>{});
  for (const OptionRow& each : option_table()) {
    EXPECT_EQ(each.show(same), each.show(options)) << each.name;
  }
}

TEST(Settings, OfTheExampleAreTheDefaultsOnceTheyAreNoCommentsAnyMore) {
  std::string text = example_config();
  EXPECT_EQ(problems_of_file(text), std::vector<std::string>{});
  for (std::size_t at = 0; (at = text.find("\n#", at)) != std::string::npos; ++at) {
    if (text[at + 2] != ' ' && text[at + 2] != '#') text[at + 1] = ' ';
  }
  Settings settings;
  settings.add_file_text("f", text);
  const Options options = settings.read();
  EXPECT_EQ(settings.problems(), std::vector<std::string>{});
  for (const OptionRow& each : option_table()) {
    EXPECT_EQ(each.show(options), each.show(Options())) << each.name;
    EXPECT_NE(text.find("\n " + each.name + " ="), std::string::npos) << each.name;
  }
}

}  // namespace
}  // namespace encke
