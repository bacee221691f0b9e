// chat-talks.js: the conversations: which is shown, what comes into them, and what is said in them.
var Talks = (function () {
  var PAST = 50;  // messages that are asked for at a time

  var chat = null;
  var me = '';
  var talks = {};  // by key
  var order = [];  // of them
  var shown = null;
  var looking = !document.hidden;  // somebody sees this page
  var stuck = true;  // to the end of the log, as it grows
  var lastTop = 0;
  var today = new Date().toDateString();

  function find(id) { return Page.find(id); }

  // --- Conversations ---

  function talkWith(key) {
    var talk = talks[key];
    if (!talk) {
      talk = talks[key] = new Talk(key, host);
      talk.me = me;
      order.push(talk);
      Side.refresh();
    }
    return talk;
  }

  function eachTalk(whatToDo) {
    for (var i = 0; i < order.length; ++i) whatToDo(order[i]);
  }

  function titleOf(talk) {
    return talk.isPrivate ? talk.name : talk.name === 'lobby' ? Words.say('lobby', {}) : '#' + talk.name;
  }

  function show(talk) {
    Composer.read();
    shown = talk;
    talk.unread = 0;
    stuck = true;
    lastTop = 0;
    quietly(function () {
      Page.empty(find('log'));
      find('log').appendChild(talk.list);
    });
    Page.show(find('newest'), false);
    tell('');
    label();
    toEnd();
    Side.refresh(true);
    if (!talk.asked) talk.fetchPast();
  }

  function label() {
    Page.setText(find('title'), titleOf(shown));
    var whom = {name: shown.name};
    Composer.show(shown.draft, Words.say(shown.isPrivate ? 'toPrivate' : 'toRoom', whom),
        Words.say(shown.isPrivate ? 'hintPrivate' : 'hintRoom', whom));
  }

  function open(key) {
    show(talkWith(key));
    Composer.focus();
    saveSoon();
  }

  // A live region reads aloud what is added to it. That is not meant for what was there before.
  var loudAgain = null;
  function quietly(change) {
    find('log').setAttribute('aria-live', 'off');
    change();
    clearTimeout(loudAgain);
    loudAgain = setTimeout(function () { find('log').setAttribute('aria-live', 'polite'); }, 300);
  }

  // The same words again are read again only if they were gone in between.
  function announce(text) {
    Page.setText(find('announcer'), '');
    setTimeout(function () { Page.setText(find('announcer'), text); }, 50);
  }

  function tell(problem) {
    Page.setText(find('send-error'), problem);
    if (stuck) toEnd();
  }

  // --- The log's end ---

  // Where the layout does not do it, the log ends where the composer begins.
  function toEnd() {
    find('log').style.bottom = find('composer').offsetHeight + 'px';
    find('log').scrollTop = find('log').scrollHeight;
  }

  // Browsers tell late of a scroll, when more may have been added: only one upwards is the reader's.
  function readScroll() {
    var log = find('log');
    var isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
    if (isAtEnd) stuck = true;
    else if (log.scrollTop < lastTop) stuck = false;
    lastTop = log.scrollTop;
    if (isAtEnd) Page.show(find('newest'), false);
  }

  // --- What a conversation asks of the page ---

  var host = {
    changed: function (talk) {
      if (talk === shown && stuck) toEnd();
    },
    past: function (talk, before, done) {
      var question = talk.isPrivate ? {'with': talk.name} : {room: talk.name};
      var asking = chat;
      question.limit = PAST;
      if (before) question.before = before;
      chat.history(question, function (error, answer) {
        if (asking !== chat) return;
        var log = find('log');
        var fromEnd = log.scrollHeight - log.scrollTop;
        quietly(function () { done(error, answer); });
        if (talk === shown && !stuck) log.scrollTop = log.scrollHeight - fromEnd;
      });
    },
    failed: function (talk, error) {
      if (talk === shown) tell(Words.say('noPast', {why: Words.ofError(error)}));
    },
    again: deliver,
    edit: function (talk, item) {
      var draft = talk.draft;
      draft.text = item.event.text + (item.event.text && draft.text ? '\n' : '') + draft.text;
      draft.image = item.image || draft.image;
      talk.drop(item);
      tell('');
      label();
      Composer.focus();
      saveSoon();
    },
    drop: function (talk, item) {
      talk.drop(item);
      tell('');
      Composer.focus();
      saveSoon();
    }
  };

  // --- Saying ---

  function say() {
    var talk = shown;
    var draft = talk.draft;
    var item;
    tell('');
    stuck = true;
    var text = draft.text.replace(/\r\n?/g, '\n');  // as the server has it
    quietly(function () { item = talk.addOwn(text, draft.image, chat.cursor, 'pending'); });
    draft.text = '';
    draft.image = null;
    label();
    deliver(talk, item);
  }

  function deliver(talk, item) {
    var message = {text: item.event.text};
    if (talk.isPrivate) message.to = talk.name;
    else message.room = talk.name;
    if (item.image) message.image = item.image.file || item.image.input;
    talk.setState(item, 'pending', null);
    item.key = chat.send(message, function (error, sent) {
      if (error) talk.setState(item, 'failed', error);
      else quietly(function () { talk.settle(item, sent); });
      if (error && talk === shown) tell(Words.say('failed', {why: Words.ofError(error)}));
      saveSoon();
    }).key;
    saveSoon();
  }

  function whileSending(problem) {
    eachTalk(function (talk) {
      var unsent = talk.unsent();
      for (var i = 0; i < unsent.length; ++i) {
        if (unsent[i].key === problem.key) talk.setState(unsent[i], 'pending', problem);
      }
    });
  }

  // --- Hearing ---

  function hear(talk, event) {
    if (new Date().toDateString() !== today) Talks.sayAll();
    if (!talk.add(event) || event.from === me) return;
    if (talk === shown && !stuck) Page.show(find('newest'), true);
    if (talk === shown && stuck) talk.forgetOldest();
    if (talk === shown && looking) return;
    ++talk.unread;
    Side.refresh();
    saveSoon();
    if (talk === shown) return;
    announce(talk.isPrivate ? Words.say('newIn', {name: event.from})
        : Words.say('newInRoom', {name: event.from, room: titleOf(talk)}));
  }

  function hearChanges(event) {
    var talk = talkWith('#' + event.room);
    var names = {came: [], went: []};
    for (var i = 0; i < event.changes.length; ++i) {
      var change = event.changes[i];
      names[change.flag ? 'came' : 'went'].push(change.nickname);
      if (event.room === 'lobby') hearPresence(change, event);
    }
    talk.note(event.id, event.time, function () {
      var parts = [];
      if (names.came.length) parts.push(Words.say('came', {names: Words.list(names.came)}));
      if (names.went.length) parts.push(Words.say('went', {names: Words.list(names.went)}));
      if (event.more) parts.push(Words.say('others', {count: event.more}));
      return parts.join(Words.say('comma', {}));
    });
    if (event.more && event.room === 'lobby') fetchPeople();
  }

  // Whoever talks with somebody alone is told there whether there is somebody.
  function hearPresence(change, event) {
    Side.setPerson(change.nickname, change.flag, event.size);
    var talk = talks['@' + change.nickname];
    if (!talk || change.nickname === me) return;
    talk.note(event.id, event.time, function () {
      return Words.say(change.flag ? 'isBack' : 'isGone', {name: change.nickname});
    });
  }

  function hearGap(event) {
    eachTalk(function (talk) {
      talk.note(event.oldest, new Date().getTime(), function () { return Words.say('gap', {}); });
      talk.asked = false;
    });
    if (shown) shown.fetchPast();
    fetchPeople();
  }

  function fetchPeople() {
    var asking = chat;
    chat.users({}, function (error, answer) {
      if (!error && asking === chat) Side.setPeople(answer.users, answer.size);
    });
  }

  // --- What is kept ---

  // What was typed and not sent is kept by nickname: whoever comes back finds it.
  function save() {
    if (!chat || !me) return;
    var rows = [];
    eachTalk(function (talk) {
      var unsent = talk.unsent();
      var row = {key: talk.key, unread: talk.unread, text: talk.draft.text, image: talk.draft.image, unsent: []};
      for (var i = 0; i < unsent.length; ++i) {
        var item = unsent[i];
        row.unsent.push({text: item.event.text, image: item.image, after: item.after, why: item.why});
      }
      rows.push(row);
    });
    Store.set('desk.' + me, {rows: rows, shown: shown && shown.key});
    Store.set('session', {token: chat.token, nickname: me, cursor: chat.cursor});
  }

  var saving = null;
  function saveSoon() {
    clearTimeout(saving);
    saving = setTimeout(save, 300);
  }

  function restore() {
    var desk = Store.get('desk.' + me) || {rows: [], shown: ''};
    for (var i = 0; i < desk.rows.length; ++i) {
      var row = desk.rows[i];
      var talk = talkWith(row.key);
      talk.unread = row.unread || 0;
      talk.draft = {text: row.text || '', image: row.image || null};
      for (var j = 0; j < row.unsent.length; ++j) {
        var item = row.unsent[j];
        if (item.text || item.image) talk.addOwn(item.text, item.image, item.after, 'failed', item.why);
      }
    }
    shown = talks[desk.shown] || talks['#lobby'];
  }

  return {
    // Begins with the lobby, and with what was kept from the last time.
    begin: function (newChat, session) {
      chat = newChat;
      me = session.nickname;
      talks = {};
      order = [];
      shown = null;
      Side.start(me, function () { return {talks: order, shown: shown, title: titleOf}; });
      Side.setPeople(session.users || [], session.size || 0);
      talkWith('#lobby');
      for (var i = 0; i < (session.rooms || []).length; ++i) talkWith('#' + session.rooms[i]);
      restore();
      save();
    },
    end: function () {
      Composer.read();
      save();
      clearTimeout(saving);
      chat = null;
      me = '';
      Side.stop();
    },
    enter: function () { show(shown); },
    open: open,
    say: say,
    save: function () {
      Composer.read();
      save();
    },
    saveSoon: saveSoon,
    draftChanged: function () {
      if (stuck) toEnd();
      saveSoon();
    },
    tell: tell,
    hearMessage: function (event) { hear(talkWith('#' + event.room), event); },
    hearPrivate: function (event) { hear(talkWith('@' + (event.from === me ? event.to : event.from)), event); },
    hearChanges: hearChanges,
    hearGap: hearGap,
    whileSending: whileSending,
    sayAll: function () {
      today = new Date().toDateString();
      quietly(function () { eachTalk(function (talk) { talk.say(); }); });
      if (shown) label();
      Side.refresh();
    },
    look: function (isLooking) {
      looking = isLooking;
      if (!looking || !shown || !shown.unread) return;
      shown.unread = 0;
      Side.refresh();
      saveSoon();
    },
    readScroll: readScroll,
    toEnd: function () {
      toEnd();
      readScroll();
    },
    fit: function () {
      Composer.fit();
      if (stuck) toEnd();
    }
  };
})();
