// race.js: the race page: what the race tells every half second (EventSource /watch), what the lanes'
// own pages tell at each event (lane_frame.js), and the knobs.

import { now } from './clock.js';
import { Moments, formats } from './figures.js';
import { LaneFrame } from './lane_frame.js';
import { LaneView, fault_buttons, make, say_fault } from './lane_view.js';
import { notice } from './notice.js';
import { languages } from './words.js';

const kKnobs = {
  rate: ['0', '0.2', '0.5', '1', '2', '5', '10', '20', '50'],
  interval: ['100', '200', '500', '1000', '2000', '5000', '10000', '30000', '60000'],
  readers: ['0', '1', '10', '50', '100', '200', '500', '1000'],
  hold: ['park', 'thread'],
};
const $ = (id) => document.getElementById(id);

let language = new URLSearchParams(location.search).get('lang') ?? localStorage.getItem('race-language') ??
  (navigator.language.startsWith('zh') ? 'zh' : 'en');
if (!languages[language]) language = 'en';
let words = languages[language], format = formats(language);
let state = null;      // what the race told last
let trouble = '';      // why it refused something
let lost = false;
const lanes = {};      // name: {view, frame}
const said = new Moments();

// --- What the race tells ---

function watch() {
  const source = new EventSource('/watch');
  source.onmessage = ({ data }) => {
    lost = false;
    take(JSON.parse(data));
  };
  source.onerror = () => {
    lost = true;
    show_state();
    if (source.readyState !== EventSource.CLOSED) return;  // it comes back by itself
    setTimeout(watch, 2000);
  };
}

const zeroed_at = (news) => news.time - news.elapsed_ms;

function take(news) {
  const at = now(), before = state;
  state = news;
  for (const lane of news.lanes) {
    lanes[lane.name] ??= add_lane(lane);
    const { view, frame } = lanes[lane.name];
    if (frame.port !== lane.port) frame.load(lane.port, news.knobs.interval);
    // Another race on the same port has another beginning, too.
    if (before && Math.abs(zeroed_at(news) - zeroed_at(before)) > 50) view.record.zero(zeroed_at(news));
    if (before?.knobs.interval !== news.knobs.interval) view.record.set(at);
    frame.set_interval(news.knobs.interval);
    if (before && before.knobs.hold !== news.knobs.hold) view.mark('restart', at);
    view.update(lane, at);
    // Here, and not where it is drawn: nothing is drawn while the page is hidden, and the race goes on.
    view.timeline.prune(at, paused ? stopped_at : at);
  }
  show();
}

function add_lane({ name }) {
  const view = new LaneView(name, (kind, on) => fault(kind, on, name));
  const frame = new LaneFrame(name, (what) => {
    view.record.hear(what);
    if (what.type === 'message') said.add(what.fed);
  });
  view.say(words);
  $('lanes').append(view.element);
  return { view, frame };
}

// --- What it is told ---

async function post(path) {
  try {
    const response = await fetch(path, { method: 'POST' });
    const answer = await response.json();
    trouble = response.ok ? '' : answer.error.message;
    if (response.ok) take(answer);
    return response.ok;
  } catch (error) {
    trouble = error.message;
    return false;
  } finally {
    show_state();
  }
}

async function fault(kind, on, name = 'all') {
  const toggles = kind === 'delay' || kind === 'buffer';
  const done = await post(`/fault?${new URLSearchParams({ kind, lane: name, ...(toggles ? { on: on ? 1 : 0 } : {}) })}`);
  // The state has the others; of a cut nothing is left to see.
  if (done && kind === 'cut') for (const { view } of name === 'all' ? Object.values(lanes) : [lanes[name]]) view.mark('cut', now());
}

// --- What is shown ---

function show() {
  for (const [knob, values] of Object.entries(kKnobs)) show_knob(knob, values, String(state.knobs[knob]));
  for (const button of $('faults').querySelectorAll('[aria-pressed]')) {
    button.setAttribute('aria-pressed', String(state.lanes.every((lane) => lane[button.dataset.fault])));
  }
  const figures = Object.fromEntries(state.lanes.map(({ name }) => [name, figures_of(name)]));
  for (const [name, { view }] of Object.entries(lanes)) {
    view.show_counters(format);
    view.show_notice(notice(name, figures), words, format);
  }
  show_state();
}

