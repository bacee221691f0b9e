// store.h: what of a chat outlives its server, beside the events themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "core/clock.h"
#include "core/error.h"

namespace encke {

/// A small text, by kind and name: who is who, who may what. What the text means is the business of
/// whoever keeps it.
struct Fact {
  std::string kind;
  std::string name;
  std::string value;
};

/// An image as it was sent. Its name is the path's last part, and never comes to mean another.
struct KeptImage {
  std::string name;
  std::string type;  ///< MIME type
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  WallTime time{};  ///< when it was kept
  std::shared_ptr<const std::string> bytes;
};

/// Keeps facts and images in the same line as the log keeps events: what was kept before an event
/// was appended is durable when that event is, or before. So nobody need wait for a fact on whose
/// account nothing has been answered yet; who must, calls sync().
///
/// Every method may be called from any thread, with any lock held that `done` does not take: none
/// waits for a disk but find_image().
class Store {
 public:
  using Done = std::function<void(tl::expected<void, Error>)>;

  virtual ~Store() = default;

  /// False: nothing outlives the server, and it is not worth writing down for that.
  virtual bool keeps() const { return true; }

  /// False: the disk refuses what is to be written, for now.
  virtual bool works() const { return true; }

  /// In place of what was kept under this kind and name. Never lost once sync() has said so; if the
  /// disk refuses it now, it is tried again with what comes next.
  virtual void keep(Fact fact) = 0;
  virtual void forget(const std::string& kind, const std::string& name) = 0;
  /// All of a kind, sorted by name, as they were when the store was opened. There may be many: each
  /// kind is given once.
  virtual std::vector<Fact> facts(const std::string& kind) const = 0;

  /// Calls `done`, here or on another thread, when all that was kept and appended before is
  /// durable. kLogUnavailable: it is not, for now.
  virtual void sync(Done done) = 0;

  virtual void keep_image(KeptImage image) = 0;
  virtual void forget_image(const std::string& name) = 0;
  /// Null if there is none, or none any more. kLogUnavailable.
  virtual tl::expected<std::optional<KeptImage>, Error> find_image(
      const std::string& name) const = 0;
};

/// Keeps nothing, and is done at once: a server whose chat ends with its process.
class NoStore final : public Store {
 public:
  bool keeps() const override { return false; }
  void keep(Fact) override {}
  void forget(const std::string&, const std::string&) override {}
  std::vector<Fact> facts(const std::string&) const override { return {}; }
  void sync(Done done) override { done({}); }
  void keep_image(KeptImage) override {}
  void forget_image(const std::string&) override {}
  tl::expected<std::optional<KeptImage>, Error> find_image(const std::string&) const override {
    return std::nullopt;
  }

  static NoStore& instance() {
    static NoStore store;
    return store;
  }
};

}  // namespace encke
