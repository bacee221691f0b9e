// timeline.js: what happened in one lane, drawn: the newest at the right, and all of it moves left.
//
// Above, each request as a bar, as long as it was held. Below, each message as a line from the moment
// it was said (bottom) to the moment it was here (top): the flatter, the later.

const kWindow = 30000;  // ms from the left edge to the right
const kKept = kWindow + 1000;
const kMargin = 62;     // for the rows' names
const kBar = 14;
const kRequests = 4;    // where the rows are, from the top
const kHere = 28;

export class Timeline {
  requests = [];  // {id, at, end, filled, error}, oldest first; end is null while it is out
  messages = [];  // {fed, at}
  faults = [];    // {at, end, what}; end is null while it is on, and `at` for what is over at once

  constructor(canvas) { this.canvas = canvas; }

  /// Forgets what is not in the picture: of now, or, if it was stopped, of that moment. A request that
  /// is out stays, however old it is.
  prune(now, stopped_at = now) {
    const is_in = (from, to) => to === null || to >= now - kKept || (from <= stopped_at && to >= stopped_at - kKept);
    this.requests = this.requests.filter(({ at, end }) => is_in(at, end));
    this.messages = this.messages.filter(({ fed, at }) => is_in(fed, at));
    this.faults = this.faults.filter(({ at, end }) => is_in(at, end));
  }

  /// How many things it remembers.
  get size() { return this.requests.length + this.messages.length + this.faults.length; }

  /// `said`: when messages were fed, those included that are not here yet.
  draw(now, words, said) {
    const { canvas } = this, scale = window.devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight;
    if (!width) return;
    if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
    if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
    const pen = canvas.getContext('2d');
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    const style = getComputedStyle(canvas);
    this.colour = (role) => style.getPropertyValue(`--${role}`);
    this.x = (at) => kMargin + (width - kMargin - 4) * (1 - (now - at) / kWindow);
    this.right = width - 4;
    this.said_row = height - 22;
    this.axis_row = height - 6;
    pen.font = `11px ${style.fontFamily}`;
    this.draw_ground(pen, words, width, now);
    pen.save();
    pen.beginPath();
    pen.rect(kMargin, 0, width - kMargin, height);
    pen.clip();
    this.draw_faults(pen, words);
    this.draw_requests(pen);
    this.draw_messages(pen, said);
    this.draw_fault_names(pen, words);
    pen.restore();
  }

  draw_ground(pen, words, width, now) {
    pen.fillStyle = this.colour('quiet');
    pen.textAlign = 'left';
    pen.fillText(words.requests_row, 0, kRequests + 11);
    pen.fillText(words.here_row, 0, kHere + 4);
    pen.fillText(words.said_row, 0, this.said_row + 3);
    pen.strokeStyle = this.colour('line');
    pen.lineWidth = 1;
    pen.beginPath();
    const step = width < 500 ? 10000 : 5000;
    for (let ago = 0; ago <= kWindow; ago += step) {
      const x = Math.round(this.x(now - ago)) - .5;
      pen.moveTo(x, 0);
      pen.lineTo(x, this.said_row + 4);
      pen.textAlign = ago === 0 ? 'right' : 'center';
      pen.fillText(ago ? words.seconds(ago / 1000) : words.now, ago ? x : width, this.axis_row + 4);
    }
    for (const y of [kHere, this.said_row]) {
      pen.moveTo(kMargin, y + .5);
      pen.lineTo(width, y + .5);
    }
    pen.stroke();
  }

  draw_faults(pen, words) {
    for (const { at, end, what } of this.faults) {
      const from = this.x(at), to = end === null ? this.right : this.x(end);
      pen.fillStyle = this.colour('fault');
      if (to > from) pen.fillRect(from, 0, to - from, this.said_row + 4);
      pen.strokeStyle = this.colour('fault-text');
      pen.setLineDash([3, 3]);
      pen.beginPath();
      pen.moveTo(from, 0);
      pen.lineTo(from, this.said_row + 4);
      pen.stroke();
      pen.setLineDash([]);
    }
  }

  // Over all else, and readable on it.
  draw_fault_names(pen, words) {
    pen.textAlign = 'left';
    pen.fillStyle = this.colour('fault-text');
    pen.strokeStyle = this.colour('card');
    pen.lineWidth = 4;
    pen.lineJoin = 'round';
    for (const { at, end, what } of this.faults) {
      if (end !== null && this.x(end) < kMargin) continue;
      const x = Math.max(this.x(at), kMargin) + 5;
      pen.strokeText(words[what], x, this.said_row - 5);
      pen.fillText(words[what], x, this.said_row - 5);
    }
  }

  draw_requests(pen) {
    const y = kRequests + .5;
    for (const { at, end, filled, error } of this.requests) {
      const from = Math.max(this.x(at), kMargin - 8), to = end === null ? this.right + 8 : this.x(end);
      const width = Math.max(to - from, 2);
      pen.beginPath();
      pen.roundRect(from, y, width, kBar, Math.min(3, width / 2));
      pen.fillStyle = this.colour('filled');
      pen.strokeStyle = this.colour(error ? 'error' : 'empty');
      filled ? pen.fill() : pen.stroke();
      if (error) this.draw_broken_end(pen, Math.max(from, to - kBar), y, Math.min(width, kBar));
      if (end === null || error) continue;
      pen.fillStyle = this.colour('card');  // a seam: where one ends, the next begins
      pen.fillRect(to - .5, y - .5, 1, kBar + 1);
    }
  }

  // Hatched, so that it is told from the others without its colour too.
  draw_broken_end(pen, x, y, width) {
    pen.save();
    pen.beginPath();
    pen.rect(x, y, width, kBar);
    pen.fillStyle = this.colour('card');
    pen.fill();
    pen.strokeStyle = this.colour('error');
    pen.stroke();
    pen.clip();
    for (let left = x - kBar; left < x + width; left += 5) {
      pen.moveTo(left, y + kBar);
      pen.lineTo(left + kBar, y);
    }
    pen.stroke();
    pen.restore();
  }

  draw_messages(pen, said) {
    pen.strokeStyle = pen.fillStyle = this.colour('message');
    pen.lineWidth = 1;
    pen.beginPath();
    for (const fed of said) {
      const x = this.x(fed);
      if (x < kMargin) continue;
      pen.moveTo(x, this.said_row - 2);
      pen.lineTo(x, this.said_row + 4);
    }
    for (const { fed, at } of this.messages) {
      pen.moveTo(this.x(fed), this.said_row);
      pen.lineTo(this.x(at), kHere);
    }
    pen.stroke();
    pen.beginPath();
    for (const { at } of this.messages) {
      const x = this.x(at);
      pen.moveTo(x + 2.5, kHere);
      pen.arc(x, kHere, 2.5, 0, 2 * Math.PI);
    }
    pen.fill();
  }
}
