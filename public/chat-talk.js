// chat-talk.js: one conversation, a room's or one with somebody alone: what was said in it, in order.
//
// Items stand in the order of the server's log, whichever way they came: live, from the past, or from this
// page itself, whose own messages stand at the end until their place is known. So the past and the present
// can be laid over each other, and nothing is there twice.
var Talk = (function () {
  var MOST_ITEMS = 500;  // that are kept on the page while its end is being read
  var WIDEST = 480;  // px
  var TALLEST = 320;
  var GROUPED_WITHIN = 5 * 60 * 1000;

  // `key` is '#room' or '@nickname'. `host` is told what happens: changed(talk), failed(talk, error); fetches the
  // past(talk, before, done); and does what the buttons say: again, edit and drop(talk, item).
  function Talk(key, host) {
    this.key = key;
    this.name = key.substring(1);
    this.isPrivate = key.charAt(0) === '@';
    this.host = host;
    this.me = '';
    this.unread = 0;
    this.draft = {text: '', image: null};
    this.items = [];
    this.known = {};  // items by position
    this.asked = false;  // for its past
    this.list = Page.make('ol');
    this.earlier = Page.make('li', 'earlier');
    this.nothing = Page.make('li', 'nothing');
    this.list.appendChild(this.nothing);
    this.say();
  }

  // --- Positions ---

  // A position is EPOCH-OFFSET. Of another epoch, nothing can be said but the time.
  function isBefore(a, b) {
    if (!a.id || !b.id) return Boolean(a.id);
    var left = a.id.split('-');
    var right = b.id.split('-');
    return left[0] === right[0] ? Number(left[1]) < Number(right[1]) : a.time <= b.time;
  }

  function dayOf(item) {
    return new Date(item.time).toDateString();
  }

  // --- What comes in ---

  // A message that the server tells of. Answers whether it is news.
  Talk.prototype.add = function (event) {
    var item = this.known[event.id];
    if (item) {
      // What was confirmed to this page already; but only now it is known where the picture went.
      if (!item.event.image && event.image) {
        item.event = event;
        letGo(item);
        this.render(item);
      }
      return false;
    }
    item = event.from === this.me && this.findOwn(event);
    if (item) this.settle(item, event);
    else this.insert({kind: 'message', id: event.id, time: event.time, event: event});
    return !item;
  };

  // Something that happened; `say` says it, whenever the language changes.
  Talk.prototype.note = function (id, time, say) {
    var key = 'note ' + id;
    if (this.known[key]) return;
    this.known[key] = this.insert({kind: 'news', id: id, time: time, say: say});
  };

  // An own message that waits here for its answer, and may have come by the stream before that.
  Talk.prototype.findOwn = function (event) {
    var oldest = null;
    for (var i = this.items.length - 1; i >= 0 && !this.items[i].id; --i) {
      var item = this.items[i];
      if ((item.event.text || '') === (event.text || '') && Boolean(item.image) === Boolean(event.image) &&
          isBefore({id: item.after, time: 0}, event)) {
        oldest = item;
      }
    }
    return oldest;
  };

  // --- Own messages ---

  // Shows a message of one's own before the server has it. `after`: a position that it will follow.
  Talk.prototype.addOwn = function (text, image, after, state, why) {
    var event = {from: this.me, text: text};
    if (this.isPrivate) event.to = this.name;
    return this.insert({
      kind: 'message', time: new Date().getTime(), event: event, image: image, after: after, state: state, why: why
    });
  };

  // It has its place now. Where that is the place it has already, its node stays: a screen reader would read
  // a new one aloud.
  Talk.prototype.settle = function (item, event) {
    if (item.id || item.dropped) return;
    var at = this.indexOf(item);
    item.id = event.id;
    item.time = event.time;
    item.state = '';
    if (event.from) item.event = event;
    if (this.known[event.id]) {
      this.takeOut(item);
    } else if (at > 0 && isBefore(item, this.items[at - 1])) {
      this.takeOut(item);
      this.insert(item);
    } else {
      this.known[event.id] = item;
      if (item.image) {
        if (event.image) letGo(item);
        return this.render(item);
      }
      Page.setClass(item.node, 'pending', false);
      Page.setClass(item.node, 'failed', false);
      item.node.setAttribute('data-id', item.id);
      if (item.fate) item.fate.parentNode.removeChild(item.fate);
      item.fate = null;
      this.arrange(at);
    }
  };

  // The picture is on the server: what the browser kept to show of it can go.
  function letGo(item) {
    var urls = window.URL || window.webkitURL;
    if (item.image && item.image.url && urls) urls.revokeObjectURL(item.image.url);
    item.image = null;
  }

  Talk.prototype.indexOf = function (item) {
    var at = this.items.length - 1;
    while (at >= 0 && this.items[at] !== item) --at;
    return at;
  };

  Talk.prototype.setState = function (item, state, why) {
    if (item.id || item.dropped) return;
    item.state = state;
    item.why = why;
    this.render(item);
  };

  Talk.prototype.drop = function (item) {
    if (item.dropped) return;
    item.dropped = true;
    this.takeOut(item);
  };

  // What is not known to have arrived.
  Talk.prototype.unsent = function () {
    var unsent = [];
    for (var i = 0; i < this.items.length; ++i) {
      if (this.items[i].kind === 'message' && !this.items[i].id) unsent.push(this.items[i]);
    }
    return unsent;
  };

  // --- The past ---

  Talk.prototype.fetchPast = function (before) {
    var talk = this;
    talk.asked = true;
    talk.host.past(talk, before, function (error, answer) {
      talk.showEarlier(error || answer.more);
      if (error) {
        talk.asked = false;  // so that looking at it again asks again
        return talk.host.failed(talk, error);
      }
      for (var i = 0; i < answer.events.length; ++i) talk.add(answer.events[i]);
    });
  };

  Talk.prototype.showEarlier = function (wanted) {
    var shown = this.earlier.parentNode === this.list;
    if (wanted && !shown) this.list.insertBefore(this.earlier, this.list.firstChild);
    if (!wanted && shown) this.list.removeChild(this.earlier);
  };

  Talk.prototype.fetchEarlier = function () {
    for (var i = 0; i < this.items.length; ++i) {
      if (this.items[i].id && this.items[i].kind === 'message') return this.fetchPast(this.items[i].id);
    }
    this.fetchPast();
  };

  // Lets go of the oldest, which can be had again.
  Talk.prototype.forgetOldest = function () {
    if (this.items.length <= MOST_ITEMS) return;
    while (this.items.length > MOST_ITEMS / 2 && this.items[0].id) {
      var item = this.items[0];
      this.takeOut(item);
      if (item.kind === 'message') delete this.known[item.id];
    }
    this.showEarlier(true);
  };

  // --- The list ---

  Talk.prototype.insert = function (item) {
    var at = this.items.length;
    while (at > 0 && isBefore(item, this.items[at - 1])) --at;
    var next = this.items[at];
    this.items.splice(at, 0, item);
    if (item.kind === 'message' && item.id) this.known[item.id] = item;
    if (this.nothing.parentNode === this.list) this.list.removeChild(this.nothing);
    var node = this.makeNode(item);
    this.list.insertBefore(node, next ? next.day || next.node : null);
    item.node = node;
    this.arrange(at);
    this.arrange(at + 1);
    this.host.changed(this);
    return item;
  };

  Talk.prototype.takeOut = function (item) {
    var at = this.indexOf(item);
    if (at < 0) return;
    this.items.splice(at, 1);
    this.list.removeChild(item.node);
    if (item.day) this.list.removeChild(item.day);
    item.day = null;
    this.arrange(at);
    if (!this.items.length) this.list.appendChild(this.nothing);
  };

  Talk.prototype.render = function (item) {
    var node = this.makeNode(item);
    if (Page.hasClass(item.node, 'same')) Page.setClass(node, 'same', true);
    this.list.replaceChild(node, item.node);
    item.node = node;
    this.host.changed(this);
  };

  // Day marks stand before the first item of a day; a name, before the first message of several.
  Talk.prototype.arrange = function (at) {
    var item = this.items[at];
    if (!item) return;
    var last = this.items[at - 1];
    var isNewDay = !last || dayOf(last) !== dayOf(item);
    if (isNewDay && !item.day) {
      item.day = Page.make('li', 'day', Words.day(item.time));
      this.list.insertBefore(item.day, item.node);
    } else if (!isNewDay && item.day) {
      this.list.removeChild(item.day);
      item.day = null;
    }
    Page.setClass(item.node, 'same', !isNewDay && last.kind === 'message' && item.kind === 'message' &&
        last.event.from === item.event.from && item.time - last.time < GROUPED_WITHIN);
  };

  // Says everything again: in another language, or on another day.
  Talk.prototype.say = function () {
    var talk = this;
    Page.setText(talk.nothing, talk.isPrivate ? Words.say('emptyPrivate', {name: talk.name}) : Words.say('emptyRoom', {}));
    Page.empty(talk.earlier);
    talk.earlier.appendChild(makeButton('earlier', function () { talk.fetchEarlier(); }));
    for (var i = 0; i < talk.items.length; ++i) {
      talk.render(talk.items[i]);
      if (talk.items[i].day) Page.setText(talk.items[i].day, Words.day(talk.items[i].time));
    }
  };

  // --- One item ---

  function makeButton(name, whenClicked) {
    var button = Page.make('button', '', Words.say(name, {}));
    Page.on(button, 'click', whenClicked);
    return button;
  }

  function makeTime(ms) {
    var time = Page.make('span', 'time', Words.clock(ms));
    time.title = Words.fullDay(ms);
    return time;
  }

  // Lines as lines: old browsers know no white-space: pre-wrap.
  function makeText(text) {
    var node = Page.make('span', 'text');
    node.setAttribute('dir', 'auto');
    var lines = text.split('\n');
    for (var i = 0; i < lines.length; ++i) {
      if (i) node.appendChild(Page.make('br'));
      node.appendChild(document.createTextNode(lines[i]));
    }
    return node;
  }

  // The same colour for the same name, everywhere.
  function colourOf(nickname) {
    var hash = 0;
    for (var i = 0; i < nickname.length; ++i) hash = (hash * 31 + nickname.charCodeAt(i)) % 65521;
    return 'colour' + hash % 8;
  }

  Talk.prototype.makeNode = function (item) {
    if (item.kind === 'message') return this.makeMessage(item);
    var node = Page.make('li', 'news', item.say());
    node.appendChild(document.createTextNode(' '));
    node.appendChild(makeTime(item.time));
    return node;
  };

  Talk.prototype.makeMessage = function (item) {
    var event = item.event;
    var isOwn = event.from === this.me;
    var node = Page.make('li', 'message' + (isOwn ? ' mine' : '') + (item.state ? ' ' + item.state : ''));
    if (item.id) node.setAttribute('data-id', item.id);
    var bubble = Page.make('div', 'bubble');
    node.appendChild(bubble);
    bubble.appendChild(Page.make('span', 'from ' + colourOf(event.from), event.from));
    bubble.appendChild(document.createTextNode(' '));
    var picture = this.makePicture(item);
    if (picture) bubble.appendChild(picture);
    if (event.text) bubble.appendChild(makeText(event.text));
    bubble.appendChild(document.createTextNode(' '));
    bubble.appendChild(makeTime(item.time));
    item.fate = item.state ? bubble.appendChild(this.makeFate(item)) : null;
    return node;
  };

  Talk.prototype.makePicture = function (item) {
    var talk = this;
    var image = item.event.image;
    var own = item.image;
    // Only what this server keeps is shown: nobody can make others' browsers ask elsewhere.
    if (image && image.url.indexOf('/images/') !== 0) return null;
    if (!image && !own) return null;
    if (!image && !own.url) return Page.make('span', 'file', own.name);
    var picture = Page.make('img');
    picture.alt = Words.say('pictureOf', {name: item.event.from});
    if (image && image.width) {
      // The room that it takes, before it is there.
      var scale = Math.min(1, WIDEST / image.width, TALLEST / image.height);
      picture.setAttribute('width', Math.max(1, Math.round(image.width * scale)));
      picture.setAttribute('height', Math.max(1, Math.round(image.height * scale)));
    }
    picture.onload = function () { talk.host.changed(talk); };
    picture.src = image ? image.url : own.url;
    var link = Page.make(image ? 'a' : 'span', 'picture');
    if (image) {
      link.href = image.url;
      link.target = '_blank';
      link.setAttribute('rel', 'noopener');
    }
    link.appendChild(picture);
    return link;
  };

  // What became of an own message so far, and what can be done about it.
  Talk.prototype.makeFate = function (item) {
    var talk = this;
    var host = talk.host;
    var failed = item.state === 'failed';
    var says = failed ? 'failed' : item.why ? 'sendingLater' : 'sending';
    var why = item.why ? Words.ofError(item.why) : Words.say('interrupted', {});
    var told = Words.say(says, {why: why});
    if (!failed && item.why && item.why.retry_after) {
      told += ' \u2013 ' + Words.say('nextTry', {count: Math.ceil(item.why.retry / 1000)});
    }
    var fate = Page.make('div', 'fate', told);
    if (!failed) return fate;
    var choices = Page.make('div', 'choices');
    choices.appendChild(makeButton('retry', function () { host.again(talk, item); }));
    choices.appendChild(document.createTextNode(' '));
    choices.appendChild(makeButton('edit', function () { host.edit(talk, item); }));
    choices.appendChild(document.createTextNode(' '));
    choices.appendChild(makeButton('discard', function () { host.drop(talk, item); }));
    fate.appendChild(choices);
    return fate;
  };

  return Talk;
})();
