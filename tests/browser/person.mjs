// Somebody who uses the chat page in some engine, and looks at it as people do.
import { readFileSync } from 'node:fs';
import { until } from './engines/engine.mjs';

const probe = readFileSync(new URL('probe.js', import.meta.url), 'utf8').replace(/^\/\/.*\n/gm, '').trim();

export class Person {
  constructor(engine, page) {
    this.engine = engine;
    this.page = page;
    this.last = null;  // what the page showed when it was looked at last: a failed test prints it
  }

  /// What the page shows (probe.js).
  async look() { return this.last = JSON.parse(await this.page.run(probe)); }

  async open(origin, query = {}) {
    this.origin = origin;
    await this.page.open(`${origin}/?${new URLSearchParams({ lang: 'en', interval: 300, ...this.engine.query, ...query })}`);
  }

  async login(nick, secret = '') {
    this.nick = nick;
    await this.shows('the login form', (seen) => seen.login);
    await this.page.type('nickname', nick);
    if (secret) await this.page.type('secret', secret);
    await this.page.submit('login-button');
    await this.shows(`${nick} logged in`, (seen) => seen.chat && seen.me === nick);
  }

  /// Waits until the page shows something.
  shows(what, is_shown, seconds) {
    return until(`${this.nick ?? 'somebody'} (${this.engine.name}) to see ${what}`, async () => {
      const seen = await this.look();
      return await is_shown(seen) && seen;
    }, seconds);
  }

  connected(transport) {
    return this.shows(`the state "connected"${transport ? ` by ${transport}` : ''}`,
      (seen) => seen.state === 'connected' && (!transport || seen.transport === transport));
  }

  /// Opens a conversation: '#lobby' or '@bob'. Looks where it is and clicks there, and again if the list moved meanwhile.
  async show(talk) {
    let clicked = 0;
    await this.shows(`the conversation ${talk}`, async (seen) => {
      const there = seen.talks.find((one) => one.name === talk);
      if (there?.current) return true;
      if (Date.now() < clicked + 2000) return false;
      if (there) await this.page.click({ within: 'talks', attribute: 'data-talk', value: talk });
      else if (seen.people.includes(talk.slice(1))) await this.page.click({ within: 'people', attribute: 'data-nick', value: talk.slice(1) });
      else return false;
      clicked = Date.now();
      return false;
    });
  }

  async say(text, talk = '#lobby') {
    await this.show(talk);
    await this.page.type('text', text);
    await this.page.submit('send');
  }

  whisper(to, text) { return this.say(text, `@${to}`); }

  async send_image(path, talk = '#lobby') {
    await this.show(talk);
    await this.page.attach(path);
    await this.page.submit('send');
  }

  /// Waits for a message: by its text, or any image with `image`.
  async sees(text, { from, private: is_private = false, image = false } = {}) {
    if (is_private) await this.shows(`a conversation with ${from}`, (seen) => seen.talks.some((one) => one.name === `@${from}`));
    await this.show(is_private ? `@${from}` : '#lobby');
    return this.shows(`${image ? 'an image' : `"${text}"`} from ${from}`, (seen) => seen.messages.some((m) =>
      m.from === from && !m.pending && (image ? m.image && (m.loaded || this.engine.sees_no_images) : m.text === text)));
  }

  /// Waits until what was said by oneself stands there for good.
  async said(text, talk = '#lobby') {
    await this.show(talk);
    return this.shows(`"${text}" confirmed`, (seen) => seen.messages.some((m) => m.mine && m.id && !m.pending && m.text === text));
  }

  async sees_online(...nicks) {
    return this.shows(`${nicks.join(' and ')} online`, (seen) => nicks.every((nick) => seen.people.includes(nick)));
  }

  sees_gone(nick) {
    return this.shows(`${nick} gone`, (seen) => !seen.people.includes(nick));
  }

  has_unread(talk, count) {
    return this.shows(`${count} unread in ${talk}`, (seen) => seen.talks.some((one) => one.name === talk && one.unread === count));
  }

  /// That nothing was lost, doubled or moved.
  async has_exactly(texts, talk = '#lobby') {
    await this.show(talk);
    const shown = JSON.stringify((await this.look()).messages.map((m) => m.text));
    if (shown !== JSON.stringify(texts)) throw new Error(`${this.nick} (${this.engine.name}) sees ${shown}, not ${JSON.stringify(texts)}`);
  }

  async logout() {
    await this.page.submit('logout');
    await this.shows('the login form again', (seen) => seen.login);
  }
}
