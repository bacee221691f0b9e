// The same small talk as each engine shows it: pictures of those that draw, text of the others.
//
// CI keeps them in build/browsers; with --pictures they go to docs/browsers too.
import { chromium, edbrowse, firefox, ie6, ie7, ie8, ie9, phantomjs1, phantomjs2 } from '../engines/all.mjs';
import { picture } from '../picture.mjs';
import { PlainPerson } from '../plain_person.mjs';
import { test } from '../runner.mjs';
import { terminals } from './plain.mjs';

/// What is said before and after somebody comes.
async function before(t, server) {
  const eve = await t.listener('\u5c0f\u660e', server);
  await eve.say('Good morning, everybody');
  return eve;
}

async function after(t, server, eve, alice) {
  const bob = await t.listener('bob', server);
  await alice.sees_online('bob');
  await eve.say('\u4f60\u597d\uff0c\u4eca\u5929\u5929\u6c14\u4e0d\u9519\uff01');
  await eve.send_image(picture('sunrise'));
  await bob.whisper('alice', 'psst, lunch at one?');
}

async function small_talk(t, engine, options, file) {
  const server = await t.server();
  const eve = await before(t, server);
  const alice = await t.person(engine, 'alice', server, engine.transports.includes('events') ? {} : { transport: 'longpoll' }, options);
  await alice.say('Morning! Can you see the comet yet?');
  await alice.said('Morning! Can you see the comet yet?');
  await after(t, server, eve, alice);
  await alice.shows('the picture and the whisper', (seen) => seen.messages.some((m) => m.image && (m.loaded || engine.sees_no_images)) &&
    seen.talks.some((talk) => talk.name === '@bob' && talk.unread === 1));
  await t.keep(alice, file);
}

const name = (engine) => engine.name.replace(/ \(.*/, '').toLowerCase();

for (const engine of [chromium, firefox, phantomjs1, phantomjs2]) {
  test(`${engine.name} has its picture taken`, [engine], (t) => small_talk(t, engine, { size: { width: 800, height: 520 } }, name(engine)));
}
test('Chromium on a narrow screen has its picture taken', [chromium], (t) =>
  small_talk(t, chromium, { size: { width: 360, height: 640 } }, 'chromium-narrow'));
test('Chromium in the dark has its picture taken', [chromium], (t) =>
  small_talk(t, chromium, { size: { width: 800, height: 520 }, dark: true }, 'chromium-dark'));

for (const engine of [ie6, ie7, ie8, ie9, edbrowse]) {
  test(`${engine.name} tells what is on its page`, [engine], (t) => small_talk(t, engine, {}, name(engine)));
}

for (const engine of terminals) {
  test(`${engine.name} shows the talk without scripts`, [engine], async (t) => {
    const server = await t.server();
    const eve = await before(t, server);
    const alice = new PlainPerson(engine, await t.page(engine));
    t.people.push(alice);
    await alice.open(server.origin);
    await alice.login('alice');
    await alice.say('Morning! Can you see the comet yet?');
    await after(t, server, eve, alice);
    await alice.sees('psst, lunch at one?', { from: 'bob' });
    await t.keep(alice, engine.name);
  });
}
