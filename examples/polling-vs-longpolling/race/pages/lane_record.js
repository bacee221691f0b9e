// lane_record.js: what one lane's page has told since the counters were zeroed, and of what it is
// drawn from.

import { now } from './clock.js';
import { Delays } from './figures.js';

export class LaneRecord {
  made = 0;            // requests since the lane's page was loaded: zeroing leaves them
  answered = 0;        // of these
  empty = 0;           // of these
  got = 0;             // bytes of these, as the lane's page saw them
  broke = 0;
  broke_in_a_row = 0;
  came_back = 0;       // by the browser itself, not by its page
  told = { missed: 0, doubled: 0 };    // by the lane's page, which counts from its beginning
  before = { missed: 0, doubled: 0 };  // what it had told when the counters were zeroed
  delays = new Delays();
  waits = new Delays();  // the same, since what they depend on was set last
  zeroed_at = 0;
  set_at = 0;
  heard_to = now();    // when the newest message that is here was fed
  last = null;         // the newest message
  in_stream = 0;       // messages in the answer that is being read
  size = 0;            // of that answer's text

  interval = 0;        // that the lane's page goes by

  constructor(timeline) { this.timeline = timeline; }

  get missed() { return this.told.missed - this.before.missed; }
  get doubled() { return this.told.doubled - this.before.doubled; }

  hear(what) { this[`on_${what.type}`]?.(what); }

  /// A new page in the frame: it counts anew, and whatever the old one had out is gone.
  on_here() {
    this.made = this.answered = this.empty = this.got = this.in_stream = this.size = 0;
    this.told = { missed: 0, doubled: 0 };
    this.before = { missed: 0, doubled: 0 };
    for (const request of this.timeline.requests) request.end ??= now();
  }

  on_interval({ interval }) { this.interval = interval; }

  on_request({ id, at }) {
    this.made++;
    this.in_stream = this.size = 0;
    this.timeline.requests.push({ id, at, end: null, filled: false, error: false });
  }

  on_answer({ id, at, empty, error, bytes }) {
    this.answered++;
    this.got += bytes;
    if (empty) this.empty++;
    if (!error) this.broke_in_a_row = 0;
    const request = this.request(id);
    if (request) Object.assign(request, { end: at, error });
  }

  on_message({ n, fed, at, id, size, missed, doubled }) {
    const delay = Math.max(0, at - fed), request = this.request(id);
    if (request) request.filled = true;
    this.timeline.messages.push({ fed, at });
    this.told = { missed, doubled };
    this.broke_in_a_row = 0;
    this.heard_to = Math.max(this.heard_to, fed);
    this.last = { n, fed, at, delay };
    this.size = size;
    this.in_stream++;
    if (fed >= this.zeroed_at) this.delays.add(delay);
    if (fed >= this.set_at) this.waits.add(delay);
  }

  on_broke() {
    this.broke++;
    this.broke_in_a_row++;
  }

  on_came_back() { this.came_back++; }

  // The one that is out is among the newest.
  request(id) { return this.timeline.requests.findLast((one) => one.id === id); }

  /// The race's counters were zeroed at that moment: what came since counts, and nothing else.
  zero(at) {
    this.zeroed_at = at;
    this.broke = this.came_back = 0;
    this.before = { ...this.told };
    this.delays = this.delays_since(at);
    this.waits = this.delays_since(Math.max(at, this.set_at));
  }

  /// Something was set at that moment, such as the interval, that waits depend on.
  set(at) {
    this.set_at = at;
    this.waits = new Delays();
  }

  delays_since(moment) {
    const delays = new Delays();
    for (const { fed, at } of this.timeline.messages) if (fed >= moment) delays.add(Math.max(0, at - fed));
    return delays;
  }
}
