// certificate.h: a certificate that signs itself, and its key, for as long as a test needs them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace encke {

/// In a folder of its own. Made by `openssl req`, as docs/operations.md says.
class Certificate {
 public:
  /// `name`: whom it is for, beside `localhost` and 127.0.0.1, which it is for in any case.
  explicit Certificate(const std::string& name = "localhost");
  ~Certificate();
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  std::string certificate() const { return (folder_ / "cert.pem").string(); }
  std::string key() const { return (folder_ / "key.pem").string(); }
  /// To start the program with.
  std::vector<std::string> flags() const {
    return {"--tls-cert=" + certificate(), "--tls-key=" + key()};
  }
  /// Makes others in their place.
  void renew(const std::string& name) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace encke
