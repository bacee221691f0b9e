// Firefox, by WebDriver BiDi: the protocol that Debian's own build speaks.
import { existsSync } from 'node:fs';
import puppeteer from 'puppeteer-core';
import { css } from './engine.mjs';

const program = process.env.FIREFOX || '/usr/bin/firefox-esr';

export const name = 'Firefox';
export const transports = ['events', 'xhr', 'longpoll', 'iframe', 'jsonp', 'poll'];
export const missing = () => existsSync(program) ? '' : `${program} is not there`;

let browser;

export async function start() {
  browser = await puppeteer.launch({ browser: 'firefox', executablePath: program, headless: true, protocol: 'webDriverBiDi' });
  return (await browser.version()).replace('/', ' ');
}

export const stop = () => browser?.close();

export async function page({ size = { width: 1100, height: 700 } } = {}) {
  const context = await browser.createBrowserContext();
  const tab = await context.newPage();
  await tab.setViewport(size);
  const errors = [], remarks = [];
  tab.on('pageerror', (error) => {
    // Firefox reports a server that cannot be reached in the same way as a script that throws.
    (/can.t establish a connection|was interrupted while/.test(error.message) ? remarks : errors).push(error.stack || error.message);
  });
  tab.on('console', (line) => { if (line.type() === 'error') remarks.push(line.text()); });
  return {
    errors, remarks, tab,
    open: (url) => tab.goto(url, { waitUntil: 'load' }),
    run: (script) => tab.evaluate(script),
    type: async (id, text) => {
      await tab.evaluate(`document.getElementById('${id}').value = ''`);
      await tab.type(`#${id}`, text);
    },
    submit: (id) => tab.click(`#${id}`),
    click: (target) => tab.click(css(target)),
    choose: (id, value) => tab.select(`#${id}`, value),
    attach: async (path) => (await tab.$('#image')).uploadFile(path),
    screenshot: async (base) => { await tab.screenshot({ path: `${base}.png` }); return `${base}.png`; },
    close: () => context.close(),
  };
}
