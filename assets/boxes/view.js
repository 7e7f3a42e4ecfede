// Where the photo lies in its window: {x, y, scale}, with scale in pixels of the screen per pixel of the photo.

const CLOSEST = 16;
const SQUARES_FROM = 4;

function roomOf(view) {
  return [view.stage.clientWidth, view.stage.clientHeight];
}

function wholeScale(view) {
  const [width, height] = roomOf(view);
  return Math.min(width / view.photo.width, height / view.photo.height);
}

function isWhole(view) {
  return view.at.scale <= wholeScale(view) * 1.001;
}

// The photo fills the window, or lies in the middle of it where it is smaller.
function settled(position, room, length) {
  return length <= room ? (room - length) / 2 : clamp(position, room - length, 0);
}

function place(view, next) {
  const [width, height] = roomOf(view);
  if (!width || !height) return;
  const least = wholeScale(view);
  const scale = clamp(next.scale, least, least * CLOSEST);
  const x = settled(next.x, width, view.photo.width * scale);
  const y = settled(next.y, height, view.photo.height * scale);
  view.at = { x, y, scale };
  for (const image of view.images) {
    image.style.width = `${view.photo.width * scale}px`;
    image.style.height = `${view.photo.height * scale}px`;
    image.style.transform = `translate(${x}px, ${y}px)`;
    image.classList.toggle("squares", view.photo.sharp || scale > SQUARES_FROM);
  }
  for (const stage of view.stages) stage.toggleAttribute("data-whole", isWhole(view));
  view.buttons.in.disabled = scale >= least * CLOSEST * 0.999;
  view.buttons.out.disabled = view.buttons.fit.disabled = isWhole(view);
  paint(view);
}

function showWhole(view) {
  view.moved = false;
  place(view, { x: 0, y: 0, scale: wholeScale(view) });
}

// Without a pointer it is the selected box that stays in place, else the middle.
function centreOf(view) {
  const [width, height] = roomOf(view);
  if (view.selected === null) return [width / 2, height / 2];
  const [left, top, right, bottom] = toStage(view, view.marks[view.selected].corners);
  return [clamp((left + right) / 2, 0, width), clamp((top + bottom) / 2, 0, height)];
}

function zoom(view, factor, centre = null) {
  const [px, py] = centre ?? centreOf(view);
  const least = wholeScale(view);
  const scale = clamp(view.at.scale * factor, least, least * CLOSEST);
  const ratio = scale / view.at.scale;
  view.moved = scale > least * 1.001;
  place(view, { scale, x: px - (px - view.at.x) * ratio, y: py - (py - view.at.y) * ratio });
}

function shift(view, dx, dy) {
  view.moved = true;
  place(view, { ...view.at, x: view.at.x + dx, y: view.at.y + dy });
}

function onStage(event) {
  const box = event.currentTarget.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

function toPhoto(view, [x, y]) {
  return [(x - view.at.x) / view.at.scale, (y - view.at.y) / view.at.scale];
}

function toStage(view, [left, top, right, bottom]) {
  const { x, y, scale } = view.at;
  return [x + left * scale, y + top * scale, x + right * scale, y + bottom * scale];
}

// A box that has the keyboard's attention comes into sight.
function reveal(view, corners) {
  const [width, height] = roomOf(view);
  const [left, top, right, bottom] = toStage(view, corners);
  const dx = left < 0 ? 16 - left : right > width ? width - 16 - right : 0;
  const dy = top < 0 ? 16 - top : bottom > height ? height - 16 - bottom : 0;
  if ((dx || dy) && !isWhole(view)) shift(view, dx, dy);
}

// The wheel belongs to the page; with Ctrl, which a pinch on a touchpad sends too, it zooms.
function turnWheel(view, event) {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  const lines = event.deltaMode === 1 ? 16 : 1;
  zoom(view, Math.exp(-clamp(event.deltaY * lines, -60, 60) * 0.012), onStage(event));
}

// Two fingers zoom and move; gives whether there are two.
function pinch(view, event, now) {
  const before = view.pointers.get(event.pointerId);
  if (view.pointers.size !== 2 || !before) return false;
  const other = [...view.pointers].find(([id]) => id !== event.pointerId)[1];
  const distance = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]) || 1;
  zoom(view, distance(now) / distance(before), [(before[0] + other[0]) / 2, (before[1] + other[1]) / 2]);
  shift(view, (now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
  return true;
}
