// Addresses, networks and X-Forwarded-For: one spelling for each, a network has what its text says,
// and a header is believed only if a named proxy brought it, and no further than one wrote it.
#include "core/address.h"

#include "api/proxies.h"
#include "fuzz.h"

namespace encke::fuzz {
namespace {

void check_address(std::string_view text) {
  const auto address = Address::parse(text);
  if (!address) return;
  PROMISE(Address::parse(address->text()) == address);
  PROMISE(address->owner().owner() == address->owner());
  PROMISE(address->first_of(128) == *address);
  const auto alone = Network::parse(address->text());
  PROMISE(alone && alone->has(*address) && alone->prefix == 128);
}

void check_network(std::string_view text) {
  const auto network = Network::parse(text);
  if (!network) return;
  PROMISE(network->prefix <= 128);
  PROMISE(network->has(network->first));
  PROMISE(network->first.first_of(network->prefix) == network->first);
  PROMISE(Network::parse(network->text()) == network);
}

void check_forwarded(std::string_view value, const Address& peer) {
  RequestHead head;
  head.headers.push_back({"X-Forwarded-For", value});
  head.headers.push_back({"X-Forwarded-Proto", value});
  const auto proxy = Network::parse("10.0.0.0/8");
  const Request request{head, {}, {}, peer};
  PROMISE(Proxies().client_of(request) == peer);
  PROMISE(!Proxies().is_secure(request));

  const Proxies proxies({*proxy});
  const Address client = proxies.client_of(request);
  if (!proxy->has(peer)) {
    PROMISE(client == peer);
    PROMISE(!proxies.is_secure(request));
    return;
  }
  // Whatever stands in front is the client's own say, and changes nothing once there is a client.
  if (proxy->has(client)) return;
  const std::string more = "192.0.2.99, " + std::string(value);
  head.headers.front().value = more;
  PROMISE(proxies.client_of(request) == client);
}

}  // namespace
}  // namespace encke::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace encke;
  using namespace encke::fuzz;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_address(text);
  check_network(text);
  check_forwarded(text, *Address::parse("10.0.0.1"));
  check_forwarded(text, *Address::parse("203.0.113.5"));
  return 0;
}
