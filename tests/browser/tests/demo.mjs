// The race page in real browsers: what it shows is what the servers counted, its knobs turn, and each fault has its effect
// on each lane.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../engines/engine.mjs';
import { chromium, firefox } from '../engines/all.mjs';
import { shrink_png } from '../png.mjs';
import { out, test } from '../runner.mjs';
import { Spectator, lanes, metrics_of, polls, start_race, streams } from '../spectator.mjs';

const docs = new URL('../../../docs/demo', import.meta.url).pathname;

function same(what, shown, counted) {
  if (JSON.stringify(shown) !== JSON.stringify(counted)) throw new Error(`${what}: ${JSON.stringify(shown)}, not ${JSON.stringify(counted)}`);
}

const whole = (seen, names = lanes) => names.every((name) => seen.lanes[name].counters.missed === 0 && seen.lanes[name].counters.doubled === 0);

/// No message is on its way, and no poll is out that has not to be.
async function comes_to_rest(race, watcher) {
  await watcher.turn('rate', '0');
  const { said } = await race.state();
  await watcher.shows('all that was said', (seen) => lanes.every((name) => seen.lanes[name].last === said));
  await watcher.turn('interval', '60000');
  await watcher.shows('that nothing is out', (seen) =>
    lanes.every((name) => seen.lanes[name].answered === seen.lanes[name].made - (name === 'poll' ? 0 : 1)));
}

/// What the page shows is what the race has summed up, and that is what the servers have counted: all of it, or, where a
/// server is not the one that the lane began with, at least that.
async function adds_up(race, watcher, { restarted }) {
  for (let i = 0; i < lanes.length; i++) {
    // A stream still beats, so the three are looked at until they are of the same moment.
    let shown, told, counted;
    await until(`the figures of ${lanes[i]} to add up`, async () => {
      told = (await race.state()).lanes[i];
      counted = await metrics_of(told.server_port);
      shown = (await watcher.look()).lanes[lanes[i]].counters;
      const sums = Object.keys(counted).filter((key) => key !== 'held');  // it is not summed up
      return shown.held === told.held && told.held === counted.held && sums.every((key) =>
        shown[key] === told[key] && (restarted ? told[key] >= counted[key] : told[key] === counted[key]));
    }).catch((error) => { throw new Error(`${error.message}: ${JSON.stringify({ shown, told, counted })}`); });
  }
}

async function agrees(t, engine) {
  const race = await start_race(t, { rate: 10, interval: 200 });
  const watcher = await Spectator.at(t, engine, race);
  await watcher.hears(20);
  await watcher.turn('rate', '2');  // so that some polls find nothing
  await watcher.shows('an empty poll', (seen) => seen.lanes.poll.counters.empty > 0);
  await comes_to_rest(race, watcher);

  const state = await race.state();
  for (const { name, server_port } of state.lanes) {
    // A stream still beats, so both are looked at until they are of the same moment.
    let counted, seen;
    await until(`the page's figures of ${name} to be its server's`, async () => {
      counted = await metrics_of(server_port);
      seen = (await watcher.look()).lanes[name];
      return Object.keys(counted).every((key) => seen.counters[key] === counted[key]);
    }).catch((error) => { throw new Error(`${error.message}: ${JSON.stringify(seen.counters)}, not ${JSON.stringify(counted)}`); });

    same(`requests that the browser made in ${name}`, seen.made, counted.requests);
    same(`requests held in ${name}`, counted.held, name === 'poll' ? 0 : 1);
    if (polls.includes(name)) same(`empty answers that the browser got in ${name}`, seen.madeEmpty, counted.empty);
    if (name === 'poll' || name === 'longpoll') same(`bytes of answers that the browser got in ${name}`, seen.got, counted.body_out);
    if (streams.includes(name)) same(`requests of the stream ${name}`, counted.requests, 1);
    if (seen.counters.mean === null || seen.counters.p99 < 0) throw new Error(`${name} shows no delay`);
  }
  if (!whole(await watcher.look())) throw new Error('a message was missed or doubled');

  await watcher.page.click({ id: 'reset' });
  await watcher.shows('zeroes', (seen) => lanes.every((name) => seen.lanes[name].counters.requests === 0 && seen.lanes[name].heard === 0));
}

