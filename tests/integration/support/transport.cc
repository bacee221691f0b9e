#include "integration/support/transport.h"

#include <array>
#include <optional>
#include <ostream>
#include <utility>

namespace encke {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

// The text up to `end`, which goes too; nothing while that has not come.
std::optional<std::string> take_until(std::string& body, std::string_view end) {
  const auto at = body.find(end);
  if (at == std::string::npos) return std::nullopt;
  std::string text = body.substr(0, at);
  body.erase(0, at + end.size());
  return text;
}

const Json kBeat = {{"event", "beat"}};

// A poll's answer is whole when it parses; its `next` moves the cursor even if nothing came.
void take_answer(const std::string& text, std::vector<Json>& out) {
  const Json answer = Json::parse(text);
  if (answer.contains("error")) return out.push_back(answer);
  for (const Json& event : answer["events"]) out.push_back(event);
  out.push_back({{"event", "next"}, {"id", answer["next"]}});
}

void take_json(std::string& body, std::vector<Json>& out) {
  if (const auto text = take_until(body, "}\n")) take_answer(*text + '}', out);
}

void take_jsonp(std::string& body, std::vector<Json>& out) {
  const auto text = take_until(body, ");\n");
  if (!text) return;
  constexpr std::string_view kCall = "/**/a.b(";
  if (!text->starts_with(kCall)) throw Trouble("no call: " + *text);
  take_answer(text->substr(kCall.size()), out);
}

void take_ndjson(std::string& body, std::vector<Json>& out) {
  while (const auto line = take_until(body, "\n")) {
    const bool blank = line->find_first_not_of(' ') == std::string::npos;
    out.push_back(blank ? kBeat : Json::parse(*line));
  }
}

void take_text(std::string& body, std::vector<Json>& out) {
  while (const auto line = take_until(body, "\n")) {
    if (line->find_first_not_of(' ') == std::string::npos) {
      out.push_back(kBeat);
      continue;
    }
    std::vector<std::string> fields;
    for (std::string rest = *line + '\t'; auto field = take_until(rest, "\t");) {
      fields.push_back(*field);
    }
    if (fields[0] == "error") {
      out.push_back({{"error", {{"code", fields.at(1)}}}});
      continue;
    }
    Json event = {{"event", fields.at(2)}, {"from", fields.at(3)}, {"text", fields.at(5)}};
    if (!fields[0].empty()) event["id"] = fields[0];
    out.push_back(event);
  }
}

void take_sse(std::string& body, std::vector<Json>& out) {
  while (const auto block = take_until(body, "\n\n")) {
    const auto data = block->find("data: ");
    if (data != std::string::npos) out.push_back(Json::parse(block->substr(data + 6)));
  }
}

void take_iframe(std::string& body, std::vector<Json>& out) {
  while (const auto text = take_until(body, "</script>")) {
    constexpr std::string_view kCall = "<script>e(";
    const auto call = text->find(kCall);
    if (call == std::string::npos) continue;  // the script that defines it
    out.push_back(
        Json::parse(text->substr(call + kCall.size(), text->size() - call - kCall.size() - 1)));
  }
}

// A part is whole when the boundary behind it has come.
void take_multipart(std::string& body, std::vector<Json>& out) {
  constexpr std::string_view kBoundary = "--encke";
  while (true) {
    const auto start = body.find(kBoundary);
    if (start == std::string::npos) return;
    const auto end = body.find("\r\n--encke", start + kBoundary.size());
    if (end == std::string::npos) return;
    const std::string part = body.substr(start + kBoundary.size(), end - start - kBoundary.size());
    body.erase(0, end + 2);
    const auto head = part.find(kHeadEnd);
    if (!part.starts_with("\r\nContent-Type: application/json") || head == std::string::npos) {
      throw Trouble("not a part: " + part);
    }
    out.push_back(Json::parse(part.substr(head + kHeadEnd.size())));
  }
}

constexpr std::array kTransports = {
    Transport{"poll", "/poll?", false, false, take_json},
    Transport{"longpoll", "/longpoll?", false, false, take_json},
    Transport{"text_poll", "/longpoll?format=text", false, false, take_text},
    Transport{"ndjson_poll", "/longpoll?format=ndjson", false, false, take_ndjson},
    Transport{"jsonp", "/longpoll?callback=a.b", false, true, take_jsonp},
    Transport{"iframe", "/stream?as=iframe&callback=a.b&pad=4", true, true, take_iframe},
    Transport{"multipart", "/stream?as=multipart", true, false, take_multipart},
    Transport{"mixed", "/stream?as=mixed", true, false, take_multipart},
    Transport{"xhr", "/stream?as=xhr&pad=4", true, false, take_ndjson},
    Transport{"ndjson", "/stream?as=ndjson", true, false, take_ndjson},
    Transport{"text", "/stream?as=text", true, false, take_text},
    Transport{"sse", "/events?", true, false, take_sse},
    Transport{"stream_sse", "/stream?as=sse", true, false, take_sse},
};

}  // namespace

std::span<const Transport> all_transports() { return kTransports; }

std::ostream& operator<<(std::ostream& out, const Transport& transport) {
  return out << transport.name;
}

std::vector<std::string> TransportReader::ids() const {
  std::vector<std::string> all;
  for (const Json& event : events_) all.push_back(event["id"]);
  return all;
}

std::string TransportReader::ask(const Transport& transport, const Fields& auth,
                                 std::string_view parameters, std::size_t most) {
  transport_ = &transport;
  most_ = most;
  raw_.clear();
  body_.clear();
  status_ = 0;
  over_ = false;
  std::string target = transport.target;
  target.append("&since=").append(cursor_).append(parameters);
  return make_request("GET", target, auth);
}

void TransportReader::hear(std::string_view bytes) {
  if (bytes.empty() && !over_) throw Trouble("the answer ended in the middle");
  raw_ += bytes;
  if (status_ == 0) {
    const auto head = take_until(raw_, kHeadEnd);
    if (!head) return;
    status_ = std::stoi(head->substr(head->find(' ')));
    chunked_ = head->find("Transfer-Encoding: chunked") != std::string::npos;
    constexpr std::string_view kLength = "Content-Length: ";
    const auto length = head->find(kLength);
    length_ = chunked_ ? 0 : std::stoul(head->substr(length + kLength.size()));
  }
  if (chunked_) {
    undo_chunks();
  } else {
    length_ -= raw_.size();
    over_ = length_ == 0;
    body_ += std::exchange(raw_, "");
  }
  std::vector<Json> taken;
  transport_->take(body_, taken);
  for (const Json& one : taken) {
    if (most_ == 0) break;
    take(one);
  }
}

void TransportReader::undo_chunks() {
  while (true) {
    const auto line = raw_.find("\r\n");
    if (line == std::string::npos) return;
    const std::size_t size = std::stoul(raw_.substr(0, line), nullptr, 16);
    if (raw_.size() < line + 2 + size + 2) return;  // a chunk is taken when all of it is there
    body_.append(raw_, line + 2, size);
    raw_.erase(0, line + 2 + size + 2);
    over_ = size == 0;
  }
}

void TransportReader::take(const Json& one) {
  if (one.contains("error")) {
    error_ = one["error"].value("code", "");
    return;
  }
  const std::string kind = one["event"];
  ++kinds_[kind];
  const std::string id = one.value(kind == "gap" && one.contains("oldest") ? "oldest" : "id", "");
  if (!id.empty()) cursor_ = id;
  if (id.empty() || kind == "next" || kind == "gap") return;
  events_.push_back(one);
  --most_;
}

}  // namespace encke
