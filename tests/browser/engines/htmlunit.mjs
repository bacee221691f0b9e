// Internet Explorer 6 to 9, as HtmlUnit plays them: their DOM and what they lack. No Trident runs here.
// One Java process serves all of them; each user is a client of its own in it.
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { child, find } from './engine.mjs';

const here = new URL('..', import.meta.url).pathname;
const jar = join(here, 'node_modules/selenium-server/lib/runner/selenium-server-standalone-2.35.0.jar');
const source = new URL('HtmlUnit.java', import.meta.url).pathname;
const classes = join(here, '../../build/browsers/classes');

let java, users = 0, next = 0, running = 0;
const waiting = new Map();

function compile() {
  const made = join(classes, 'HtmlUnit.class');
  if (existsSync(made) && statSync(made).mtimeMs > statSync(source).mtimeMs) return;
  mkdirSync(classes, { recursive: true });
  const javac = spawnSync('javac', ['-nowarn', '-cp', jar, '-d', classes, source], { encoding: 'utf8' });
  if (javac.status !== 0) throw new Error(`javac: ${javac.error ?? javac.stderr}`);
}

function launch() {
  compile();
  // Little memory and the quick compiler only: this lives for minutes.
  java = child(['java', '-Xmx512m', '-XX:TieredStopAtLevel=1', '-Dfile.encoding=UTF-8', '-cp', `${jar}:${classes}`, 'HtmlUnit']);
  let rest = '';
  java.process.stdout.on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const [number, status, value = ''] = line.split('\t');
      const asker = waiting.get(number);
      if (!asker) continue;
      waiting.delete(number);
      const plain = Buffer.from(value, 'base64').toString();
      if (status === 'ok') asker.done(plain); else asker.fail(new Error(plain));
    }
  });
  java.exit.then(() => { for (const { fail } of waiting.values()) fail(new Error(`Java has ended (${java.ended}): ${java.output.slice(-2000)}`)); });
}

function ask(session, command, ...args) {
  const number = String(++next);
  return new Promise((done, fail) => {
    waiting.set(number, { done, fail });
    java.write([number, session, command, ...args.map((a) => Buffer.from(a).toString('base64'))].join('\t') + '\n');
  });
}

export const htmlunit = (version) => ({
  name: `IE ${version} (HtmlUnit)`,
  // No streams: HtmlUnit hands an answer over when it is whole. One thread runs the scripts and waits for polls.
  transports: ['longpoll', 'jsonp', 'poll'],
  query: { wait: 1 },
  sees_no_images: true,
  missing: () => existsSync(jar) ? '' : `${jar} is not there`,

  start() {
    if (running++ === 0) launch();
    return `HtmlUnit 2.12 as Internet Explorer ${version}`;
  },
  async stop() { if (--running === 0) await java.stop(); },

  async page() {
    const session = String(++users);
    const errors = [], remarks = [];
    const does = async (command, ...args) => {
      try {
        return await ask(session, command, ...args);
      } finally {
        errors.push(...(await ask(session, 'errors')).split('\u0001').filter(Boolean));
        remarks.push(...(await ask(session, 'remarks')).split('\u0001').filter(Boolean));
      }
    };
    await ask(session, 'new', `INTERNET_EXPLORER_${version}`);
    return {
      errors, remarks,
      open: (url) => does('open', url),
      run: (script) => does('run', script),
      type: (id, text) => does('type', id, text),
      submit: (id) => does('click', find({ id })),
      click: (target) => does('click', find(target)),
      choose: (id, value) => does('choose', id, value),
      attach: (path) => does('attach', path),
      async screenshot(base) { writeFileSync(`${base}.txt`, await does('text') + '\n'); return `${base}.txt`; },
      close: () => ask(session, 'close'),
    };
  },
});
