// Chromium, by its own protocol.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { css } from './engine.mjs';

const program = process.env.CHROMIUM || '/usr/bin/chromium';

export const name = 'Chromium';
export const transports = ['events', 'xhr', 'longpoll', 'iframe', 'jsonp', 'poll'];
export const missing = () => existsSync(program) ? '' : `${program} is not there`;

let browser;

export async function start() {
  browser = await chromium.launch({
    executablePath: program, headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
  return `Chromium ${browser.version()}`;
}

export const stop = () => browser?.close();

/// `size` is the window's, `block` a pattern of addresses that must not load.
export async function page({ size = { width: 1100, height: 700 }, block, context: shared, dark } = {}) {
  const context = shared ?? await browser.newContext({ viewport: size, colorScheme: dark ? 'dark' : 'light' });
  const tab = await context.newPage();
  const errors = [], remarks = [];
  tab.on('pageerror', (error) => errors.push(error.stack || error.message));
  tab.on('console', (line) => { if (line.type() === 'error') remarks.push(line.text()); });
  if (block) await tab.route(block, (route) => route.abort());
  return {
    context, errors, remarks, tab,
    open: (url) => tab.goto(url, { waitUntil: 'load' }),
    run: (script) => tab.evaluate(script),
    type: async (id, text) => { await tab.fill(`#${id}`, ''); await tab.locator(`#${id}`).pressSequentially(text); },
    // Enter says it, as people do; the other engines click the button.
    submit: (id) => id === 'send' ? tab.press('#text', 'Enter') : tab.click(`#${id}`),
    click: (target) => tab.click(css(target)),
    choose: (id, value) => tab.selectOption(`#${id}`, value),
    attach: (path) => tab.setInputFiles('#image', path),
    screenshot: async (base, { whole = false } = {}) => { await tab.screenshot({ path: `${base}.png`, fullPage: whole }); return `${base}.png`; },
    close: () => shared ? tab.close() : context.close(),
  };
}