async function turns_knobs(t, engine) {
  const race = await start_race(t, { rate: 2, interval: 500 });
  const watcher = await Spectator.at(t, engine, race);

  await watcher.turn('rate', '10');
  await watcher.turn('interval', '60000');
  await watcher.shows('the poll at rest', (seen) => seen.lanes.poll.made === seen.lanes.poll.answered);
  const { made } = (await watcher.look()).lanes.poll;
  await watcher.hears(20, ['sse']);
  same('polls within a minute', (await watcher.look()).lanes.poll.made, made);
  await watcher.turn('interval', '100');
  await watcher.hears(20);

  await watcher.turn('rate', '0');
  const { said } = await race.state();
  await watcher.shows('20 polls in vain', (seen) => seen.lanes.poll.made >= made + 20 && seen.lanes.poll.counters.empty > 10);
  same('messages while there are none', (await race.state()).said, said);
  await watcher.turn('rate', '5');

  await watcher.turn('readers', '10');
  await watcher.shows('eleven who wait', (seen) => streams.every((name) => seen.lanes[name].counters.held === 11) &&
    lanes.every((name) => seen.lanes[name].counters.crowd_mean !== null));
  const parked = (await watcher.look()).lanes.longpoll.counters.threads;

  const { run } = await race.state();
  await watcher.turn('hold', 'thread');
  await watcher.shows('a thread for each', (seen) => streams.every((name) =>
    seen.lanes[name].counters.held === 11 && seen.lanes[name].counters.threads >= parked + 11));
  await watcher.shows('what threads cost', (seen) => seen.lanes.longpoll.notice.some((name) => /^held_by_/.test(name)));
  if ((await race.state()).run <= run) throw new Error('the counters were not zeroed');
  await watcher.hears(5);
  await watcher.turn('hold', 'park');
  await watcher.turn('readers', '0');
  await watcher.shows('one who waits, and no thread for it', (seen) => streams.every((name) =>
    seen.lanes[name].counters.held === 1 && seen.lanes[name].counters.threads <= parked));
  await watcher.hears(5);

  await watcher.page.click({ id: 'language' });
  await watcher.shows('Chinese', (seen) => seen.language === 'zh' && seen.title === '\u8d5b\u8dd1' && /[\u4e00-\u9fff]/.test(seen.lanes.sse.says));

  await race.stop();
  await watcher.shows('that the race is gone', (seen) => seen.state === 'lost');
}

