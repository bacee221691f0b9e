#include "api/error_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "net/http_writer.h"

namespace encke {
namespace {

std::vector<ErrorRow> all_rows() {
  std::vector<ErrorRow> rows;
  for (int code = 0; code < static_cast<int>(ErrorCode::kCount); ++code) {
    rows.push_back(error_row(static_cast<ErrorCode>(code)));
  }
  return rows;
}

TEST(ErrorTable, EveryErrorHasItsRow) {
  for (std::size_t i = 0; i < all_rows().size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(all_rows()[i].code), i);
  }
}

TEST(ErrorTable, NamesAreUniqueAndStableLooking) {
  std::set<std::string_view> names;
  for (const ErrorRow& row : all_rows()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.name.empty());
    EXPECT_TRUE(std::all_of(row.name.begin(), row.name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || c == '_';
    })) << row.name;
    EXPECT_FALSE(row.message.empty());
  }
}

TEST(ErrorTable, StatusesAreErrorsThatHttpHasAReasonFor) {
  for (const ErrorRow& row : all_rows()) {
    EXPECT_GE(row.status, 400) << row.name;
    EXPECT_LT(row.status, 600) << row.name;
    const bool has_reason = row.status == 500 || status_reason(row.status) != status_reason(500);
    EXPECT_TRUE(has_reason) << row.name;
  }
}

TEST(ErrorTable, WhatIsUnavailableSaysWhenToComeBack) {
  for (const ErrorRow& row : all_rows()) {
    EXPECT_TRUE(row.retry_after || row.status != 503) << row.name;
    EXPECT_GT(row.retry_after.value_or(1), 0) << row.name;
  }
}

TEST(ErrorTable, TheSentenceEndsInWhatWasWrong) {
  const ErrorText plain = error_text({ErrorCode::kDraining, ""});
  EXPECT_EQ(plain.code, "draining");
  EXPECT_EQ(plain.message, error_row(ErrorCode::kDraining).message);
  EXPECT_EQ(plain.retry_after, std::chrono::seconds(2));
  const ErrorText detailed = error_text({ErrorCode::kBadRequest, "the Content-Length"});
  EXPECT_EQ(detailed.message, "The request is malformed: the Content-Length");
  EXPECT_FALSE(detailed.retry_after);
}

TEST(ErrorTable, WhatIsKnownBetterThanTheTableKnowsCounts) {
  const ErrorText text = error_text({ErrorCode::kTooManyAttempts, "", std::chrono::seconds(7)});
  EXPECT_EQ(text.retry_after, std::chrono::seconds(7));
}

}  // namespace
}  // namespace encke
