// That the lint sees each fault, and leaves alone what is right.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { faults, lint } from '../lint/es3.mjs';
import { test } from '../runner.mjs';

const top = new URL('../../..', import.meta.url).pathname;

// Each line is a script with one fault, and a word of what is to be said about it.
const wrong = [
  ['var a = [1, 2,];', 'comma'],
  ['var a = {b: 1,};', 'not ES3'],
  ['var a = b.class;', 'not ES3'],
  ['var a = {default: 1};', 'not ES3'],
  ['let a = 1;', 'not ES3'],
  ['var a = {get b() { return 1; }};', 'not ES3'],
  ['var a = "\u00e9";', 'not ASCII'],
  ['var a = function b() {};', 'leaks'],
  ['if (a) { function b() {} }', 'block'],
  ['var a = "abc"[0];', 'charAt'],
  ['var a = b.substr(-1);', 'slice'],
  ['a.splice(1);', 'splice'],
  ['var a = "b,c".split(/(,)/);', 'group'],
  ['var a = parseInt(b);', 'octal'],
  ['var a = /[^]/;', 'JScript'],
  ['a.forEach(b);', 'asked'],
  ['var a = b.trim();', 'asked'],
  ['a.textContent = b;', 'asked'],
  ['a.addEventListener("b", c, false);', 'asked'],
  ['var a = Date.now();', 'later'],
  ['var a = Object.keys(b);', 'later'],
  ['var a = JSON.parse(b);', 'window.JSON'],
  ['console.log(a);', 'window.console'],
  ['a.remove();', 'removeChild'],
];

const right = `
  // Asked for before it is used.
  if (a.addEventListener) { a.addEventListener('b', c, false); } else { a.attachEvent('onb', c); }
  if ('textContent' in a) { a.textContent = b; } else { b(); }
  var d = window.JSON ? window.JSON.parse(b) : null, e = 'abc'.charAt(0), f = [1, 2], g = {'class': 1, h: parseInt('08', 10)};
  function i() { function j() { return f.splice(0, 1); } return j; }
`;

test('The ES3 lint sees every fault it knows', [], async () => {
  for (const [script, says] of wrong) {
    const seen = faults(script).map((fault) => fault.says);
    if (seen.length !== 1 || !seen[0].includes(says)) throw new Error(`of ${script} it says ${JSON.stringify(seen)}, not "…${says}…"`);
  }
  const seen = faults(right);
  if (seen.length) throw new Error(`of what is right it says ${JSON.stringify(seen)}`);
});

test('Every script of the page is ES3', [], async () => {
  const folder = join(top, 'public');
  const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'));
  const count = lint([...scripts.map((name) => join(folder, name)), new URL('../probe.js', import.meta.url).pathname]);
  if (count) throw new Error(`${count} faults, above`);
});