async function takes_faults(t, engine) {
  const race = await start_race(t, { rate: 5, interval: 200 });
  const watcher = await Spectator.at(t, engine, race);
  const readers = 1;  // beside the page's own, in each lane
  await watcher.turn('readers', String(readers));

  await watcher.fault('cut');
  await watcher.shows('the streams broken, and asked for again', (seen) =>
    streams.every((name) => seen.lanes[name].counters.broke >= 1 && seen.lanes[name].made >= 2));
  let seen = await watcher.hears(10);
  if (!whole(seen)) throw new Error('a message was missed or doubled after the cut');

  await watcher.fault('delay', 'sse');
  await watcher.shows('one lane that is late', (now) => now.lanes.sse.lastDelay >= 500 && now.lanes.sse.notice.includes('late') &&
    lanes.every((name) => now.lanes[name].delay === (name === 'sse')));
  await watcher.fault('delay');
  await watcher.shows('all lanes late', (now) => lanes.every((name) => now.lanes[name].delay && now.lanes[name].lastDelay >= 500));
  await watcher.fault('delay');
  await watcher.shows('no lane late', (now) => lanes.every((name) => !now.lanes[name].delay && now.lanes[name].lastDelay < 500));

  await watcher.fault('buffer');
  seen = await watcher.shows('the streams held back', (now) => streams.every((name) => now.lanes[name].notice.includes('held_back')));
  const stuck = Object.fromEntries(streams.map((name) => [name, seen.lanes[name].last]));
  seen = await watcher.hears(15, polls);
  for (const name of streams) same(`the last message of ${name} behind the proxy`, seen.lanes[name].last, stuck[name]);
  await watcher.fault('buffer');
  seen = await watcher.shows('the streams where the others are', (now) => streams.every((name) => now.lanes[name].last >= seen.lanes.poll.last));
  await watcher.hears(5);
  if (!whole(await watcher.look())) throw new Error('a message was missed or doubled behind the proxy');
  await comes_to_rest(race, watcher);
  await adds_up(race, watcher, { restarted: false });

  await watcher.turn('interval', '200');
  await watcher.turn('rate', '5');
  await watcher.hears(5);
  const before = await race.state();
  await watcher.fault('restart');
  await until('each server to be another', async () => (await race.state()).lanes.every((lane, i) => lane.up && lane.restarts > before.lanes[i].restarts));
  const { said } = await race.state();
  seen = await watcher.shows('every lane going on', (now) => lanes.every((name) => now.lanes[name].last >= said + 10));
  // The race says again what was not answered, and a server that stops may have handed it out and take the answer with it.
  // That is the one message that was out, if any; each reader has it twice.
  for (const name of lanes) {
    const { doubled } = seen.lanes[name].counters;
    if (doubled > 1 + readers) throw new Error(`${doubled} doubled in ${name}, by ${1 + readers} readers and one restart`);
  }
  await comes_to_rest(race, watcher);
  await adds_up(race, watcher, { restarted: true });
}

/// Nothing is drawn in a tab that is hidden, and nothing moves in a picture that was stopped; messages come all the same.
async function forgets(t) {
  const race = await start_race(t, { rate: 5, interval: 1000 });
  const watcher = await Spectator.at(t, chromium, race, { before: ({ tab }) =>
    tab.addInitScript(() => { window.requestAnimationFrame = () => 0; }) });
  const sse = watcher.page.tab.frames().find((frame) => frame.url().includes('lane=sse'));
  const hour_ago = () => sse.evaluate(() => {
    const at = Date.now() - 3600000, tell = (what) => parent.postMessage({ id: -1, at, ...what }, '*');
    for (let i = 0; i < 1000; i++) {
      tell({ type: 'request' });
      tell({ type: 'message', n: 0, fed: at, size: 0, missed: 0, doubled: 0 });
      tell({ type: 'answer', empty: false, error: false, bytes: 0 });
    }
  });
  // In the picture are 30 s, at 5 a second.
  await hour_ago();
  await watcher.shows('nothing of an hour ago', ({ lanes: { sse } }) => sse.made > 1000 && sse.kept < 500);
  await watcher.page.click({ id: 'pause' });
  await hour_ago();
  await watcher.shows('nothing of an hour ago, stopped', ({ lanes: { sse } }) => sse.made > 2000 && sse.kept < 500);

  // At 0 s it was stopped, and now it is 100 s.
  same('what is kept', await watcher.page.run(`import('/timeline.js').then(({ Timeline }) => {
    const timeline = new Timeline(), moments = [-40000, -10000, 50000, 90000];
    const at_moments = (thing) => moments.map(thing);
    timeline.messages = at_moments((at) => ({ fed: at, at }));
    timeline.requests = [{ at: -90000, end: null }, ...at_moments((at) => ({ at, end: at + 100 }))];
    timeline.faults = at_moments((at) => ({ at, end: at }));
    timeline.prune(100000, 0);
    return [timeline.messages, timeline.requests, timeline.faults].map((list) => list.map(({ at }) => at));
  })`), [[-10000, 90000], [-90000, -10000, 90000], [-10000, 90000]]);
}

