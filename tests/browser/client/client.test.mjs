// The client library in a real browser, against the real server, with a proxy between them that does what proxies do.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import { until } from '../engines/engine.mjs';
import { start_server } from '../server.mjs';
import { start_proxy } from './proxy.mjs';

const source = new URL('../../../public/encke.js', import.meta.url);
const transports = ['events', 'xhr', 'longpoll', 'iframe', 'jsonp', 'poll'];
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

let browser;

before(async () => {
  // Few processes: the pages do little, and starting a process for each is most of the work.
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--headless',
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--renderer-process-limit=2'] });
});

after(() => browser?.close());

/// A test with a server, a proxy in front of it, and somebody who talks, all of its own. So they can run side by
/// side: most of what they do is to wait.
function scenario(name, body) {
  test(name, async () => {
    const server = await start_server(['--origin=*']);
    const world = { server, proxies: [], contexts: [] };
    try {
      world.proxy = await proxied(world);
      world.talker = await login(server, 'talker');
      await body(world);
    } finally {
      for (const context of world.contexts) await context.close();
      for (const proxy of world.proxies) proxy.stop();
      await server.stop();
    }
  });
}

async function proxied(world) {
  const proxy = await start_proxy(world.server.port);
  world.proxies.push(proxy);
  return proxy;
}

// --- Somebody who needs no browser ---

async function login(server, nickname) {
  return (await fetch(`${server.origin}/login`, { method: 'POST', body: new URLSearchParams({ nickname }) })).json();
}

async function say({ server, talker }, text) {
  const answer = await fetch(`${server.origin}/send`, { method: 'POST', body: new URLSearchParams({ text, token: talker.token }) });
  assert.equal(answer.status, 200);
}

// --- Pages with the library ---

async function browser_profile(world) {
  const context = await browser.newContext();
  world.contexts.push(context);
  return context;
}

/// A page whose window.chat is connected, and which keeps all that it is told.
async function chat(world, options = {}, { context, prepare, ready = true } = {}) {
  const page = await (context ?? await browser_profile(world)).newPage();
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(error.stack));
  await page.goto(`${world.proxy.origin}/blank`);
  if (prepare) await page.evaluate(prepare);
  await page.evaluate((given) => {
    Object.assign(window, { told: [], states: [], sent: [] });
    window.chat = Encke.connect({ beat: 1, wait: 2, interval: 100, share: false, ...given });
    for (const name of ['login', 'refused', 'message', 'private', 'gap', 'nouser', 'bye', 'end', 'sending']) {
      chat.on(name, (e) => told.push({ name, ...e }));
    }
    chat.on('state', (state) => states.push(state));
    window.of = (name) => told.filter((e) => e.name === name);
  }, options);
  if (ready) await shows(page, () => states.some((s) => s.state === 'connected'));
  return page;
}

/// Waits until something is true of the page. Looking at every frame, as is the default, costs more than all the rest.
const shows = (page, look, argument, seconds = 30) =>
  page.waitForFunction(look, argument, { polling: 50, timeout: seconds * 1000 });

const of = (page, name) => page.evaluate((name) => of(name), name);
const texts = async (page) => (await of(page, 'message')).map((e) => e.text);

/// Waits for one text, and answers with all up to it.
async function texts_until(page, last, seconds = 20) {
  await shows(page, (last) => told.some((e) => e.text === last), last, seconds).catch(async () => {
    throw new Error(`"${last}" did not come: ${JSON.stringify(await page.evaluate(() => ({ states, told: told.slice(-3) })))}`);
  });
  return texts(page);
}

const numbered = (name, count) => Array.from({ length: count }, (_, i) => `${name} ${i}`);

// --- The tests ---

test('the library is ASCII and smaller than 20 KiB', () => {
  const text = readFileSync(source, 'latin1');
  assert.ok(text.length < 20480, `${text.length} bytes`);
  assert.doesNotMatch(text, /[^\x09\x0a\x20-\x7e]/);
});

