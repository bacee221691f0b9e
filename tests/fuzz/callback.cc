// JSONP and forms into iframes: a name that is let in is a name and nothing else, and no JSON ends
// the script that it stands in.
#include <nlohmann/json.hpp>

#include "framing/framing.h"
#include "fuzz.h"

namespace encke::fuzz {
namespace {

constexpr std::string_view kNameCharacters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$.";

void check_literal(std::string_view literal, const nlohmann::json& meant) {
  PROMISE(literal.find('<') == std::string_view::npos);
  PROMISE(literal.find("\xE2\x80\xA8") == std::string_view::npos);
  PROMISE(literal.find("\xE2\x80\xA9") == std::string_view::npos);
  PROMISE(nlohmann::json::parse(literal) == meant);
}

// What stands between, which is all that there is.
std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
  PROMISE(text.size() >= before.size() + after.size());
  PROMISE(text.starts_with(before) && text.ends_with(after));
  return text.substr(before.size(), text.size() - before.size() - after.size());
}

}  // namespace
}  // namespace encke::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace encke;
  using namespace encke::fuzz;
  Input input(data, size);
  const std::string name(input.field());
  const auto meant = nlohmann::json::parse(input.rest(), nullptr, false);
  if (is_callback(name)) {
    PROMISE(!name.empty() && name.size() <= 64);
    PROMISE(name.find_first_not_of(kNameCharacters) == std::string::npos);
  } else {
    PROMISE(name.empty() || name.size() > 64 ||
            name.find_first_not_of(kNameCharacters) != std::string::npos);
    return 0;
  }
  if (meant.is_discarded()) return 0;
  const std::string json = meant.dump();
  FramingOptions options;
  options.callback = name;

  std::string script;
  kJsonpFraming.wrap(json, options, script);
  check_literal(between(script, "/**/" + name + "(", ");\n"), meant);

  std::string page;
  kIframeFraming.wrap(json + '\n', options, page);
  const auto call = page.find('\n');
  PROMISE(call != std::string::npos);
  PROMISE(page.find("parent." + name + "(x)") < call);
  check_literal(between(std::string_view(page).substr(call + 1), "<script>e(",
                        ")</script>\n</body></html>\n"),
                meant);
  return 0;
}
