// notice.js: what to notice in a lane: which sentences are true of the figures just measured.
//
// A sentence is [name, figures]; words.js says it. Nothing here knows a language.

const kMost = 3;  // sentences: who watches six lanes reads no more
const kStreams = ['iframe', 'xhr', 'sse'];

/// Many messages for one poll.
const is_crowded = ({ rate, interval }) => rate * interval > 2000;

// Of all that went over the wire.
const per_message = (f) => f.delivered ? (f.heads + f.bodies) / f.delivered : null;

/// What a fault does to the lane, while it does.
function of_faults(f) {
  if (!f.present) return [['absent', {}]];
  if (!f.up) return [['away', { broke: f.broke_in_a_row }]];
  const said = [];
  if (f.buffer && kStreams.includes(f.name)) said.push(f.behind ? ['held_back', { behind: f.behind }] : ['not_yet_held_back', {}]);
  const harmed = f.name === 'poll' ? f.last_since_fault > f.interval + 500 : f.overdue > 0;
  if (f.buffer && !kStreams.includes(f.name) && !harmed && f.last_since_fault !== null) said.push(['unharmed', { last: f.last_since_fault }]);
  if (f.delay && f.last_since_fault !== null && f.last_since_fault >= 500) said.push(['late', { last: f.last_since_fault }]);
  if (!f.buffer && f.name !== 'poll' && f.overdue > 0) said.push(['silent', { overdue: f.overdue }]);
  if (f.missed) said.push(['lost', { missed: f.missed, restarted: f.restarts > 0 }]);
  return said;
}

/// `all` is there for "how many times": two lanes are compared only if both have carried something.
function against_polls(f, all) {
  const here = per_message(f), there = per_message(all.poll);
  if (here === null || there === null) return [];
  if (f.buffer || f.overdue > 0) return [];  // what is carried has not arrived: no praise
  if (here < there) return [['cheaper', { times: there / here, each: there }]];
  return is_crowded(f) ? [['no_cheaper', { each: there }]] : [];
}

const kinds = {
  poll(f) {
    if (!f.bodies) return [['nothing_yet', {}]];
    const said = [f.empty ? ['waste', { share: [f.empty, f.requests], requests: f.requests }] :
      ['no_waste', { requests: f.requests, faster: is_crowded(f) }]];
    if (f.heads >= f.bodies) said.push(['heads_more', { ratio: f.heads / f.bodies }]);
    else said.push(['heads_less', { share: [f.heads, f.heads + f.bodies] }]);
    const half = f.interval / 2, { count, mean } = f.waits;
    // Of a few, chance is the most there is to say; and a fault that was there is in the mean.
    if (count < 5 || f.delay || f.buffer || !f.up || f.restarts || f.broke) return said;
    const figures = { mean, half };
    said.push([Math.abs(mean - half) <= half / 5 ? 'half' : mean < half ? 'below_half' : 'above_half', figures]);
    return said;
  },

  longpoll(f, all) {
    const said = [];
    if (f.hold === 'thread' && f.held > 0 && f.threads >= f.held) {
      said.push([f.threads > 2 * f.held ? 'held_by_pool' : 'held_by_threads', { held: f.held, threads: f.threads }]);
    } else if (f.hold === 'park' && f.held > f.threads) said.push(['held_without_threads', { held: f.held, threads: f.threads }]);
    else if (f.held > 0) said.push(['held_few', { held: f.held, threads: f.threads }]);
    const { poll } = all;
    if (poll.requests > f.requests && f.mean !== null && poll.mean !== null) {
      said.push(['fewer', { requests: f.requests, polls: poll.requests, mean: f.mean, poll_mean: poll.mean }]);
    } else if (poll.requests && poll.requests <= f.requests && f.empty < f.requests / 2 && f.delivered >= 3) {
      said.push(['not_fewer', { requests: f.requests, polls: poll.requests }]);
    }
    if (f.empty) said.push(['vain_holds', { empty: f.empty }]);
    return said;
  },

  iframe(f) {
    const said = f.in_stream ? [...stream(f), ['scripts', { count: f.in_stream }]] : stream(f);
    return f.broke ? [...said, ['gave_up', { broke: f.broke }]] : said;
  },

  xhr(f) {
    return f.size ? [...stream(f), ['grown', { size: f.size }]] : stream(f);
  },

  jsonp(f) {
    return f.delivered && f.answered ? [['as_script', { ran: f.answered, each: per_message(f) }]] : [['no_script', {}]];
  },

  sse(f, all) {
    const said = f.delivered ? [...stream(f), ...against_polls(f, all)] : stream(f);
    return f.came_back ? [...said, ['came_back', { times_back: f.came_back }]] : said;
  },
};

function stream(f) {
  return f.delivered ? [['one_request', { requests: f.requests, messages: f.delivered, each: per_message(f) }]] :
    [['silent_stream', { requests: f.requests }]];
}

/// The sentences for one lane; `all` has the figures of every lane, by name.
export function notice(name, all) {
  const f = all[name], said = of_faults(f);
  if (!f.present) return said;
  const rest = f.requests ? kinds[name](f, all) : [['nothing_yet', {}]];
  return [...said, ...rest].slice(0, kMost);
}

const kUnits = {
  share: 'share', each: 'bytes', size: 'bytes', last: 'ms', mean: 'ms', half: 'ms', poll_mean: 'ms', ratio: 'short', times: 'short',
};

/// The sentence in one language; `formats` is figures.js's.
export function in_words([name, figures], words, formats) {
  const said = Object.entries(figures).map(([key, figure]) => [key, typeof figure === 'boolean' ? figure :
    formats[kUnits[key] ?? 'number'](...[figure].flat())]);
  return words.notice[name](Object.fromEntries(said));
}
