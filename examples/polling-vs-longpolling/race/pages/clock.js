// clock.js: the time of day with fractions of a millisecond, as the race writes it into each message.
//
// Date.now() drops them, so delays taken with it would be half a millisecond too small on average.
// performance.now() has them, but nobody puts it right: it drifts from the wall clock, and may stand
// still while the machine sleeps. So the one is held to the millisecond that the other says.

export class Clock {
  /// `whole` is the wall clock, in whole milliseconds; `fine` has fractions, and began at `origin`.
  constructor(whole, fine, origin) { Object.assign(this, { whole, fine, origin }); }

  now() {
    const least = this.whole(), fine = this.fine(), most = this.whole() + 1;  // time may pass between any two
    const time = Math.min(Math.max(this.origin + fine, least), most);
    this.origin = time - fine;
    return time;
  }
}

const clock = new Clock(() => Date.now(), () => performance.now(), performance.timeOrigin);
export const now = () => clock.now();