/// Whatever the finer clock does, the time is within the millisecond that the wall clock says; and it has fractions.
async function tells_the_time(t) {
  const race = await start_race(t, { rate: 5, interval: 1000 });
  const watcher = await Spectator.at(t, chromium, race);
  const worst = await watcher.page.run(`import('/clock.js').then(({ Clock }) => {
    let time = 1e12, fine = 0, worst = [];
    const clock = new Clock(() => Math.floor(time), () => fine, time - 40);  // it begins 40 ms late
    const runs = (ms, drift) => {
      for (let i = 0; i < 5000; i++) {
        time += ms;
        fine += ms * drift;
        clock.now();
      }
      worst.push(0);
      for (let i = 0; i < 100; i++) {
        time += .3;
        fine += .3 * drift;
        worst.push(Math.max(worst.pop(), Math.abs(clock.now() - time)));
      }
    };
    runs(.3, 1);
    runs(.3, 1.0001);
    runs(.3, .9999);
    time += 3600000;  // it slept
    runs(.3, 1);
    time -= 5000;     // it was put right
    runs(.3, 1);
    return worst;
  })`);
  if (!worst.every((ms) => ms < .4)) throw new Error(`the time is wrong by ${worst} ms`);
  const moments = await watcher.page.run(`new Promise((done) => {
    const moments = [];
    addEventListener('message', ({ data: { at } }) => { if (moments.push(at) === 50) done(moments.filter(Boolean)); });
  })`);
  if (moments.every(Number.isInteger)) throw new Error(`what the lanes tell has whole milliseconds: ${moments}`);
}

async function has_its_picture_taken(t, engine) {
  const kept = process.argv.includes('--pictures');
  const race = await start_race(t, { rate: kept ? 0.5 : 5, interval: 1000 });
  const watcher = await Spectator.at(t, engine, race, { size: { width: 1280, height: 1000 } });
  const keep = async (name) => {
    const file = await watcher.page.screenshot(join(out, `race-${name}`), { whole: true });
    if (!kept) return;
    mkdirSync(docs, { recursive: true });
    writeFileSync(join(docs, `${name}.png`), shrink_png(readFileSync(file)));
  };
  await watcher.shows('a full picture', (seen) => lanes.every((name) => seen.lanes[name].heard >= 13), 60);
  await keep('race');
  await watcher.page.click({ id: 'language' });
  await watcher.shows('Chinese', (seen) => seen.language === 'zh');
  await keep('race-chinese');
  await watcher.page.click({ id: 'language' });
  await watcher.page.tab.emulateMedia({ colorScheme: 'dark' });
  await watcher.shows('English', (seen) => seen.language === 'en');
  await keep('race-dark');
  await watcher.page.tab.emulateMedia({ colorScheme: 'light' });
  await watcher.fault('buffer');
  await watcher.hears(5, polls);
  await watcher.shows('the streams held back', (seen) => streams.every((name) => seen.lanes[name].notice.includes('held_back')));
  await keep('race-buffering-proxy');
}

for (const engine of [chromium, firefox]) {
  test(`${engine.name} watches a race whose counters are the servers'`, [engine], (t) => agrees(t, engine));
  test(`${engine.name} turns the knobs of the race`, [engine], (t) => turns_knobs(t, engine));
  test(`${engine.name} watches each fault in the race`, [engine], (t) => takes_faults(t, engine));
}
test('the race has its picture taken in Chromium', [chromium], (t) => has_its_picture_taken(t, chromium));
test('Chromium forgets what has left the picture of the race, seen or not', [chromium], forgets);
test('Chromium has the time of the race in fractions of a millisecond', [chromium], tells_the_time);
test('Chromium loads a lane of the race again that did not load', [chromium], async (t) => {
  const race = await start_race(t, { rate: 5, interval: 1000 });
  let refused = 0;
  await Spectator.at(t, chromium, race, { before: ({ tab }) =>
    tab.route('**/lane.html?lane=sse*', (route) => { refused++; return route.abort(); }, { times: 1 }) });
  same('times that it did not load', refused, 1);
});
test('the race fits on a narrow screen in Chromium', [chromium], async (t) => {
  const race = await start_race(t, { rate: 5, interval: 1000 });
  const watcher = await Spectator.at(t, chromium, race, { size: { width: 360, height: 700 } });
  const seen = await watcher.shows('every lane', (now) => lanes.every((name) => now.lanes[name].says));
  same('its width', seen.width, 360);
});
