// Painting into the label map, and showing it: pixels are the photo's, coordinates their corners.

const NO_CLASS = 255;
const COVER = 150;
const LEFT_OUT = [127, 127, 127, 190];

function colourTable({ colours, blank }) {
  const table = new Uint8ClampedArray(256 * 4);
  colours.forEach((colour, label) => {
    const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    table.set([...parts, COVER], 4 * label);
  });
  table.set(LEFT_OUT, 4 * NO_CLASS);
  table.set([0, 0, 0, 0], 4 * blank);
  return table;
}

function show(view, box = [0, 0, view.width, view.height]) {
  const left = clamp(Math.floor(box[0]), 0, view.width);
  const top = clamp(Math.floor(box[1]), 0, view.height);
  const right = clamp(Math.ceil(box[2]), 0, view.width);
  const bottom = clamp(Math.ceil(box[3]), 0, view.height);
  if (right <= left || bottom <= top) return;
  const part = view.context.createImageData(right - left, bottom - top);
  let at = 0;
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1, at += 4) {
      const entry = 4 * view.labels[y * view.width + x];
      for (let channel = 0; channel < 4; channel += 1) part.data[at + channel] = view.table[entry + channel];
    }
  }
  view.context.putImageData(part, left, top);
}

// A disc of the brush's size: pixels whose centre lies inside; a brush of one pixel always paints that pixel.
function stamp(view, x, y, label) {
  const radius = view.size / 2;
  if (view.size <= 1) {
    const column = Math.floor(x);
    const row = Math.floor(y);
    if (column >= 0 && row >= 0 && column < view.width && row < view.height) view.labels[row * view.width + column] = label;
    return;
  }
  const top = clamp(Math.floor(y - radius), 0, view.height);
  const bottom = clamp(Math.ceil(y + radius), 0, view.height);
  for (let row = top; row < bottom; row += 1) {
    const half = Math.sqrt(Math.max(radius * radius - (row + 0.5 - y) ** 2, 0));
    const left = clamp(Math.ceil(x - half - 0.5), 0, view.width);
    const right = clamp(Math.floor(x + half - 0.5) + 1, 0, view.width);
    if (right > left) view.labels.fill(label, row * view.width + left, row * view.width + right);
  }
}

function stroke(view, from, to, label) {
  const steps = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / Math.max(view.size / 4, 0.5)));
  for (let step = 0; step <= steps; step += 1) {
    stamp(view, from[0] + ((to[0] - from[0]) * step) / steps, from[1] + ((to[1] - from[1]) * step) / steps, label);
  }
  const reach = view.size / 2 + 1;
  show(view, [
    Math.min(from[0], to[0]) - reach,
    Math.min(from[1], to[1]) - reach,
    Math.max(from[0], to[0]) + reach,
    Math.max(from[1], to[1]) + reach,
  ]);
}

// The pixels whose centre lies inside, by the even-odd rule.
function fillPolygon(view, corners, label) {
  for (let row = 0; row < view.height; row += 1) {
    const y = row + 0.5;
    const crossings = [];
    corners.forEach(([x0, y0], at) => {
      const [x1, y1] = corners[(at + 1) % corners.length];
      if (y0 <= y !== y1 <= y) crossings.push(x0 + ((y - y0) / (y1 - y0)) * (x1 - x0));
    });
    crossings.sort((one, other) => one - other);
    for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
      const left = clamp(Math.ceil(crossings[pair] - 0.5), 0, view.width);
      const right = clamp(Math.ceil(crossings[pair + 1] - 0.5), 0, view.width);
      if (right > left) view.labels.fill(label, row * view.width + left, row * view.width + right);
    }
  }
  show(view);
}
