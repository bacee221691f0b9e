// folder_lock.h: one server, or one command that writes, in a folder at a time: two servers on one
// file would each give out the same positions.
#pragma once

#include <string>

namespace encke {

/// Held until it goes, also by being killed (flock(2)).
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder);
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock();

  /// Why it is not held; empty if it is.
  const std::string& error() const { return error_; }

 private:
  int fd_;
  std::string error_;
};

}  // namespace encke
