// plain_page.h: the chat as pages that need no script: HTML 4 that a text browser reads well.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/event.h"

namespace encke {

/// The few words of these pages, in one language.
struct PlainWords;
/// English, or Chinese for a language tag (RFC 5646) or a list of them that begins with `zh`.
const PlainWords& plain_words(std::string_view language);

/// What stands on the page of somebody who is logged in.
struct PlainChat {
  std::string nickname;
  std::string token;                ///< in the form: so a write needs neither Origin nor Referer
  std::string key;                  ///< of the next send: a form that is sent twice says it once
  std::string with = {};            ///< a conversation with one user; empty: the lobby
  std::string to = {};              ///< whom the form is set to; empty: everybody
  std::string text = {};            ///< what stands in the box already
  std::string notice = {};          ///< what went wrong
  std::vector<EventPtr> said = {};  ///< oldest first
  std::vector<std::string> users = {};
  std::size_t size = 0;  ///< how many are online
  std::size_t refresh =
      0;  ///< seconds; 0: the reader asks. A page that refreshes has no box to lose
};

struct PlainLogin {
  std::string nickname = {};
  std::string notice = {};
  std::string text = {};  ///< what could not be sent, to be kept until after the login
  std::string to = {};
};

std::string plain_chat_page(const PlainChat& chat, const PlainWords& words);
std::string plain_login_page(const PlainLogin& login, const PlainWords& words);

/// `/plain` with these parameters, those with an empty value left out.
std::string plain_url(const std::vector<std::pair<std::string_view, std::string>>& parameters);

}  // namespace encke
