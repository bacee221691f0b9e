// What the chat page shows to its user, as JSON text. It runs inside each engine, so it is ES3 and needs no library.
(function () {
  function get(id) { return document.getElementById(id); }

  function quote(s) {
    var out = '', i, c;
    s = String(s);
    for (i = 0; i < s.length; i++) {
      c = s.charCodeAt(i);
      out += c < 32 || c > 126 || c === 34 || c === 92 ? '\\u' + ('000' + c.toString(16)).slice(-4) : s.charAt(i);
    }
    return '"' + out + '"';
  }

  function json(v) {
    var out = [], i, k;
    if (v === null || v === undefined) { return 'null'; }
    if (typeof v === 'boolean' || typeof v === 'number') { return String(v); }
    if (typeof v !== 'object') { return quote(v); }
    if (typeof v.push === 'function') {
      for (i = 0; i < v.length; i++) { out.push(json(v[i])); }
      return '[' + out.join(',') + ']';
    }
    for (k in v) { out.push(quote(k) + ':' + json(v[k])); }
    return '{' + out.join(',') + '}';
  }

  function text(e) {
    var out = '', c;
    if (!e) { return ''; }
    for (c = e.firstChild; c; c = c.nextSibling) {
      if (c.nodeType === 3) { out += c.nodeValue; } else if (c.nodeName === 'BR') { out += '\n'; } else { out += text(c); }
    }
    return out;
  }

  function trimmed(e) { return text(e).replace(/^\s+|\s+$/g, ''); }

  function shown(e) {
    var style;
    if (!e) { return false; }
    for (; e && e.nodeType === 1; e = e.parentNode) {
      style = e.currentStyle || (window.getComputedStyle ? window.getComputedStyle(e, null) : e.style);
      if (style && style.display === 'none') { return false; }
    }
    return true;
  }

  function has(e, name) { return (' ' + e.className + ' ').indexOf(' ' + name + ' ') >= 0; }

  function within(e, name) {
    var all = e.getElementsByTagName('*'), i;
    for (i = 0; i < all.length; i++) { if (has(all[i], name)) { return all[i]; } }
    return null;
  }

  function each(id, attribute, fn) {
    var root = get(id), all = root ? root.getElementsByTagName('*') : [], out = [], i, value;
    for (i = 0; i < all.length; i++) {
      value = all[i].getAttribute(attribute);
      if (value) { out.push(fn(all[i], String(value))); }
    }
    return out;
  }

  function talk(e, name) {
    return { name: name, unread: Number(trimmed(within(e, 'unread'))) || 0, current: has(e, 'current') || e.getAttribute('aria-current') === 'true' };
  }

  function message(e) {
    var img = e.getElementsByTagName('img')[0];
    return {
      id: e.getAttribute('data-id') || '', from: trimmed(within(e, 'from')), text: text(within(e, 'text')),
      image: img ? String(img.src) : '', loaded: img ? !!(img.complete && (img.naturalWidth === undefined || img.naturalWidth > 0)) : false,
      mine: has(e, 'mine'), pending: has(e, 'pending'), failed: has(e, 'failed')
    };
  }

  function log() {
    var root = get('log'), all = root ? root.getElementsByTagName('li') : [], out = { messages: [], news: [] }, i;
    for (i = 0; i < all.length; i++) {
      if (has(all[i], 'message')) { out.messages.push(message(all[i])); }
      if (has(all[i], 'news')) { out.news.push(trimmed(all[i])); }
    }
    return out;
  }

  var state = get('state'), box = get('text'), shownLog = log();
  return json({
    title: document.title, address: String(location.href), ready: document.readyState || '',
    login: shown(get('login')), chat: shown(get('chat')), me: trimmed(get('me')),
    loginError: trimmed(get('login-error')), sendError: trimmed(get('send-error')),
    state: state ? state.getAttribute('data-state') || '' : '', transport: state ? state.getAttribute('data-transport') || '' : '',
    stateText: trimmed(state), typed: box ? String(box.value) : '',
    talks: each('talks', 'data-talk', talk),
    people: each('people', 'data-nick', function (e, name) { return name; }),
    messages: shownLog.messages, news: shownLog.news
  });
})()