describe('the client', { concurrency: 3 }, () => {

scenario('every transport delivers all, once and in order, however often it is cut', async (world) => {
  // Side by side: they have nothing to do with each other, and each waits most of the time.
  const rooms = await Promise.all(transports.map(async (transport) => {
    const proxy = await proxied(world);
    const page = await chat(world, { nickname: `cut-${transport}`, transport });
    return { transport, proxy, page };
  }));
  let cutting = true;
  const knives = rooms.map(async ({ proxy }) => {
    while (cutting) {
      await new Promise((done) => setTimeout(done, 200 + Math.random() * 500));
      proxy.cut();
    }
  });
  const said = numbered('cut', 50);
  for (const text of said) {
    await say(world, text);
    await new Promise((done) => setTimeout(done, 50));
  }
  cutting = false;
  await Promise.all(knives);
  await say(world, 'the end');
  for (const { transport, page } of rooms) {
    assert.deepEqual(await texts_until(page, 'the end'), [...said, 'the end'], transport);
    assert.equal(await page.evaluate(() => chat.transport), transport);
    assert.deepEqual(page.faults, []);
  }
});

scenario('a change of transport after every message loses and doubles nothing', async (world) => {
  const page = await chat(world, { nickname: 'changer', transport: 'poll' });
  const said = numbered('change', 18);
  await page.evaluate((names) => {
    let n = 0;
    chat.on('message', () => chat.use(names[n++ % names.length]));
  }, transports);
  for (const text of said) await say(world, text);
  assert.deepEqual(await texts_until(page, said.at(-1)), said);
});

scenario('behind a proxy that holds streams back it steps down, says so, and remembers', async (world) => {
  const { proxy } = world;
  proxy.holds = (path) => path === '/events' || path === '/stream';
  const page = await chat(world, { nickname: 'held' }, { ready: false });
  await shows(page, () => of('login').length);
  await say(world, 'while it looks');
  await shows(page, () => chat.transport === 'longpoll' && states.at(-1).state === 'connected');
  await say(world, 'when it has found');
  assert.deepEqual(await texts_until(page, 'when it has found'), ['while it looks', 'when it has found']);

  const again = await chat(world, {}, { context: page.context() });
  assert.equal(await again.evaluate(() => states.find((s) => s.state === 'connected').transport), 'longpoll');
  assert.deepEqual(await again.evaluate(() => states.map((s) => s.transport).filter((name) => name && name !== 'longpoll')), []);
});

scenario('where nothing may wait it polls', async (world) => {
  const { proxy } = world;
  proxy.refuses = (path) => /^\/(events|stream|longpoll)$/.test(path);
  const page = await chat(world, { nickname: 'refused-all' }, { ready: false });
  await shows(page, () => chat.transport === 'poll' && states.at(-1).state === 'connected');
  await say(world, 'polled');
  assert.deepEqual(await texts_until(page, 'polled'), ['polled']);
});

scenario('long polls that a proxy cuts off get shorter', async (world) => {
  const { proxy } = world;
  const page = await chat(world, { nickname: 'hasty', transport: 'longpoll', wait: 20 });
  const cutter = setInterval(() => {
    for (const pair of proxy.open) {
      if (pair.path !== '/longpoll') continue;
      if (pair.last !== proxy.requests.length) Object.assign(pair, { last: proxy.requests.length, since: Date.now() });
      else if (Date.now() - pair.since > 2500) pair.close();
    }
  }, 50);
  cutter.unref();
  const waits = () => proxy.requests.flatMap((line) => /longpoll.*wait=(\d+)/.exec(line)?.[1] ?? []);
  await until('a shorter wait', () => waits().lastIndexOf('20') > 0 && Number(waits().at(-1)) < 20, 30);
  assert.equal(await page.evaluate(() => chat.transport), 'longpoll');
});

scenario('what is sent while the answers are lost is said once', async (world) => {
  const { proxy } = world;
  const page = await chat(world, { nickname: 'sender' });
  let lost = 0;
  proxy.loses = (path) => path === '/send' && ++lost <= 3;
  await page.evaluate(() => {
    for (const text of ['one', 'two', 'three']) chat.send({ text }, (error, answer) => sent.push({ error, ...answer }));
  });
  await shows(page, () => sent.length === 3 && of('message').length === 3);
  await say(world, 'after them');
  assert.deepEqual(await texts_until(page, 'after them'), ['one', 'two', 'three', 'after them']);
  assert.ok(lost > 3);
  const { sent, ids, sending } = await page.evaluate(() => ({ sent, ids: of('message').map((e) => e.id), sending: of('sending').length }));
  assert.deepEqual(sent.map((answer) => answer.id), ids.slice(0, 3));
  assert.deepEqual(sent.map((answer) => answer.error), [null, null, null]);
  assert.ok(sending > 0);  // fewer than were lost: browsers repeat some by themselves
});

scenario('a refused send is told to who sent it, and does not stop the next', async (world) => {
  const page = await chat(world, { nickname: 'unlucky' });
  await page.evaluate(() => {
    chat.send({ text: 'psst', to: 'nobody-there' }, (error, answer) => sent.push(error && error.code));
    chat.send({ text: 'all right' }, (error, answer) => sent.push(error));
  });
  await shows(page, () => sent.length === 2);
  assert.deepEqual(await page.evaluate(() => sent), ['no_such_user', null]);
});

scenario('images go as files, as data URLs, and by form where there is no FormData', async (world) => {
  const ways = {
    file: (page) => page.evaluate((b64) => {
      const bytes = Uint8Array.from(atob(b64), (c) => c.charCodeAt(0));
      chat.send({ image: new Blob([bytes], { type: 'image/png' }), text: 'file \u4f60' }, (e, a) => sent.push(e || a));
    }, png.toString('base64')),
    url: (page) => page.evaluate((b64) => {
      chat.send({ image: `data:image/png;base64,${b64}`, text: 'url \u4f60' }, (e, a) => sent.push(e || a));
    }, png.toString('base64')),
    form: async (page) => {
      await page.evaluate(() => {
        document.body.innerHTML = '<form id="f"><input type="file" id="i"></form>';
        window.FormData = undefined;
      });
      await page.locator('#i').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: png });
      await page.evaluate(() => {
        chat.send({ image: document.getElementById('f'), text: 'form \u4f60\n\ud83d\ude00' }, (e, a) => sent.push(e || a));
      });
      await shows(page, () => sent.length);
      assert.equal(await page.evaluate(() => document.getElementById('f').firstChild.files.length), 1, 'the input is back');
    },
  };
  const page = await chat(world, { nickname: 'painter' });
  for (const [name, way] of Object.entries(ways)) {
    await page.evaluate(() => { sent.length = 0; told.length = 0; });
    await way(page);
    await shows(page, () => sent.length && of('message').length);
    const [message] = await of(page, 'message');
    assert.equal(message.image?.bytes, png.length, JSON.stringify(await page.evaluate(() => sent)));
    assert.equal(message.text, name === 'form' ? 'form \u4f60\n\u{1f600}' : `${name} \u4f60`);
  }
  assert.deepEqual(page.faults, []);
});

