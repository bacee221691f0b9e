// PNGs, read and written here, so that nothing else is needed.
import { deflateSync, inflateSync } from 'node:zlib';

const table = Array.from({ length: 256 }, (_, n) => { for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1; return n >>> 0; });
const crc32 = (bytes) => (bytes.reduce((c, byte) => table[(c ^ byte) & 255] ^ (c >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0;
const kind = { rgb: 2, palette: 3, rgba: 6 };
const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

function chunk(type, data) {
  const named = Buffer.concat([Buffer.from(type), data]), whole = Buffer.alloc(data.length + 12);
  whole.writeUInt32BE(data.length, 0);
  named.copy(whole, 4);
  whole.writeUInt32BE(crc32(named), data.length + 8);
  return whole;
}

function write(width, height, type, rows, ...between) {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, type, 0, 0, 0]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  return Buffer.concat([signature, chunk('IHDR', header), ...between, chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}

/// `colour(x, y)` answers with red, green and blue, 0 to 255.
export function draw_png(width, height, colour) {
  const row = width * 3 + 1, rows = Buffer.alloc(row * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) colour(x, y).forEach((v, i) => { rows[y * row + 1 + x * 3 + i] = v; });
  }
  return write(width, height, kind.rgb, rows);
}

// The bytes of a PNG that is not interlaced, of 8 bits a channel, without its filters.
function read(png) {
  const width = png.readUInt32BE(16), height = png.readUInt32BE(20);
  const channels = { [kind.rgb]: 3, [kind.rgba]: 4 }[png[25]], data = [];
  if (!channels || png[24] !== 8 || png[28]) throw new Error('a kind of PNG that is not read here');
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') data.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const raw = inflateSync(Buffer.concat(data)), size = width * channels, points = Buffer.alloc(size * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (size + 1)];
    for (let i = 0; i < size; i++) {
      const left = i < channels ? 0 : points[y * size + i - channels], up = y ? points[(y - 1) * size + i] : 0;
      const corner = y && i >= channels ? points[(y - 1) * size + i - channels] : 0;
      const near = left + up - corner;
      const [a, b, c] = [Math.abs(near - left), Math.abs(near - up), Math.abs(near - corner)];
      const paeth = a <= b && a <= c ? left : b <= c ? up : corner;
      points[y * size + i] = raw[y * (size + 1) + 1 + i] + [0, left, up, (left + up) >> 1, paeth][filter];
    }
  }
  return { width, height, channels, points };
}

const far = (one, other) => [16, 8, 0].reduce((sum, shift) => sum + ((one >> shift & 255) - (other >> shift & 255)) ** 2, 0);

// Half of them such as are unlike each other, or what is small and red would be lost among so many greys; the rest are
// those that there is most of.
function palette_of(count) {
  const colours = [...count].sort((a, b) => b[1] - a[1]).map(([colour]) => colour), kept = [];
  for (const colour of colours) if (kept.length < 128 && kept.every((one) => far(one, colour) > 600)) kept.push(colour);
  for (const colour of colours) if (kept.length < 256 && !kept.includes(colour)) kept.push(colour);
  return kept;
}

/// The same picture in 256 colours: of a page, nothing that is seen goes, and it is a third of the size.
export function shrink_png(png) {
  const { width, height, channels, points } = read(png);
  const count = new Map(), colour_at = (at) => points[at] << 16 | points[at + 1] << 8 | points[at + 2];
  for (let at = 0; at < points.length; at += channels) count.set(colour_at(at), (count.get(colour_at(at)) ?? 0) + 1);
  const kept = palette_of(count), index = new Map(kept.map((colour, i) => [colour, i]));
  const nearest = (colour) => {
    let best = 0, least = Infinity;
    kept.forEach((one, i) => {
      if (far(one, colour) < least) [best, least] = [i, far(one, colour)];
    });
    return best;
  };
  for (const colour of count.keys()) if (!index.has(colour)) index.set(colour, nearest(colour));
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = index.get(colour_at((y * width + x) * channels));
  }
  const palette = Buffer.from(kept.flatMap((colour) => [colour >> 16, colour >> 8 & 255, colour & 255]));
  return write(width, height, kind.palette, rows, chunk('PLTE', palette));
}
