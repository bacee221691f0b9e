// What the engines have in common. Each file beside this one drives one engine (or one family), and exports
//
//   name, transports     what the table in docs/browsers.md calls it, and what it can read by
//   missing()            why it cannot run here; '' if it can
//   start(), stop()      once for a run; start() answers with the engine's version
//   page(options)        somebody's window, with a profile of its own
//
// A page has open(url), run(script), type(id, text), submit(id), click(target), choose(id, value), attach(path),
// screenshot(base) and close(), and the lists `errors` (of scripts: a test fails by them) and `remarks` (only shown).
// A target is {id} or {within, attribute, value}. What a chat needs is made from these in person.mjs.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

export const css = ({ id, within, attribute, value }) =>
  id ? `#${id}` : `#${within} [${attribute}="${value.replace(/["\\]/g, '\\$&')}"]`;

/// JavaScript text of a target, for engines of any age.
export const find = ({ id, within, attribute, value }) => id ? `document.getElementById(${ascii(id)})` :
  `(function () { var a = document.getElementById(${ascii(within)}).getElementsByTagName('*'), i;` +
  ` for (i = 0; i < a.length; i++) { if (a[i].getAttribute(${ascii(attribute)}) === ${ascii(value)}) { return a[i]; } } return null; })()`;

/// JSON without anything but ASCII in it: old engines guess encodings.
export const ascii = (value) =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/// Looks again and again, until `look` answers with something that is true. The client library gives up on a command
/// after 30 s, and sends it again: the deadline leaves room for that.
export async function until(what, look, seconds = 45) {
  const end = Date.now() + seconds * 1000;
  let last;
  for (;;) {
    try {
      const found = await look();
      if (found) return found;
      last = undefined;
    } catch (error) {
      if (error.final) throw error;
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}${last ? ` (${last.message})` : ''}`);
    await sleep(50);
  }
}

export function free_port() {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => done(port)); });
  });
}

/// Whose third-party binaries are run: nobody's, where we are root.
export const nobody = 65534;
export const unprivileged = process.getuid() === 0 ?
  ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'] : [];

// Whoever is left when the run is broken off.
const at_exit = new Set();
process.on('exit', () => { for (const end of at_exit) end(); });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

/// To be done should the run be broken off; answers with what takes that back.
export function if_broken_off(does) { at_exit.add(does); return () => at_exit.delete(does); }

/// A child process whose output is kept, and which is ended by stop() at the latest.
export function child(command, options = {}) {
  const process_ = spawn(command[0], command.slice(1), { stdio: ['pipe', 'pipe', 'pipe'], ...options });
  const self = { process: process_, output: '', ended: null };
  for (const stream of [process_.stdout, process_.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text) => { self.output += text; self.on_output?.(text); });
  }
  process_.stdin.on('error', () => {});  // it may have ended already
  const over = if_broken_off(() => process_.kill('SIGKILL'));
  const exit = new Promise((done) => {
    const end = (how) => { self.ended = how; over(); done(); };
    process_.once('error', (error) => end(error.message));
    process_.once('exit', (code, signal) => end(signal ?? code));
  });
  self.write = (text) => process_.stdin.write(text);
  self.exit = exit;
  self.stop = async (signal = 'SIGTERM') => {
    if (self.ended === null) process_.kill(signal);
    const timer = setTimeout(() => process_.kill('SIGKILL'), 5000);
    await exit;
    clearTimeout(timer);
  };
  return self;
}
