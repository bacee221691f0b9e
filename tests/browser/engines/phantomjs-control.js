// Runs inside PhantomJS: does what it is told over HTTP, a JSON array of a command and its arguments at a time.
var system = require('system'), page = require('webpage').create(), server = require('webserver').create();
var loaded = false, errors = [], remarks = [];

page.viewportSize = { width: Number(system.args[2]), height: Number(system.args[3]) };
page.clipRect = { top: 0, left: 0, width: Number(system.args[2]), height: Number(system.args[3]) };
// What was asked for and not answered yet: told if a page does not load.
var pending = {};
page.onResourceRequested = function (request) { pending[request.id] = request.url; };
page.onResourceReceived = function (response) { if (response.stage === 'end') { delete pending[response.id]; } };
// A page that is given up for another one, or for the same once more, finishes too: as a failure.
page.onLoadFinished = function (status) { if (status === 'success') { loaded = true; } };
page.onConsoleMessage = function (line) { remarks.push(String(line)); };
page.onError = function (message, trace) {
  var at = trace && trace[0] ? ' at ' + trace[0].file + ':' + trace[0].line : '';
  errors.push(message + at);
};

// As a script of ours and not of the page's, so that the page's security policy lets it.
function run(script) { return page.evaluateJavaScript('function () { return ' + script + '; }'); }

function center(script) {
  return run('(function (e) {' +
    ' if (!e) { return null; }' +
    ' e.scrollIntoView(false);' +
    ' var box = e.getBoundingClientRect();' +
    ' return { x: box.left + box.width / 2, y: box.top + box.height / 2 };' +
    '})(' + script + ')');
}

function click(script) {
  var at = center(script);
  if (!at) { throw new Error('nothing to click: ' + script); }
  page.sendEvent('click', at.x, at.y);
}

var commands = {
  hello: function () { return true; },
  open: function (url) { loaded = false; page.open(url); },
  loaded: function () {
    var id, urls = [];
    for (id in pending) { urls.push(pending[id]); }
    if (!loaded) { throw new Error('it waits for ' + urls.join(' ')); }
    return true;
  },
  run: run,
  type: function (id, text) {
    page.evaluate(function (id) { var e = document.getElementById(id); e.focus(); e.value = ''; }, id);
    page.sendEvent('keypress', text);
  },
  click: click,
  choose: function (id, value) {
    page.evaluate(function (id, value) {
      var e = document.getElementById(id), happens = document.createEvent('HTMLEvents');
      e.value = value;
      happens.initEvent('change', true, false);
      e.dispatchEvent(happens);
    }, id, value);
  },
  attach: function (path) { page.uploadFile('#image', path); },
  screenshot: function () { return page.renderBase64('PNG'); }
};

function ascii(text) {
  return text.replace(/[\u007f-\uffff]/g, function (c) { return '\\u' + ('000' + c.charCodeAt(0).toString(16)).slice(-4); });
}

server.listen('127.0.0.1:' + system.args[1], function (request, response) {
  var asked, answer = {};
  try {
    asked = JSON.parse(request.postRaw || request.post);
    answer.value = commands[asked[0]].apply(null, asked.slice(1));
  } catch (error) {
    answer.error = String(error);
  }
  answer.errors = errors.splice(0);
  answer.remarks = remarks.splice(0);
  response.statusCode = 200;
  response.headers = { 'Content-Type': 'application/json', Connection: 'close' };
  response.write(ascii(JSON.stringify(answer)));
  response.close();
});
