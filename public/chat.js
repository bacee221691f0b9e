// chat.js: the first page. It logs in, reads by whichever transport is chosen, and shows what was said.
//
// Every transport is a function that takes a signal to stop at and feeds events to take(). They differ
// in nothing else, and share one cursor: so one may take over from another in the middle, and nothing
// is lost or shown twice. Whatever others wrote goes into the page as text, never as markup.
'use strict';

const $ = (id) => document.getElementById(id);
const LOBBY = 'lobby';
const POLL_EVERY = 2000;
const LONGEST_PAUSE = 30_000;

// --- This tab's session ---

// The cookie belongs to all tabs; the token, the cursor and what is open to this one. So two tabs may
// be two people. A new tab has no token, and goes on with the cookie as whoever logged in last.
let session = JSON.parse(sessionStorage.getItem('encke') || 'null');

// Tells the tabs of one user apart: a newer poll of the same reader ends the older one.
const reader = 'tab-' + randomName();

function keepSession(changes) {
  session = {...session, ...changes};
  sessionStorage.setItem('encke', JSON.stringify(session));
}

function forgetSession() {
  session = null;
  sessionStorage.removeItem('encke');
}

function randomName() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((n) => n.toString(36).padStart(2, '0')).join('');
}

// --- Asking the server ---

class Refusal extends Error {
  constructor(status, {code, message, retry_after: retryAfter}) {
    super(message);
    Object.assign(this, {status, code, retryAfter});
  }
}

async function ask(method, path, {body, signal} = {}) {
  const headers = session?.token ? {Authorization: `Bearer ${session.token}`} : {};
  let answer;
  let json = null;
  try {
    answer = await fetch(path, {method, headers, body, signal, cache: 'no-store'});
    json = await answer.json().catch((error) => {
      if (signal?.aborted) throw error;
      return null;
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refusal(0, {code: 'unreachable', message: 'The server cannot be reached.'});
  }
  if (answer.ok && !json?.error) return json ?? {};
  throw new Refusal(answer.status, json?.error ?? {message: `The server answers with status ${answer.status}.`});
}

// --- Reading ---

function readingFrom(path) {
  const query = new URLSearchParams({reader});
  if (session.cursor) query.set('since', session.cursor);
  return `${path}?${query}`;
}

function sleep(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, {once: true});
  });
}

// After a failure: twice as long each time, and never all clients at the same moment.
function pauseAfter(failures, error) {
  const pause = Math.min(1000 * 2 ** failures, LONGEST_PAUSE) * (0.5 + Math.random() / 2);
  return Math.max(pause, 1000 * (error.retryAfter ?? 0));
}

const transports = {
  events: readStream,
  longpoll: (signal) => readPolls('/longpoll', 0, signal),
  poll: (signal) => readPolls('/poll', POLL_EVERY, signal),
};

async function readPolls(path, pause, signal) {
  let failures = 0;
  while (!signal.aborted) {
    const began = Date.now();
    try {
      const batch = await ask('GET', readingFrom(path), {signal});
      if (signal.aborted) return;
      failures = 0;
      const rest = Math.max(0, ...(batch.events ?? []).map(take));
      showState(rest ? 'waiting' : 'connected');
      if (session && batch.next) keepSession({cursor: batch.next});
      // A held poll that is answered at once with nothing would be asked again at once, for ever.
      const hurried = !batch.flag && Date.now() - began < 1000 ? 1000 : 0;
      await sleep(Math.max(pause, rest, hurried), signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Refusal)) throw error;
      if (error.status === 401) return leave(error.message);
      showState('waiting', error.message);
      await sleep(pauseAfter(failures++, error), signal);
    }
  }
}

async function readStream(signal) {
  let failures = 0;
  while (!signal.aborted) {
    const rest = await readOneStream(signal, () => { failures = 0; });
    if (signal.aborted) return;
    showState('waiting');
    if (rest !== null) {
      await sleep(rest, signal);
      continue;
    }
    // An EventSource does not tell why it was refused; another question does.
    try {
      await ask('GET', '/users', {signal});
      await sleep(pauseAfter(failures++, {}), signal);
    } catch (error) {
      if (signal.aborted) return;
      if (error.status === 401) return leave(error.message);
      await sleep(pauseAfter(failures++, error), signal);
    }
  }
}

