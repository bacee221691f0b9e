// keeper_commands.cc: see keeper_commands.h. The first two may be used while a server runs: they
// read beside it. The third is for a file that was put back from a backup.
#include "app/keeper_commands.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "app/print.h"
#include "core/kept.h"
#include "framing/event_json.h"
#include "log/folder_lock.h"
#include "log/sqlite_archive.h"
#include "log/sqlite_writer.h"

namespace encke {
namespace {

constexpr std::size_t kAtATime = 1000;

int complain(const std::string& what) {
  print(stderr, "encke: {}\n", what);
  return 1;
}

std::string file_in(const std::string& folder) { return folder + "/" + sqlite::kFileName; }

// Calls `ask` and gives its answer, or writes down what is wrong.
class Questions {
 public:
  explicit Questions(const sqlite::Archive& archive) : archive_(archive) {}
  std::int64_t number(std::string_view sql) {
    const auto answer = archive_.database().number(sql);
    if (!answer) wrong(answer.error().what);
    return answer.value_or(0);
  }
  std::string word(std::string_view sql) {
    const auto answer = archive_.database().word(sql);
    if (!answer) wrong(answer.error().what);
    return answer.value_or(std::string());
  }
  void wrong(std::string what) { found.push_back(std::move(what)); }
  std::vector<std::string> found;

 private:
  const sqlite::Archive& archive_;
};

template <class Kept>
std::size_t check_facts(const std::vector<Fact>& facts, Questions& ask) {
  std::size_t count = 0;
  for (const Fact& fact : facts) {
    if (fact.kind != Kept::kKind) continue;
    ++count;
    if (!Kept::parse(fact)) {
      ask.wrong(fmt::format("{} '{}' cannot be read", Kept::kKind,
                            fact.kind == KeptSession::kKind ? "…" : fact.name));
    }
  }
  return count;
}

// As of one moment: a server may be writing.
tl::expected<sqlite::Archive, std::string> open_frozen(const std::string& folder) {
  auto archive = sqlite::Archive::open(file_in(folder));
  const auto frozen = archive ? archive->freeze() : tl::unexpected(archive.error());
  if (!frozen) return tl::unexpected(file_in(folder) + ": " + frozen.error().what);
  return std::move(*archive);
}

int check(const std::string& folder) {
  auto archive = open_frozen(folder);
  if (!archive) return complain(archive.error());
  Questions ask(*archive);
  if (const auto sound = ask.word("PRAGMA integrity_check(1)"); sound != "ok") ask.wrong(sound);
  const auto first = ask.number("SELECT min(offset) FROM events");
  const auto last = ask.number("SELECT max(offset) FROM events");
  const auto count = ask.number("SELECT count(*) FROM events");
  if (count != 0 && last - first + 1 != count) {
    ask.wrong(fmt::format("of the positions {} to {}, {} are missing", first, last,
                          last - first + 1 - count));
  }
  if (const auto backwards =
          ask.number("SELECT count(*) FROM events AS a JOIN events AS b ON b.offset = a.offset + 1"
                     " WHERE b.time < a.time");
      backwards != 0) {
    ask.wrong(fmt::format("{} events are older than the one before", backwards));
  }
  const auto facts = archive->facts();
  if (!facts) ask.wrong(facts.error().what);
  const auto users = check_facts<KeptUser>(facts.value_or(std::vector<Fact>()), ask);
  const auto sessions = check_facts<KeptSession>(facts.value_or(std::vector<Fact>()), ask);
  print(stdout, "epoch {:x}, {} events ({} to {}), {} users, {} sessions, {} images, {} KiB\n",
        archive->epoch(), count, first, last, users, sessions,
        ask.number("SELECT count(*) FROM images"),
        ask.number("SELECT page_count * page_size / 1024"
                   " FROM pragma_page_count, pragma_page_size"));
  for (const std::string& what : ask.found) print(stdout, "wrong: {}\n", what);
  if (ask.found.empty()) print(stdout, "all is well\n");
  return ask.found.empty() ? 0 : 1;
}

int print_events(const std::string& folder, const std::string& since) {
  auto archive = open_frozen(folder);
  if (!archive) return complain(archive.error());
  std::uint64_t after = 0;
  if (!since.empty()) {
    const auto position = parse_position(since);
    if (!position || position->epoch != archive->epoch()) {
      return complain("--since " + since + " is no position of this log");
    }
    after = position->offset;
  }
  while (true) {
    const auto events = archive->events(after, kAtATime);
    if (!events) return complain(events.error().what);
    for (const EventPtr& event : *events) {
      const auto json = event_json(*event);
      std::fwrite(json.data(), 1, json.size(), stdout);
      std::fputc('\n', stdout);
      after = event->position.offset;
    }
    const bool whole = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
    if (!whole) return complain("not all of what is exported could be written");
    if (events->empty()) return 0;
  }
}

// What was said after the backup is gone, and its positions will be given out once more. With
// another epoch, whoever comes with a cursor of before is told of a gap instead of missing
// something.
int renew_epoch(const std::string& folder) {
  SystemRandom random;
  const FolderLock lock(folder);
  if (!lock.error().empty()) return complain(folder + ": " + lock.error());
  // Opening to write would make one where there is none.
  if (const auto there = sqlite::open_for_reading(file_in(folder)); !there) {
    return complain(file_in(folder) + ": " + there.error().what);
  }
  auto writer = sqlite::Writer::open(file_in(folder), random);
  if (!writer) return complain(file_in(folder) + ": " + writer.error().what);
  const auto epoch = writer->renew_epoch(random);
  if (!epoch) return complain(epoch.error().what);
  print(stdout, "the epoch is {:x} now: cursors of before are told of a gap\n", *epoch);
  return 0;
}

}  // namespace

std::optional<int> run_keeper_command(int argc, char** argv) {
  const std::string_view name = argc > 1 ? argv[1] : "";
  if (name != "check" && name != "export" && name != "restored") return std::nullopt;
  CLI::App app("Encke: what an operator does with the folder that --data names.", "encke");
  std::string folder;
  std::string since;
  const auto add = [&](const char* command, const char* help) {
    CLI::App* sub = app.add_subcommand(command, help);
    sub->add_option("--data", folder, "the folder")->required();
    return sub;
  };
  const CLI::App* checks = add("check", "says whether all is well with what is kept");
  CLI::App* exports = add("export", "prints all events that are kept, a JSON object a line");
  exports->add_option("--since", since, "only those after this position");
  add("restored", "after a backup was put back, and before the server starts: takes a new epoch");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (checks->parsed()) return check(folder);
  if (exports->parsed()) return print_events(folder, since);
  return renew_epoch(folder);
}

}  // namespace encke
