// Somebody in a browser without scripts, on /plain.
import { until } from './engines/engine.mjs';

const places = {
  nickname: { name: 'nickname', label: 'Nickname' },
  text: { name: 'text', label: 'Message' },
  image: { name: 'image', label: 'Picture' },
  log_in: { action: '/plain/login', label: 'Log in' },
  send: { action: '/plain/send', label: 'Send' },
  log_out: { action: '/plain/logout', label: 'Log out' },
  reload: { link: 'Reload', href: '&n=' },
};

export class PlainPerson {
  constructor(engine, page) { this.engine = engine; this.page = page; this.last = ''; }

  look() { return this.last = this.page.screen(); }

  /// Waits until the screen shows something; with `reload`, asks for the page again and again.
  shows(what, is_shown, { reload = false, seconds } = {}) {
    return until(`${this.nick} (${this.engine.name}) to see ${what}`, async () => {
      if (is_shown(this.look())) return this.last;
      if (reload) await this.page.press(places.reload);
      return is_shown(this.look()) && this.last;
    }, seconds);
  }

  async open(origin) {
    this.origin = origin;
    await this.page.open(`${origin}/plain?lang=en`);
    await this.shows('the login form', (screen) => screen.includes('Nickname:'));
  }

  async login(nick) {
    this.nick = nick;
    await this.page.fill(places.nickname, nick);
    await this.page.press(places.log_in);
    await this.shows(`${nick} logged in`, (screen) => screen.includes(`You are ${nick}`));
  }

  async send() {
    await this.page.press(places.send);
    await this.shows('an empty box', (screen) => /Message:/.test(screen));
  }

  async say(text) {
    await this.page.fill(places.text, text);
    await this.send();
    await this.shows(`"${text}" said`, (screen) => screen.includes(`${this.nick}: ${text}`));
  }

  /// Goes to somebody's conversation by the list of who is here, whispers, and comes back.
  async whisper(nick, text) {
    await this.page.press({ link: nick, href: `with=${nick}` });
    await this.shows(`the conversation with ${nick}`, (screen) => screen.includes(`With ${nick}`));
    await this.page.fill(places.text, text);
    await this.send();
    await this.shows(`"${text}" whispered`, (screen) => screen.includes(text));
    await this.page.press({ link: 'Back to the lobby', href: '/plain?lang=en' });
    await this.shows('the lobby', (screen) => /Lobby/.test(screen));
  }

  async send_image(path) {
    await this.page.fill(places.image, path);
    if (!this.page.kind.file_is_sent) await this.page.press(places.send);
    await this.shows('the picture said', (screen) => new RegExp(`${this.nick}:\\s+\\[image/png`).test(screen));
  }

  sees(text, { from } = {}) {
    return this.shows(`"${text}" from ${from}`, (screen) => screen.split('\n').some((line) => line.includes(text) && line.includes(from)), { reload: true });
  }

  sees_online(nick) {
    return this.shows(`${nick} here`, (screen) => new RegExp(`Who is here[^]*\\b${nick}\\b`).test(screen), { reload: true });
  }

  async logout() {
    await this.page.press(places.log_out);
    await this.shows('the login form', (screen) => screen.includes('Nickname:'));
  }
}
