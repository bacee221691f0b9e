// What stands between a browser and the server in the wild: something that cuts, holds back or refuses.
import { createServer, connect } from 'node:net';

const blank = '<!DOCTYPE html><html><head><title>client</title><script src="/encke.js"></script></head><body></body></html>';

/// A proxy on a free port of loopback. `requests` are the request lines it saw, `open` its connections by what was
/// asked on them last, `most` how many there were at a time. `holds(path)`: what is answered there is kept back until
/// it is whole; `refuses(path)`: who asks is cut off, and the server never hears of it; `loses(path)`: the server
/// hears, and its answer is lost. It has one page of its own, /blank, with nothing but the library.
export async function start_proxy(target_port) {
  const self = { requests: [], open: new Set(), most: 0, holds: never, refuses: never, loses: never };
  const server = createServer((client) => {
    const upstream = connect(target_port, '127.0.0.1');
    const pair = { path: '', held: [], close(reset) {
      if (reset) client.resetAndDestroy(); else client.destroy();
      upstream.destroy();
      self.open.delete(pair);
    } };
    self.open.add(pair);
    self.most = Math.max(self.most, self.open.size);
    client.on('data', (data) => {
      const line = /^(GET|POST|OPTIONS) (\S+)/.exec(data.toString('latin1'));
      if (line) {
        self.requests.push(line[0]);
        pair.path = line[2].split('?')[0];
        if (pair.path === '/blank') {
          client.write(`HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${blank.length}\r\n\r\n${blank}`);
          return;
        }
        if (self.refuses(pair.path)) return pair.close();
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (self.loses(pair.path)) pair.close();
      else if (self.holds(pair.path)) pair.held.push(data);
      else client.write(data);
    });
    upstream.on('end', () => { client.end(Buffer.concat(pair.held)); });
    client.on('end', () => upstream.end());
    for (const socket of [client, upstream]) {
      socket.on('error', () => pair.close());
      socket.on('close', () => pair.close());
    }
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return Object.assign(self, {
    origin: `http://127.0.0.1:${server.address().port}`,
    /// How many connections have such a request under way, or had it last.
    reading: () => [...self.open].filter((pair) => /^\/(events|stream|longpoll)$/.test(pair.path)).length,
    cut: () => { for (const pair of [...self.open]) pair.close(true); },
    stop: () => { self.cut(); server.close(); },
  });
}

function never() { return false; }
