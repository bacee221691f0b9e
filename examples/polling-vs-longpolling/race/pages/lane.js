// lane.js: one lane's reader: logs in, keeps the cursor, runs one transport (transports.js), tries
// again when it breaks, and tells the race page what happened.
//
//   lane.html?lane=NAME&interval=MS&parent=ORIGIN

import { now } from './clock.js';
import * as transports from './transports.js';

const asked = new URLSearchParams(location.search);
const name = asked.get('lane');
const parent_origin = asked.get('parent');

const kUnknownToIt = ['unauthorized', 'session_expired', 'evicted'];

const tell = (what) => window.parent.postMessage(what, parent_origin);
const random = () => Math.random().toString(36).slice(2, 10);
const offset_of = (cursor) => Number(cursor.slice(cursor.indexOf('-') + 1));

/// Why a transport has ended. `retry`: the server said bye, and when to come back. `status`: it
/// refused. `unknown`: nobody tells whether it refused or was not there. Else the connection broke.
export class Over extends Error {
  constructor({ retry, status, unknown } = {}) {
    super('over');
    Object.assign(this, { retry, status, unknown, in_order: retry !== undefined });
  }
}

/// Which numbers came, and which did not. They come in order, but for what was said while the
/// server was away.
class Tally {
  missed_for_good = 0;
  doubled = 0;
  whole = null;  // all up to here came
  ahead = new Set();
  last_fed = 0;

  has(n) { return this.whole !== null && (n <= this.whole || this.ahead.has(n)); }
  get missed() { return this.missed_for_good + (this.ahead.size ? Math.max(...this.ahead) - this.whole - this.ahead.size : 0); }

  /// True if it is new.
  add(n, fed) {
    if (this.whole === null) this.whole = n - 1;
    if (this.has(n)) {
      this.doubled++;
      return false;
    }
    this.ahead.add(n);
    for (; this.ahead.size; this.whole++) {
      if (this.ahead.delete(this.whole + 1)) continue;
      if (this.ahead.size < 500) break;
      this.missed_for_good++;  // it will not come any more
    }
    this.last_fed = Math.max(this.last_fed, fed);
    return true;
  }
}

class Lane {
  interval = Number(asked.get('interval')) || 2000;
  token = '';
  cursor = '';
  failures = 0;  // in a row
  requests = 0;
  tally = new Tally();
  reader = random();
  interval_changed = () => {};

  url(path, parameters = {}) {
    return `${path}?${new URLSearchParams({ token: this.token, since: this.cursor, reader: this.reader, ...parameters })}`;
  }

  /// `act` is called now, and whenever the knob is turned.
  on_interval(act) {
    this.interval_changed = act;
    act();
  }

  begin() {
    const id = ++this.requests;
    tell({ type: 'request', id, at: now() });
    let open = true;
    return {
      id,
      filled: false,
      end({ error = false, bytes = 0 }) {
        if (open) tell({ type: 'answer', id, at: now(), empty: !this.filled && !error, error, bytes });
        open = false;
      },
    };
  }

  /// The server answers: what failed before counts no more.
  open() { this.failures = 0; }

  broke() { tell({ type: 'broke' }); }
  came_back() { tell({ type: 'came_back' }); }

  hear(event, request, size) {
    if (event.error) return new Over({ status: kUnknownToIt.includes(event.error.code) ? 401 : 503 });
    this.open();
    if (event.event === 'bye') return new Over({ retry: event.retry });
    if (event.event === 'gap') this.cursor = event.oldest;
    if (event.id) this.cursor = event.id;
    if (event.event === 'message') this.message(event.text, request, size);
    return null;
  }

  /// A poll's whole answer.
  hear_all(answer, request) {
    if (answer.error) return this.hear(answer, request);
    let over = null;
    this.open();
    for (const event of answer.events) over = this.hear(event, request) ?? over;
    this.cursor = answer.next ?? this.cursor;
    return over;
  }

  /// The race says `N@T`: the N-th message, fed at T.
  message(text, request, size = 0) {
    const at = now(), [n, fed] = text.split('@').map(Number);
    if (!n || !fed) return;
    if (request) request.filled = true;
    this.tally.add(n, fed);
    const { missed, doubled } = this.tally;
    tell({ type: 'message', n, fed, at, id: request?.id ?? 0, size, missed, doubled });
  }

  async log_in() {
    const again = this.cursor !== '';
    const response = await fetch('/login', {
      method: 'POST',
      body: new URLSearchParams({ nickname: `${name}-${random()}` }),
      credentials: 'omit',  // all lanes have one host, and so would share one cookie
    });
    if (!response.ok) throw new Over({ status: response.status });
    ({ token: this.token, cursor: this.cursor } = await response.json());
    this.open();
    if (again) await this.catch_up();
  }

  /// A session begins with what is said after it. What was said since the last one, the room's
  /// history has: of this server, that is. One that was restarted has forgotten what was before.
  async catch_up() {
    const response = await fetch(this.url('/history', { room: 'lobby', limit: 1000 }), { credentials: 'omit' });
    if (!response.ok) return;
    for (const event of (await response.json()).events) {
      const n = Number(event.text?.split('@')[0]);
      if (offset_of(event.id) <= offset_of(this.cursor) && this.tally.whole !== null && !this.tally.has(n)) this.message(event.text);
    }
  }

  /// Whether the server still knows us, where the transport itself cannot tell.
  async is_known() { return (await fetch(this.url('/session'), { credentials: 'omit' })).status !== 401; }

  /// Twice as long after each failure, up to 4 s, less up to half of it: or all would come back at once.
  pause(over) {
    const longest = over.retry ?? Math.min(4000, 200 * 2 ** this.failures++);
    const ms = longest * (1 - Math.random() / 2);
    return new Promise((done) => setTimeout(done, ms));
  }

  async run(transport) {
    for (;;) {
      try {
        if (!this.token) await this.log_in();
        await transport(this);
      } catch (error) {
        const over = error instanceof Over ? error : new Over();
        if (!over.in_order) this.broke();
        if (!(error instanceof Over) && !(error instanceof TypeError)) console.error(error);
        await this.pause(over);
        const known = over.unknown ? await this.is_known().catch(() => true) : over.status !== 401;
        if (!known) this.token = '';
      }
    }
  }
}

const lane = new Lane();
addEventListener('message', (event) => {
  if (event.origin !== parent_origin || event.data.type !== 'interval') return;
  lane.interval = event.data.interval;
  lane.interval_changed();
  tell({ type: 'interval', interval: lane.interval });
});
tell({ type: 'here' });
lane.run(transports[name]);
