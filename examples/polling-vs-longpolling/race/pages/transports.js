// transports.js: six ways to hear from a server, one function each, as plain as they can be.
//
// What they have in common is in lane.js: who we are, where we have read to, when to try again. Each
// function runs one transport until it ends, throws why (Over, see lane.js), and is called again.
//
//   lane.url(path, parameters)   the address, with the token, and the cursor as `since`
//   lane.begin()                 a request goes out now; answers with the request
//   request.end({…})             its answer is complete, or will never be
//   lane.hear(event, request)    an event of the chat; answers with an Over if nothing more can come

import { Over } from './lane.js';

const kBeat = 2;        // seconds
const kSilence = 5000;  // ms: more than a beat and 500 ms each way

/// One question and its whole answer: what the first two lanes are made of.
async function ask(lane, path) {
  const request = lane.begin();
  let response, text;
  try {
    response = await fetch(lane.url(path), { credentials: 'omit' });
    text = await response.text();
  } catch {
    request.end({ error: true });
    throw new Over();
  }
  const over = response.ok ? lane.hear_all(JSON.parse(text), request) : new Over({ status: response.status });
  request.end({ error: !response.ok, bytes: text.length });
  if (over) throw over;
}

/// Interval polling: ask again and again, whether there is something or not.
///
/// Shows that most questions are in vain, that each costs its headers all the same, and that a message
/// waits for half an interval on average. Asking oftener makes the one better and the other worse.
export async function poll(lane) {
  let timer = 0, out = false;
  try {
    await new Promise((_, fail) => {
      const tick = () => {
        if (out) return;  // answers that overtake each other would tell the same twice
        out = true;
        ask(lane, '/poll').then(() => { out = false; }, fail);
      };
      lane.on_interval(() => {
        clearInterval(timer);
        timer = setInterval(tick, lane.interval);
      });
      tick();
    });
  } finally {
    clearInterval(timer);
  }
}

/// Long polling: the server holds the question until there is something to say, or 25 s have passed.
///
/// Shows that a message comes at once, and that nothing is asked in vain while nothing is said. But
/// each message ends a request, headers and all, and the server holds one for everybody who waits.
export async function longpoll(lane) {
  for (;;) await ask(lane, '/longpoll');
}

/// A frame whose page never ends: each event is a script element, which calls a function out here.
///
/// Shows push to any browser that has frames. The page grows, and the browser looks as if it were
/// still loading. When the connection breaks, Chromium tells nobody: so the server is asked to beat
/// (`beat`), and a silence that is longer than its beats is taken for a break.
export function iframe(lane) {
  const frame = document.createElement('iframe');
  const request = lane.begin();
  let timer = 0;
  return new Promise((_, fail) => {
    const end_with = (over) => {
      request.end({ error: !over.in_order });
      fail(over);
    };
    const listen_on = () => {
      clearTimeout(timer);
      timer = setTimeout(() => end_with(new Over()), kSilence);
    };
    window.heard = (event) => {
      listen_on();
      const over = lane.hear(event, request);
      if (over) end_with(over);
    };
    frame.addEventListener('load', () => end_with(new Over()));  // it ended, without a bye
    frame.src = lane.url('/stream', { as: 'iframe', callback: 'heard', beat: kBeat });
    document.body.append(frame);
    listen_on();
  }).finally(() => {
    clearTimeout(timer);
    window.heard = () => {};
    frame.remove();
  });
}

/// XHR streaming: an answer that goes on, read while it arrives.
///
/// Shows one request for all messages, and a script that knows when it breaks. responseText keeps all
/// that ever came, so the server ends it after 1 MiB; and what hands on only whole answers stops it.
export function xhr(lane) {
  const xhr = new XMLHttpRequest();
  const request = lane.begin();
  return new Promise((_, fail) => {
    let read = 0;
    const end_with = (over) => {
      xhr.onprogress = xhr.onloadend = null;
      xhr.abort();
      request.end({ error: !over.in_order, bytes: read });
      fail(over);
    };
    xhr.onprogress = () => {
      if (xhr.status !== 200) return;
      const end = xhr.responseText.lastIndexOf('\n') + 1;  // the last line may not be whole yet
      const lines = xhr.responseText.slice(read, end).split('\n');
      read = end;
      lane.open();
      for (const line of lines) {
        if (!line.trim()) continue;  // padding, or a beat
        const over = lane.hear(JSON.parse(line), request, end);
        if (over) return end_with(over);
      }
    };
    xhr.onloadend = () => end_with(xhr.status === 200 || !xhr.status ? new Over() : new Over({ status: xhr.status }));
    xhr.open('GET', lane.url('/stream', { as: 'xhr' }));
    xhr.send();
  });
}

/// JSONP: long polling by script elements, which may come from any origin.
///
/// Shows what was done before CORS. Each answer is a program that the server runs in the page; the
/// script can read no status, set no header, and its token stands in the address.
export async function jsonp(lane) {
  for (;;) {
    const script = document.createElement('script');
    const request = lane.begin();
    let answer = null;
    window.heard = (data) => { answer = data; };
    await new Promise((done) => {
      script.onload = script.onerror = done;
      script.src = lane.url('/longpoll', { callback: 'heard' });
      document.head.append(script);
    });
    script.remove();
    const over = answer ? lane.hear_all(answer, request) : new Over();
    request.end({ error: !answer || !!answer.error, bytes: answer ? JSON.stringify(answer).length : 0 });
    if (over) throw over;
  }
}

/// Server-Sent Events: a stream that the browser itself reads, resumes and asks for again.
///
/// Shows push as the platform has it: one request, a few bytes around each message, and after a
/// break the browser comes back by itself and says, as Last-Event-ID, where it has read to.
export function sse(lane) {
  const source = new EventSource(lane.url('/events'));
  let request = lane.begin(), said_bye = false;
  return new Promise((_, fail) => {
    source.onopen = () => {
      if (!request) lane.came_back();
      request ??= lane.begin();  // when the browser asked again is not told, so it is now
      said_bye = false;
      lane.open();
    };
    for (const kind of ['message', 'private', 'system', 'gap', 'bye']) {
      source.addEventListener(kind, (event) => {
        if (lane.hear(JSON.parse(event.data), request)) said_bye = true;
      });
    }
    source.onerror = () => {
      const given_up = source.readyState === EventSource.CLOSED;
      if (given_up) request ??= lane.begin();  // it had come back, and was refused
      request?.end({ error: given_up || !said_bye });
      request = null;
      if (given_up) return fail(new Over({ unknown: true }));
      if (!said_bye) lane.broke();
    };
  }).finally(() => source.close());
}
