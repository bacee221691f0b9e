// Every transport, forced in turn in every engine that has it, with the same one at the other end.
import { chromium, edbrowse, firefox, ie6, ie7, ie8, ie9, phantomjs1, phantomjs2 } from '../engines/all.mjs';
import { test } from '../runner.mjs';

const pairs = [[chromium, firefox], [phantomjs1, phantomjs2], [ie6, ie8], [ie7, ie9], [edbrowse, chromium]];

for (const [one, other] of pairs) {
  for (const transport of one.transports) {
    test(`${one.name} and ${other.name} chat by ${transport}`, [one, other], async (t) => {
      const server = await t.server();
      const alice = await t.person(one, 'alice', server, { transport });
      const bob = await t.person(other, 'bob', server, { transport });
      await alice.connected(transport);
      await bob.connected(transport);
      const all = [];
      // Whatever edbrowse is asked to do waits until its script, a poll, has loaded.
      const texts = one === edbrowse ? ['one'] : ['one', 'two', 'three'];
      for (const text of texts) {
        await alice.say(text);
        await bob.sees(text, { from: 'alice' });
        await bob.say(`and ${text}`);
        await alice.sees(`and ${text}`, { from: 'bob' });
        all.push(text, `and ${text}`);
      }
      await alice.has_exactly(all);
      await bob.has_exactly(all);
      // Still by the same: nothing has stepped down meanwhile.
      await alice.connected(transport);
      await bob.connected(transport);
    });
  }
}

for (const engine of [chromium, firefox, phantomjs1]) {
  test(`${engine.name} goes through all transports while it chats, and loses and doubles nothing`, [engine], async (t) => {
    const server = await t.server();
    const alice = await t.person(engine, 'alice', server);
    const eve = await t.listener('eve', server);
    const all = [];
    for (const transport of engine.transports) {
      await alice.page.choose('transport', transport);
      await eve.say(`before ${transport}`);
      await alice.connected(transport);
      await eve.say(`by ${transport}`);
      await alice.sees(`by ${transport}`, { from: 'eve' });
      all.push(`before ${transport}`, `by ${transport}`);
    }
    await alice.has_exactly(all);
  });
}
