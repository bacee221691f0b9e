// The ladder's pages against the ladder's servers: each shows every piece of news once and in order, and goes on when
// its server was away, which is where the article's long poll falls silent.
import { existsSync } from 'node:fs';
import { child, free_port, until } from '../engines/engine.mjs';
import { chromium, firefox } from '../engines/all.mjs';
import { test } from '../runner.mjs';

const examples = new URL('../../../build/dev/examples/', import.meta.url).pathname;

async function start_step(t, name, port) {
  if (!existsSync(examples + name)) throw new Error(`${examples}${name} is not there: script/build release examples`);
  const step = child([examples + name, String(port), '0.2']);
  t.at_end(() => step.stop());
  await until(`${name} to serve`, async () => (await fetch(`http://127.0.0.1:${port}/page.css`)).ok);
  return step;
}

/// The numbers of the news that the page shows, oldest first.
const shown = async (page) => (await page.run(
  `Array.from(document.querySelectorAll('#news li'), (item) => Number(item.textContent.match(/news (\\d+)$/)[1]))`)).reverse();

async function goes_on(t, engine, name, file) {
  const port = await free_port();
  const step = await start_step(t, name, port);
  const page = await t.page(engine);
  await page.open(`http://127.0.0.1:${port}/${file}`);
  await until('some news', async () => (await shown(page)).length >= 3);
  const before = await shown(page);
  before.forEach((n, i) => { if (n !== before[0] + i) throw new Error(`not each once, in order: ${before}`); });

  await step.stop();
  const heard = (await shown(page)).length;
  await start_step(t, name, port);
  await until('news of the new server', async () => (await shown(page)).length >= heard + 3);
  if (page.errors.length) throw new Error(page.errors.join('\n'));
}

for (const engine of [chromium, firefox]) {
  for (const [name, file] of [['01_poll', 'poll.html'], ['02_long_poll', 'long_poll.html'], ['03_parked', 'long_poll.html'], ['04_push', 'push.html']]) {
    test(`${engine.name} goes on with ${name} when its server was away`, [engine], (t) => goes_on(t, engine, name, file));
  }
}
