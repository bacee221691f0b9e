// The browsers without scripts: lynx, w3m, links and elinks, each in a terminal of its own (tmux, with a private socket).
// Their users have /plain: they go from link to link, type, press Enter, and read what is on the screen.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { if_broken_off, sleep, until } from './engine.mjs';

const columns = 100, rows = 70;

/// What each of them wants. A place is a field by its label and name, a button by its label, or a link by its text.
const kinds = {
  lynx: {
    command: (home, url) => ['lynx', `-cfg=${home}/lynx.cfg`, '-accept_all_cookies', '-show_cursor', url],
    files: { 'lynx.cfg': 'CHARACTER_SET:utf-8\nDEFAULT_USER_MODE:ADVANCED\nACCEPT_ALL_COOKIES:TRUE\n' },
    top: 'Home', next: 'Tab', edit: [], edited: ['Tab'],
  },
  w3m: {
    command: (home, url) => ['w3m', '-cookie', url],
    top: 'g', next: 'Tab', edit: ['Enter'], edited: ['Enter'], file_is_sent: true,  // as soon as it is chosen
  },
  links: {
    command: (home, url) => ['links', url], folder: '.links',
    top: 'Home', next: 'Down', edit: [], edited: ['Down'], has_status: true,
  },
  elinks: {
    command: (home, url) => ['elinks', '-no-connect', url], folder: '.elinks',
    files: { '.elinks/elinks.conf': 'set document.browse.forms.confirm_submit = 0\nset cookies.accept_policy = 2\nset ui.language = "System"\n' },
    top: 'Home', next: 'Down', edit: ['Enter'], edited: ['Down'], has_status: true,
  },
};

class Terminal {
  constructor(kind) {
    this.kind = kinds[kind];
    this.home = mkdtempSync(join(tmpdir(), `encke-${kind}-`));
    this.env = { ...process.env, HOME: this.home, LC_ALL: 'C.UTF-8', TERM: 'screen', TMUX: '' };
    if (this.kind.folder) mkdirSync(join(this.home, this.kind.folder));
    for (const [name, text] of Object.entries(this.kind.files ?? {})) writeFileSync(join(this.home, name), text);
    this.errors = [];
    this.remarks = [];
  }

  tmux(...args) { return execFileSync('tmux', ['-u', '-S', join(this.home, 'tmux'), ...args], { encoding: 'utf8', env: this.env, stdio: ['ignore', 'pipe', 'pipe'] }); }

  async open(url) {
    if (this.running) this.tmux('kill-server');
    this.tmux('-f', '/dev/null', 'new-session', '-d', '-x', String(columns), '-y', String(rows), '-s', 's', ...this.kind.command(this.home, url));
    this.running = true;
    this.over ??= if_broken_off(() => spawnSync('tmux', ['-S', join(this.home, 'tmux'), 'kill-server'], { env: this.env }));
    await until('the page', () => /\S/.test(this.screen()));
    await this.still();
    if (/ Welcome /.test(this.screen())) await this.keys('Enter');
  }

  screen() { return this.tmux('capture-pane', '-p', '-t', 's').replace(/\s+$/, ''); }

  /// Keys by their name, or text as it is; and then a moment's peace, until the screen stands still.
  async keys(...names) { for (const name of names) await this.still('send-keys', '-t', 's', name, ';'); }
  async text(text) { await this.still('send-keys', '-t', 's', '-l', text, ';'); }

  async still(...does) {
    for (let before, now = this.look_(...does); before !== now;) {
      await sleep(20);
      [before, now] = [now, this.look_()];
    }
  }

  look_(...does) { return this.tmux(...does, 'display-message', '-p', '-t', 's', '#{cursor_x},#{cursor_y}', ';', 'capture-pane', '-p', '-t', 's'); }

  /// Whether the browser stands at that place: by its status line, or by the cursor.
  at({ name, action, link, href, label }) {
    // Where the cursor is, and what the screen shows.
    const [where, ...lines] = this.look_().split('\n');
    if (this.kind.has_status) {
      const status = lines.filter((line) => line.trim()).at(-1) ?? '';
      return name ? new RegExp(`name ${name}\\b`).test(status) : action ? / to http/.test(status) && status.includes(action) : status.includes(href);
    }
    const [x, y] = where.split(',').map(Number);
    // A Chinese character takes two columns.
    const line = lines[y].replace(/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/g, '$&\u0000'), before = line.slice(0, x), after = line.slice(x);
    if (name) return new RegExp(`${label}: ?\\[?$`).test(before);
    return after.replace(/^ ?\[?/, '').startsWith(action ? label : link);
  }

  /// From the top of the page, link by link. Inside a field that is typed into, the key for the top does nothing, and
  /// then the way may lead by the page's end, where some begin anew and some stand still.
  async go(place) {
    if (this.at(place)) return;
    await this.keys(this.kind.top);
    for (let i = 0; i < 60; i++) {
      if (this.at(place)) return;
      const before = this.look_();
      await this.keys(this.kind.next);
      if (this.look_() === before) await this.keys(this.kind.top);
    }
    throw new Error(`cannot get to ${JSON.stringify(place)}`);
  }

  async fill(field, text) {
    await this.go(field);
    await this.keys(...this.kind.edit);
    await this.text(text);
    await this.keys(...this.kind.edited);
  }

  async press(place) {
    await this.go(place);
    await this.keys('Enter');
  }

  async screenshot(base) { writeFileSync(`${base}.txt`, this.screen() + '\n'); return `${base}.txt`; }

  async close() {
    if (this.running) {
      const pid = Number(this.tmux('display-message', '-p', '-t', 's', '#{pane_pid}'));
      this.tmux('kill-server');
      // links writes down where it was before it goes.
      await until('the browser to end', () => { try { return !process.kill(pid, 0); } catch { return true; } });
    }
    this.over?.();
    rmSync(this.home, { recursive: true, force: true });
  }
}

export const terminal = (kind) => ({
  name: kind,
  transports: [],
  missing: () => existsSync(`/usr/bin/${kind}`) ? '' : `/usr/bin/${kind} is not there`,
  start() {
    const asked = spawnSync(kind, [kind === 'links' || kind === 'lynx' || kind === 'w3m' ? '-version' : '--version'], { encoding: 'utf8' });
    return (asked.stdout || asked.stderr).split('\n').find((line) => /\d\.\d/.test(line)).trim();
  },
  stop() {},
  page: () => new Terminal(kind),
});
