// From labels and confidences to the pixels that lie over the photo; the rules are those of cnn_core.segmentation.overlay.

const UNSURE = 255;
// Confidences come as whole steps of half a percent, rounded down: 0.42 is reached from 84 on.
const STEPS = 200;
const DIM = 153;
const BEHIND = 0.22;
const POINTED = 0.6;

function packed(colour, alpha) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return ((Math.round(alpha * 255) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

// Reads the map's picture: red is the label, green the confidence.
async function readMap(source) {
  const image = new Image();
  image.src = source;
  await image.decode();
  const { naturalWidth: width, naturalHeight: height } = image;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const map = { source, width, height, labels: new Uint8Array(width * height), sure: new Uint8Array(width * height) };
  for (let at = 0; at < map.labels.length; at += 1) {
    map.labels[at] = data[4 * at];
    map.sure[at] = data[4 * at + 1];
  }
  return map;
}

// Labels that are sure enough, with their pixels and the sum of their confidences.
function decide(map, least) {
  const labels = new Uint8Array(map.labels.length);
  const pixels = new Float64Array(256);
  const sums = new Float64Array(256);
  const lowest = Math.round(least * STEPS);
  for (let at = 0; at < labels.length; at += 1) {
    const label = map.sure[at] >= lowest ? map.labels[at] : UNSURE;
    labels[at] = label;
    pixels[label] += 1;
    sums[label] += map.sure[at];
  }
  return { labels, pixels, sums, least };
}

// 1 where another label lies within `reach` pixels, diagonals counted as one step.
function edgesOf({ labels }, width, height, reach) {
  const first = new Uint8Array(labels.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * width + x;
      const right = x + 1 < width;
      const below = y + 1 < height;
      if (right && labels[at] !== labels[at + 1]) first[at] = first[at + 1] = 1;
      if (below && labels[at] !== labels[at + width]) first[at] = first[at + width] = 1;
      if (right && below && labels[at] !== labels[at + width + 1]) first[at] = first[at + width + 1] = 1;
      if (x && below && labels[at] !== labels[at + width - 1]) first[at] = first[at + width - 1] = 1;
    }
  }
  if (reach === 1) return first;
  const edges = new Uint8Array(labels.length);
  for (let at = 0; at < labels.length; at += 1) {
    if (!first[at]) continue;
    const [x, y] = [at % width, Math.floor(at / width)];
    const [left, right] = [Math.max(x - reach + 1, 0), Math.min(x + reach, width)];
    for (let row = Math.max(y - reach + 1, 0); row < Math.min(y + reach, height); row += 1) {
      edges.fill(1, row * width + left, row * width + right);
    }
  }
  return edges;
}

// The colour of each label's area and line; `pointed` is the label that stands out, or null.
function paintOf(look, classes, pointed) {
  const area = new Uint32Array(256);
  const line = new Uint32Array(256);
  const shown = new Uint8Array(256);
  const opaque = { mask: 1, both: look.opacity, image: 0, cutout: 0 }[look.view];
  for (const { label, colour } of classes) {
    shown[label] = look.hidden.includes(label) ? 0 : 1;
    const behind = pointed !== null && pointed !== label;
    const strength = pointed === label && look.view !== "mask" ? Math.max(opaque, POINTED) : behind ? opaque * BEHIND : opaque;
    area[label] = packed(colour, strength);
    line[label] = packed(colour, behind ? BEHIND : 1);
  }
  return { area, line, shown };
}

function compose(view) {
  const { map, decided, edges, look } = view;
  const { area, line, shown } = paintOf(look, view.data.classes, view.pointed);
  const pixels = new Uint32Array(map.labels.length);
  const rest = look.view === "mask" ? packed("#000000", 1) : look.view === "both" && look.dim ? (DIM << 24) >>> 0 : 0;
  const squares = Math.max(6, Math.round(Math.max(map.width, map.height) / 64));
  const checks = [packed("#ffffff", 1), packed("#c8c8c8", 1)];
  for (let at = 0; at < pixels.length; at += 1) {
    const label = decided.labels[at];
    if (shown[label]) pixels[at] = edges && edges[at] ? line[label] : area[label];
    else if (look.view === "cutout") {
      const [x, y] = [at % map.width, Math.floor(at / map.width)];
      pixels[at] = checks[(Math.floor(x / squares) + Math.floor(y / squares)) % 2];
    } else pixels[at] = rest;
  }
  return new ImageData(new Uint8ClampedArray(pixels.buffer), map.width, map.height);
}