// Until the stream ends for good: resolves with how long to stay away if the server said so (bye), else
// with null. In between, an EventSource comes back by itself, and says with Last-Event-ID from where.
function readOneStream(signal, onOpen) {
  return new Promise((resolve) => {
    // It cannot send a header, so the token stands in the URL.
    const url = readingFrom('/events') + (session.token ? `&token=${encodeURIComponent(session.token)}` : '');
    const source = new EventSource(url);
    const end = (rest) => {
      source.close();
      resolve(rest);
    };
    signal.addEventListener('abort', () => end(null), {once: true});
    source.onopen = () => {
      onOpen();
      showState('connected');
    };
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) return end(null);
      showState('waiting');
    };
    for (const kind of ['message', 'private', 'system', 'nouser', 'gap', 'bye']) {
      source.addEventListener(kind, ({data, lastEventId}) => {
        if (signal.aborted) return;
        const rest = take(JSON.parse(data));
        if (session && lastEventId) keepSession({cursor: lastEventId});
        if (kind === 'bye') end(rest);
      });
    }
  });
}

let reading = new AbortController();

function startReading() {
  reading.abort();
  reading = new AbortController();
  showState('waiting');
  transports[$('transport').value](reading.signal);
}

// What one event means. Answers how long to stay away before asking again, in ms.
function take(event) {
  switch (event.event) {
    case 'message':
      if (event.room === LOBBY) talkWith('').add(event);
      break;
    case 'private':
      talkWith(event.from === session.nickname ? event.to : event.from).add(event);
      break;
    case 'system':
      if (event.room === LOBBY) takeChanges(event);
      break;
    case 'nouser':
      leave(event.text);
      break;
    case 'gap':
      talkWith('').note(event.oldest, 'Some of what was said while you were away may be missing here.');
      talkWith('').fetchPast();
      fetchPeople();
      break;
    case 'bye':
      return Math.random() * (event.retry ?? 1000);
  }
  return 0;
}

// --- Who is here ---

let people = new Set();
let peopleSize = 0;

function takeChanges(event) {
  for (const {nickname, flag} of event.changes) flag ? people.add(nickname) : people.delete(nickname);
  peopleSize = event.size;
  const names = (flag) => listNames(event.changes.filter((change) => change.flag === flag));
  const sentences = [names(true) && `${names(true)} came`, names(false) && `${names(false)} went`];
  if (event.more) {
    sentences.push(`${event.more} more came or went`);
    fetchPeople();
  }
  talkWith('').note(event.id, sentences.filter(Boolean).join(', '), event.time);
  showTalks();
}

function listNames(changes) {
  const names = changes.map(({nickname}) => nickname);
  const shown = names.slice(0, 5);
  if (names.length > shown.length) shown.push(`${names.length - shown.length} more`);
  const last = shown.pop();
  return shown.length ? `${shown.join(', ')} and ${last}` : last;
}

function setPeople({users, size}) {
  people = new Set(users);
  peopleSize = size;
  showTalks();
}

async function fetchPeople() {
  try {
    setPeople(await ask('GET', '/users'));
  } catch {
    // The reader finds out by itself whether the session is over.
  }
}

// --- Conversations: the lobby, and one for each person ---

// Keyed by nickname; the lobby by ''.
const talks = new Map();
let shown = null;

function talkWith(nickname) {
  let talk = talks.get(nickname);
  if (!talk) {
    talk = new Talk(nickname);
    talks.set(nickname, talk);
    keepSession({talks: [...talks.keys()]});
    showTalks();
  }
  return talk;
}

class Talk {
  constructor(nickname) {
    this.nickname = nickname;
    this.title = nickname || 'Lobby';
    this.unread = 0;
    this.draft = emptyDraft();
    this.asked = false;  // for its past
    this.ids = new Set();
    this.list = make('ol');
    const button = make('button', {type: 'button', textContent: 'Earlier messages'});
    button.onclick = () => this.fetchPast(this.list.querySelector('.message')?.dataset.id);
    this.earlier = make('li', {className: 'earlier'});
    this.earlier.append(button);
    this.empty = make('li', {className: 'empty', textContent: 'Nothing was said here yet.'});
    this.list.append(this.empty);
  }

  // Shows a message, once, at its place in the log's order.
  add(event, isPast = false) {
    if (this.ids.has(event.id)) return;
    this.ids.add(event.id);
    this.insert(event.id, messageItem(event));
    if (isPast || event.from === session.nickname) return;
    if (shown === this && document.hasFocus()) return;
    ++this.unread;
    showTalks();
    if (shown !== this) $('announcer').textContent = `New message from ${event.from} in ${this.title}`;
  }

