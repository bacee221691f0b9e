// Runs tests, a few at a time: each has its own server and its own pages, and cleans up after itself.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Listener } from './listener.mjs';
import { Person } from './person.mjs';
import { start_server } from './server.mjs';

export const out = new URL('../../build/browsers', import.meta.url).pathname;
const docs = new URL('../../docs', import.meta.url).pathname;

const tests = [];

/// `engines` are those that the test drives: it is left out where one of them cannot be had. `name` is a sentence.
export function test(name, engines, body) { tests.push({ name, engines, body }); }

class Test {
  constructor(name) { this.name = name; this.ends = []; this.people = []; this.remarks = []; }

  /// To be done at the end, the last first.
  at_end(does) { this.ends.unshift(does); }

  async server(...flags) {
    const server = await start_server(flags);
    this.server_ = server;
    this.at_end(() => server.stop());
    return server;
  }

  async page(engine, options) {
    const page = await engine.page(options);
    this.at_end(() => page.close());
    return page;
  }

  /// Somebody in a window of their own, logged in; `query` goes to the page's address.
  async person(engine, nick, server, query = {}, options = {}) {
    const person = new Person(engine, await this.page(engine, options));
    person.nick = nick;
    this.people.push(person);
    await person.open(server.origin, query);
    await person.login(nick);
    return person;
  }

  /// Somebody without a browser.
  listener(nick, server) { return Listener.login(nick, server.origin); }

  /// Takes a picture that is kept: in build/browsers, and with --pictures in docs/ too. There a picture goes beside
  /// browsers.md, and a text into it, where a comment names it.
  async keep(person, name) {
    const file = await person.page.screenshot(join(out, name.replace(/[^A-Za-z0-9.]+/g, '-').toLowerCase()));
    if (!process.argv.includes('--pictures')) return;
    const base = file.slice(out.length + 1);
    if (base.endsWith('.png')) {
      mkdirSync(join(docs, 'browsers'), { recursive: true });
      copyFileSync(file, join(docs, 'browsers', base));
      return;
    }
    const text = readFileSync(file, 'utf8').replace(/[ \t]+$/gm, '').replace(/\n{3,}/g, '\n\n').replace(/^\n+|\n+$/g, '');
    const page = join(docs, 'browsers.md');
    writeFileSync(page, readFileSync(page, 'utf8').replace(new RegExp(`(<!-- screen: ${base} -->\\n\`\`\`text\\n)[^]*?(\`\`\`)`),
      (_, begin, end) => `${begin}${text}\n${end}`));
  }

  /// What is worth telling of a test that passed.
  remark(text) { this.remarks.push(text); }

  /// What there is to see after a failure: a picture of each page, what it showed, and what it complained of.
  async evidence() {
    const lines = [];
    mkdirSync(join(out, 'failures'), { recursive: true });
    for (const person of this.people) {
      const base = join(out, 'failures', `${this.name}-${person.nick}`.replace(/[^A-Za-z0-9.]+/g, '-').slice(0, 120));
      const within = (does) => Promise.race([does, new Promise((_, fail) => setTimeout(() => fail(new Error('no answer in 10 s')), 10000).unref())]);
      lines.push(`  ${person.nick} (${person.engine.name}):`);
      try { lines.push(`    picture: ${await within(person.page.screenshot(base))}`); } catch (error) { lines.push(`    no picture: ${error.message}`); }
      try { if (person.look) await within(person.look()); } catch (error) { lines.push(`    no look: ${error.message}`); }
      if (person.last) lines.push(`    showed: ${typeof person.last === 'string' ? `\n${person.last}` : JSON.stringify(person.last)}`);
      for (const line of new Set((person.page.errors ?? []).slice(0, 10))) lines.push(`    script error: ${line}`);
      for (const line of (person.page.remarks ?? []).slice(-10)) lines.push(`    console: ${line}`);
    }
    if (this.server_) {
      lines.push(`  the server: ${this.server_.output.slice(-1500)}`);
      // Who waits for whom, where a request hangs: bytes that were sent and not taken.
      const { stdout } = spawnSync('ss', ['-tnpo', `sport = :${this.server_.port} or dport = :${this.server_.port}`], { encoding: 'utf8' });
      if (stdout) lines.push(`  its connections:\n${stdout.replace(/^/gm, '    ').trimEnd()}`);
    }
    return lines.join('\n');
  }
}

async function run_one({ name, body }, limit) {
  const t = new Test(name);
  const began = Date.now();
  let failure = '', timer;
  try {
    const too_long = new Promise((_, fail) => { timer = setTimeout(() => fail(new Error(`took more than ${limit} s`)), limit * 1000); });
    await Promise.race([body(t), too_long]);
    const errors = t.people.flatMap((person) => (person.page.errors ?? []).map((error) => `${person.engine.name}: ${error}`));
    if (errors.length) throw new Error(`a script of the page failed:\n    ${errors.join('\n    ')}`);
  } catch (error) {
    failure = `  ${error.stack?.includes(error.message) ? error.stack : error.message}\n${await t.evidence()}`;
  } finally {
    clearTimeout(timer);
  }
  for (const end of t.ends) {
    try { await end(); } catch (error) { failure ||= `  while cleaning up: ${error.stack}`; }
  }
  return { name, failure, remarks: t.remarks, seconds: (Date.now() - began) / 1000 };
}

/// Starts the engines, runs the tests whose names match, and prints the count. Answers with what the process ends with.
export async function run_tests({ match = '', jobs = 3, limit = 150, must_run = true } = {}) {
  const wanted = tests.filter(({ name }) => new RegExp(match, 'i').test(name));
  const engines = [...new Set(wanted.flatMap((one) => one.engines))];
  const missing = new Map(), began = Date.now();
  let failed = 0, passed = 0, skipped = 0;
  const first = [];

  mkdirSync(out, { recursive: true });
  rmSync(join(out, 'failures'), { recursive: true, force: true });  // of an earlier run
  for (const engine of engines) {
    const why = engine.missing();
    if (why) {
      missing.set(engine, why);
      console.log(`not run: ${engine.name}: ${why}`);
      if (must_run) { failed++; first.push(`${engine.name} cannot run: ${why}`); }
      continue;
    }
    console.log(`engine: ${await engine.start()}`);
  }
  try {
    const queue = wanted.slice();
    const work = async () => {
      for (let one; (one = queue.shift());) {
        if (one.engines.some((engine) => missing.has(engine))) { skipped++; console.log(`left out  ${one.name}`); continue; }
        const { name, failure, remarks, seconds } = await run_one(one, limit);
        if (failure) { failed++; first.push(name); } else { passed++; }
        console.log(`${failure ? 'FAILED' : 'ok'}  ${name} (${seconds.toFixed(1)} s)${remarks.map((remark) => `\n    ${remark}`).join('')}${failure ? `\n${failure}` : ''}`);
      }
    };
    await Promise.all(Array.from({ length: jobs }, work));
  } finally {
    for (const engine of engines) if (!missing.has(engine)) await engine.stop();
  }
  if (!wanted.length) { console.log(`no test's name matches ${match}`); return 1; }
  console.log(`\n${((Date.now() - began) / 1000).toFixed(0)} s`);
  if (first.length) console.log(`failed:\n  ${first.join('\n  ')}\nPictures of what was seen: build/browsers/failures`);
  console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
  return failed ? 1 : 0;
}
