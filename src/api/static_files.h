// static_files.h: the browser client, served as it is, out of memory.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "net/request.h"

namespace encke {

/// Reads a folder once; what is asked for is looked up by name, so no path can lead out of it.
/// Immutable after load(); used from any thread.
class StaticFiles {
 public:
  /// Why it could not be read, if so.
  std::optional<std::string> load(const std::string& folder);

  /// Nothing if there is no such file. `/` is index.html. What a page may do is the caller's to
  /// say.
  std::optional<Reply> get(const RequestHead& head) const;

 private:
  struct File {
    std::string type;
    std::string bytes;
    std::string etag;
  };
  std::map<std::string, File, std::less<>> files_;
};

}  // namespace encke
