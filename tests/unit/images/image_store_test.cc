#include "images/image_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "samples.h"

namespace encke {
namespace {

using namespace std::chrono_literals;

class ManualClock final : public Clock {
 public:
  TimePoint now() const override { return now_; }
  WallTime wall_now() const override { return {}; }
  void advance(Duration by) { now_ += by; }

 private:
  TimePoint now_{};
};

/// Counts, so that names can be foretold and never repeat; unless told to.
class CountingRandom final : public RandomSource {
 public:
  void fill(std::span<std::byte> out) override {
    std::ranges::fill(out, std::byte{0});
    std::uint64_t value = stuck_ ? 0 : ++count_;
    for (std::size_t i = out.size(); value != 0; value >>= 8) {
      out[--i] = static_cast<std::byte>(value & 0xFF);
    }
  }
  void get_stuck() { stuck_ = true; }

 private:
  std::atomic<std::uint64_t> count_{0};
  bool stuck_ = false;
};

class ImageStoreTest : public ::testing::Test {
 protected:
  ImageStore& store(const ImageLimits& limits = {}) {
    store_ = std::make_unique<ImageStore>(limits, clock_, random_);
    return *store_;
  }
  /// What the store's books say that this image takes.
  static std::size_t cost(const std::string& bytes) {
    return bytes.size() + ImageStore::kOverheadBytes;
  }
  static std::string name_of(const tl::expected<ImageInfoStored, Error>& put) {
    return put ? put->name : "refused";
  }
  static ErrorCode error_of(const tl::expected<ImageInfoStored, Error>& put) {
    return put ? ErrorCode::kCount : put.error().code;
  }

