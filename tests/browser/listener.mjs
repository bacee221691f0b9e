// Somebody at the other end without a browser, by plain HTTP: hears everything, and says things.
import { readFileSync } from 'node:fs';
import { until } from './engines/engine.mjs';

export class Listener {
  static async login(nick, origin) {
    const self = new Listener();
    self.nick = nick;
    self.origin = origin;
    self.heard = [];  // texts of others and of its own, group and private
    const answer = await self.ask('POST', '/login', { nickname: nick });
    self.token = answer.token;
    self.cursor = answer.cursor;
    return self;
  }

  async ask(method, path, fields) {
    const form = new URLSearchParams({ ...fields, ...this.token && { token: this.token } });
    const answer = await fetch(this.origin + path + (method === 'GET' ? `?${form}` : ''), method === 'GET' ? {} : { method, body: form });
    const body = await answer.json();
    if (body.error) throw new Error(`${path}: ${body.error.code}`);
    return body;
  }

  say(text) { return this.ask('POST', '/send', { text }); }
  whisper(to, text) { return this.ask('POST', '/send', { text, to }); }

  async send_image(path) {
    const form = new FormData();
    form.set('token', this.token);
    form.set('image', new Blob([readFileSync(path)]), 'picture.png');
    const answer = await fetch(`${this.origin}/send`, { method: 'POST', body: form });
    if (!answer.ok) throw new Error(`/send: ${await answer.text()}`);
  }

  async read() {
    const { events, next } = await this.ask('GET', '/poll', { since: this.cursor });
    this.cursor = next;
    for (const { event, from, to, text, image } of events) {
      if (event === 'message' || event === 'private') this.heard.push({ from, to, text, image });
    }
  }

  hears(text, { from } = {}) {
    return until(`${this.nick} to hear "${text}"`, async () => {
      await this.read();
      return this.heard.find((m) => m.text === text && (!from || m.from === from));
    });
  }

  sees_image(from) {
    return until(`${this.nick} to get an image from ${from}`, async () => {
      await this.read();
      return this.heard.find((m) => m.image && m.from === from);
    });
  }

  has_exactly(texts) {
    const heard = JSON.stringify(this.heard.map((m) => m.text));
    if (heard !== JSON.stringify(texts)) throw new Error(`${this.nick} heard ${heard}, not ${JSON.stringify(texts)}`);
  }
}
