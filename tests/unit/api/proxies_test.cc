#include "api/proxies.h"

#include <gtest/gtest.h>

#include <string>

namespace encke {
namespace {

struct Asked {
  Proxies proxies{{*Network::parse("10.0.0.0/8"), *Network::parse("::1")}};
  RequestHead head;
  Address peer = *Address::parse("10.0.0.1");

  Asked& add(std::string_view name, std::string_view value) {
    head.headers.push_back({name, value});
    return *this;
  }
  Asked& from(std::string_view address) {
    peer = *Address::parse(address);
    return *this;
  }
  std::string client() const { return proxies.client_of({head, {}, {}, peer}).text(); }
  bool secure() const { return proxies.is_secure({head, {}, {}, peer}); }
};

TEST(Proxies, ANamedOneSaysWhoAsked) {
  EXPECT_EQ(Asked().add("X-Forwarded-For", "192.0.2.7").client(), "192.0.2.7");
  EXPECT_EQ(Asked().add("x-forwarded-for", "[2001:db8::7]:4711").client(), "2001:db8::7");
  EXPECT_EQ(Asked().from("::1").add("X-Forwarded-For", "192.0.2.7").client(), "192.0.2.7");
  EXPECT_EQ(Asked().client(), "10.0.0.1");
}

TEST(Proxies, AnybodyElseIsNotBelieved) {
  EXPECT_EQ(Asked().from("192.0.2.1").add("X-Forwarded-For", "192.0.2.7").client(), "192.0.2.1");
  Asked asked;
  asked.add("X-Forwarded-For", "192.0.2.7");
  EXPECT_EQ(Proxies().client_of({asked.head, {}, {}, asked.peer}).text(), "10.0.0.1");
}

TEST(Proxies, WhatTheClientItselfSaysIsNotBelieved) {
  EXPECT_EQ(Asked().add("X-Forwarded-For", "1.1.1.1, 192.0.2.7").client(), "192.0.2.7");
  EXPECT_EQ(Asked().add("X-Forwarded-For", "10.0.0.9, 192.0.2.7").client(), "192.0.2.7");
  EXPECT_EQ(Asked().add("X-Forwarded-For", "1.1.1.1").add("X-Forwarded-For", "192.0.2.7").client(),
            "192.0.2.7");
}

TEST(Proxies, OneProxyBehindAnotherIsPassedOver) {
  EXPECT_EQ(Asked().add("X-Forwarded-For", "1.1.1.1, 192.0.2.7,10.0.0.2 ,\t10.0.0.3").client(),
            "192.0.2.7");
  EXPECT_EQ(Asked().add("X-Forwarded-For", "10.0.0.2, 10.0.0.3").client(), "10.0.0.2");
}

TEST(Proxies, NonsenseLeavesWhoeverHandedItOn) {
  for (const char* list : {"", ",", "unknown", "192.0.2.7, unknown", "192.0.2.7,", "x y z"}) {
    EXPECT_EQ(Asked().add("X-Forwarded-For", list).client(), "10.0.0.1") << list;
  }
  EXPECT_EQ(Asked().add("X-Forwarded-For", "192.0.2.7, unknown, 10.0.0.2").client(), "10.0.0.2");
}

TEST(Proxies, ANamedOneSaysByWhichSchemeItWasAsked) {
  EXPECT_TRUE(Asked().add("X-Forwarded-Proto", "https").secure());
  EXPECT_TRUE(Asked().add("X-Forwarded-Proto", "http, HTTPS").secure());
  EXPECT_FALSE(Asked().add("X-Forwarded-Proto", "https, http").secure());
  EXPECT_FALSE(Asked().add("X-Forwarded-Proto", "httpsx").secure());
  EXPECT_FALSE(Asked().secure());
  EXPECT_FALSE(Asked().from("192.0.2.1").add("X-Forwarded-Proto", "https").secure());
}

}  // namespace
}  // namespace encke