scenario('without XMLHttpRequest, scripts and frames do everything', async (world) => {
  const page = await chat(world, { nickname: 'scriptless' }, {
    prepare: () => { window.XMLHttpRequest = window.EventSource = window.FormData = undefined; },
  });
  assert.equal(await page.evaluate(() => chat.transport), 'iframe');
  await page.evaluate(() => chat.use('jsonp'));
  await page.evaluate(() => chat.send({ text: 'by form' }, (e, a) => sent.push(e || a)));
  await shows(page, () => sent.length && of('message').length);
  await page.evaluate(() => chat.users({}, (e, a) => sent.push(a.users)));
  await shows(page, () => sent.length === 2);
  assert.ok((await page.evaluate(() => sent[1])).includes('scriptless'));
  await page.evaluate(() => chat.logout());
  await shows(page, () => of('end').length);
  assert.deepEqual(page.faults, []);
});

scenario('the tabs of a browser share one stream, and another tab takes over', async (world) => {
  const { proxy } = world;
  const context = await browser_profile(world);
  const tabs = [await chat(world, { nickname: 'tabs', share: true }, { context })];
  for (let i = 0; i < 2; i++) tabs.push(await chat(world, { share: true }, { context }));
  assert.deepEqual(await Promise.all(tabs.map((page) => page.evaluate(() => chat.transport))), ['events', 'shared', 'shared']);
  await until('one stream', () => proxy.reading() === 1);
  const said = numbered('shared', 10);
  for (const text of said) await say(world, text);
  for (const page of tabs) assert.deepEqual(await texts_until(page, said.at(-1)), said);

  await tabs[0].close({ runBeforeUnload: false });
  const more = numbered('taken over', 20);
  for (const text of more) {
    await say(world, text);
    await new Promise((done) => setTimeout(done, 50));
  }
  for (const page of tabs.slice(1)) assert.deepEqual(await texts_until(page, more.at(-1)), [...said, ...more]);
  await until('one reader again', async () =>
    (await Promise.all(tabs.slice(1).map((page) => page.evaluate(() => chat.transport)))).sort().join() === 'events,shared');
  await until('one stream again', () => proxy.reading() === 1);

  // A tab that was told to read by itself does.
  await tabs[1].evaluate(() => chat.use('xhr'));
  await shows(tabs[2], () => chat.transport === 'events');
  await say(world, 'alone');
  for (const page of tabs.slice(1)) assert.deepEqual(await texts_until(page, 'alone'), [...said, ...more, 'alone']);
  await tabs[1].evaluate(() => chat.logout());
  await shows(tabs[2], () => of('end').length);
});

