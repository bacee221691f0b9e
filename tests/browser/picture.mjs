// Small PNGs to send: drawn here, so that no binary files are kept.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { draw_png } from './png.mjs';
import { out } from './runner.mjs';

// A colour of each point, x and y from 0 to 1.
const drawings = {
  sunrise: (x, y) => {
    const sun = Math.hypot((x - 0.5) * 1.6, y - 0.62) < 0.2, sea = y > 0.65;
    return sea ? [38 + 60 * (1 - y), 84 + 50 * (1 - y), 124] : sun ? [255, 236, 179] : [250 - 60 * (1 - y), 150 + 40 * y, 110 + 80 * (1 - y)];
  },
  tide: (x, y) => {
    const wave = y - 0.5 - 0.12 * Math.sin(x * 9);
    return wave > 0 ? [30, 110 - 60 * wave, 140] : [214 + 60 * wave, 232, 240];
  },
};

/// The path of a PNG file.
export function picture(name, width = 160, height = 100) {
  const path = join(out, `${name}.png`);
  mkdirSync(out, { recursive: true });
  writeFileSync(path, draw_png(width, height, (x, y) => drawings[name](x / width, y / height)));
  return path;
}
