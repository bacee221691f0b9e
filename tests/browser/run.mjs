// Runs the browser tests.
//
//   node run.mjs               all of them
//   node run.mjs iframe        those whose names match
//   node run.mjs --jobs=1      one at a time
//   node run.mjs --pictures    only those that make the pictures, and they go to docs/ too
import { readFileSync } from 'node:fs';
import { run_tests } from './runner.mjs';
import './tests/lint.mjs';
// Those that take longest begin first.
import './tests/demo.mjs';
import './tests/trouble.mjs';
import './tests/plain.mjs';
import './tests/chat.mjs';
import './tests/transports.mjs';
import './tests/ladder.mjs';
import './tests/pictures.mjs';

const options = Object.fromEntries(process.argv.slice(2).filter((arg) => arg.startsWith('--')).map((arg) => arg.slice(2).split('=')));
const names = process.argv.slice(2).filter((arg) => !arg.startsWith('--')).join(' ');
const match = names || ('pictures' in options ? 'picture taken|tells what|shows the talk|Chromium.*proxy' : '');

// On Debian everything can be had, so what is missing there is a failure. Ubuntu has Chromium and Firefox as snaps only.
const os = (() => { try { return readFileSync('/etc/os-release', 'utf8'); } catch { return ''; } })();

process.exit(await run_tests({ match, jobs: Number(options.jobs ?? 3), must_run: /^ID=debian$/m.test(os) }));
