// The real program, and what stands in front of it.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { child, free_port, until } from './engines/engine.mjs';

const top = new URL('../..', import.meta.url).pathname;
export const program = process.env.ENCKE || join(top, 'build/dev/encke');

/// The program on a free port of loopback. Short gathering, so that who came is told soon.
export async function start_server(flags = []) {
  if (!existsSync(program)) throw new Error(`${program} is not there: script/build release encke`);
  const port = await free_port();
  const origin = `http://127.0.0.1:${port}`;
  let encke;

  async function start() {
    encke = child([program, '--host=127.0.0.1', `--port=${port}`, `--public-dir=${process.env.ENCKE_PUBLIC_DIR || join(top, 'public')}`,
      '--gather=50ms', '--sends-per-user=0', '--logins-per-address=0', ...flags]);
    await until('the server to be ready', async () => {
      if (encke.ended !== null) throw Object.assign(new Error(`the server has ended (${encke.ended}): ${encke.output}`), { final: true });
      return (await fetch(`${origin}/ready`)).ok;
    });
  }
  const stop = () => encke.stop();

  await start();
  return { origin, port, stop, start, get output() { return encke.output; } };
}

/// nginx as a proxy that hands on an answer only when it is whole, and cuts it off after 10 s of silence.
export async function start_buffering_proxy(target_port) {
  const prefix = mkdtempSync(join(tmpdir(), 'encke-nginx-'));
  const port = await free_port();
  mkdirSync(join(prefix, 'temp'));
  writeFileSync(join(prefix, 'nginx.conf'), `
daemon off;
worker_processes 1;
error_log stderr;
pid ${prefix}/nginx.pid;
${process.getuid() === 0 ? 'user root;' : ''}
events { worker_connections 128; }
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${prefix}/temp/${kind};`).join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    client_max_body_size 8m;
    location / {
      proxy_pass http://127.0.0.1:${target_port};
      proxy_http_version 1.0;
      proxy_set_header Host $http_host;
      proxy_buffering on;
      proxy_buffer_size 64k;
      proxy_buffers 8 64k;
      proxy_ignore_headers X-Accel-Buffering;
      proxy_read_timeout 10s;
      # Headers are held too until there is something to send with them, and that is at the end.
      postpone_output 64000;
    }
  }
}
`);
  const nginx = child([process.env.NGINX || '/usr/sbin/nginx', '-p', prefix, '-c', join(prefix, 'nginx.conf'), '-e', 'stderr']);
  const origin = `http://127.0.0.1:${port}`;
  await until('nginx to be ready', async () => {
    if (nginx.ended !== null) throw Object.assign(new Error(`nginx has ended (${nginx.ended}): ${nginx.output}`), { final: true });
    return (await fetch(`${origin}/ready`)).ok;
  });
  return { origin, stop: async () => { await nginx.stop(); rmSync(prefix, { recursive: true, force: true }); } };
}
