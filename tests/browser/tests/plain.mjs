// The page without scripts, in browsers that have none: log in, read, say, whisper, send a picture, see who is here, log out.
import { chromium, edbrowse, firefox, phantomjs1 } from '../engines/all.mjs';
import { terminal } from '../engines/terminal.mjs';
import { picture } from '../picture.mjs';
import { PlainPerson } from '../plain_person.mjs';
import { test } from '../runner.mjs';

export const terminals = ['lynx', 'w3m', 'links', 'elinks'].map(terminal);
const others = [phantomjs1, chromium, firefox, chromium];

terminals.forEach((engine, i) => {
  const other = others[i];
  test(`${engine.name}, without scripts, and ${other.name} chat`, [engine, other], async (t) => {
    const server = await t.server();
    const bob = await t.person(other, 'bob', server);
    const alice = new PlainPerson(engine, await t.page(engine));
    t.people.push(alice);
    await alice.open(server.origin);
    await alice.login('alice');
    await bob.sees_online('alice');
    await alice.sees_online('bob');
    await bob.say('Good morning');
    await alice.sees('Good morning', { from: 'bob' });
    // links has no Chinese in a terminal.
    const text = `caf\u00e9 <b> & "co"${engine.name === 'links' ? '' : ' \u4f60\u597d'}`;
    await alice.say(text);
    await bob.sees(text, { from: 'alice' });
    await alice.whisper('bob', 'psst');
    await bob.sees('psst', { from: 'alice', private: true });
    await bob.whisper('alice', 'what is it?');
    await alice.sees('what is it?', { from: 'bob' });
    await alice.send_image(picture('tide'));
    await bob.sees('', { from: 'alice', image: true });
    await alice.logout();
    await bob.sees_gone('alice');
  });
});

test('edbrowse, without scripts, chats with its own commands', [edbrowse], async (t) => {
  const server = await t.server();
  const eve = await t.listener('eve', server);
  const page = await t.page(edbrowse);
  await page.command('js-');
  await page.open(`${server.origin}/plain?lang=en`);
  await page.command('/Nickname/', 'i1=alice', '/<Log in>/', 'i1*');
  await page.command('/Message/', 'i1=caf\u00e9 \u4f60\u597d', 'i2*');
  await eve.hears('caf\u00e9 \u4f60\u597d', { from: 'alice' });
  // The list of those to whom it goes is a field too.
  await page.command('/To:/', 'i1=eve', '/Message/', 'i1=psst', 'i2*');
  await eve.hears('psst', { from: 'alice' });
  await page.command('/Picture/', `i2=${picture('tide')}`, '/Message/', 'i2*');
  await eve.sees_image('alice');
  await eve.say('I see');
  await page.command('rf');
  const shown = await page.command(',p');
  if (!/eve: I see/.test(shown)) throw new Error(`edbrowse shows: ${shown}`);
  await page.command('/<Log out>/', 'i1*');
});
