// What goes wrong in real networks: eviction, a server that restarts, a proxy that buffers, scripts that do not load.
import { chromium, edbrowse, firefox, ie6, ie7, ie8, ie9, phantomjs1, phantomjs2 } from '../engines/all.mjs';
import { start_buffering_proxy } from '../server.mjs';
import { test } from '../runner.mjs';

for (const engine of [chromium, phantomjs1]) {
  test(`${engine.name} chats through a proxy that buffers everything`, [engine], async (t) => {
    const server = await t.server();
    const proxy = await start_buffering_proxy(server.port);
    t.at_end(() => proxy.stop());
    const alice = await t.person(engine, 'alice', proxy, { beat: 1 });
    const eve = await t.listener('eve', server);
    await alice.say('does anybody hear me?');
    await eve.hears('does anybody hear me?');
    await eve.say('yes, at once');
    await alice.sees('yes, at once', { from: 'eve' });
    const { transport, stateText } = await alice.shows('a transport that gets through', (page) => page.state === 'connected' && page.transport === 'longpoll', 60);
    if (!stateText.includes(transport)) throw new Error(`the page does not tell that it fell to ${transport}: ${stateText}`);
    await eve.say('and now?');
    await alice.sees('and now?', { from: 'eve' });
    await t.keep(alice, `buffering-proxy-${engine.name}`);
    t.remark(`fell to ${transport}: "${stateText}"`);
  });
}

for (const engine of [chromium, firefox, phantomjs1, phantomjs2, ie6, ie7, ie8, ie9, edbrowse]) {
  // edbrowse and HtmlUnit do better without first trying what they cannot do.
  const query = engine.transports.includes('events') ? {} : { transport: 'longpoll' };

  test(`${engine.name} is evicted for its silence, is told so, and can log in again`, [engine], async (t) => {
    const server = await t.server('--silent-after=4s', '--silent-check=250ms');
    const alice = await t.person(engine, 'alice', server, query);
    const seen = await alice.shows('the notice at the login form', (page) => page.login && !page.chat && page.loginError);
    if (!/silent|said nothing|say anything|logged out/i.test(seen.loginError)) throw new Error(`the notice is: ${seen.loginError}`);
    await alice.login('alice');  // and no more: how soon a slow engine says something is not ours to know
  });

  test(`${engine.name} comes back after the server restarts, with what was typed`, [engine], async (t) => {
    const server = await t.server();
    const alice = await t.person(engine, 'alice', server, query);
    await alice.say('before');
    await alice.said('before');
    await alice.page.type('text', 'half a sentence');
    await server.stop();
    await alice.shows('that the connection is gone', (page) => page.state !== 'connected');
    await server.start();
    // All memory is in the server that went: the session is over, and the page asks for a login.
    await alice.shows('the login form, and why', (page) => page.login && page.loginError, 60);
    await alice.login('alice');
    await alice.shows('what was typed', (page) => page.typed === 'half a sentence');
    const eve = await t.listener('eve', server);
    await alice.page.submit('send');
    await eve.hears('half a sentence');
    await eve.say('welcome back');
    await alice.sees('welcome back', { from: 'eve' });
  });
}

test('Chromium uses the login form as plain HTML where the client library does not load', [chromium], async (t) => {
  const server = await t.server();
  const page = await t.page(chromium, { block: '**/encke.js*' });
  await page.open(`${server.origin}/`);
  await page.type('nickname', 'alice');
  await page.submit('login-button');
  await page.tab.waitForURL(/\/plain\b/);
  await page.tab.waitForSelector('[name=text]');
  await page.tab.fill('[name=text]', 'said without a script');
  await page.tab.click('[type=submit]:near([name=text])');
  await page.tab.waitForSelector('text=said without a script');
});
