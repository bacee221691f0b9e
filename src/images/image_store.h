// image_store.h: the images that were said, until they are too old or too many.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "core/clock.h"
#include "core/error.h"
#include "core/mutex.h"
#include "core/random.h"
#include "core/store.h"
#include "core/thread_annotations.h"
#include "images/sniff.h"

namespace encke {

/// 0 turns a limit off.
struct ImageLimits {
  /// One image: enough for a photograph, and little enough to gather whole before it is judged.
  std::size_t max_bytes = std::size_t{5} * 1024 * 1024;
  /// One image, width times height: what its reader's browser will unpack, at 4 bytes each.
  std::uint64_t max_pixels = 40'000'000;
  /// All images together, what keeping them costs included: this is memory.
  std::size_t store_bytes = std::size_t{256} * 1024 * 1024;
  /// How long an image can be fetched.
  std::chrono::seconds keep = std::chrono::hours(24);
};

/// An image as it was sent, byte for byte.
struct StoredImage {
  std::string bytes;
  ImageType type;
  std::uint32_t width;
  std::uint32_t height;
};

/// What the event that shows an image needs to know of it.
struct ImageInfoStored {
  std::string name;  ///< also the secret: whoever knows it may look
  ImageType type;
  std::uint32_t width;
  std::uint32_t height;
  std::size_t bytes;
};

/// Keeps images in memory, under names that nobody can guess and that never come to mean another
/// image; and in a store, where those are found that memory has no more, or not any more.
///
/// Only bytes that sniff() knows get in, and they come out with the type that it found. The oldest
/// go first, when they are older than `keep` or when a new one needs the room. Whoever holds an
/// image keeps it alive, so that a slow download outlives its image's time here. Every method may
/// be called from any thread.
class ImageStore {
 public:
  /// What an image costs beside its bytes (245, as measured with glibc): a flood of tiny ones must
  /// be bounded as well.
  static constexpr std::size_t kOverheadBytes = 256;

  ImageStore(const ImageLimits& limits, const Clock& clock, RandomSource& random,
             Store& store = NoStore::instance());

  /// Checks `bytes` and keeps them. kImageEmpty, kImageTooLarge, kImageUnsupported,
  /// kImageTooManyPixels or, for what is larger than the whole store, kStoreFull: nothing is
  /// dropped for what is refused.
  tl::expected<ImageInfoStored, Error> put(std::string bytes);

  /// kNoSuchImage for a name that never was, or is no more; kLogUnavailable.
  tl::expected<std::shared_ptr<const StoredImage>, Error> find(std::string_view name);

  /// Forgets an image that nobody was told of after all.
  void drop(std::string_view name);

  /// Frees what is too old. put() and find() do so too; a timer that calls this frees it from an
  /// idle server.
  void drop_expired();

  struct Usage {
    std::size_t images;
    std::size_t bytes;  ///< as `store_bytes` counts them
  };
  Usage usage() const;

  const ImageLimits& limits() const { return limits_; }

 private:
  struct Kept {
    TimePoint since;
    std::shared_ptr<const StoredImage> image;
  };
  using ByName = std::map<std::string, Kept, std::less<>>;

  std::string new_name(ImageType type);
  void drop_expired(TimePoint now) REQUIRES(mutex_);
  void drop_oldest() REQUIRES(mutex_);

  const ImageLimits limits_;
  const Clock& clock_;
  RandomSource& random_;
  Store& store_;

  mutable Mutex mutex_;
  ByName by_name_ GUARDED_BY(mutex_);
  std::deque<ByName::iterator> oldest_first_ GUARDED_BY(mutex_);
  std::size_t bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace encke