  ManualClock clock_;
  CountingRandom random_;
  std::unique_ptr<ImageStore> store_;
};

TEST_F(ImageStoreTest, GivesBackWhatWasPutInByteForByte) {
  ImageStore& images = store();
  const auto put = images.put(samples::jpeg());
  ASSERT_TRUE(put);
  EXPECT_EQ(put->type, ImageType::kJpeg);
  EXPECT_EQ(put->width, 3U);
  EXPECT_EQ(put->height, 2U);
  EXPECT_EQ(put->bytes, samples::jpeg().size());

  const auto found = images.find(put->name);
  ASSERT_TRUE(found);
  const auto& image = *found;
  EXPECT_EQ(image->bytes, samples::jpeg());
  EXPECT_EQ(image->type, ImageType::kJpeg);
  EXPECT_EQ(image->width, 3U);
  EXPECT_EQ(image->height, 2U);
}

TEST_F(ImageStoreTest, NamesAnImageByAllOfItsRandomBitsAndItsTrueType) {
  ImageStore& images = store();
  EXPECT_EQ(name_of(images.put(samples::png())), "00000000000000000000000000000001.png");
  EXPECT_EQ(name_of(images.put(samples::jpeg())), "00000000000000000000000000000002.jpg");
  EXPECT_EQ(name_of(images.put(samples::gif())), "00000000000000000000000000000003.gif");
  EXPECT_EQ(name_of(images.put(samples::webp_vp8())), "00000000000000000000000000000004.webp");
}

TEST_F(ImageStoreTest, DrawsNamesThatDifferFromTheSystemsRandomness) {
  SystemRandom random;
  ImageStore images({}, clock_, random);
  std::set<std::string> names;
  for (int i = 0; i < 100; ++i) names.insert(name_of(images.put(samples::png())));
  EXPECT_EQ(names.size(), 100U);
  for (const std::string& name : names) {
    ASSERT_EQ(name.size(), 36U);
    EXPECT_EQ(name.substr(0, 32).find_first_not_of("0123456789abcdef"), std::string::npos);
  }
}

TEST_F(ImageStoreTest, DropsWhatItIsToldToAndNothingElse) {
  ImageStore& images = store();
  const auto first = images.put(samples::png());
  const auto second = images.put(samples::png());
  const auto third = images.put(samples::png());
  const std::size_t all = images.usage().bytes;
  images.drop(second->name);
  images.drop(second->name);
  images.drop("never was");
  EXPECT_FALSE(images.find(second->name));
  EXPECT_TRUE(images.find(first->name));
  EXPECT_TRUE(images.find(third->name));
  EXPECT_EQ(images.usage().images, 2U);
  EXPECT_EQ(images.usage().bytes * 3, all * 2);
}

TEST_F(ImageStoreTest, FindsNothingUnderAnyOtherName) {
  ImageStore& images = store();
  const std::string name = name_of(images.put(samples::png()));
  const std::string_view stem = std::string_view(name).substr(0, 32);
  for (const std::string& other :
       {std::string(), std::string("cat.png"), std::string(stem), std::string(stem) + ".jpg",
        name + " ", "../" + name, std::string("00000000000000000000000000000002.png")}) {
    EXPECT_FALSE(images.find(other)) << other;
  }
}

TEST_F(ImageStoreTest, NeverLetsANameMeanASecondImage) {
  ImageStore& images = store();
  random_.get_stuck();
  const std::string name = name_of(images.put(samples::png()));
  EXPECT_EQ(error_of(images.put(samples::png() + "another")), ErrorCode::kInternal);
  ASSERT_TRUE(images.find(name));
  EXPECT_EQ((*images.find(name))->bytes, samples::png());
  EXPECT_EQ(images.usage().bytes, cost(samples::png()));
}

TEST_F(ImageStoreTest, RefusesAnEmptyImage) {
  EXPECT_EQ(error_of(store().put("")), ErrorCode::kImageEmpty);
}

TEST_F(ImageStoreTest, RefusesWhatItDoesNotServe) {
  ImageStore& images = store();
  EXPECT_EQ(error_of(images.put("<svg xmlns='http://www.w3.org/2000/svg'/>")),
            ErrorCode::kImageUnsupported);
  EXPECT_EQ(error_of(images.put("<!doctype html><script>alert(1)</script>")),
            ErrorCode::kImageUnsupported);
  EXPECT_EQ(error_of(images.put(samples::png().substr(0, 30))), ErrorCode::kImageUnsupported);
  EXPECT_EQ(images.usage().images, 0U);
}

TEST_F(ImageStoreTest, AllowsExactlyItsBytes) {
  ImageStore& images = store({.max_bytes = samples::png().size()});
  EXPECT_TRUE(images.put(samples::png()));
  const auto larger = images.put(samples::png() + "!");
  EXPECT_EQ(error_of(larger), ErrorCode::kImageTooLarge);
  EXPECT_EQ(larger.error().detail, "71 bytes; the limit is 70");
  EXPECT_EQ(error_of(images.put(std::string(71, 'x'))), ErrorCode::kImageTooLarge)
      << "the size is judged before the content";
}

TEST_F(ImageStoreTest, AllowsExactlyItsPixels) {
  ImageStore& images = store({.max_pixels = 6});
  EXPECT_TRUE(images.put(samples::jpeg()));  // 3 x 2
  const auto larger = images.put(samples::jpeg().replace(97, 1, "\x04"));
  EXPECT_EQ(error_of(larger), ErrorCode::kImageTooManyPixels);
  EXPECT_EQ(larger.error().detail, "4 x 2; the limit is 6 pixels");
}

TEST_F(ImageStoreTest, IsNotFooledByPixelsThatWrapIn32Or64Bits) {
  ImageStore& images = store();
  const auto png_of = [](std::string_view sides) {
    return samples::png().replace(16, 8, samples::from_hex(sides));
  };
  EXPECT_EQ(error_of(images.put(png_of("0001000000010000"))), ErrorCode::kImageTooManyPixels);
  EXPECT_EQ(error_of(images.put(png_of("7FFFFFFF7FFFFFFF"))), ErrorCode::kImageTooManyPixels);
}

TEST_F(ImageStoreTest, DefaultsToTheLimitsThatItsUsersAreTold) {
  const ImageLimits limits = store().limits();
  EXPECT_EQ(limits.max_bytes, 5U * 1024 * 1024);
  EXPECT_EQ(limits.max_pixels, 40'000'000U);
  EXPECT_EQ(limits.store_bytes, 256U * 1024 * 1024);
  EXPECT_EQ(limits.keep, 24h);
}

TEST_F(ImageStoreTest, HasNoLimitWhereTheLimitIsZero) {
  ImageStore& images = store({.max_bytes = 0, .max_pixels = 0, .store_bytes = 0, .keep = 0s});
  const std::string huge = samples::png().replace(16, 8, samples::from_hex("7FFFFFFF7FFFFFFF")) +
                           std::string(6 * 1024 * 1024, 'x');
  const std::string name = name_of(images.put(huge));
  clock_.advance(24h * 365);
  EXPECT_TRUE(images.put(samples::png()));
  EXPECT_TRUE(images.find(name));
}

TEST_F(ImageStoreTest, DropsTheOldestWhenANewOneNeedsTheRoom) {
  const std::size_t room = 2 * cost(samples::png());
  ImageStore& images = store({.store_bytes = room});
  const std::string first = name_of(images.put(samples::png()));
  const std::string second = name_of(images.put(samples::png()));
  EXPECT_TRUE(images.find(first)) << "two fit exactly";

  const std::string third = name_of(images.put(samples::png()));
  EXPECT_FALSE(images.find(first));
  EXPECT_TRUE(images.find(second));
  EXPECT_TRUE(images.find(third));
  EXPECT_EQ(images.usage().images, 2U);
  EXPECT_EQ(images.usage().bytes, room);
}

TEST_F(ImageStoreTest, DropsAsManyAsALargeOneNeeds) {
  const std::string large = samples::png() + std::string(2 * cost(samples::png()), 'x');
  ImageStore& images = store({.store_bytes = cost(large)});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(images.put(samples::png()));
  const std::string name = name_of(images.put(large));
  EXPECT_TRUE(images.find(name));
  EXPECT_EQ(images.usage().images, 1U);
  EXPECT_EQ(images.usage().bytes, cost(large));
}

TEST_F(ImageStoreTest, RefusesWhatIsLargerThanTheStoreAndKeepsTheRest) {
  ImageStore& images = store({.store_bytes = cost(samples::png())});
  const std::string name = name_of(images.put(samples::png()));
  EXPECT_EQ(error_of(images.put(samples::png() + "!")), ErrorCode::kStoreFull);
  EXPECT_TRUE(images.find(name));
}

TEST_F(ImageStoreTest, StaysWithinItsBoundUnderAFloodOfTinyImages) {
  ImageStore& images = store({.store_bytes = 100 * cost(samples::png())});
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(images.put(samples::png()));
  EXPECT_EQ(images.usage().images, 100U);
}

TEST_F(ImageStoreTest, ForgetsAnImageWhenItIsTooOld) {
  ImageStore& images = store({.keep = 60s});
  const std::string name = name_of(images.put(samples::png()));
  clock_.advance(60s - 1ns);
  EXPECT_TRUE(images.find(name));
  clock_.advance(1ns);
  EXPECT_FALSE(images.find(name));
}

TEST_F(ImageStoreTest, KeepsTheYoungerWhenTheOlderExpires) {
  ImageStore& images = store({.keep = 60s});
  const std::string older = name_of(images.put(samples::png()));
  clock_.advance(30s);
  const std::string younger = name_of(images.put(samples::png()));
  clock_.advance(30s);
  EXPECT_FALSE(images.find(older));
  EXPECT_TRUE(images.find(younger));
}

TEST_F(ImageStoreTest, ReadingAnImageDoesNotMakeItYounger) {
  ImageStore& images = store({.keep = 60s});
  const std::string name = name_of(images.put(samples::png()));
  clock_.advance(59s);
  EXPECT_TRUE(images.find(name));
  clock_.advance(1s);
  EXPECT_FALSE(images.find(name));
}

TEST_F(ImageStoreTest, FreesWhatIsTooOldWheneverItIsAsked) {
  ImageStore& images = store({.keep = 60s});
  ASSERT_TRUE(images.put(samples::png()));
  clock_.advance(60s);
  EXPECT_EQ(images.usage().images, 1U);
  images.drop_expired();
  EXPECT_EQ(images.usage().images, 0U);
  EXPECT_EQ(images.usage().bytes, 0U);

  ASSERT_TRUE(images.put(samples::png()));
  clock_.advance(60s);
  ASSERT_TRUE(images.put(samples::png()));
  EXPECT_EQ(images.usage().images, 1U) << "put() frees too";
}

TEST_F(ImageStoreTest, KeepsForAsLongAsCanBeSaid) {
  ImageStore& images = store({.keep = std::chrono::seconds::max()});
  const std::string name = name_of(images.put(samples::png()));
  clock_.advance(24h * 365 * 100);
  EXPECT_TRUE(images.find(name));
}

TEST_F(ImageStoreTest, LetsADownloadOutliveTheImage) {
  ImageStore& images = store({.keep = 60s});
  const auto image = *images.find(name_of(images.put(samples::png())));
  clock_.advance(60s);
  images.drop_expired();
  ASSERT_TRUE(image);
  EXPECT_EQ(image->bytes, samples::png());
}

TEST_F(ImageStoreTest, MayBeUsedFromManyThreadsAtOnce) {
  constexpr int kRounds = 2000;
  const std::size_t room = 50 * cost(samples::png());
  ImageStore& images = store({.store_bytes = room});
  std::atomic<int> wrong{0};
  const auto work = [&] {
    for (int i = 0; i < kRounds; ++i) {
      const auto put = images.put(samples::png());
      // The other threads may already have pushed it out; what is found must be whole.
      const auto image = put ? images.find(put->name).value_or(nullptr) : nullptr;
      if (!put || (image && image->bytes != samples::png())) ++wrong;
      images.drop_expired();
      if (images.usage().bytes > room) ++wrong;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(images.usage().images, 50U);
  EXPECT_EQ(images.usage().bytes, room);
}

}  // namespace
}  // namespace encke
