#include "images/image_store.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

namespace encke {
namespace {

constexpr std::size_t kNameBytes = 16;  // 128 bits: as hard to guess as a session token

std::size_t cost_of(const std::string& bytes) { return bytes.size() + ImageStore::kOverheadBytes; }

tl::unexpected<Error> refuse(ErrorCode code, std::string why = {}) {
  return tl::make_unexpected(Error{code, std::move(why)});
}

}  // namespace

ImageStore::ImageStore(const ImageLimits& limits, const Clock& clock, RandomSource& random,
                       Store& store)
    : limits_(limits), clock_(clock), random_(random), store_(store) {}

tl::expected<ImageInfoStored, Error> ImageStore::put(std::string bytes) {
  if (bytes.empty()) return refuse(ErrorCode::kImageEmpty);
  if (limits_.max_bytes != 0 && bytes.size() > limits_.max_bytes) {
    return refuse(
        ErrorCode::kImageTooLarge,
        std::to_string(bytes.size()) + " bytes; the limit is " + std::to_string(limits_.max_bytes));
  }
  const std::optional<ImageInfo> info = sniff(bytes);
  if (!info) return refuse(ErrorCode::kImageUnsupported);
  if (limits_.max_pixels != 0 && info->pixels() > limits_.max_pixels) {
    return refuse(ErrorCode::kImageTooManyPixels,
                  std::to_string(info->width) + " x " + std::to_string(info->height) +
                      "; the limit is " + std::to_string(limits_.max_pixels) + " pixels");
  }

  const std::size_t cost = cost_of(bytes);
  if (limits_.store_bytes != 0 && cost > limits_.store_bytes) return refuse(ErrorCode::kStoreFull);

  ImageInfoStored stored{new_name(info->type), info->type, info->width, info->height, bytes.size()};
  bytes.shrink_to_fit();  // what a parser gathered piece by piece may hold twice its size
  auto image = std::make_shared<const StoredImage>(
      StoredImage{std::move(bytes), info->type, info->width, info->height});
  const TimePoint now = clock_.now();

  MutexLock lock(mutex_);
  const auto [kept, is_new] = by_name_.try_emplace(stored.name, Kept{now, image});
  // A name is cached for ever by those who fetched it. If randomness repeats itself, better no
  // image than that one.
  if (!is_new) return refuse(ErrorCode::kInternal);
  if (store_.keeps()) {
    store_.keep_image({stored.name, std::string(mime_type(stored.type)), stored.width,
                       stored.height, clock_.wall_now(),
                       std::shared_ptr<const std::string>(image, &image->bytes)});
  }
  oldest_first_.push_back(kept);
  bytes_ += cost;
  drop_expired(now);
  while (limits_.store_bytes != 0 && bytes_ > limits_.store_bytes) drop_oldest();
  return stored;
}

tl::expected<std::shared_ptr<const StoredImage>, Error> ImageStore::find(std::string_view name) {
  const TimePoint now = clock_.now();
  {
    MutexLock lock(mutex_);
    drop_expired(now);
    const auto kept = by_name_.find(name);
    if (kept != by_name_.end()) return kept->second.image;
  }
  const auto found = store_.find_image(std::string(name));
  if (!found) return tl::unexpected(found.error());
  if (!*found) return refuse(ErrorCode::kNoSuchImage);
  const KeptImage& stored = **found;
  const auto info = sniff(*stored.bytes);
  const bool is_old = limits_.keep.count() != 0 && stored.time + limits_.keep < clock_.wall_now();
  if (!info || is_old) return refuse(ErrorCode::kNoSuchImage);
  return std::make_shared<const StoredImage>(
      StoredImage{*stored.bytes, info->type, stored.width, stored.height});
}

void ImageStore::drop(std::string_view name) {
  store_.forget_image(std::string(name));
  MutexLock lock(mutex_);
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return;
  // It is a new one, so it is looked for from the back.
  const auto place = std::find(oldest_first_.rbegin(), oldest_first_.rend(), found);
  bytes_ -= cost_of(found->second.image->bytes);
  oldest_first_.erase(std::next(place).base());
  by_name_.erase(found);
}

void ImageStore::drop_expired() {
  const TimePoint now = clock_.now();
  MutexLock lock(mutex_);
  drop_expired(now);
}

ImageStore::Usage ImageStore::usage() const {
  MutexLock lock(mutex_);
  return {by_name_.size(), bytes_};
}

std::string ImageStore::new_name(ImageType type) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  std::array<std::byte, kNameBytes> random{};
  random_.fill(random);
  std::string name;
  for (const std::byte byte : random) {
    name.push_back(kHexDigits[std::to_integer<std::size_t>(byte >> 4)]);
    name.push_back(kHexDigits[std::to_integer<std::size_t>(byte & std::byte{0xF})]);
  }
  name.push_back('.');
  name.append(extension(type));
  return name;
}

void ImageStore::drop_expired(TimePoint now) {
  if (limits_.keep.count() == 0) return;
  const auto age = [now](const Kept& kept) {
    return std::chrono::duration_cast<std::chrono::seconds>(now - kept.since);
  };
  while (!oldest_first_.empty() && age(oldest_first_.front()->second) >= limits_.keep)
    drop_oldest();
}

void ImageStore::drop_oldest() {
  const ByName::iterator oldest = oldest_first_.front();
  bytes_ -= cost_of(oldest->second.image->bytes);
  by_name_.erase(oldest);
  oldest_first_.pop_front();
}

}  // namespace encke
