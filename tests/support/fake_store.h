// fake_store.h: a store in memory: hand it to two in turn, and the second is the first after a
// restart.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/store.h"

namespace encke {

/// For one thread.
class FakeStore final : public Store {
 public:
  void keep(Fact fact) override { facts_[{fact.kind, fact.name}] = fact.value; }
  void forget(const std::string& kind, const std::string& name) override {
    facts_.erase({kind, name});
  }
  std::vector<Fact> facts(const std::string& kind) const override {
    std::vector<Fact> list;
    for (const auto& [key, value] : facts_) {
      if (key.first == kind) list.push_back({key.first, key.second, value});
    }
    return list;
  }
  void sync(Done done) override {
    waiting_.push_back(std::move(done));
    if (!held) commit();
  }
  void keep_image(KeptImage) override {}
  void forget_image(const std::string&) override {}
  tl::expected<std::optional<KeptImage>, Error> find_image(const std::string&) const override {
    return std::nullopt;
  }

  /// Nothing is durable before commit().
  bool held = false;
  void commit(const tl::expected<void, Error>& outcome = {}) {
    for (const Done& done : std::exchange(waiting_, {})) done(outcome);
  }

 private:
  std::vector<Done> waiting_;
  std::map<std::pair<std::string, std::string>, std::string> facts_;
};

}  // namespace encke
