// encke.js: the chat for any page and any browser, down to Internet Explorer 6. ES3, no library, no build step.
//
//   var chat = Encke.connect({nickname: 'alice'});
//   chat.on('message', function (e) { show(e.from, e.text); });
//   chat.send({text: 'hello'}, function (error, sent) { ... });
//
// The idea is a cursor, the position of the last event seen. Who reads asks for what follows it; so what was lost is
// asked for again, and one way to read takes over from another in the middle. All else is to find the best way.
(function () {

var Encke = window.Encke = {transports: []}, serial = 0;
var lost = {error: {code: 'unreachable', message: 'The server cannot be reached'}};

function noop() {}
function now() { return new Date().getTime(); }
function random() { return now().toString(36) + Math.random().toString(36).slice(2, 10); }
function soon(fn) { setTimeout(fn, 0); }
function each(list, fn) { for (var i = 0; i < list.length; i++) fn(list[i]); }
function merge(into, from) { for (var k in from) into[k] = from[k]; return into; }

function encode(fields) {
	var out = [], k;
	for (k in fields) if (fields[k]) {
		// encodeURIComponent throws at half an emoji.
		out.push(k + '=' + encodeURIComponent(String(fields[k]).replace(/[\uD800-\uDBFF][\uDC00-\uDFFF]|[\uD800-\uDFFF]/g,
			function (c) { return c.charAt(1) ? c : '\uFFFD'; })));
	}
	return out.join('&');
}

// IE 6 and 7 have no JSON. RFC 4627 tells what may be evaluated.
function parse(text) {
	try {
		if (window.JSON) return window.JSON.parse(text);
		if (!/[^,:{}\[\]0-9.\-+Eaeflnr-u \n\r\t]/.test(text.replace(/"(\\.|[^"\\])*"/g, '')))
			return new Function('return (' + text + ')')();
	} catch (e) {}
}

// Of cursors, <epoch>-<offset>. Another epoch is another log: all is news.
function after(a, b) {
	var p = a.split('-'), q = b.split('-');
	return p[0] != q[0] || +p[1] > +q[1];
}

function listen(target, name, fn) {
	if (target.addEventListener) target.addEventListener(name, fn, false);
	else target.attachEvent('on' + name, fn);
}

// First, not last: IE 6 breaks off if a body that still loads is appended to.
function insert(node, parent) { return parent.insertBefore(node, parent.firstChild); }

function remove(node) {  // not while its own script runs
	soon(function () { if (node.parentNode) node.parentNode.removeChild(node); });
}

function hidden(doc, html) {
	var box = insert(doc.createElement('div'), doc.body);
	box.style.display = 'none';
	box.innerHTML = html;  // in IE 6 and 7 the only way to name a frame
	return box;
}

// Ways to ask: done(answer), which may be {error: ...}; returned is what gives up.

function makeXhr() {
	try { return new XMLHttpRequest(); } catch (e) {}
	try { return new ActiveXObject('Msxml2.XMLHTTP'); } catch (e2) {}  // IE 6
}

function http(method, url, body, done, grows) {
	var x = makeXhr();
	try {
		x.open(method, url, true);
		if (body && body.charAt) x.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded; charset=utf-8');
		x.onreadystatechange = function () {
			var status, text, wait, answer;
			if (!x || x.readyState < 3) return;
			try {
				status = x.status;
				text = x.responseText;  // to IE 9, throws while it grows
				wait = status > 400 && +x.getResponseHeader('Retry-After');
			} catch (e) {}
			if (grows && status == 200 && text) grows(text);
			if (!x || x.readyState < 4) return;
			x = null;
			answer = parse(text) || lost;
			if (status > 200 && (answer == lost || !answer.error)) {
				answer = {error: {code: 'http_' + status, message: lost.error.message, retry_after: wait}};
			}
			done(answer);
		};
		x.send(body);
	} catch (e) { soon(function () { done(lost); }); }
	return function () {
		var old = x;
		x = null;
		try { old.onreadystatechange = noop; old.abort(); } catch (e) {}  // IE 6 takes no null there
	};
}

// What scripts and frames call. A removed script still runs: its name stays, as a no-op.
function callback(fn) {
	var name = 'encke' + ++serial;
	window[name] = fn;
	return name;
}

// JSONP. Not all browsers tell that a script did not load: the caller watches the time.
function script(url, done) {
	var node = document.createElement('script'), name = callback(end);
	function stop() { window[name] = node.onerror = noop; remove(node); }
	function end(answer) { stop(); done(answer || lost); }
	node.onerror = function () { end(); };
	node.charset = 'utf-8';
	node.src = url + '&callback=' + name;
	insert(node, document.getElementsByTagName('head')[0]);
	return stop;
}

// A form into a frame, for files without FormData and for all without XHR.
function form(url, fields, done) {
	var name = callback(function (answer) { stop(); done(answer); }), file = fields.image, html = '', place, box, node, k;
	function stop() {
		window[name] = noop;
		if (place) place.parentNode.replaceChild(file, place);
		remove(box);
	}
	for (k in fields) if (fields[k] && !fields[k].nodeName) html += '<textarea name="' + k + '"></textarea>';
	box = hidden(document, '<iframe name="f' + name + '"></iframe><form method="post" action="' + url + '?callback=' +
		name + '" target="f' + name + '" enctype="multipart/form-data" accept-charset="UTF-8">' + html + '</form>');
	node = box.lastChild;
	each(node.getElementsByTagName('textarea'), function (area) { area.value = fields[area.name]; });
	if (file && file.nodeName) {  // a copy is empty: the input itself comes, and goes back
		place = document.createTextNode('');
		file.parentNode.replaceChild(place, file);
		file.name = 'image';
		file.disabled = false;
		node.appendChild(file);
	}
	node.submit();
	return stop;
}

// The transports, best first. A new one is a new row. start() begins, and returns what stops it. take() gets all that
// the server says: an event, a beat, a poll's answer, an error; or nothing, at the end.

function poll(path) { return function (net, take) { return net.get(path, {}, take); }; }

var transports = [
	{name: 'events', can: function () { return window.EventSource; }, start: function (net, take) {
		var source = new EventSource(net.url('/events'));
		each('message,private,system,gap,nouser,bye,beat'.split(','), function (name) {
			listen(source, name, function (e) { take(parse(e.data)); });
		});
		source.onerror = function () { take(); };  // its own coming back is blind
		return function () { source.close(); };
	}},

	// IE to 9 has neither FormData, nor the text before its end.
	{name: 'xhr', can: function (net) { return net.xhr && window.FormData; }, start: function (net, take) {
		var read = 0;
		function end(answer) { take(answer.error && answer); }
		return http('GET', net.url('/stream', {as: 'xhr'}), null, end, function (text) {
			for (var line, to; (to = text.indexOf('\n', read) + 1); read = to) {  // only whole lines
				line = text.slice(read, to);
				take(/\S/.test(line) ? parse(line) : {event: 'beat'});
			}
		});
	}},

	{name: 'longpoll', polls: 1, can: function (net) { return net.xhr; }, start: poll('/longpoll')},

	{name: 'iframe', can: function (net) { return !net.foreign; }, start: function (net, take) {
		var name = callback(take), doc, box;
		try {  // IE: no clicks, no throbber; collected in mid-stream if nothing refers to it
			doc = Encke.file = new ActiveXObject('htmlfile');
			doc.open();
			doc.write('<html><body></body></html>');
			doc.close();
			doc.parentWindow[name] = take;
		} catch (e) { doc = document; }
		box = hidden(doc, '<iframe src="' + net.url('/stream', {as: 'iframe', callback: name}).replace(/&/g, '&amp;') +
			'"></iframe>');
		listen(box.firstChild, 'load', function () { take(); });
		return function () { window[name] = noop; remove(box); Encke.file = null; };
	}},

	{name: 'jsonp', polls: 1, start: function (net, take) { return script(net.url('/longpoll'), take); }},

	{name: 'poll', polls: 1, start: poll('/poll')}
];

Encke.connect = function (options) {
	options = merge({}, options || {});
	var base = (options.url || '').replace(/\/$/, '');
	var chat = {token: options.token, cursor: '', transport: ''};
	var net = {beat: options.beat || 15, wait: options.wait || 25}, reader = random();
	var handlers = {}, shown = {}, started, closed;
	net.foreign = /^\w*:?\/\//.test(base);
	net.xhr = makeXhr() && (!net.foreign || window.FormData);

	function emit(name, e) { each(handlers[name] || [], function (fn) { safely(fn, e); }); }

	function safely(fn, a, b) {  // the page's faults stop nothing
		if (!closed) try { fn(a, b); } catch (fault) { soon(function () { throw fault; }); }
	}

	function show(state, why, retry) {
		var s = merge({state: state, transport: chat.transport, message: '', retry: retry || 0}, why || {});
		if (s.state == shown.state && s.transport == shown.transport && !retry) return;
		emit('state', shown = s);
		if (state == 'connected') pump();  // what waited for this
	}

	// The token is a field: a header costs a preflight, and scripts have none.
	net.url = function (path, fields) {
		return base + path + '?' + encode(merge({token: chat.token, since: chat.cursor, reader: reader, beat: net.beat,
			wait: blame || shown.state == 'connected' ? net.wait : 1,  // the first only to see that it works
			_: random()}, fields));  // GETs are cached
	};
	net.get = function (path, fields, done) {
		path = net.url(path, fields);
		return net.xhr ? http('GET', path, null, done) : script(path, done);
	};
	net.post = function (path, fields, done) {
		var file = fields.image, body, k;
		path = base + path;
		fields = merge({token: chat.token}, fields);
		if (!net.xhr || file && file.nodeName) return form(path, fields, done);
		if (file && !file.charAt) {
			body = new FormData();
			for (k in fields) if (fields[k]) body.append(k, fields[k]);
		}
		return http('POST', path, body || encode(fields), done);
	};

	// Commands: in order, one at a time, until answered.
	var queue = [], giveUp = noop, resting;

	function command(ask, path, fields, done) {
		queue.push({ask: ask, path: path, fields: fields || {}, done: done || noop, tries: 0});
		pump();
	}

	function pump() {
		var c = queue[0], late;
		if (closed || giveUp || !c) return;
		clearTimeout(resting);
		function answered(answer) {
			var error = answer.error, pause;
			clearTimeout(late);
			giveUp = null;
			if (closed) return;
			if (error && (error.retry_after || /^(unreachable|http_(408|42[59]|5..))$/.test(error.code))) {
				resting = setTimeout(pump, pause = backoff(c.tries++, error));
				if (!started) show('waiting', error, pause);
				else if (c.fields.key) emit('sending', merge({key: c.fields.key, retry: pause}, error));
				return;
			}
			queue.shift();
			safely(c.done, error || null, answer);
			if (gone(error)) finish(error);
			pump();
		}
		late = setTimeout(function () { giveUp(); answered(lost); }, c.fields.image ? 180000 : 30000);
		giveUp = c.ask(c.path, c.fields, answered);
	}

	function gone(error) { return error && /^(unauth|session_|evict|bad_cr|ban|kick)/.test(error.code); }

	// The dice part those who failed together.
	function backoff(tries, error) {
		return Math.round(Math.max(Math.min(30000, 500 * Math.pow(2, tries)) * (0.5 + Math.random() / 2),
			(error && error.retry_after || 0) * (1000 + 250 * Math.random())));
	}

	// Reading: one attempt at a time.
	var rows, best, forced, attempt, timer, ticker, ticked = now();
	var bye;      // ms within which the server wants us back
	var failed;   // attempts in a row
	var blame;    // those that were the transport's fault
	var suspect;  // what is to blame if a poll finds the server there

	// The gate for all events, however they came: each once, in order.
	function apply(events, next) {
		var since = chat.cursor;
		each(events, function (e) {
			var to = e.event == 'gap' ? e.oldest : e.id;
			if (closed || to && !after(to, chat.cursor)) return;
			chat.cursor = to || chat.cursor;
			if (e.event == 'bye') bye = e.retry;
			emit(e.event, e);
			if (e.event == 'nouser') finish({code: e.code || 'evicted', message: e.text});
		});
		if (next && after(next, chat.cursor)) chat.cursor = next;
		if (leads) tell({since: since, events: events, next: chat.cursor});
	}

	function start() {
		var row = suspect ? transports[5] : shop && !leads ? shared : rows[best], a = {row: row, began: now()};
		if (closed) return;
		attempt = a;
		function touch() {
			a.heard = now();
			a.due = a.heard + 1000 * (row.polls || row == shared ? net.wait + net.beat + 5 :
				(a.first ? 2 * net.beat : Math.min(net.beat, 6)) + 2);
		}
		function take(e) {
			if (a != attempt) return;
			if (!e || e.error) return ended(e && e.error);
			touch();
			a.first = a.first || a.heard;
			if (row.polls) attempt = null;
			if (!suspect) {
				// Two heartbeats: they do not come in one lump.
				if (!a.works && (row.polls || a.heard - a.first > 600 * net.beat)) {
					a.works = 1;
					failed = blame = 0;
					// For a day; then the better ones get another chance.
					if (row == rows[best] && !forced) document.cookie = 'encke.via=' + row.name + '; max-age=86400; path=/';
				}
				show('connected');
			}
			lease();  // background timers are slow
			apply(e.events || (e.event == 'beat' ? [] : [e]), e.next);
			if (!row.polls || attempt || closed) return;
			if (suspect) return judge();
			go(row == transports[5] ? options.interval || 2000 : !e.flag && a.heard - a.began < 1000 ? 1000 : 0);
		}
		touch();
		if (!suspect && (chat.transport != row.name || shown.state != 'connected')) {
			chat.transport = row.name;
			show('connecting');
		}
		a.stop = row.start(net, take);
	}

	function halt() {
		var a = attempt;
		attempt = null;
		clearTimeout(timer);
		if (a && a.stop) a.stop();
	}

	function go(pause, why) {
		halt();
		if (bye) pause = bye * Math.random();  // all were told the same
		if (bye || why) show('waiting', why, Math.round(pause));
		bye = 0;
		timer = setTimeout(start, pause);
	}

	function ended(error, silent) {
		var a = attempt, t = now();
		halt();
		if (gone(error)) return finish(error);
		if (bye) return go(0);
		if (suspect || error && error.retry_after) {  // it is the server
			suspect = {};
			return go(backoff(failed++, error), error || lost.error);
		}
		// What lived is resumed at once, the first time. Then, whose fault is it? An EventSource cannot tell, and
		// proxies lie. A poll tells.
		a.quiet = t - a.heard;
		a.sure = silent || a.first - a.began > 2000 && t - a.first < 500;
		if (!a.first || a.sure || failed++) suspect = a;
		go(0);
	}

	// A poll found the server.
	function judge() {
		var s = suspect, row = s.row, sure = s.sure && row != shared, key;
		suspect = null;
		if (!row) return go(0);
		if (!sure && ++blame < 2) return go(backoff(failed), lost.error);
		blame = 0;
		key = row.polls ? 'wait' : 'beat';
		// Cut when quiet: be quiet for half as long. Held back, or refused: step down.
		if (row == shared) share();
		else if (!sure && s.quiet > 2000 && net[key] > 2) net[key] = Math.floor(s.quiet / 2000);
		else if (!forced && rows[best + 1]) best++;
		go(0);
	}

	function tick() {
		var t = now(), late = t - ticked;
		ticked = t;
		// Timers and connections do not survive sleep. In the background timers are slow, but streams are heard.
		if (attempt && late > 10000 && attempt.heard < t - late + 1000) go(0);
		else if (attempt && t > attempt.due) ended(null, true);
		lease();
	}

	// Tabs that share a stream. One leads: it reads, and tells the others by localStorage, which tells all but the writer.
	// To lead is a lease: who finds none, or an old one, takes it, and leads if it is theirs at the next tick.
	// Should two lead for a moment, things are told twice, and taken once.

	var shop, place, leads;

	function lease() {
		if (!shop) return;
		var had = (shop.getItem(place) || '').split(' '), age = now() - had[1], mine = had[0] == reader;
		if (mine ? age > 1000 : !(age < 2000 * net.beat + 3000)) shop.setItem(place, reader + ' ' + now());
		if (mine != leads) { leads = mine; go(0); }
	}

	function share(on) {
		if (leads) shop.removeItem(place);
		shop = leads = false;
		place = 'encke ' + base + String(chat.token).slice(0, 8);  // not all of the token: this outlives the tab
		try {  // it throws where it is switched off, or full
			shop = on && window.JSON && 'onstorage' in window && localStorage;
			lease();
		} catch (e) { shop = false; }
		setTimeout(lease, 50);
	}

	function tell(m) {
		try { shop.setItem(place + '!', window.JSON.stringify(m)); } catch (e) {}  // full: they will poll
		shop.removeItem(place + '!');
	}

	function hear(e) {
		var m = shop && e.key == place + '!' && parse(e.newValue);
		if (!m) return;
		if (m.end) finish(m.end);
		else if (m.next) { shared.hear(m); bye = 0; }
		else if (leads && shown.state == 'connected') apply([]);
	}

	var shared = {name: 'shared', hear: noop, start: function (net, take) {
		shared.hear = function (m) {
			var news = after(m.next, chat.cursor);
			if (news && after(m.since, chat.cursor)) { suspect = {}; go(0); }  // a hole: a poll fills it
			else take({events: news ? m.events : [], next: m.next});
		};
		tell({});  // who leads says where it is
		return function () { shared.hear = noop; };
	}};

	// Before the browser cuts the stream itself, which it shows as an error.
	function leave() {
		halt();
		share();
		Encke.file = null;
		if (window.CollectGarbage) window.CollectGarbage();
	}

	function close() {
		closed = true;
		leave();
		clearInterval(ticker);
		if (giveUp) giveUp();
	}

	function finish(error) {
		var left = queue;
		if (closed) return;
		queue = [];
		if (shop) tell({end: error});
		each(left, function (c) { safely(c.done, error); });
		chat.transport = '';
		show('closed', error);
		emit(started ? 'end' : 'refused', error);
		close();
	}

	each(['users', 'history'], function (name) {
		chat[name] = function (query, done) { command(net.get, '/' + name, query, done); };
	});
	each(['join', 'leave'], function (name) {
		chat[name] = function (room, done) { command(net.post, '/' + name, {room: room}, done); };
	});

	merge(chat, {
		close: close,
		on: function (name, fn) { (handlers[name] = handlers[name] || []).push(fn); return chat; },
		off: function (name, fn) {
			var old = handlers[name] || [];
			handlers[name] = [];
			each(old, function (f) { if (f != fn) chat.on(name, f); });
			return chat;
		},
		send: function (message, done) {
			// The key: sent again since the answer was lost, it is said once.
			var fields = merge({key: random()}, message), file = fields.image;
			if (file && file.elements) each(file.elements, function (e) { if (e.type == 'file') file = e; });
			if (file && file.nodeName) file = file.files && window.FormData ? file.files[0] : file.value && file;
			fields.image = file;
			command(net.post, '/send', fields, done);
			return {key: fields.key};
		},
		logout: function (done) {
			command(net.post, '/logout', {}, function (error) {
				if (done) done(error);
				finish({code: 'logout', message: ''});
			});
		},
		use: function (name) {
			var known = /\bencke\.via=(\w+)/.exec(document.cookie) || [];
			options.transport = name = name || 'auto';
			if (closed || !started) return;
			rows = [];
			suspect = failed = blame = best = forced = 0;
			each(transports, function (row) {
				if (row.can && !row.can(net)) return;
				if (row.name == name) forced = 1;
				if (row.name == name || name == 'auto' && row.name == known[1]) best = rows.length;
				rows.push(row);
			});
			share(!forced && options.share !== false);
			go(0);
		}
	});

	function enter(error, answer) {
		started = !error || options.token && gone(error);
		if (error) return finish(error);
		chat.nickname = answer.nickname;
		chat.token = answer.token;
		chat.cursor = answer.cursor = options.cursor || answer.cursor;
		emit('login', answer);
		chat.use(options.transport);
	}

	// With a secret, a repeated login finds its own nickname.
	if (!options.token && (options.nickname || options.jwt))
		command(net.post, '/login', {nickname: options.nickname, secret: options.secret || random(), jwt: options.jwt}, enter);
	else command(net.get, '/session', {}, enter);

	soon(function () {  // when the page has put its handlers on
		if (closed) return;
		show('connecting');
		giveUp = null;
		pump();
		ticker = setInterval(tick, 500);
		listen(window, 'onpagehide' in window ? 'pagehide' : 'unload', leave);
		listen(window, 'storage', hear);
		listen(window, 'pageshow', function (e) { if (e.persisted) chat.use(options.transport); });
	});
	return chat;
};

each(transports, function (row) { if (!row.can || row.can({xhr: makeXhr()})) Encke.transports.push(row.name); });

})();
