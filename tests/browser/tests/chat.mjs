// Two people in two engines chat with each other: each engine says and hears everything at least once.
import { chromium, edbrowse, firefox, ie6, ie7, ie8, ie9, phantomjs1, phantomjs2 } from '../engines/all.mjs';
import { picture } from '../picture.mjs';
import { test } from '../runner.mjs';

const pairs = [[chromium, ie6], [firefox, phantomjs1], [phantomjs2, ie8], [ie7, chromium], [edbrowse, ie9]];
const hostile = '<b>1 & 2</b> "three" \'four\' \\5 </script> \u4f60\u597d';

for (const [one, other] of pairs) {
  test(`${one.name} and ${other.name} talk in the group`, [one, other], async (t) => {
    const server = await t.server();
    const alice = await t.person(one, 'alice', server), bob = await t.person(other, 'bob', server);
    await alice.sees_online('bob');
    await bob.sees_online('alice');
    await alice.say('Good morning');
    await bob.sees('Good morning', { from: 'alice' });
    await bob.say(hostile);
    await alice.sees(hostile, { from: 'bob' });
    await alice.said('Good morning');
    await bob.said(hostile);
    await alice.has_exactly(['Good morning', hostile]);
    await bob.has_exactly(['Good morning', hostile]);
    await bob.logout();
    await alice.sees_gone('bob');
  });

  test(`${one.name} and ${other.name} whisper, and nobody else hears it`, [one, other], async (t) => {
    const server = await t.server();
    const alice = await t.person(one, 'alice', server), bob = await t.person(other, 'bob', server);
    const eve = await t.listener('eve', server);
    await alice.sees_online('bob', 'eve');
    await alice.whisper('bob', 'psst');
    await bob.has_unread('@alice', 1);
    await bob.sees('psst', { from: 'alice', private: true });
    await bob.has_unread('@alice', 0);
    await bob.whisper('alice', 'what is it?');
    await alice.sees('what is it?', { from: 'bob', private: true });
    await bob.has_exactly(['psst', 'what is it?'], '@alice');
    await bob.say('aloud');
    await eve.hears('aloud');
    eve.has_exactly(['aloud']);
  });

  test(`${one.name} and ${other.name} show each other pictures`, [one, other], async (t) => {
    const server = await t.server();
    const alice = await t.person(one, 'alice', server), bob = await t.person(other, 'bob', server);
    await bob.sees_online('alice');
    if (alice.page.attach) {
      await alice.send_image(picture('sunrise'));
      await bob.sees('', { from: 'alice', image: true });
    }
    await bob.send_image(picture('tide'), '@alice');
    await alice.sees('', { from: 'bob', private: true, image: true });
  });
}
