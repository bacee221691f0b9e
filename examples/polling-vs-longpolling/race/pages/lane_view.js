// lane_view.js: one lane as it is seen: what it does, its faults, its picture, its counters, and
// what to notice.

import { LaneRecord } from './lane_record.js';
import { in_words } from './notice.js';
import { Timeline } from './timeline.js';

export const kFaults = ['cut', 'delay', 'buffer', 'restart'];
const kCounters = ['requests', 'empty', 'head_in', 'head_out', 'body_in', 'body_out', 'mean', 'p99',
  'crowd_mean', 'crowd_p99', 'missed', 'doubled', 'held', 'threads', 'cpu', 'memory', 'broke'];

/// An element with attributes and children.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/// The four buttons. Delay and buffer stay on until they are pressed again; `press(kind, on)`.
export function fault_buttons(press) {
  return kFaults.map((kind) => {
    const stays = kind === 'delay' || kind === 'buffer';
    const button = make('button', { type: 'button', 'data-fault': kind, ...(stays ? { 'aria-pressed': 'false' } : {}) });
    button.addEventListener('click', () => press(kind, button.getAttribute('aria-pressed') !== 'true'));
    return button;
  });
}

export class LaneView {
  state = null;

  constructor(name, press) {
    this.name = name;
    this.title = make('h2', { id: `${name}-title` });
    this.does = make('p', { class: 'quiet' });
    this.faults = make('div', { class: 'buttons', role: 'group' }, ...fault_buttons(press));
    this.canvas = make('canvas', { role: 'img' });
    this.says = make('p', { class: 'notice' });
    this.names = {};
    this.figures = {};
    const counters = make('dl', { class: 'counters' });
    for (const one of kCounters) {
      this.names[one] = make('dt');
      this.figures[one] = make('data', { 'data-counter': one });
      counters.append(make('div', {}, this.names[one], make('dd', {}, this.figures[one])));
    }
    this.element = make('section', { class: 'lane', id: `lane-${name}`, 'aria-labelledby': `${name}-title`, 'data-up': 'true' },
      make('div', { class: 'top' }, this.title, this.does, this.faults),
      this.canvas, counters, this.says);
    this.timeline = new Timeline(this.canvas);
    this.record = new LaneRecord(this.timeline);
  }

  /// In another language.
  say(words) {
    const [title, does] = words.names[this.name];
    this.title.textContent = title;
    this.does.textContent = does;
    this.faults.setAttribute('aria-label', words.faults_of(title));
    this.canvas.setAttribute('aria-label', words.picture(title));
    for (const button of this.faults.children) say_fault(button, words);
    for (const one of kCounters) {
      this.names[one].textContent = words.counters[one];
      this.names[one].parentNode.title = words.hints[one];
    }
  }

  /// What the race says of it. A fault that began or ended goes into the picture.
  update(state, now) {
    const before = this.state ?? state;
    for (const kind of ['delay', 'buffer']) {
      if (state[kind] && !this.on(kind)) this.timeline.faults.push({ at: now, end: null, what: kind });
      if (!state[kind]) for (const one of this.timeline.faults) if (one.what === kind) one.end ??= now;
      this.faults.querySelector(`[data-fault=${kind}]`).setAttribute('aria-pressed', String(state[kind]));
    }
    if (state.restarts > before.restarts) this.mark('restart', now);
    if (kFaults.some((kind) => state[kind] !== before[kind])) this.record.set(now);
    if (state.up && !before.up) this.record.broke_in_a_row = 0;
    this.element.dataset.up = String(state.up);
    this.state = state;
  }

  on(kind) { return this.timeline.faults.some((one) => one.what === kind && one.end === null); }

  /// A fault that is over at once.
  mark(what, at) {
    this.timeline.faults.push({ at, end: at, what });
    this.record.set(at);
  }

  show_counters(formats) {
    const { state, record } = this, { crowd } = state;
    const { number, share, bytes, ms } = formats;
    const put = (name, value, text) => {
      this.figures[name].value = value ?? '';
      this.figures[name].textContent = text;
    };
    put('requests', state.requests, number(state.requests));
    put('empty', state.empty, state.empty ? `${number(state.empty)} (${share(state.empty, state.requests)})` : number(state.empty));
    for (const one of ['head_in', 'head_out', 'body_in', 'body_out']) put(one, state[one], bytes(state[one]));
    put('mean', record.delays.mean, ms(record.delays.mean));
    put('p99', record.delays.percentile(.99), ms(record.delays.percentile(.99)));
    for (const one of ['crowd_mean', 'crowd_p99']) this.names[one].parentNode.hidden = !crowd.delivered;
    put('crowd_mean', crowd.mean_ms, ms(crowd.mean_ms));
    put('crowd_p99', crowd.p99_ms, ms(crowd.p99_ms));
    for (const one of ['missed', 'doubled']) {
      const count = record[one] + crowd[one];
      put(one, count, number(count));
      this.figures[one].className = count ? 'wrong' : '';
    }
    put('broke', record.broke, number(record.broke));
    put('held', state.held, number(state.held));
    put('threads', state.threads, number(state.threads));
    put('cpu', state.cpu_ms, ms(state.cpu_ms));
    put('memory', state.memory_kib, bytes(state.memory_kib * 1024));
    // For whoever reads the page by script: what this page itself has asked and been told.
    Object.assign(this.element.dataset, {
      made: record.made, answered: record.answered, madeEmpty: record.empty, got: record.got, interval: record.interval,
      kept: this.timeline.size, heard: record.delays.count, last: record.last?.n ?? 0, lastDelay: record.last?.delay ?? '',
    });
  }

  /// `sentences` is notice.js's.
  show_notice(sentences, words, formats) {
    this.says.textContent = sentences.map((one) => in_words(one, words, formats)).join(words.between);
    this.says.dataset.notice = sentences.map(([name]) => name).join(' ');
  }
}

export function say_fault(button, words) {
  const kind = button.dataset.fault;
  button.textContent = words[kind];
  button.title = words[`${kind}_long`];
}
