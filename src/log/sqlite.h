// sqlite.h: SQLite's C interface with owners and errors as values
// (https://sqlite.org/c3ref/intro.html).
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace encke::sqlite {

/// What SQLite says is wrong, in words for the operator's log.
struct Trouble {
  int code = SQLITE_ERROR;
  std::string what;
};

template <class T>
using Result = tl::expected<T, Trouble>;

/// A prepared statement. Bind, step, read columns, reset; by one thread at a time.
class Statement {
 public:
  Statement() = default;

  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, std::uint64_t value);
  /// The text must live until the statement is reset.
  Statement& bind(int index, std::string_view text);
  Statement& bind_blob(int index, std::string_view bytes);
  Statement& bind_null(int index);

  /// True: there is a row.
  Result<bool> step();
  /// For what gives no rows: steps, and resets.
  Result<void> run();
  void reset();

  std::int64_t integer(int column) const;
  std::uint64_t offset(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  std::string text(int column) const;
  bool is_null(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  Trouble trouble(int code) const;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// One connection, for one thread at a time.
class Database {
 public:
  enum class Mode { kCreate, kRead };

  static Result<Database> open(const std::string& path, Mode mode);

  Result<void> run(const char* sql);
  Result<Statement> prepare(std::string_view sql) const;
  /// Each into its place.
  Result<void> prepare(std::initializer_list<std::pair<Statement*, std::string>> all) const;
  /// The first column of the first row; 0 if there is none.
  Result<std::int64_t> number(std::string_view sql) const;
  Result<std::string> word(std::string_view sql) const;

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  explicit Database(sqlite3* database) : database_(database) {}
  Trouble trouble(int code) const;
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace encke::sqlite