  note(id, text, time) {
    const key = `note ${id}`;
    if (this.ids.has(key)) return;
    this.ids.add(key);
    const item = make('li', {className: 'note', textContent: text});
    if (time) item.append(' ', timeOf(time));
    this.insert(id, item);
  }

  insert(id, item) {
    const wasAtEnd = atEnd();
    this.empty.remove();
    item.dataset.id = id;
    let next = null;
    for (let other = this.list.lastElementChild; other?.dataset.id; other = other.previousElementSibling) {
      if (isBefore(other.dataset.id, id)) break;
      next = other;
    }
    this.list.insertBefore(item, next);
    if (shown === this && wasAtEnd) scrollToEnd();
  }

  // The messages before a position, or the latest ones.
  async fetchPast(before) {
    this.asked = true;
    const query = new URLSearchParams(this.nickname ? {with: this.nickname} : {room: LOBBY});
    query.set('limit', '50');
    if (before) query.set('before', before);
    const log = $('log');
    log.setAttribute('aria-busy', 'true');
    try {
      const {events, more} = await ask('GET', `/history?${query}`);
      if (!session) return;
      const fromEnd = log.scrollHeight - log.scrollTop;
      this.earlier.remove();
      for (const event of events) this.add(event, true);
      if (more) this.list.prepend(this.earlier);
      if (shown === this) log.scrollTop = log.scrollHeight - fromEnd;
    } catch (error) {
      this.asked = false;  // so that looking at it again asks again
      if (!session) return;
      this.earlier.remove();
      this.list.prepend(this.earlier);
      if (shown === this) $('send-error').textContent = `Earlier messages are not to be had: ${error.message}`;
    } finally {
      log.removeAttribute('aria-busy');
    }
  }
}

// Positions are EPOCH-OFFSET. Those of another epoch come in the order in which they were heard of.
function isBefore(a, b) {
  const [epochA, offsetA] = a.split('-');
  const [epochB, offsetB] = b.split('-');
  return epochA !== epochB || Number(offsetA) < Number(offsetB);
}

function make(tag, properties = {}) {
  return Object.assign(document.createElement(tag), properties);
}

function timeOf(milliseconds) {
  const date = new Date(milliseconds);
  const today = date.toDateString() === new Date().toDateString();
  const options = {hour: '2-digit', minute: '2-digit', ...(today ? {} : {day: 'numeric', month: 'short'})};
  return make('time', {dateTime: date.toISOString(), textContent: date.toLocaleString([], options)});
}

function messageItem(event) {
  const own = event.from === session.nickname;
  const item = make('li', {className: own ? 'message own' : 'message'});
  const from = make('span', {className: 'from', textContent: own ? 'You' : event.from});
  if (!own) from.style.setProperty('--hue', hueOf(event.from));
  item.append(from, ' ', timeOf(event.time));
  if (event.text) item.append(make('p', {textContent: event.text, dir: 'auto'}));
  if (event.image?.url.startsWith('/images/')) {
    const {url, width, height} = event.image;
    const link = make('a', {href: url, target: '_blank', rel: 'noopener'});
    link.append(make('img', {src: url, width, height, loading: 'lazy', alt: `A picture from ${event.from}`}));
    item.append(link);
  }
  return item;
}

function atEnd() {
  const log = $('log');
  return log.scrollHeight - log.scrollTop - log.clientHeight < 80;
}

function scrollToEnd() {
  $('log').scrollTop = $('log').scrollHeight;
}

function hueOf(nickname) {
  let hash = 0;
  for (const c of nickname) hash = (hash * 31 + c.codePointAt(0)) % 360;
  return hash;
}

// --- The page ---

function showState(state, why = '') {
  const words = {connected: 'connected', waiting: 'connecting…'};
  if ($('state').dataset.state === state && $('state').title === why) return;
  $('state').dataset.state = state;
  $('state').textContent = words[state];
  $('state').title = why;
}

// Rewrites the two lists at the side, at most once a frame.
let talksAreDue = false;
function showTalks() {
  if (talksAreDue) return;
  talksAreDue = true;
  setTimeout(() => {
    talksAreDue = false;
    if (!session) return;
    const focused = document.activeElement?.closest('#side li');
    const names = [...people].sort((a, b) => a.localeCompare(b));
    $('talks').replaceChildren(...[...talks.values()].map(talkItem));
    $('people').replaceChildren(...names.map(personItem));
    $('online-size').textContent = peopleSize;
    const more = peopleSize - people.size;
    $('people-more').hidden = more <= 0;
    $('people-more').textContent = `and ${more} more`;
    if (focused) document.getElementById(focused.id)?.firstChild.focus();

    let unread = 0;
    for (const talk of talks.values()) unread += talk.unread;
    document.title = (unread ? `(${unread}) ` : '') + 'Encke';
    const elsewhere = unread - (shown?.unread ?? 0);
    $('unread-elsewhere').hidden = elsewhere === 0;
    $('unread-elsewhere').textContent = elsewhere;
  }, 16);
}

