#include "integration/support/certificate.h"

#include <unistd.h>

#include <cstdlib>

#include "integration/support/program.h"

namespace encke {

Certificate::Certificate(const std::string& name) {
  std::string made = (std::filesystem::temp_directory_path() / "encke-tls-XXXXXX").string();
  if (mkdtemp(made.data()) == nullptr) throw Trouble("no temporary folder");
  folder_ = made;
  renew(name);
}

Certificate::~Certificate() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void Certificate::renew(const std::string& name) const {
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "
      "'/CN=" +
      name + "' -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' -keyout '" + key() +
      "' -out '" + certificate() + "' 2>/dev/null";
  if (std::system(command.c_str()) != 0) throw Trouble("openssl makes no certificate");
}

}  // namespace encke