// A value that was set from elsewhere may be one that the list does not have.
function show_knob(knob, values, value) {
  const select = $(knob);
  const options = [...select.options];
  if (!options.some((option) => option.value === value)) {
    const next = options.find((option) => Number(option.value) > Number(value)) ?? null;
    select.insertBefore(make('option', { value }, words[`${knob}_of`](value, format)), next);
  }
  if (select.value !== value) select.value = value;
}

function figures_of(name) {
  const { record, timeline, state: lane } = lanes[name].view;
  const fault_since = Math.max(0, ...timeline.faults.filter(({ end }) => end === null).map(({ at }) => at));
  return {
    ...lane, ...state.knobs,
    present: lanes[name].frame.present,
    heads: lane.head_in + lane.head_out, bodies: lane.body_in + lane.body_out,
    mean: record.delays.mean, waits: record.waits, delivered: lane.delivered ?? record.delays.count + lane.crowd.delivered,
    missed: record.missed, answered: record.answered, broke: record.broke, came_back: record.came_back, broke_in_a_row: record.broke_in_a_row,
    in_stream: record.in_stream, size: record.size, behind: said.after(record.heard_to),
    overdue: said.until(now() - 1000) - said.until(record.heard_to),
    last_since_fault: record.last && record.last.fed >= fault_since ? record.last.delay : null,
  };
}

function show_state() {
  const line = $('state');
  const text = trouble ? words.refused(trouble) : lost ? words.lost : state ? words.connected(state.machine) : words.connecting;
  line.dataset.state = lost || trouble ? 'lost' : state ? 'connected' : 'connecting';
  if (line.textContent !== text) line.textContent = text;  // or it would be read aloud twice a second
}

function say(in_language) {
  language = in_language;
  words = languages[language];
  format = formats(language);
  document.documentElement.lang = language;
  document.title = words.title;
  for (const element of document.querySelectorAll('[data-say]')) element.textContent = words[element.dataset.say];
  $('language').textContent = words.other;
  $('language').lang = language === 'en' ? 'zh' : 'en';
  $('faults').setAttribute('aria-label', words.faults);
  $('faults').firstChild.textContent = words.faults;
  for (const button of $('faults').querySelectorAll('button')) say_fault(button, words);
  for (const [knob, values] of Object.entries(kKnobs)) {
    const chosen = $(knob).value;
    $(knob).replaceChildren(...values.map((value) => make('option', { value }, words[`${knob}_of`](value, format))));
    $(knob).value = chosen;
  }
  $('pause').textContent = paused ? words.go_on : words.pause;
  for (const { view } of Object.values(lanes)) view.say(words);
  if (state) show();
  show_state();
}

// --- The picture ---

let paused = false, stopped_at = 0, drawn = 0;
const still = matchMedia('(prefers-reduced-motion: reduce)');

function draw(time) {
  requestAnimationFrame(draw);
  if (time - drawn < (still.matches ? 1000 : 75)) return;  // the servers have the same processor
  drawn = time;
  const at = paused ? stopped_at : now();
  for (const { view } of Object.values(lanes)) view.timeline.draw(at, words, said.since(at - 40000));
}

// --- Beginning ---

$('faults').append(make('span', { class: 'quiet', 'aria-hidden': 'true' }), ...fault_buttons((kind, on) => fault(kind, on)));
for (const knob of Object.keys(kKnobs)) {
  $(knob).addEventListener('change', () => post(`/set?${knob}=${$(knob).value}`));
}
$('knobs').addEventListener('submit', (event) => event.preventDefault());
$('reset').addEventListener('click', () => post('/reset'));
$('pause').addEventListener('click', () => {
  paused = !paused;
  stopped_at = now();
  $('pause').setAttribute('aria-pressed', String(paused));
  $('pause').textContent = paused ? words.go_on : words.pause;
});
$('language').addEventListener('click', () => {
  const chosen = language === 'en' ? 'zh' : 'en';
  localStorage.setItem('race-language', chosen);
  say(chosen);
});
say(language);
watch();
requestAnimationFrame(draw);
