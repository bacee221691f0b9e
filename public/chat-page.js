// chat-page.js: what the page is made of, and the little that old browsers need to work with it.
//
// The chat's own parts come with the script that works them: a text browser shows whatever is in a page,
// and would show dead buttons under the form. Only this markup, which is ours, is ever parsed; what others
// wrote becomes text nodes.
var Page = (function () {
  // data-say is an element's text, data-label its name for screen readers, data-hint its tooltip.
  var markup = [
    '<a id="skip" class="spoken" href="#text" data-say="skip"></a>',
    '<div id="side">',
    '  <div id="lists" role="navigation" data-label="conversations">',
    '    <h2 id="talks-title" data-say="conversations"></h2>',
    '    <ul id="talks" aria-labelledby="talks-title"></ul>',
    '    <h2 id="people-title"><span data-say="online"></span> <span id="people-size" class="quiet"></span></h2>',
    '    <ul id="people" aria-labelledby="people-title"></ul>',
    '    <p id="people-more" class="quiet"></p>',
    '  </div>',
    '  <div id="foot">',
    '    <p><label for="transport" data-say="transport"></label>',
    '      <select id="transport">',
    '        <option value="auto" data-say="auto"></option>',
    '        <option value="events" data-say="events"></option>',
    '        <option value="xhr" data-say="xhr"></option>',
    '        <option value="longpoll" data-say="longpoll"></option>',
    '        <option value="iframe" data-say="iframe"></option>',
    '        <option value="jsonp" data-say="jsonp"></option>',
    '        <option value="poll" data-say="poll"></option>',
    '      </select></p>',
    '    <p class="who"><span data-say="youAre"></span> <b id="me"></b></p>',
    '    <p><button type="button" id="logout" data-say="logout"></button>',
    '      <button type="button" id="other" data-say="other" data-hint="otherHint"></button></p>',
    '    <p><a href="/plain" data-say="plain"></a></p>',
    '  </div>',
    '</div>',
    '<div id="talk" role="main">',
    '  <div id="head">',
    '    <button type="button" id="side-toggle" aria-controls="side" aria-expanded="false"><span aria-hidden="true"',
    '      >&#9776;</span><span class="spoken" data-say="conversations"></span> <span id="elsewhere" class="badge"',
    '      ></span></button>',
    '    <h1 id="title"></h1>',
    '    <p id="state" role="status" data-state="connecting"></p>',
    '  </div>',
    '  <div id="log" role="log" aria-live="polite" data-label="log" tabindex="0"></div>',
    '  <form id="composer" action="#" method="post">',
    '    <p id="newest" class="gone"><button type="button" data-say="newest"></button></p>',
    '    <p id="send-error" class="error" role="alert"></p>',
    '    <p id="attachment" class="gone"><img id="attachment-view" alt="" class="gone"> <span',
    '      id="attachment-name"></span> <button type="button" id="attachment-remove" data-label="removePicture"',
    '      data-hint="removePicture">&#215;</button></p>',
    '    <div id="line">',
    '      <span id="pick"><label for="image" data-hint="pictureHint"><svg viewBox="0 0 20 20" width="20" height="20"',
    '        aria-hidden="true"><path fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"',
    '        d="M2.5 4h15v12h-15zm.5 11 4.5-5 3.5 4 2-2 4 4M13 8h.01"/></svg></label></span>',
    '      <span id="box"><textarea id="text" rows="1" cols="20"></textarea></span>',
    '      <button type="submit" id="send" class="primary" data-say="send"></button>',
    '    </div>',
    '  </form>',
    '</div>',
    '<div id="aside" class="gone"></div>',
    '<p id="announcer" class="spoken" role="status" aria-live="polite"></p>'
  ].join('\n');

  function find(id) {
    return document.getElementById(id);
  }

  function make(tag, className, text) {
    var element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.appendChild(document.createTextNode(text));
    return element;
  }

  function empty(element) {
    while (element.firstChild) element.removeChild(element.firstChild);
  }

  function setText(element, text) {
    var node = element.firstChild;
    if (node && node === element.lastChild && node.nodeType === 3) {
      if (node.nodeValue !== text) node.nodeValue = text;
      return;
    }
    empty(element);
    if (text) element.appendChild(document.createTextNode(text));
  }

  function hasClass(element, name) {
    return (' ' + element.className + ' ').indexOf(' ' + name + ' ') >= 0;
  }

  function setClass(element, name, wanted) {
    if (hasClass(element, name) === Boolean(wanted)) return;
    var others = (' ' + element.className + ' ').replace(' ' + name + ' ', ' ').replace(/^\s+|\s+$/g, '');
    element.className = wanted ? (others ? others + ' ' : '') + name : others;
  }

  // A listener that answers false has dealt with the event: the browser does nothing more with it.
  function on(target, type, listener) {
    function heard(event) {
      event = event || window.event;
      if (listener(event, event.target || event.srcElement) !== false) return;
      if (event.preventDefault) event.preventDefault();
      else event.returnValue = false;
    }
    if (target.addEventListener) target.addEventListener(type, heard, false);
    else if (target.attachEvent) target.attachEvent('on' + type, heard);
    else target['on' + type] = heard;
  }

  // The element with this attribute that something happened in, if any.
  function around(element, attribute, top) {
    while (element && element !== top) {
      if (element.getAttribute && element.getAttribute(attribute)) return element;
      element = element.parentNode;
    }
    return null;
  }

  // Writes all words again, in the language that is spoken now.
  function say() {
    var isChinese = Words.language() === 'zh';
    document.documentElement.lang = isChinese ? 'zh-CN' : 'en';
    find('lang').lang = isChinese ? 'en' : 'zh-CN';
    var all = document.getElementsByTagName('*');
    for (var i = 0; i < all.length; ++i) {
      var element = all[i];
      if (element.nodeType !== 1) continue;  // old IE counts comments
      var text = element.getAttribute('data-say');
      var label = element.getAttribute('data-label');
      var hint = element.getAttribute('data-hint');
      if (text) setText(element, Words.say(text, {}));
      if (label) element.setAttribute('aria-label', Words.say(label, {}));
      if (hint) element.title = Words.say(hint, {});
    }
  }

  return {
    find: find,
    make: make,
    empty: empty,
    setText: setText,
    hasClass: hasClass,
    setClass: setClass,
    show: function (element, wanted) { setClass(element, 'gone', !wanted); },
    on: on,
    around: around,
    say: say,
    build: function () {
      find('chat').innerHTML = markup;
      var lang = make('button');
      lang.id = 'lang';
      lang.setAttribute('data-say', 'language');
      document.body.insertBefore(lang, document.body.firstChild);
    }
  };
})();
