// Where the picture lies in its window: {x, y, scale}. Zooming keeps the point under the pointer in place.

const CLOSEST = 3;
const LEGIBLE = 0.8;
const EDGE = 10;

function sizeOf(view) {
  return [view.stage.clientWidth, view.stage.clientHeight];
}

function fitScale(view) {
  const [width, height] = sizeOf(view);
  return Math.min(1, (width - 2 * EDGE) / view.width, (height - 2 * EDGE) / view.height);
}

// The picture can be moved about freely, but not out of sight.
function clampTo(position, room, length) {
  const seen = Math.min(length, room, 140);
  return Math.max(seen - length, Math.min(room - seen, position));
}

function centred(room, length) {
  return length <= room - 2 * EDGE ? (room - length) / 2 : EDGE;
}

function place(view, next, { smoothly = false } = {}) {
  const [width, height] = sizeOf(view);
  if (!view.svg || !width) return;
  const scale = Math.max(Math.min(fitScale(view), LEGIBLE), Math.min(CLOSEST, next.scale));
  const x = clampTo(next.x, width, view.width * scale);
  const y = clampTo(next.y, height, view.height * scale);
  view.at = { x, y, scale };
  view.stage.toggleAttribute("data-moving", smoothly);
  view.svg.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
  const whole = view.width * scale <= width && view.height * scale <= height;
  view.stage.toggleAttribute("data-whole", whole);
  view.buttons.in.disabled = scale >= CLOSEST;
  view.buttons.out.disabled = scale <= Math.min(fitScale(view), LEGIBLE) + 1e-6;
}

function zoom(view, factor, centre = null, smoothly = false) {
  const [width, height] = sizeOf(view);
  const [px, py] = centre ?? [width / 2, height / 2];
  const least = Math.min(fitScale(view), LEGIBLE);
  const scale = Math.max(least, Math.min(CLOSEST, view.at.scale * factor));
  const ratio = scale / view.at.scale;
  view.moved = true;
  place(view, { scale, x: px - (px - view.at.x) * ratio, y: py - (py - view.at.y) * ratio }, { smoothly });
}

// All of it, however small.
function fit(view, smoothly = true) {
  view.moved = false;
  const scale = fitScale(view);
  const [width, height] = sizeOf(view);
  place(view, { scale, x: centred(width, view.width * scale), y: centred(height, view.height * scale) }, { smoothly });
}

// All of it where it can be read so, else its beginning.
function open(view) {
  const [width, height] = sizeOf(view);
  const whole = fitScale(view);
  const scale = whole >= LEGIBLE ? whole : Math.max(LEGIBLE, Math.min(1, (width - 2 * EDGE) / view.width));
  view.moved = false;
  place(view, { scale, x: centred(width, view.width * scale), y: centred(height, view.height * scale) });
}

function pointIn(view, event) {
  const box = view.stage.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

// Brings a node that has the keyboard's attention into sight.
function reveal(view, element) {
  const box = element.getBoundingClientRect();
  const stage = view.stage.getBoundingClientRect();
  const dx = Math.max(0, stage.left + 24 - box.left) - Math.max(0, box.right - stage.right + 24);
  const dy = Math.max(0, stage.top + 24 - box.top) - Math.max(0, box.bottom - stage.bottom + 24);
  if (dx || dy) place(view, { ...view.at, x: view.at.x + dx, y: view.at.y + dy });
}

// One pointer moves the picture, two zoom it. A press that does not move is a click.
function press(view, event) {
  if (event.pointerType === "mouse" && event.button !== 0) return;
  view.pointers.set(event.pointerId, pointIn(view, event));
  // After a drag by touch no click follows that would clear this.
  view.dragged = false;
  if (view.pointers.size === 1) view.drag = { from: pointIn(view, event), far: false };
  if (view.pointers.size === 2) view.drag = { far: true };
}

function drag(view, event) {
  const before = view.pointers.get(event.pointerId);
  if (!before) return;
  const now = pointIn(view, event);
  if (view.pointers.size === 1) {
    const far = Math.hypot(now[0] - view.drag.from?.[0], now[1] - view.drag.from?.[1]) > (event.pointerType === "mouse" ? 4 : 9);
    if (far && !view.drag.far) {
      view.drag.far = true;
      view.stage.setPointerCapture(event.pointerId);
      view.stage.toggleAttribute("data-held", true);
      hideFacts(view);
    }
    if (view.drag.far) {
      view.moved = true;
      place(view, { ...view.at, x: view.at.x + now[0] - before[0], y: view.at.y + now[1] - before[1] });
    } else return;
  } else if (view.pointers.size === 2) {
    const other = [...view.pointers].find(([id]) => id !== event.pointerId)[1];
    const distance = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]) || 1;
    const middle = (point) => [(point[0] + other[0]) / 2, (point[1] + other[1]) / 2];
    const [oldMiddle, newMiddle] = [middle(before), middle(now)];
    zoom(view, distance(now) / distance(before), oldMiddle);
    place(view, { ...view.at, x: view.at.x + newMiddle[0] - oldMiddle[0], y: view.at.y + newMiddle[1] - oldMiddle[1] });
  }
  view.pointers.set(event.pointerId, now);
}

function release(view, event) {
  view.pointers.delete(event.pointerId);
  if (view.pointers.size === 0) {
    view.stage.removeAttribute("data-held");
    view.dragged = Boolean(view.drag?.far);
    view.drag = null;
  }
}

// The wheel belongs to the page until the graph is in use, so that nobody gets stuck in it.
function turnWheel(view, event) {
  const inUse = event.ctrlKey || event.metaKey || view.stage.contains(view.root.getRootNode().activeElement);
  if (!inUse) return;
  event.preventDefault();
  const lines = event.deltaMode === 1 ? 16 : 1;
  zoom(view, Math.exp(-Math.max(-60, Math.min(60, event.deltaY * lines)) * (event.ctrlKey ? 0.012 : 0.004)), pointIn(view, event));
}
