// Somebody who watches the race (examples/polling-vs-longpolling/race), turns its knobs and makes faults.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { child, until } from './engines/engine.mjs';
import { program as encke } from './server.mjs';

const top = new URL('../..', import.meta.url).pathname;
const program = process.env.RACE || join(top, 'build/dev/examples/race');

export const lanes = ['poll', 'longpoll', 'iframe', 'xhr', 'jsonp', 'sse'];
export const streams = ['iframe', 'xhr', 'sse'];
export const polls = ['poll', 'longpoll', 'jsonp'];

/// The race on a free port, with a server of its own for each lane.
export async function start_race(t, flags = {}) {
  if (!existsSync(program)) throw new Error(`${program} is not there: script/build release race`);
  const race = child([program, '--port=0', `--encke=${encke}`, `--pages=${join(top, 'examples/polling-vs-longpolling/race/pages')}`,
    ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)]);
  t.at_end(() => race.stop());
  const origin = await until('the race to begin', () => {
    if (race.ended !== null) throw Object.assign(new Error(`the race has ended (${race.ended}): ${race.output}`), { final: true });
    return /serving at (http:\S+)/.exec(race.output)?.[1];
  });
  return { origin, stop: () => race.stop(), state: async () => (await fetch(`${origin}/state`)).json() };
}

// What the page shows, lane by lane. Runs in the page.
const look = `JSON.stringify({
  state: document.getElementById('state').dataset.state, language: document.documentElement.lang, title: document.title,
  width: document.documentElement.scrollWidth,
  knobs: Object.fromEntries(['rate', 'interval', 'readers', 'hold'].map((id) => [id, document.getElementById(id).value])),
  lanes: Object.fromEntries(Array.from(document.querySelectorAll('.lane'), (lane) => [lane.id.slice(5), {
    ...Object.fromEntries(Object.entries(lane.dataset).map(([key, value]) => [key, value === '' || isNaN(value) ? value : Number(value)])),
    counters: Object.fromEntries(Array.from(lane.querySelectorAll('data'), (figure) =>
      [figure.dataset.counter, figure.value === '' ? null : Number(figure.value)])),
    texts: Object.fromEntries(Array.from(lane.querySelectorAll('data'), (figure) => [figure.dataset.counter, figure.textContent])),
    notice: lane.querySelector('.notice').dataset.notice?.split(' ') ?? [], says: lane.querySelector('.notice').textContent,
    delay: lane.querySelector('[data-fault=delay]').getAttribute('aria-pressed') === 'true',
    buffer: lane.querySelector('[data-fault=buffer]').getAttribute('aria-pressed') === 'true',
  }])),
})`;

export class Spectator {
  nick = 'spectator';
  last = null;  // what the page showed when it was looked at last: a failed test prints it

  /// Opens the page, and waits until each lane has had messages.
  static async at(t, engine, race, { before = () => {}, ...options } = {}) {
    const self = new Spectator();
    self.engine = engine;
    self.race = race;
    self.page = await t.page(engine, options);
    t.people.push(self);
    await before(self.page);
    await self.page.open(`${race.origin}/?lang=en`);
    await self.shows('messages in every lane', (seen) => lanes.every((name) => seen.lanes[name]?.heard >= 3));
    return self;
  }

  async look() { return this.last = JSON.parse(await this.page.run(look)); }

  /// Waits until the page shows something.
  shows(what, is_shown, seconds) {
    return until(`the race page (${this.engine.name}) to show ${what}`, async () => {
      const seen = await this.look();
      return await is_shown(seen) && seen;
    }, seconds);
  }

  /// Waits until each of these lanes has so many messages more than now.
  async hears(more, names = lanes) {
    const before = await this.look();
    return this.shows(`${more} messages more in ${names}`, (seen) => names.every((name) => seen.lanes[name].last >= before.lanes[name].last + more));
  }

  async turn(knob, value) {
    await this.page.choose(knob, value);
    await until(`the race's ${knob} to be ${value}`, async () => String((await this.race.state()).knobs[knob]) === value);
    if (knob === 'interval') await this.shows('lanes that go by it', (seen) => lanes.every((name) => seen.lanes[name].interval === Number(value)));
  }

  /// In one lane, or in all of them.
  fault(kind, lane) {
    return this.page.click({ within: lane ? `lane-${lane}` : 'faults', attribute: 'data-fault', value: kind });
  }
}

/// What a lane's server says of itself since it began, without the race or a relay between.
export async function metrics_of(server_port) {
  const text = await (await fetch(`http://127.0.0.1:${server_port}/metrics`)).text();
  const value = (name) => Number(new RegExp(`^encke_${name.replace(/[{}]/g, '\\$&')} (\\d+)$`, 'm').exec(text)[1]);
  const bytes = (part, direction) => value(`http_bytes_total{for="listen",direction="${direction}",part="${part}"}`);
  return {
    requests: value('http_requests_total{for="listen"}'),
    empty: value('http_empty_total'),
    head_in: bytes('head', 'in'), head_out: bytes('head', 'out'), body_in: bytes('body', 'in'), body_out: bytes('body', 'out'),
    held: value('held{transport="longpoll"}') + value('held{transport="stream"}'),
  };
}
