// chat-side.js: the two lists beside the conversation: which conversations there are, and who is online.
//
// Nodes are kept and moved as little as can be, so that neither the focus nor a click that is being made
// gets lost when somebody comes or goes.
var Side = (function () {
  var PAUSE = 100;  // ms between two writes, however much happens

  var people = {};  // by '@nickname'; true where online
  var known = 0;
  var size = 0;
  var me = '';
  var rows = {talks: {}, people: {}};
  var due = null;  // when it may be written again
  var isStale = false;
  var show = null;

  function compare(a, b) {
    return a.name.localeCompare(b.name);
  }

  // Makes the list hold a button for each of `wanted`, in its order.
  function fill(id, wanted, write) {
    var list = Page.find(id);
    var old = rows[id];
    var kept = {};
    var i;
    for (i = 0; i < wanted.length; ++i) kept[wanted[i].key] = old[wanted[i].key] || makeRow(id, wanted[i]);
    for (var key in old) {
      if (old.hasOwnProperty(key) && !kept[key]) list.removeChild(old[key].item);
    }
    for (i = 0; i < wanted.length; ++i) {
      var row = kept[wanted[i].key];
      if (list.childNodes[i] !== row.item) list.insertBefore(row.item, list.childNodes[i] || null);
      write(row, wanted[i]);
    }
    rows[id] = kept;
  }

  function makeRow(id, entry) {
    var row = {item: Page.make('li'), button: Page.make('button'), name: Page.make('span', 'name')};
    row.button.setAttribute(id === 'talks' ? 'data-talk' : 'data-nick', id === 'talks' ? entry.key : entry.name);
    row.mark = Page.make('span', id === 'talks' ? 'unread badge' : 'quiet');
    row.button.appendChild(row.name);
    row.button.appendChild(document.createTextNode(' '));
    row.button.appendChild(row.mark);
    row.item.appendChild(row.button);
    return row;
  }

  function writeTalk(row, entry) {
    var talk = entry.talk;
    var isAway = talk.isPrivate && !Side.isOnline(talk.name);
    row.button.title = entry.title;  // a long one is cut
    Page.setText(row.name, entry.title + (isAway ? ' ' + Words.say('away', {}) : ''));
    Page.setClass(row.button, 'away', isAway);
    Page.setClass(row.button, 'current', entry.isShown);
    if (entry.isShown) row.button.setAttribute('aria-current', 'true');
    else row.button.removeAttribute('aria-current');
    Page.setText(row.mark, talk.unread ? String(talk.unread) : '');
    if (talk.unread) row.mark.setAttribute('aria-label', talk.unread + ' ' + Words.say('unread', {}));
    else row.mark.removeAttribute('aria-label');
    Page.show(row.mark, talk.unread);
  }

  function writePerson(row, entry) {
    row.button.title = entry.name;
    Page.setText(row.name, entry.name);
    Page.setText(row.mark, entry.name === me ? Words.say('self', {}) : '');
  }

  function writeAgain() {
    due = null;
    if (isStale) write();
  }

  function write() {
    clearTimeout(due);
    due = setTimeout(writeAgain, PAUSE);
    isStale = false;
    var state = show();
    var wanted = [];
    var unread = 0;
    var i;
    for (i = 0; i < state.talks.length; ++i) {
      var talk = state.talks[i];
      unread += talk.unread;
      wanted.push({key: talk.key, talk: talk, title: state.title(talk), isShown: talk === state.shown});
    }
    fill('talks', wanted, writeTalk);

    var names = [];
    for (var key in people) {
      if (people.hasOwnProperty(key)) names.push({key: key, name: key.substring(1)});
    }
    fill('people', names.sort(compare), writePerson);
    Page.setText(Page.find('people-size'), String(size));
    Page.setText(Page.find('people-more'), size > names.length ? Words.say('more', {count: size - names.length}) : '');

    document.title = (unread ? '(' + unread + ') ' : '') + 'Encke';
    var elsewhere = unread - (state.shown ? state.shown.unread : 0);
    Page.setText(Page.find('elsewhere'), elsewhere ? String(elsewhere) : '');
    Page.show(Page.find('elsewhere'), elsewhere);
  }

  return {
    // `state()` answers {talks, shown, title(talk)}.
    start: function (nickname, state) {
      me = nickname;
      show = state;
      people = {};
      known = size = 0;
    },
    stop: function () {
      if (due) clearTimeout(due);
      due = null;
      show = null;
      isStale = false;
    },
    // `isUrgent`: the user did something, and waits to see it.
    refresh: function (isUrgent) {
      isStale = true;
      if (show && (isUrgent || !due)) write();
    },
    setPeople: function (names, count) {
      people = {};
      for (var i = 0; i < names.length; ++i) people['@' + names[i]] = true;
      known = names.length;
      size = count;
      Side.refresh();
    },
    setPerson: function (name, isHere, count) {
      var wasHere = Boolean(people['@' + name]);
      if (isHere) people['@' + name] = true;
      else delete people['@' + name];
      if (wasHere !== isHere) known += isHere ? 1 : -1;
      size = count;
      Side.refresh();
    },
    // Of a crowd, not all names are known.
    isOnline: function (name) {
      return Boolean(people['@' + name]) || known < size;
    }
  };
})();
