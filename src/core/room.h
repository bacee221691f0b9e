// room.h: who is in a room, who of them is online, and the news about that.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/event.h"
#include "core/mailbox.h"
#include "core/mutex.h"

namespace encke {

/// A room's members, as a fan-out needs them: one array of mailboxes. Every method may be called
/// from any thread.
///
/// Joins and leaves are gathered (architecture.md, D6): note() collects them and take_news() makes
/// one event of what changed since the last one, so that N logins are not N events for N users.
class Room {
 public:
  explicit Room(std::string name) : name_(std::move(name)) {}

  const std::string& name() const { return name_; }

  /// False if the user is a member already.
  bool add(const std::string& nickname, MailboxPtr mailbox);
  bool remove(const std::string& nickname);
  bool has(const std::string& nickname) const;
  std::size_t members() const;
  std::size_t online() const;

  /// Up to `limit` members' nicknames after `after`, sorted.
  std::vector<std::string> list(const std::string& after, std::size_t limit) const;

  /// Pushes `event` into every member's mailbox.
  void deliver(const EventPtr& event, WakeList& wakes);

  /// Of members who were online before the server was: so many more are, and it is no news.
  void restore_online(int more);

  /// A member came online or went. True if this is the first news since take_news().
  bool note(const std::string& nickname, bool came);

  /// The gathered changes as an event, cut at `max_changes` (0: never); null if they cancel each
  /// other out.
  Ref<Event> take_news(std::size_t max_changes);

 private:
  struct Member {
    std::size_t index = 0;  // in mailboxes_
  };
  const std::string name_;
  mutable SharedMutex mutex_;
  std::unordered_map<std::string, Member> members_ GUARDED_BY(mutex_);
  std::vector<MailboxPtr> mailboxes_ GUARDED_BY(mutex_);
  std::vector<const std::string*> names_ GUARDED_BY(mutex_);  // of mailboxes_, keys of members_
  std::size_t online_ GUARDED_BY(mutex_) = 0;
  // Nickname to what it was at the last event and is now; in the order of arrival.
  struct News {
    bool before = false;
    bool now = false;
  };
  std::unordered_map<std::string, std::size_t> news_index_ GUARDED_BY(mutex_);
  std::vector<std::pair<std::string, News>> news_ GUARDED_BY(mutex_);
};

}  // namespace encke
