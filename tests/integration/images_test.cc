// Images: sent as files and as data URLs, known by their content, bounded.
#include "integration/support/both_holds.h"
#include "unit/images/samples.h"

namespace encke {
namespace {

const Fields kMultipart = {{"Content-Type", "multipart/form-data; boundary=XyZ"}};

std::string field(const std::string& name, const std::string& value) {
  return "--XyZ\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
}
std::string file(const std::string& name, const std::string& bytes,
                 const std::string& type = "application/octet-stream") {
  return "--XyZ\r\nContent-Disposition: form-data; name=\"image\"; filename=\"" + name +
         "\"\r\nContent-Type: " + type + "\r\n\r\n" + bytes + "\r\n";
}
const std::string kEnd = "--XyZ--\r\n";

// A PNG of one pixel and as many bytes as are wanted: what follows its end is passed over.
std::string png_of(std::size_t bytes) {
  std::string png = samples::png();
  png.resize(bytes, '\x5A');
  return png;
}

// Its width and height as they are in the header; nothing else is looked at.
std::string png_of(std::uint32_t width, std::uint32_t height) {
  std::string png = samples::png();
  for (int i = 0; i < 4; ++i) {
    png[static_cast<std::size_t>(16 + i)] = static_cast<char>(width >> (24 - 8 * i));
    png[static_cast<std::size_t>(20 + i)] = static_cast<char>(height >> (24 - 8 * i));
  }
  return png;
}

class Images : public BothHolds {
 protected:
  Response send(const User& user, const std::string& body) {
    return post("/send", body, user.auth() + kMultipart);
  }
  std::string refusal(const User& user, const std::string& bytes,
                      const std::string& type = "image/png") {
    return send(user, file("cat.png", bytes, type) + kEnd).error();
  }
};
ENCKE_BOTH_HOLDS(Images);

TEST_P(Images, AFileIsSaidAndServed) {
  User alice = login("alice");
  const Response sent =
      send(alice, file("cat.png", samples::png(), "image/png") + field("text", "my cat") + kEnd);
  ASSERT_EQ(sent.status, 200) << sent.body;
  const Json event = alice.poll().at(0);
  EXPECT_EQ(event["text"], "my cat");
  EXPECT_EQ(event["image"]["type"], "image/png");
  EXPECT_EQ(event["image"]["width"], 1);
  EXPECT_EQ(event["image"]["height"], 1);
  EXPECT_EQ(event["image"]["bytes"], 70);
  const std::string url = event["image"]["url"];
  EXPECT_TRUE(url.starts_with("/images/"));
  EXPECT_TRUE(url.ends_with(".png"));
  const Response image = get(url);  // without a session: an <img> has none
  EXPECT_EQ(image.status, 200);
  EXPECT_EQ(image.body, samples::png());
  EXPECT_EQ(image.header("Content-Type"), "image/png");
  EXPECT_EQ(image.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(image.header("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(image.header("Content-Security-Policy"), "default-src 'none'; sandbox");
  const Response head = fetch(port(), "HEAD", url);
  EXPECT_EQ(head.header("Content-Length"), "70");
}

TEST_P(Images, TheContentTellsTheType) {
  User alice = login("alice");
  const std::pair<std::string, std::string> samples[] = {
      {samples::jpeg(), "image/jpeg"},      {samples::progressive_jpeg(), "image/jpeg"},
      {samples::gif(), "image/gif"},        {samples::webp_vp8(), "image/webp"},
      {samples::webp_vp8l(), "image/webp"}, {samples::webp_vp8x(), "image/webp"}};
  for (const auto& [bytes, type] : samples) {
    // Whatever the name and the part's header claim.
    ASSERT_EQ(send(alice, file("page.html", bytes, "text/html") + kEnd).status, 200) << type;
    const Json image = alice.poll().at(0)["image"];
    EXPECT_EQ(image["type"], type);
    const Response served = get(image["url"].get<std::string>());
    EXPECT_EQ(served.header("Content-Type"), type);
    EXPECT_EQ(served.body, bytes);
  }
}

TEST_P(Images, ADataUrlWorksInEveryKindOfBody) {
  User alice = login("alice");
  const std::string url = "data:image/png;base64," + base64(samples::png());
  const auto expect_image = [&](const Response& answer) {
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(get(alice.poll().at(0)["image"]["url"].get<std::string>()).body, samples::png());
  };
  expect_image(post("/send", Json{{"image", url}}.dump(), alice.auth() + kJsonType));
  expect_image(post("/send", "image=" + escaped(url), alice.auth() + kForm));
  expect_image(post("/send", "image=" + url, alice.auth() + kForm));  // its pluses become spaces
  expect_image(send(alice, field("image", url) + kEnd));
}

TEST_P(Images, ADataUrlInAFormMayBeLarge) {
  User alice = login("alice");
  const std::string bytes = png_of(std::size_t{1'000'000});
  const Response answer =
      post("/send", "image=" + escaped("data:image/png;base64," + base64(bytes)) + "&text=big",
           alice.auth() + kForm);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const Json event = alice.poll().at(0);
  EXPECT_EQ(event["text"], "big");
  EXPECT_EQ(get(event["image"]["url"].get<std::string>()).body, bytes);
}

TEST_P(Images, APrivateImageIsToldToTheTwo) {
  User alice = login("alice");
  User bob = login("bob");
  User carol = login("carol");
  ASSERT_EQ(send(alice, file("cat.png", samples::png()) + field("to", "bob") + kEnd).status, 200);
  EXPECT_EQ(bob.poll().at(0)["image"]["type"], "image/png");
  EXPECT_EQ(alice.poll().size(), 1u);
  EXPECT_EQ(carol.poll().size(), 0u);
}

TEST_P(Images, TextOutputHasTheAddress) {
  const User alice = login("alice");
  send(alice, file("cat.png", samples::png()) + field("text", "my cat") + kEnd);
  const std::string line = alice.get("/poll?format=text").body;
  EXPECT_NE(line.find("\tmy cat /images/"), std::string::npos) << line;
}

TEST_P(Images, TheLargestImageFitsAndOneByteMoreDoesNot) {
  User alice = login("alice");
  const std::string largest = png_of(std::size_t{5 * 1024 * 1024});
  EXPECT_EQ(refusal(alice, largest), "");
  EXPECT_EQ(refusal(alice, largest + "x"), "image_too_large");
  const Response answer =
      post("/send", "image=" + escaped("data:image/png;base64," + base64(largest + "x")),
           alice.auth() + kForm);
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.error(), "image_too_large");
  EXPECT_EQ(alice.poll().size(), 1u);
}

TEST_P(Images, NothingIsSaidWhenTheImageIsRefused) {
  User alice = login("alice");
  const auto refused = [&](const std::string& bytes, const std::string& type = "image/png") {
    return send(alice, file("x", bytes, type) + field("text", "look") + kEnd).error();
  };
  EXPECT_EQ(refused("GIF89a"), "image_unsupported");
  EXPECT_EQ(refused("<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "image/svg+xml"),
            "image_unsupported");
  EXPECT_EQ(refused("<?xml version=\"1.0\"?><svg/>"), "image_unsupported");
  EXPECT_EQ(refused("<html>"), "image_unsupported");
  EXPECT_EQ(refused(std::string(64, '\0')), "image_unsupported");
  EXPECT_EQ(refused(samples::png().substr(0, 20)), "image_unsupported");
  EXPECT_EQ(refused(png_of(100'000u, 100'000u)), "image_too_many_pixels");
  EXPECT_EQ(refused(png_of(0u, 1u)), "image_unsupported");
  EXPECT_EQ(refused(""), "image_empty");
  const Json svg = {{"text", "look"}, {"image", "data:image/svg+xml;base64,PHN2Zy8+"}};
  EXPECT_EQ(post("/send", svg.dump(), alice.auth() + kJsonType).error(), "image_unsupported");
  for (const char* url :
       {"http://evil.example/x.png", "data:image/png,raw", "data:text/html;base64,PGI+",
        "data:image/png;base64,!!!!", "javascript:alert(1)"}) {
    const Json json = {{"text", "look"}, {"image", url}};
    EXPECT_EQ(post("/send", json.dump(), alice.auth() + kJsonType).error(), "image_unsupported")
        << url;
  }
  EXPECT_EQ(alice.poll().size(), 0u);
  EXPECT_EQ(metric("encke_images"), 0);
}

TEST_P(Images, AFileFieldLeftEmptyIsNoImage) {
  User alice = login("alice");
  ASSERT_EQ(send(alice, file("", "") + field("text", "no picture") + kEnd).status, 200);
  EXPECT_EQ(texts(alice.poll()), std::vector<std::string>{"no picture"});
}

TEST_P(Images, WhoIsNotLoggedInSendsNone) {
  EXPECT_EQ(post("/send", file("cat.png", samples::png()) + kEnd, kMultipart).status, 401);
  EXPECT_EQ(metric("encke_images"), 0);
}

TEST_P(Images, TheOldestMakesRoomForTheNewest) {
  start({kNoNews, "--image-store=20k"});
  User alice = login("alice");
  std::vector<std::string> urls;
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(refusal(alice, png_of(std::size_t{8'000})), "");
    urls.push_back(alice.poll().at(0)["image"]["url"]);
  }
  EXPECT_EQ(get(urls[0]).error(), "no_such_image");
  EXPECT_EQ(get(urls[1]).status, 200);
  EXPECT_EQ(get(urls[2]).status, 200);
  const Response answer = send(alice, file("x", png_of(std::size_t{30'000})) + kEnd);
  EXPECT_EQ(answer.status, 507);
  EXPECT_EQ(answer.error(), "store_full");
}

TEST_P(Images, AnOldImageGoes) {
  start({kNoNews, "--image-keep=1s"});
  User alice = login("alice");
  ASSERT_EQ(refusal(alice, samples::png()), "");
  const std::string url = alice.poll().at(0)["image"]["url"];
  while (get(url).status == 200) {
  }
  EXPECT_EQ(get(url).error(), "no_such_image");
}

TEST_P(Images, LimitsAreOptions) {
  start({kNoNews, "--image-bytes=100", "--image-pixels=10"});
  User alice = login("alice");
  EXPECT_EQ(refusal(alice, samples::png()), "");
  EXPECT_EQ(refusal(alice, png_of(std::size_t{101})), "image_too_large");
  EXPECT_EQ(refusal(alice, png_of(10u, 2u)), "image_too_many_pixels");
}

TEST_P(Images, ZeroTurnsTheirLimitsOff) {
  start({kNoNews, "--image-bytes=0", "--image-pixels=0", "--image-store=0", "--image-keep=0"});
  User alice = login("alice");
  EXPECT_EQ(refusal(alice, png_of(std::size_t{6 * 1024 * 1024})), "");
  EXPECT_EQ(refusal(alice, png_of(1'000'000u, 1'000'000u)), "");
}

TEST_P(Images, OthersNamesAreNotFound) {
  for (const char* name : {"/images/", "/images/x", "/images/../health",
                           "/images/00000000000000000000000000000000.png"}) {
    EXPECT_EQ(get(name).status, 404) << name;
  }
}

TEST_P(Images, WhatNobodyIsToldOfIsNotKept) {
  User alice = login("alice");
  const std::string keyed = file("cat.png", samples::png()) + field("key", "k") + kEnd;
  const std::string id = send(alice, keyed).json()["id"];
  EXPECT_EQ(send(alice, keyed).json()["id"], id) << "said once";
  EXPECT_EQ(send(alice, file("cat.png", samples::png()) + field("to", "nobody") + kEnd).error(),
            "no_such_user");
  EXPECT_EQ(metric("encke_images"), 1);
  const std::string url = alice.poll().at(0)["image"]["url"];
  EXPECT_EQ(get(url).status, 200) << "that of the first";
}

}  // namespace
}  // namespace encke
