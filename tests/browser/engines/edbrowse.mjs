// edbrowse: a line editor that browses, with scripts (Duktape). Its timers and requests run while it waits for a
// command, so its input stays open; its debugger, jdb, tells what is on the page.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ascii, child, find, until } from './engine.mjs';

const program = '/usr/bin/edbrowse';

export const name = 'edbrowse';
export const transports = ['longpoll', 'jsonp', 'poll'];
export const query = { wait: 1, beat: 2 };
export const sees_no_images = true;
export const missing = () => existsSync(program) ? '' : `${program} is not there`;

export const start = () => new Promise((done) => {
  const asked = child([program, '-v']);
  asked.exit.then(() => done(`edbrowse ${asked.output.trim().split('\n').pop()}`));
});
export const stop = () => {};

export async function page() {
  const home = mkdtempSync(join(tmpdir(), 'encke-edbrowse-'));
  writeFileSync(join(home, '.ebrc'), '# nothing\n');
  const editor = child([program], { cwd: home, env: { ...process.env, HOME: home, LC_ALL: 'C.UTF-8' } });
  const errors = [], remarks = [];
  let count = 0, turn = Promise.resolve();

  /// Gives commands, and answers with what is printed up to the mark that comes after them.
  ///
  /// While the page has timers, edbrowse waits for input that is new, and not for what it has read ahead already. So
  /// the mark goes out on its own, and again until it is seen.
  const command = (...lines) => turn = turn.catch(() => {}).then(async () => {
    const mark = `encke-mark-${++count}`;
    const from = editor.output.length;
    let next = Date.now() + 20;
    editor.write(lines.join('\n') + '\n');
    await until(`edbrowse to do: ${lines[0].slice(0, 60)}`, () => {
      if (editor.ended !== null) throw Object.assign(new Error(`edbrowse has ended (${editor.ended}): ${editor.output.slice(-2000)}`), { final: true });
      if (Date.now() >= next) {
        editor.write(`!printf '%s-%s\\n' encke-mark ${count}\n`);
        next = Date.now() + 500;
      }
      return editor.output.indexOf(mark, from) >= 0;
    });
    return editor.output.slice(from, editor.output.indexOf(mark, from)).replace(/^(encke-mark-\d+|ok)\n/gm, '');
  });

  /// Presses a button as its user does: goes to the line that shows it, and pushes the field of that number.
  async function push(element) {
    const label = `<${(await run(`${element}.textContent`)).trim().replace(/\s+/g, ' ')}`;
    const line = await command(`1`, `/${label.replace(/[\/\\.*[\]^$]/g, '\\$&')}/`);
    const at = line.lastIndexOf(label);
    if (at < 0) throw new Error(`edbrowse shows no ${label}: ${line}`);
    await command(`i${line.slice(line.lastIndexOf('\n', at) + 1, at).split('<').length}*`);
  }

  async function run(script) {
    const line = `"encke" + "-says:" + (function () { try { return "" + (${script}); } catch (e) { return "error: " + e; } })() + ":end"`;
    const printed = await command('jdb', line.replace(/\s*\n\s*/g, ' '), '.');
    const said = /encke-says:([^]*?):end/.exec(printed);
    if (!said) throw new Error(`edbrowse printed: ${printed}`);
    if (said[1].startsWith('error: ')) throw new Error(said[1]);
    return said[1];
  }

  return {
    errors, remarks, command,
    open: (url) => command(`b ${url}`),
    run,
    type: (id, text) => run(`(document.getElementById(${ascii(id)}).value = ${ascii(text)})`),
    submit: (id) => push(find({ id })),
    click: (target) => push(find(target)),
    choose: (id, value) => run(`(function () { var e = document.getElementById(${ascii(id)}); e.value = ${ascii(value)}; e.onchange(); return 1; })()`),
    async screenshot(base) { writeFileSync(`${base}.txt`, await command(',p')); return `${base}.txt`; },
    async close() {
      editor.write('qt\n');
      await editor.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