scenario('what a leading tab did not tell is asked for, and what it tells twice is taken once', async (world) => {
  const context = await browser_profile(world);
  const leader = await chat(world, { nickname: 'teller', share: true }, { context });
  const follower = await chat(world, { share: true }, { context });
  assert.equal(await follower.evaluate(() => chat.transport), 'shared');
  const before = await follower.evaluate(() => chat.cursor);
  const said = numbered('told', 3);
  for (const text of said) await say(world, text);
  await texts_until(follower, said.at(-1));

  await follower.evaluate((cursor) => { told.length = 0; chat.cursor = cursor; }, before);
  await say(world, 'told next');
  assert.deepEqual(await texts_until(follower, 'told next'), [...said, 'told next']);

  await leader.evaluate((since) => {
    const place = Object.keys(localStorage).find((key) => /^encke .*[^!]$/.test(key));
    const events = of('message'), next = chat.cursor.replace(/\d+$/, (offset) => Number(offset) + 1);
    events.push({ ...events[0], id: next, text: 'told last' });
    localStorage.setItem(`${place}!`, JSON.stringify({ since, events, next }));
  }, before);
  assert.deepEqual(await texts_until(follower, 'told last'), [...said, 'told next', 'told last']);
});

scenario('after the computer slept, the stream is taken for dead', async (world) => {
  const { proxy } = world;
  const page = await chat(world, { nickname: 'sleeper', transport: 'events', beat: 50 }, {
    prepare: () => {
      const now = Date.prototype.getTime, every = window.setInterval;
      window.skip = 0;
      Date.prototype.getTime = function () { return now.call(this) + skip; };
      window.setInterval = (look, ms) => every(window.look = look, ms);
    },
  });
  const streams = () => proxy.requests.filter((line) => line.startsWith('GET /events')).length;
  // After the second event, silence alone would make it suspicious only after 100 s.
  await say(world, 'awake');
  await texts_until(page, 'awake');
  assert.equal(streams(), 1);
  // In one step: whatever the stream brought between the two would show that it is alive.
  await page.evaluate(() => { skip = 60000; look(); });
  await until('another stream', () => streams() === 2, 20);
});

scenario('a cursor from before the restart is answered by a gap, and all that is kept', async (world) => {
  const { token, cursor } = await login(world.server, 'returner');
  await say(world, 'kept');
  const page = await chat(world, { token, cursor: 'abc-77' });
  assert.equal((await texts_until(page, 'kept')).at(-1), 'kept');
  assert.deepEqual((await of(page, 'gap')).map((e) => e.after), ['abc-77']);
  assert.equal((await page.evaluate(() => chat.cursor)).split('-')[0], cursor.split('-')[0]);
});

scenario('a nickname that is taken is refused, and that is all', async (world) => {
  const page = await chat(world, { nickname: 'talker' }, { ready: false });
  await shows(page, () => of('refused').length);
  assert.equal((await of(page, 'refused'))[0].code, 'nickname_taken');
  assert.equal(await page.evaluate(() => states.at(-1).state), 'closed');
});

scenario('a page of another origin reads and says without a preflight', async (world) => {
  const home = world.proxy, other = await proxied(world);
  for (const transport of ['events', 'xhr', 'jsonp']) {
    const page = await chat(world, { url: other.origin, nickname: `guest-${transport}`, transport });
    await page.evaluate(() => chat.send({ text: 'from abroad' }, (error) => sent.push(error)));
    await shows(page, () => of('message').length && sent.length);
    assert.deepEqual(await page.evaluate(() => sent), [null]);
  }
  assert.deepEqual(other.requests.filter((line) => line.startsWith('OPTIONS')), []);
  assert.deepEqual(home.requests.filter((line) => !/ \/(blank|encke\.js|favicon)/.test(line)), []);
});

scenario('it has one reader and one command at a time', async (world) => {
  const { proxy } = world;
  const page = await chat(world, { nickname: 'modest' });
  proxy.most = proxy.open.size;
  await page.evaluate(() => { for (let i = 0; i < 30; i++) { chat.send({ text: `m${i}` }); chat.users(() => 0); } });
  await texts_until(page, 'm29');
  // The page was loaded over one of these, and a browser may keep an idle one.
  assert.ok(proxy.most <= 3, `${proxy.most} connections`);
});

scenario('when the server has forgotten the session, it ends; while it is away, it waits', async (world) => {
  const { server } = world;
  const pages = await Promise.all(transports.map((transport) => chat(world, { nickname: `last-${transport}`, transport })));
  await server.stop();
  for (const page of pages) await shows(page, () => states.at(-1).state === 'waiting');
  await server.start();
  for (const page of pages) {
    await shows(page, () => of('end').length);
    assert.equal((await of(page, 'end'))[0].code, 'unauthorized');
  }
});

});
