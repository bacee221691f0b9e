// PhantomJS 1.9.8 and 2.1.1: the WebKits of Safari 5 and 7, and of Android's old browser.
//
// The binaries are somebody's packages of somebody's builds: they run only if they are the ones that were looked at,
// and not as root. One process is one user, because all pages of a process share one jar of cookies.
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ascii, child, find, free_port, nobody, unprivileged, until } from './engine.mjs';

const here = new URL('..', import.meta.url).pathname;

/// Not with fetch(), which writes header names in small letters: 1.9.8 knows Content-Length with its capitals only.
const post = (port, body) => new Promise((done, fail) => {
  const asked = request({
    host: '127.0.0.1', port, method: 'POST', agent: false,
    headers: { 'Content-Type': 'text/plain', 'Content-Length': Buffer.byteLength(body), Connection: 'close' },
  }, (answer) => {
    let text = '';
    answer.setEncoding('utf8').on('data', (part) => { text += part; }).on('end', () => done(text)).on('error', fail);
  });
  asked.on('error', fail);
  asked.end(body);
});

export const phantomjs = (version, sha256) => {
  const program = join(here, 'node_modules', `phantomjs-${version}`, 'bin/linux/x64/phantomjs');
  let home;

  function checked() {
    const sum = createHash('sha256').update(readFileSync(program)).digest('hex');
    if (sum !== sha256) throw new Error(`${program} is not the one that was checked: its SHA-256 is ${sum}`);
  }

  return {
    name: `PhantomJS ${version}`,
    transports: ['events', 'xhr', 'longpoll', 'iframe', 'jsonp', 'poll'],
    missing: () => process.arch !== 'x64' ? 'there are binaries for x86-64 only' : existsSync(program) ? '' : `${program} is not there`,

    async start() {
      checked();
      // The checkout may be where only root can look: nobody gets copies.
      home = mkdtempSync(join(tmpdir(), 'encke-phantomjs-'));
      copyFileSync(program, join(home, 'phantomjs'));
      chmodSync(join(home, 'phantomjs'), 0o755);
      copyFileSync(new URL('phantomjs-control.js', import.meta.url).pathname, join(home, 'control.js'));
      mkdirSync(join(home, 'files'));
      if (unprivileged.length) for (const path of [home, join(home, 'files')]) chownSync(path, nobody, nobody);
      return `PhantomJS ${version}`;
    },
    stop() { if (home) rmSync(home, { recursive: true, force: true }); },

    async page({ size = { width: 1100, height: 700 } } = {}) {
      const port = await free_port();
      const phantom = child([...unprivileged, join(home, 'phantomjs'), '--ssl-certificates-path=/nonexistent',
        '--local-storage-path=' + mkdtempSync(join(home, 'files', 'storage-')), join(home, 'control.js'), String(port),
        String(size.width), String(size.height)],
        { cwd: home, env: { HOME: home, PATH: process.env.PATH, LANG: 'C.UTF-8', OPENSSL_CONF: '/dev/null' } });
      const errors = [], remarks = [];

      async function ask(command, ...args) {
        if (phantom.ended !== null) throw Object.assign(new Error(`PhantomJS has ended (${phantom.ended}): ${phantom.output}`), { final: true });
        const { value, error, errors: new_errors, remarks: new_remarks } = JSON.parse(await post(port, ascii([command, ...args])));
        errors.push(...new_errors);
        remarks.push(...new_remarks);
        if (error) throw new Error(error);
        return value;
      }

      await until('PhantomJS to listen', () => ask('hello'));
      return {
        errors, remarks,
        // Once in a hundred pages its Qt forgets a request: a capture shows that it never leaves, with idle connections
        // to send it on. A user reloads then, and so do we. (A forgotten send is the client library's business.)
        async open(url) {
          for (let tries = 1; ; tries++) {
            await ask('open', url);
            try {
              await until(`${url} to load`, () => ask('loaded'), 10);
              return;
            } catch (error) {
              if (tries === 3) throw error;
              remarks.push(`reloaded: ${error.message}`);
            }
          }
        },
        run: (script) => ask('run', script),
        type: (id, text) => ask('type', id, text),
        submit: (id) => ask('click', find({ id })),
        click: (target) => ask('click', find(target)),
        choose: (id, value) => ask('choose', id, value),
        async attach(path) {
          const copy = join(home, 'files', basename(path));
          copyFileSync(path, copy);
          chmodSync(copy, 0o644);
          await ask('attach', copy);
        },
        async screenshot(base) {
          writeFileSync(`${base}.png`, Buffer.from(await ask('screenshot'), 'base64'));
          return `${base}.png`;
        },
        close: () => phantom.stop(),
      };
    },
  };
};
