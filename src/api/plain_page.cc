#include "api/plain_page.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "framing/event_html.h"

namespace encke {

struct PlainWords {
  std::string_view language, nickname, secret, optional, log_in, log_out, you_are, lobby, with,
      back, reload, by_itself, held, write, message, to, everybody, picture, send, send_hint, here,
      nothing, kept, scripts;
};

namespace {

constexpr PlainWords kEnglish = {
    .language = "en",
    .nickname = "Nickname",
    .secret = "Secret",
    .optional = "optional; with it, the nickname stays yours",
    .log_in = "Log in",
    .log_out = "Log out",
    .you_are = "You are",
    .lobby = "Lobby",
    .with = "With",
    .back = "Back to the lobby",
    .reload = "Reload",
    .by_itself = "Read along, by itself every 20 s",
    .held = "Read along, as it is said",
    .write = "Write",
    .message = "Message",
    .to = "To",
    .everybody = "everybody",
    .picture = "Picture",
    .send = "Send",
    .send_hint = "The newest stands first.",
    .here = "Who is here",
    .nothing = "Nothing was said here yet.",
    .kept = "This was not sent, and is kept until you are logged in:",
    .scripts = "With scripts",
};

constexpr PlainWords kChinese = {
    .language = "zh",
    .nickname = "昵称",
    .secret = "密码",
    .optional = "可不填；填了，昵称就一直是你的",
    .log_in = "登录",
    .log_out = "退出",
    .you_are = "你是",
    .lobby = "大厅",
    .with = "私聊：",
    .back = "回到大厅",
    .reload = "刷新",
    .by_itself = "每 20 秒自动刷新",
    .held = "实时阅读",
    .write = "发言",
    .message = "消息",
    .to = "发给",
    .everybody = "所有人",
    .picture = "图片",
    .send = "发送",
    .send_hint = "最新的在最前面。",
    .here = "在线的人",
    .nothing = "这里还没有人说话。",
    .kept = "这条消息还没有发出，登录以后可以再发：",
    .scripts = "使用脚本的页面",
};

std::string html(std::string_view text) {
  std::string out;
  append_html(text, out);
  return out;
}

template <class... Args>
void add(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

void add_head(const PlainWords& words, std::string_view title, std::string_view refresh_url,
              std::size_t refresh, std::string& out) {
  add(out,
      "<!DOCTYPE html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{}</title>\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n",
      words.language, html(title));
  if (refresh != 0) {
    add(out, "<meta http-equiv=\"refresh\" content=\"{}; url={}\">\n", refresh, html(refresh_url));
  }
  out += "<link rel=\"stylesheet\" href=\"/plain.css\"></head>\n<body>\n";
}

void add_notice(std::string_view notice, std::string& out) {
  if (!notice.empty()) add(out, "<p class=\"notice\"><b>{}</b></p>\n", html(notice));
}

void add_hidden(std::string_view name, std::string_view value, std::string& out) {
  if (value.empty()) return;
  add(out, "<input type=\"hidden\" name=\"{}\" value=\"{}\">\n", name, html(value));
}

void add_link(const std::string& url, std::string_view text, std::string& out) {
  add(out, "<a href=\"{}\">{}</a>", html(url), text);
}

void add_composer(const PlainChat& chat, const PlainWords& words, std::string& out) {
  out +=
      "<form action=\"/plain/send\" method=\"post\" enctype=\"multipart/form-data\" "
      "accept-charset=\"UTF-8\">\n";
  add_hidden("token", chat.token, out);
  add_hidden("key", chat.key, out);
  add_hidden("lang", words.language, out);
  add_hidden("with", chat.with, out);
  add(out,
      "<p><label for=\"text\">{}:</label> <input type=\"text\" id=\"text\" name=\"text\" "
      "size=\"50\" "
      "value=\"{}\">\n<input type=\"submit\" value=\"{}\"></p>\n",
      words.message, html(chat.text), words.send);
  add(out, "<p><label for=\"to\">{}:</label> <select id=\"to\" name=\"to\">", words.to);
  add(out, "<option value=\"\">{}</option>", words.everybody);
  bool listed = chat.to.empty();
  for (const std::string& user : chat.users) {
    if (user == chat.nickname) continue;
    listed = listed || user == chat.to;
    add(out, "<option{1} value=\"{0}\">{0}</option>", html(user),
        user == chat.to ? " selected" : "");
  }
  if (!listed) add(out, "<option selected value=\"{0}\">{0}</option>", html(chat.to));
  add(out, "</select>\n<label for=\"image\">{}:</label> ", words.picture);
  out += "<input type=\"file\" id=\"image\" name=\"image\" accept=\"image/*\"></p>\n</form>\n";
}

void add_said(const PlainChat& chat, const PlainWords& words, std::string& out) {
  std::string day;
  bool open = false;
  for (auto at = chat.said.rbegin(); at != chat.said.rend(); ++at) {
    const Event& event = **at;
    std::string line;
    append_event_line(event, line);
    if (line.empty()) continue;
    if (const std::string its = local_day(event.time); its != day) {
      if (open) out += "</ul>\n";
      add(out, "<h3>{}</h3>\n<ul>\n", its);
      day = its;
      open = true;
    }
    add(out, "<li{}>{}</li>\n", event.kind == EventKind::kPrivate ? " class=\"private\"" : "",
        line);
  }
  if (open) {
    out += "</ul>\n";
  } else {
    add(out, "<p>{}</p>\n", words.nothing);
  }
}

void add_users(const PlainChat& chat, const PlainWords& words, std::string& out) {
  add(out, "<h2>{} ({})</h2>\n<ul>\n", words.here, chat.size);
  for (const std::string& user : chat.users) {
    out += "<li>";
    if (user == chat.nickname) {
      out += html(user);
    } else {
      add_link(plain_url({{"with", user}, {"lang", std::string(words.language)}, {"n", chat.key}}),
               html(user), out);
    }
    out += "</li>\n";
  }
  out += "</ul>\n";
}

}  // namespace

const PlainWords& plain_words(std::string_view language) {
  return language.starts_with("zh") ? kChinese : kEnglish;
}

std::string plain_url(const std::vector<std::pair<std::string_view, std::string>>& parameters) {
  std::string url = "/plain";
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    (url += url.size() == 6 ? '?' : '&').append(name) += '=';
    for (const char c : value) {
      const auto byte = static_cast<unsigned char>(c);
      const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                         (byte >= 'a' && byte <= 'z') || byte == '-' || byte == '_';
      plain ? void(url += c) : add(url, "%{:02X}", byte);
    }
  }
  return url;
}

std::string plain_chat_page(const PlainChat& chat, const PlainWords& words) {
  const std::string lang(words.language);
  const std::string title =
      chat.with.empty() ? std::string(words.lobby) : std::string(words.with) + ' ' + chat.with;
  const std::string again = plain_url({{"with", chat.with},
                                       {"refresh", std::to_string(chat.refresh)},
                                       {"lang", lang},
                                       {"n", chat.key}});
  std::string out;
  add_head(words, title + " - Encke", again, chat.refresh, out);
  add(out, "<h1>{}</h1>\n<p>{} <b>{}</b>.\n", html(title), words.you_are, html(chat.nickname));
  const auto link = [&](const std::string& url, std::string_view text) {
    out += "| ";
    add_link(url, text, out);
    out += '\n';
  };
  if (!chat.with.empty()) link(plain_url({{"lang", lang}, {"n", chat.key}}), words.back);
  // Another address each time: some browsers show the page that they have.
  link(plain_url({{"with", chat.with}, {"lang", lang}, {"n", chat.key}}),
       chat.refresh == 0 ? words.reload : words.write);
  if (chat.refresh == 0) {
    link(plain_url({{"with", chat.with}, {"lang", lang}, {"refresh", "20"}, {"n", chat.key}}),
         words.by_itself);
  }
  link("/plain/stream?n=" + chat.key, words.held);
  out += "</p>\n";
  add_notice(chat.notice, out);
  if (chat.refresh == 0) add_composer(chat, words, out);
  add(out, "<p><small>{}</small></p>\n", words.send_hint);
  add_said(chat, words, out);
  add_users(chat, words, out);
  out += "<form action=\"/plain/logout\" method=\"post\">\n";
  add_hidden("token", chat.token, out);
  add_hidden("lang", words.language, out);
  add(out, "<p><input type=\"submit\" value=\"{}\"></p>\n</form>\n</body></html>\n", words.log_out);
  return out;
}

std::string plain_login_page(const PlainLogin& login, const PlainWords& words) {
  std::string out;
  add_head(words, "Encke", "", 0, out);
  out += "<h1>Encke</h1>\n";
  add_notice(login.notice, out);
  out += "<form action=\"/plain/login\" method=\"post\" accept-charset=\"UTF-8\">\n";
  add_hidden("lang", words.language, out);
  add_hidden("to", login.to, out);
  add_hidden("text", login.text, out);
  add(out,
      "<p><label for=\"nickname\">{}:</label> <input type=\"text\" id=\"nickname\" "
      "name=\"nickname\" "
      "size=\"32\" value=\"{}\"></p>\n",
      words.nickname, html(login.nickname));
  add(out,
      "<p><label for=\"secret\">{}:</label> <input type=\"password\" id=\"secret\" name=\"secret\" "
      "size=\"32\"> <small>({})</small></p>\n",
      words.secret, words.optional);
  add(out, "<p><input type=\"submit\" value=\"{}\"></p>\n</form>\n", words.log_in);
  if (!login.text.empty()) {
    add(out, "<p>{}</p>\n<blockquote>{}</blockquote>\n", words.kept, html(login.text));
  }
  add(out, "<p><a href=\"/plain?lang=zh\">中文</a> | <a href=\"/plain?lang=en\">English</a> | ");
  add(out, "<a href=\"/\">{}</a></p>\n</body></html>\n", words.scripts);
  return out;
}

}  // namespace encke