// A button that opens the conversation with somebody, or the lobby.
function openerItem(id, nickname, label) {
  const item = make('li', {id});
  const button = make('button', {type: 'button'});
  button.append(make('span', {className: 'name', textContent: label}));
  button.onclick = () => {
    openSide(false);
    show(talkWith(nickname));
    $('text').focus();
  };
  item.append(button);
  return item;
}

function talkItem(talk) {
  const away = talk.nickname && !people.has(talk.nickname);
  const item = openerItem(`talk-${encodeURIComponent(talk.nickname)}`, talk.nickname, talk.title + (away ? ' (away)' : ''));
  const button = item.firstChild;
  button.classList.toggle('away', away);
  if (talk === shown) button.setAttribute('aria-current', 'true');
  if (talk.unread) {
    const badge = make('span', {className: 'badge', textContent: talk.unread});
    badge.append(make('span', {className: 'hidden', textContent: ' unread'}));
    button.append(badge);
  }
  return item;
}

function personItem(nickname) {
  if (nickname !== session.nickname) return openerItem(`person-${encodeURIComponent(nickname)}`, nickname, nickname);
  const item = make('li');
  item.append(make('span', {className: 'quiet', textContent: `${nickname} (you)`}));
  return item;
}

function show(talk) {
  shown = talk;
  talk.unread = 0;
  $('title').textContent = talk.title;
  $('log').replaceChildren(talk.list);
  scrollToEnd();
  $('text').placeholder = talk.nickname ? `To ${talk.nickname} alone` : 'To everyone';
  $('text').setAttribute('aria-label', talk.nickname ? `Message to ${talk.nickname} alone` : 'Message to everyone');
  $('send-error').textContent = '';
  showDraft();
  showTalks();
  if (!talk.asked) talk.fetchPast();
}

function openSide(open) {
  $('side').classList.toggle('open', open);
  $('side-toggle').setAttribute('aria-expanded', open);
}

// --- Sending ---

// A draft has its key until it is changed or has arrived: however often it is sent, it is said once.
let outbox = Promise.resolve();
let shownFile = null;

function emptyDraft() {
  return {text: '', file: null, key: null};
}

function showDraft() {
  const {text, file} = shown.draft;
  if ($('text').value !== text) $('text').value = text;
  $('text').style.height = 'auto';
  $('text').style.height = `${$('text').scrollHeight + 2}px`;
  if (shownFile === file) return;
  shownFile = file;
  URL.revokeObjectURL($('attachment-view').src);
  $('attachment').hidden = !file;
  $('attachment-view').src = file ? URL.createObjectURL(file) : '';
  $('attachment-name').textContent = file?.name ?? '';
}

function changeDraft(changes) {
  shown.draft = {...shown.draft, ...changes, key: null};
  showDraft();
}

function attach(files) {
  const file = [...(files ?? [])].find(({type}) => type.startsWith('image/'));
  if (file) changeDraft({file});
  return Boolean(file);
}

// The box is free for the next message at once; they go out one after the other. What was refused comes
// back into the box.
function send(talk) {
  const draft = talk.draft;
  if (!draft.text.trim() && !draft.file) return;
  draft.key ??= randomName();
  talk.draft = emptyDraft();
  showDraft();
  $('send-error').textContent = '';
  outbox = outbox.then(() => deliver(talk, draft));
}

async function deliver(talk, draft) {
  const form = new FormData();
  form.set('key', draft.key);
  if (draft.text.trim()) form.set('text', draft.text);
  if (draft.file) form.set('image', draft.file);
  if (talk.nickname) form.set('to', talk.nickname);
  else form.set('room', LOBBY);
  $('send').setAttribute('aria-busy', 'true');
  try {
    const {id, time} = await ask('POST', '/send', {body: form});
    if (!session) return;
    // What a poll would bring later is known already; but not where the picture went.
    if (id && !draft.file) talk.add({id, time, from: session.nickname, text: draft.text});
    if (shown === talk) scrollToEnd();
  } catch (error) {
    if (!session) return;
    if (error.status === 401) return leave(error.message);
    const {text, file} = talk.draft;
    talk.draft = !text && !file
        ? draft
        : {text: [draft.text, text].filter(Boolean).join('\n'), file: file ?? draft.file, key: null};
    if (shown === talk) showDraft();
    $('send-error').textContent = `Not sent: ${error.message}`;
  } finally {
    $('send').removeAttribute('aria-busy');
  }
}

