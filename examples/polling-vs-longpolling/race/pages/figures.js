// figures.js: numbers as people read them, and delays as they add up.

/// Mean and percentiles of any number of delays, in little memory: counted in classes 2% apart.
export class Delays {
  count = 0;
  sum = 0;
  most = 0;
  classes = new Map();

  add(ms) {
    const of = Math.max(0, Math.ceil(Math.log(Math.max(ms, 0.1) / 0.1) / Math.log(1.02)));
    this.count++;
    this.sum += ms;
    this.most = Math.max(this.most, ms);
    this.classes.set(of, (this.classes.get(of) ?? 0) + 1);
  }

  get mean() { return this.count ? this.sum / this.count : null; }

  percentile(share) {
    if (!this.count) return null;
    let left = Math.ceil(this.count * share);
    for (const of of [...this.classes.keys()].sort((a, b) => a - b)) {
      left -= this.classes.get(of);
      if (left <= 0) return Math.min(0.1 * 1.02 ** of, this.most);
    }
    return null;
  }
}

const kNothing = '–';
const with_unit = (figure, unit) => `${figure}\u00a0${unit}`;  // on one line

/// Formats for one language.
export function formats(language) {
  const format = (digits) => new Intl.NumberFormat(language, { maximumFractionDigits: digits });
  const whole = format(0), tenths = format(1), hundredths = format(2);
  // Three figures or so are all that anybody compares.
  const short = (x) => (x >= 100 || Number.isInteger(x) ? whole : x >= 10 ? tenths : hundredths).format(x);
  const number = (x) => x === null ? kNothing : whole.format(x);
  return {
    number,
    short: (x) => x === null ? kNothing : short(x),
    share: (part, all) => !all ? kNothing : part && part / all < .005 ? '<1%' : `${whole.format(100 * part / all)}%`,
    ms: (x) => x === null ? kNothing : x < 995 ? with_unit((x >= 10 ? whole : tenths).format(x), 'ms') :
      with_unit((x >= 9950 ? tenths : hundredths).format(x / 1000), 's'),
    bytes: (x) => x === null ? kNothing : x < 1000 ? with_unit(whole.format(x), 'B') :
      x < 1e6 ? with_unit(short(x / 1000), 'kB') : with_unit(short(x / 1e6), 'MB'),
  };
}

/// Moments in order, each once, the newest ten minutes of them.
export class Moments {
  list = [];

  /// How many are not later than that.
  until(moment) {
    let low = 0, high = this.list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.list[middle] <= moment) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  after(moment) { return this.list.length - this.until(moment); }
  since(moment) { return this.list.slice(this.until(moment)); }

  add(moment) {
    const at = this.until(moment);
    if (this.list[at - 1] !== moment) this.list.splice(at, 0, moment);
    if (this.list.length > 1000 && this.list[500] < moment - 600000) this.list.splice(0, 500);
  }
}
