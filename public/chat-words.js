// chat-words.js: what the page says, in English and Chinese, and how days, times and lists are written.
//
// What the server says is known by its code, so that it too is in the reader's language. The Chinese
// notices to whoever is gone or was logged out are those of the article that the chat goes back to.
// Characters beyond ASCII are escaped, because an old browser guesses a script's encoding.
var Words = (function () {
  var texts = {
    en: {
      language: '\u4e2d\u6587',
      tagline: 'A chat that works where WebSocket does not.',
      nickname: 'Nickname',
      secret: 'Secret',
      secretHint: '\u2013 optional; with it, the nickname stays yours when you log in again',
      login: 'Log in',
      loggingIn: 'Logging in\u2026',
      goingOn: 'Going on as {name}\u2026',
      plain: 'Chat without scripts',
      orPlain: '{why}. Still trying; to go to the chat without scripts, log in once more.',
      notRead: 'You are logged in, but nothing can be read here. The chat without scripts may work.',
      skip: 'Skip to the message box',
      conversations: 'Conversations',
      online: 'Online',
      more: 'and {count} more',
      moreNames: '{count} more',
      lobby: 'Lobby',
      away: '(offline)',
      self: '(you)',
      unread: 'unread',
      youAre: 'You are',
      logout: 'Log out',
      other: 'Change user',
      otherHint: 'Be somebody else in this tab; the session goes on in others',
      transport: 'Transport',
      auto: 'automatic',
      events: 'events \u2013 event stream',
      xhr: 'xhr \u2013 growing answer',
      longpoll: 'longpoll \u2013 held question',
      iframe: 'iframe \u2013 growing page',
      jsonp: 'jsonp \u2013 held script',
      poll: 'poll \u2013 asking on and on',
      connected: 'connected',
      connecting: 'connecting\u2026',
      waiting: 'offline',
      closed: 'closed',
      shared: 'shared \u2013 another tab reads',
      nextTry: 'next try in {count} s',
      log: 'Messages',
      earlier: 'Earlier messages',
      newest: 'New messages',
      emptyRoom: 'Nothing was said here yet.',
      emptyPrivate: 'Only you and {name} can read what is said here.',
      toRoom: 'Message to everyone',
      toPrivate: 'Message to {name} alone',
      hintRoom: 'To everyone',
      hintPrivate: 'To {name} alone',
      send: 'Send',
      picture: 'Add a picture',
      pictureHint: 'Add a picture (or paste one, or drop it here)',
      pictureOf: 'A picture from {name}',
      removePicture: 'Remove the picture',
      sending: 'Sending\u2026',
      sendingLater: 'Not sent yet: {why}',
      failed: 'Not sent: {why}',
      interrupted: 'it was interrupted',
      retry: 'Try again',
      edit: 'Edit',
      discard: 'Discard',
      came: '{names} came',
      went: '{names} went',
      others: '{count} more came or went',
      isGone: '{name} is not here any more',
      isBack: '{name} is back',
      and: ' and ',
      comma: ', ',
      gap: 'Some of what was said while you were away may be missing here.',
      noPast: 'Earlier messages cannot be had now: {why}',
      newIn: 'New message from {name}',
      newInRoom: 'New message from {name} in {room}',
      today: 'Today',
      yesterday: 'Yesterday',
      day: '{weekday} {day} {month} {year}',
      weekdays: ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'],
      months: ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October',
        'November', 'December'],
      errors: {
        nouser: 'You said nothing for a long time and were logged out. Log in again to go on.',
        unauthorized: 'Your session is over; the server may have been restarted. Log in again to go on.',
        session_expired: 'You were away for too long and the session is over. Log in again to go on.',
        no_such_user: 'This user is not here any more.',
        unreachable: 'The server cannot be reached.',
        image_unsupported: 'Only PNG, JPEG, GIF and WebP pictures can be sent.',
        rate_limited: 'That was too much in too short a time.'
      }
    },
    zh: {
      language: 'English',
      tagline: '\u6ca1\u6709 WebSocket \u4e5f\u80fd\u7528\u7684\u804a\u5929\u5ba4\u3002',
      nickname: '\u6635\u79f0',
      secret: '\u53e3\u4ee4',
      secretHint: '\uff08\u53ef\u4e0d\u586b\uff1b\u586b\u4e86\u4ee5\u540e\uff0c\u518d\u6b21\u767b\u5f55\u65f6\u6635\u79f0\u4ecd\u5f52\u60a8\uff09',
      login: '\u767b\u5f55',
      loggingIn: '\u6b63\u5728\u767b\u5f55\u2026',
      goingOn: '\u6b63\u5728\u4ee5 {name} \u7684\u8eab\u4efd\u7ee7\u7eed\u2026',
      plain: '\u65e0\u811a\u672c\u804a\u5929\u9875',
      orPlain: '{why}\u3002\u6b63\u5728\u91cd\u8bd5\uff1b\u518d\u6b21\u767b\u5f55\u53ef\u8fdb\u5165\u65e0\u811a\u672c\u804a\u5929\u9875\u3002',
      notRead: '\u60a8\u5df2\u767b\u5f55\uff0c\u4f46\u8fd9\u91cc\u65e0\u6cd5\u63a5\u6536\u6d88\u606f\u3002\u53ef\u4ee5\u8bd5\u8bd5\u65e0\u811a\u672c\u804a\u5929\u9875\u3002',
      skip: '\u8df3\u5230\u8f93\u5165\u6846',
      conversations: '\u4f1a\u8bdd',
      online: '\u5728\u7ebf',
      more: '\u53e6\u6709 {count} \u4eba',
      moreNames: '\u53e6\u5916 {count} \u4eba',
      lobby: '\u5927\u5385',
      away: '\uff08\u5df2\u4e0b\u7ebf\uff09',
      self: '\uff08\u6211\uff09',
      unread: '\u6761\u672a\u8bfb',
      youAre: '\u60a8\u662f',
      logout: '\u9000\u51fa\u767b\u5f55',
      other: '\u66f4\u6362\u7528\u6237',
      otherHint: '\u5728\u6b64\u6807\u7b7e\u9875\u6362\u4e2a\u8eab\u4efd\uff1b\u5176\u4ed6\u6807\u7b7e\u9875\u4e0d\u53d7\u5f71\u54cd',
      transport: '\u4f20\u8f93\u65b9\u5f0f',
      auto: '\u81ea\u52a8\u9009\u62e9',
      events: 'events \u2013 \u4e8b\u4ef6\u6d41',
      xhr: 'xhr \u2013 \u6d41\u5f0f\u5e94\u7b54',
      longpoll: 'longpoll \u2013 \u957f\u8f6e\u8be2',
      iframe: 'iframe \u2013 \u6d41\u5f0f\u9875\u9762',
      jsonp: 'jsonp \u2013 \u811a\u672c\u8f6e\u8be2',
      poll: 'poll \u2013 \u5b9a\u65f6\u8f6e\u8be2',
      connected: '\u5df2\u8fde\u63a5',
      connecting: '\u6b63\u5728\u8fde\u63a5\u2026',
      waiting: '\u672a\u8fde\u63a5',
      closed: '\u5df2\u65ad\u5f00',
      shared: 'shared \u2013 \u7531\u53e6\u4e00\u6807\u7b7e\u9875\u63a5\u6536',
      nextTry: '{count} \u79d2\u540e\u91cd\u8bd5',
      log: '\u6d88\u606f',
      earlier: '\u66f4\u65e9\u7684\u6d88\u606f',
      newest: '\u6709\u65b0\u6d88\u606f',
      emptyRoom: '\u8fd9\u91cc\u8fd8\u6ca1\u6709\u4eba\u8bf4\u8bdd\u3002',
      emptyPrivate: '\u8fd9\u91cc\u7684\u8bdd\u53ea\u6709\u60a8\u548c {name} \u80fd\u770b\u5230\u3002',
      toRoom: '\u5bf9\u6240\u6709\u4eba\u8bf4',
      toPrivate: '\u53ea\u5bf9 {name} \u8bf4',
      hintRoom: '\u5bf9\u6240\u6709\u4eba\u8bf4',
      hintPrivate: '\u53ea\u5bf9 {name} \u8bf4',
      send: '\u53d1\u9001',
      picture: '\u6dfb\u52a0\u56fe\u7247',
      pictureHint: '\u6dfb\u52a0\u56fe\u7247\uff08\u4e5f\u53ef\u4ee5\u7c98\u8d34\u6216\u62d6\u5230\u8fd9\u91cc\uff09',
      pictureOf: '{name} \u53d1\u7684\u56fe\u7247',
      removePicture: '\u79fb\u9664\u56fe\u7247',
      sending: '\u53d1\u9001\u4e2d\u2026',
      sendingLater: '\u5c1a\u672a\u53d1\u9001\uff1a{why}',
      failed: '\u672a\u53d1\u9001\uff1a{why}',
      interrupted: '\u53d1\u9001\u88ab\u4e2d\u65ad',
      retry: '\u91cd\u8bd5',
      edit: '\u53d6\u56de\u4fee\u6539',
      discard: '\u4e22\u5f03',
      came: '{names}\u52a0\u5165\u4e86\u7fa4\u804a',
      went: '{names}\u9000\u51fa\u4e86\u7fa4\u804a',
      others: '\u53e6\u6709 {count} \u4eba\u8fdb\u51fa',
      isGone: '\u8be5\u7528\u6237\u5df2\u7ecf\u4e0b\u7ebf',
      isBack: '{name} \u53c8\u4e0a\u7ebf\u4e86',
      and: '\u548c',
      comma: '\u3001',
      gap: '\u60a8\u79bb\u5f00\u671f\u95f4\u7684\u90e8\u5206\u6d88\u606f\u53ef\u80fd\u6ca1\u6709\u663e\u793a\u5728\u8fd9\u91cc\u3002',
      noPast: '\u6682\u65f6\u65e0\u6cd5\u53d6\u5f97\u66f4\u65e9\u7684\u6d88\u606f\uff1a{why}',
      newIn: '{name} \u53d1\u6765\u65b0\u6d88\u606f',
      newInRoom: '{name} \u5728{room}\u53d1\u4e86\u65b0\u6d88\u606f',
      today: '\u4eca\u5929',
      yesterday: '\u6628\u5929',
      day: '{year}\u5e74{month}{day}\u65e5 {weekday}',
      weekdays: ['\u661f\u671f\u65e5', '\u661f\u671f\u4e00', '\u661f\u671f\u4e8c', '\u661f\u671f\u4e09', '\u661f\u671f\u56db', '\u661f\u671f\u4e94', '\u661f\u671f\u516d'],
      months: ['1\u6708', '2\u6708', '3\u6708', '4\u6708', '5\u6708', '6\u6708', '7\u6708', '8\u6708', '9\u6708', '10\u6708', '11\u6708', '12\u6708'],
      errors: {
        nouser: '\u7531\u4e8e\u957f\u65f6\u95f4\u672a\u8bf4\u8bdd\uff0c\u60a8\u5df2\u7ecf\u6389\u7ebf\uff0c\u8bf7\u91cd\u65b0\u5237\u65b0\u9875\u9762',
        unauthorized: '\u4f1a\u8bdd\u5df2\u7ecf\u7ed3\u675f\uff08\u670d\u52a1\u5668\u53ef\u80fd\u91cd\u542f\u8fc7\uff09\uff0c\u8bf7\u91cd\u65b0\u767b\u5f55\u3002',
        session_expired: '\u60a8\u79bb\u5f00\u592a\u4e45\uff0c\u4f1a\u8bdd\u5df2\u7ecf\u7ed3\u675f\uff0c\u8bf7\u91cd\u65b0\u767b\u5f55\u3002',
        no_such_user: '\u8be5\u7528\u6237\u5df2\u7ecf\u4e0b\u7ebf',
        unreachable: '\u65e0\u6cd5\u8fde\u63a5\u670d\u52a1\u5668\u3002',
        rate_limited: '\u64cd\u4f5c\u592a\u9891\u7e41\u3002',
        read_only: '\u53ea\u6709\u7ba1\u7406\u5458\u53ef\u4ee5\u5728\u8fd9\u4e2a\u623f\u95f4\u53d1\u8a00\u3002',
        members_only: '\u8fd9\u4e2a\u623f\u95f4\u53ea\u9650\u53d7\u9080\u8bf7\u7684\u4eba\u3002',
        jwt_required: '\u8bf7\u901a\u8fc7\u672c\u7ad9\u767b\u5f55\u3002',
        nickname_taken: '\u8fd9\u4e2a\u6635\u79f0\u5df2\u6709\u4eba\u4f7f\u7528\u3002',
        nickname_reserved: '\u8fd9\u4e2a\u6635\u79f0\u662f\u4fdd\u7559\u7684\uff0c\u8bf7\u6362\u4e00\u4e2a\u3002',
        nickname_invalid: '\u6635\u79f0\u987b\u4e3a 1 \u81f3 32 \u4e2a\u5b57\u7b26\uff0c\u9996\u5c3e\u4e0d\u80fd\u6709\u7a7a\u683c\uff0c\u4e5f\u4e0d\u80fd\u542b\u6709 < > & " \' ` / \\ : , \u7b49\u5b57\u7b26\u3002',
        secret_too_long: '\u53e3\u4ee4\u592a\u957f\u3002',
        bad_credentials: '\u53e3\u4ee4\u4e0d\u5bf9\u3002',
        too_many_users: '\u5728\u7ebf\u4eba\u6570\u5df2\u6ee1\uff0c\u8bf7\u7a0d\u540e\u518d\u8bd5\u3002',
        too_many_connections: '\u8fde\u63a5\u6570\u5df2\u6ee1\uff0c\u8bf7\u7a0d\u540e\u518d\u8bd5\u3002',
        too_many_from_address: '\u6765\u81ea\u60a8\u6240\u5728\u5730\u5740\u7684\u8fde\u63a5\u592a\u591a\uff0c\u8bf7\u7a0d\u540e\u518d\u8bd5\u3002',
        draining: '\u670d\u52a1\u5668\u5373\u5c06\u5173\u95ed\u3002',
        log_unavailable: '\u670d\u52a1\u5668\u6682\u65f6\u65e0\u6cd5\u4fdd\u5b58\u6d88\u606f\u3002',
        nothing_to_say: '\u6ca1\u6709\u53ef\u53d1\u9001\u7684\u5185\u5bb9\u3002',
        text_too_long: '\u6587\u5b57\u592a\u957f\u3002',
        bad_text: '\u6587\u5b57\u4e2d\u6709\u65e0\u6cd5\u663e\u793a\u7684\u5b57\u7b26\u3002',
        body_too_large: '\u5185\u5bb9\u592a\u5927\u3002',
        request_timeout: '\u53d1\u9001\u8d85\u65f6\u3002',
        image_too_large: '\u56fe\u7247\u6587\u4ef6\u592a\u5927\u3002',
        image_too_many_pixels: '\u56fe\u7247\u5c3a\u5bf8\u592a\u5927\u3002',
        image_unsupported: '\u53ea\u652f\u6301 PNG\u3001JPEG\u3001GIF \u548c WebP \u56fe\u7247\u3002',
        image_empty: '\u56fe\u7247\u662f\u7a7a\u7684\u3002',
        store_full: '\u670d\u52a1\u5668\u6ca1\u6709\u7a7a\u95f4\u5b58\u653e\u8fd9\u5f20\u56fe\u7247\u3002',
        not_in_room: '\u60a8\u4e0d\u5728\u8fd9\u4e2a\u623f\u95f4\u91cc\u3002',
        no_such_room: '\u6ca1\u6709\u8fd9\u4e2a\u623f\u95f4\u3002'
      }
    }
  };
  // Other names of the same thing.
  var sameAs = {evicted: 'nouser', timeout: 'unreachable', network: 'unreachable'};
  var language = 'en';

  function say(name, values) {
    var text = texts[language][name];
    if (text === undefined) text = texts.en[name];
    return text.replace(/\{(\w+)\}/g, function (all, key) { return values[key]; });
  }

  // The first few names, and how many there are besides.
  function list(names) {
    var shown = names.slice(0, 5);
    if (names.length > 5) shown.push(say('moreNames', {count: names.length - 5}));
    var last = shown.pop();
    return shown.length ? shown.join(say('comma')) + say('and') + last : last;
  }

  function twoDigits(number) {
    return (number < 10 ? '0' : '') + number;
  }

  function day(ms) {
    var date = new Date(ms);
    var now = new Date();
    var today = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
    // Days around a change of the clock have 23 or 25 hours.
    var days = Math.round((new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime() - today) / 864e5);
    if (days === 0) return say('today');
    if (days === -1) return say('yesterday');
    return fullDay(ms);
  }

  function fullDay(ms) {
    var date = new Date(ms);
    return say('day', {
      year: date.getFullYear(),
      month: texts[language].months[date.getMonth()],
      day: date.getDate(),
      weekday: texts[language].weekdays[date.getDay()]
    });
  }

  return {
    say: say,
    list: list,
    day: day,
    fullDay: fullDay,
    clock: function (ms) {
      var date = new Date(ms);
      return twoDigits(date.getHours()) + ':' + twoDigits(date.getMinutes());
    },
    // What the server or the library refused, in words.
    ofError: function (error) {
      return texts[language].errors[sameAs[error.code] || error.code] || error.message || error.code;
    },
    language: function () { return language; },
    speak: function (name) { language = name === 'zh' ? 'zh' : 'en'; }
  };
})();