// --- Coming and going ---

function enter() {
  $('login').hidden = true;
  $('chat').hidden = false;
  $('me').textContent = session.nickname;
  $('other').hidden = Boolean(session.token);
  for (const nickname of session.talks ?? []) talkWith(nickname);
  show(talkWith(''));
  startReading();
  $('text').focus();
}

function leave(why = '') {
  if (!session) return;
  reading.abort();
  $('nickname').value = session.nickname;
  forgetSession();
  talks.clear();
  people.clear();
  openSide(false);
  showLogin(why);
}

function showLogin(why = '') {
  document.title = 'Encke';
  $('chat').hidden = true;
  $('login').hidden = false;
  $('login-error').textContent = why;
  $($('nickname').value ? 'secret' : 'nickname').focus();
}

$('login-form').onsubmit = async (event) => {
  event.preventDefault();
  $('login-error').textContent = '';
  try {
    const {nickname, token, cursor, users, size} =
        await ask('POST', '/login', {body: new URLSearchParams(new FormData(event.target))});
    $('secret').value = '';
    localStorage.setItem('encke.nickname', nickname);
    keepSession({nickname, token, cursor});
    setPeople({users, size});
    enter();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    $('login-error').textContent = error.message;
    $('nickname').focus();
  }
};

$('logout').onclick = () => {
  ask('POST', '/logout').catch(() => {});
  leave();
};

// Leaves the session to the tab that it belongs to.
$('other').onclick = () => {
  leave();
  $('nickname').value = '';
  $('nickname').focus();
};

$('composer').onsubmit = (event) => {
  event.preventDefault();
  send(shown);
};
$('text').oninput = () => changeDraft({text: $('text').value});
$('text').onkeydown = (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $('composer').requestSubmit();
};
$('text').onpaste = (event) => {
  if (attach(event.clipboardData.files)) event.preventDefault();
};
$('image').onchange = () => {
  attach($('image').files);
  $('image').value = '';
  $('text').focus();
};
$('attachment-remove').onclick = () => {
  changeDraft({file: null});
  $('text').focus();
};
$('talk').ondragover = (event) => {
  if (!event.dataTransfer.types.includes('Files')) return;
  event.preventDefault();
  $('talk').classList.add('dropping');
};
$('talk').ondragleave = () => $('talk').classList.remove('dropping');
$('talk').ondrop = (event) => {
  $('talk').classList.remove('dropping');
  if (!event.dataTransfer.types.includes('Files')) return;
  event.preventDefault();
  attach(event.dataTransfer.files);
};

$('transport').onchange = startReading;
$('side-toggle').onclick = () => openSide($('side-toggle').getAttribute('aria-expanded') !== 'true');
// Who reads the newest goes on seeing it when a keyboard takes half of the screen.
let readsNewest = true;
let height = 0;
$('log').onscroll = () => {
  if ($('log').clientHeight === height) readsNewest = atEnd();
};
new ResizeObserver(() => {
  height = $('log').clientHeight;
  if (readsNewest) scrollToEnd();
}).observe($('log'));
$('log').onclick = () => openSide(false);
document.onkeydown = (event) => {
  if (event.key !== 'Escape' || !$('side').classList.contains('open')) return;
  openSide(false);
  $('side-toggle').focus();
};
window.onfocus = () => {
  if (!session || !shown) return;
  shown.unread = 0;
  showTalks();
};
window.ononline = () => session && startReading();
// A tab that has nothing but the cookie is whoever the cookie is now.
window.onstorage = ({key}) => {
  if (key === 'encke.nickname' && session && !session.token) location.reload();
};

// Does a session of before still live? If so, go on with it.
(async () => {
  const last = localStorage.getItem('encke.nickname');
  if (session && !session.token && session.nickname !== last) forgetSession();
  const known = session ?? {nickname: last};
  if (!known.nickname) return showLogin();
  try {
    const list = await ask('GET', '/users');
    keepSession(known);
    setPeople(list);
    enter();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    $('nickname').value = known.nickname;
    forgetSession();
    showLogin(error.status === 401 ? '' : error.message);
  }
})();
