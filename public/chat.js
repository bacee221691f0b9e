// chat.js: the chat page: logging in and out, and which part of the page is told of what.
//
// How to reach the server is the business of encke.js. The login form works without any of this, and stays
// in place until somebody is logged in and something was read: whatever fails before that, the chat without
// scripts is one click away.
(function () {
  // A script that was not loaded leaves the page to the plain form.
  if (!window.Encke || !window.Words || !window.Page || !window.Store || !window.Talk || !window.Side ||
      !window.Composer || !window.Talks) return;

  var chat = null;
  var me = '';
  var entered = false;
  var state = {state: 'closed', transport: '', message: ''};
  var explain = null;  // says what the login form has to tell
  var formIsFree = false;  // to be sent as plain HTML

  function find(id) { return Page.find(id); }

  function parameter(name) {
    var match = new RegExp('[?&]' + name + '=([^&]*)').exec(location.search);
    try { return match ? decodeURIComponent(match[1]) : ''; } catch (e) { return ''; }  // not what a link of ours has
  }

  function showState(now) {
    var text = Words.say(now.state, {});
    state = now;
    var more = now.transport;
    if (now.state === 'waiting' && now.retry) more = Words.say('nextTry', {count: Math.ceil(now.retry / 1000)});
    if (more) text += ' \u00b7 ' + more;
    var element = find('state');
    element.setAttribute('data-state', now.state);
    element.setAttribute('data-transport', now.transport);
    element.title = now.code ? Words.ofError(now) : '';
    Page.setText(element, text);
  }

  // --- The session ---

  // `quiet`: nobody asked for it, so nobody wants to know why it failed.
  function connect(options, quiet) {
    var mine;
    var names = ['transport', 'beat', 'interval', 'wait'];
    for (var i = 0; i < names.length; ++i) {
      var value = parameter(names[i]);
      if (value) options[names[i]] = i ? Number(value) : value;
    }
    options.share = parameter('share') !== '0';
    if (chat) chat.close();
    chat = mine = Encke.connect(options);

    function heard(whatToDo) {
      return function (event) {
        if (mine !== chat) return;
        enter();
        whatToDo(event);
        Talks.saveSoon();
      };
    }
    mine.on('login', function (session) { if (mine === chat) begin(session); });
    mine.on('refused', function (error) {
      if (mine !== chat) return;
      chat = null;
      Store.set('session', null);
      busy(false);
      if (!quiet) explainBy(function () { return Words.ofError(error); });
      else if (!entered) explainBy(null);
    });
    mine.on('message', heard(Talks.hearMessage));
    mine.on('private', heard(Talks.hearPrivate));
    mine.on('system', heard(Talks.hearChanges));
    mine.on('gap', heard(Talks.hearGap));
    mine.on('sending', function (problem) { if (mine === chat) Talks.whileSending(problem); });
    mine.on('state', function (now) {
      if (mine !== chat) return;
      showState(now);
      if (now.state === 'connected' && me) enter();
      if (now.state !== 'waiting' || entered || quiet) return;
      busy(false);
      formIsFree = true;
      explainBy(function () {
        if (me) return Words.say('notRead', {});
        return Words.say('orPlain', {why: Words.ofError(now).replace(/[.\u3002]$/, '')});
      });
    });
    mine.on('end', function (error) { if (mine === chat) leave(error); });
  }

  function begin(session) {
    me = session.nickname;
    Page.setText(find('me'), me);
    Talks.begin(chat, session);
  }

  function enter() {
    if (entered) return;
    entered = true;
    busy(false);
    explainBy(null);
    find('secret').value = '';
    Page.show(find('login'), false);
    Page.show(find('chat'), true);
    Talks.enter();
    Composer.focus();
  }

  // Back to the login, with whatever was typed put by.
  function leave(error) {
    Talks.end();
    chat = null;
    Store.set('session', null);
    if (me) find('nickname').value = me;
    me = '';
    entered = false;
    openSide(false);
    busy(false);
    explainBy(error && error.code !== 'logout' ? function () { return Words.ofError(error); } : null);
    document.title = 'Encke';
    Page.show(find('chat'), false);
    Page.show(find('login'), true);
    find(find('nickname').value ? 'secret' : 'nickname').focus();
  }

  function explainBy(how, isFine) {
    explain = how;
    Page.setText(find('login-error'), how ? how() : '');
    Page.setClass(find('login-error'), 'error', !isFine);
  }

  function busy(isBusy) {
    formIsFree = false;
    find('login-button').setAttribute('data-say', isBusy ? 'loggingIn' : 'login');
    Page.setText(find('login-button'), Words.say(isBusy ? 'loggingIn' : 'login', {}));
    Page.setClass(find('login-button'), 'busy', isBusy);
  }

  function submitLogin() {
    if (formIsFree) {
      if (!me) return true;
      location.href = '/plain';
      return false;
    }
    if (Page.hasClass(find('login-button'), 'busy')) return false;
    explainBy(null);
    busy(true);
    connect({nickname: find('nickname').value, secret: find('secret').value}, false);
    return false;
  }

  // --- The page ---

  function openSide(isOpen) {
    Page.setClass(find('side'), 'open', isOpen);
    find('side-toggle').setAttribute('aria-expanded', String(isOpen));
  }

  function sayAll() {
    Page.say();
    if (explain) Page.setText(find('login-error'), explain());
    showState(state);
    if (me) Talks.sayAll();
  }

  function open(key) {
    openSide(false);
    Talks.open(key);
  }

  function chooseTransport() {
    if (chat) chat.use(find('transport').value);
  }

  function wire() {
    Page.on(find('talks'), 'click', function (event, target) {
      var button = Page.around(target, 'data-talk', find('talks'));
      if (button) open(button.getAttribute('data-talk'));
    });
    Page.on(find('people'), 'click', function (event, target) {
      var button = Page.around(target, 'data-nick', find('people'));
      if (button) open('@' + button.getAttribute('data-nick'));
    });
    Page.on(find('side-toggle'), 'click', function () {
      openSide(!Page.hasClass(find('side'), 'open'));
      var first = find('talks').getElementsByTagName('button')[0];
      if (first && Page.hasClass(find('side'), 'open')) first.focus();
    });
    Page.on(document, 'keydown', function (event) {
      if (event.keyCode !== 27 || !Page.hasClass(find('side'), 'open')) return;
      openSide(false);
      find('side-toggle').focus();
    });
    Page.on(find('talk'), 'click', function (event, target) {
      if (!Page.around(target, 'aria-controls', find('talk'))) openSide(false);
    });
    Page.on(find('skip'), 'click', function () {
      Composer.focus();
      return false;
    });
    Page.on(find('log'), 'scroll', Talks.readScroll);
    Page.on(find('newest'), 'click', function () {
      Talks.toEnd();
      Composer.focus();
    });
    Page.on(find('transport'), 'change', chooseTransport);
    Page.on(find('logout'), 'click', function () {
      var old = chat;
      leave(null);
      old.logout();
    });
    Page.on(find('other'), 'click', function () {
      chat.close();
      leave(null);
      find('nickname').value = '';
      find('nickname').focus();
    });
    Page.on(find('lang'), 'click', function () {
      Words.speak(Words.language() === 'zh' ? 'en' : 'zh');
      Store.setLanguage(Words.language());
      sayAll();
    });
    Page.on(window, 'focus', function () { Talks.look(true); });
    Page.on(window, 'blur', function () { Talks.look(false); });
    Page.on(document, 'visibilitychange', function () { if (document.hidden) Talks.look(false); });
    Page.on(window, 'resize', function () { if (entered) Talks.fit(); });
    Page.on(window, 'onpagehide' in window ? 'pagehide' : 'unload', Talks.save);
    Page.on(find('login-form'), 'submit', submitLogin);
  }

  function start() {
    var wanted = parameter('lang') || Store.getLanguage() || navigator.language || navigator.userLanguage || '';
    Words.speak(/^zh/i.test(wanted) ? 'zh' : 'en');
    Page.build();
    Composer.start({
      submit: Talks.say,
      changed: Talks.draftChanged,
      refuse: function (code) { Talks.tell(Words.say('failed', {why: Words.ofError({code: code})})); }
    });
    Page.say();
    if (parameter('transport')) find('transport').value = parameter('transport');
    wire();

    var session = Store.get('session');
    if (session) {
      find('nickname').value = session.nickname;
      explainBy(function () { return Words.say('goingOn', {name: session.nickname}); }, true);
      connect(session, false);
    } else {
      connect({}, true);  // a new tab is whoever the cookie is
    }
  }

  start();
})();
