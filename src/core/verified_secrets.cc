#include "core/verified_secrets.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <span>
#include <string>

namespace encke {

VerifiedSecrets::VerifiedSecrets(std::chrono::milliseconds keep, std::size_t max,
                                 const Clock& clock, RandomSource& random)
    : keep_(keep), max_(max), clock_(clock) {
  random.fill(std::as_writable_bytes(std::span(key_)));
}

VerifiedSecrets::~VerifiedSecrets() { OPENSSL_cleanse(key_.data(), key_.size()); }

// A hash's text has one length for its cost, and no secret can be mistaken for a part of it: the
// digits of the hash end at the zero.
VerifiedSecrets::Mac VerifiedSecrets::mac(const SecretHash& hash, std::string_view secret) const {
  std::string message = hash.text();
  message += '\0';
  message += secret;
  Mac mac{};
  unsigned size = mac.size();
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), mac.data(), &size);
  OPENSSL_cleanse(message.data(), message.size());
  return mac;
}

void VerifiedSecrets::add(const SecretHash& hash, std::string_view secret) {
  if (keep_.count() == 0 || max_ == 0) return;
  const Mac key = mac(hash, secret);
  const TimePoint now = clock_.now();
  MutexLock lock(mutex_);
  forget_old(now);
  const auto [entry, fresh] = entries_.try_emplace(key);
  entry->second = {now + keep_, now + kMostTimes * keep_};
  if (fresh) by_age_.emplace_back(now + keep_, key);
  while (entries_.size() > max_) {
    entries_.erase(by_age_.front().second);
    by_age_.pop_front();
  }
}

bool VerifiedSecrets::knows(const SecretHash& hash, std::string_view secret) {
  if (keep_.count() == 0 || hash.empty()) return false;
  const Mac key = mac(hash, secret);
  const TimePoint now = clock_.now();
  MutexLock lock(mutex_);
  forget_old(now);
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.expires <= now) return false;
  found->second.expires = std::min<TimePoint>(now + keep_, found->second.last);
  return true;
}

std::size_t VerifiedSecrets::size() const {
  MutexLock lock(mutex_);
  return entries_.size();
}

// What was asked for since it was put here is put here again, for when that makes it due.
void VerifiedSecrets::forget_old(TimePoint now) {
  while (!by_age_.empty() && by_age_.front().first <= now) {
    const Mac key = by_age_.front().second;
    by_age_.pop_front();
    const auto found = entries_.find(key);
    if (found->second.expires <= now) {
      entries_.erase(found);
    } else {
      // In the order of the others: none is due later than in `keep_`.
      by_age_.emplace_back(now + keep_, key);
    }
  }
}

}  // namespace encke
