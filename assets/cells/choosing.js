// A grid of cells over a picture: one is chosen by a click or the arrow keys, and Python hears of it; another can be
// pointed at. Two components are made of it: a detector's cells, and a map of values.
//
// A view keeps what the visitor does: `at` is the chosen cell, `pointed` the one under the pointer, or null; both are
// [row, column]. Its `data` comes from Python: `rows`, `columns`, `stride` (units a side of a cell), `width` and `height`
// of the picture in the same units, `row` and `column` (the cell that Python has chosen), `turn` and `label`.

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const PATIENCE = 250; // milliseconds behind the last key until Python is told
const SVG = "http://www.w3.org/2000/svg";

// What the visitor is doing outlives a call of this script.
const views = new WeakMap();

function viewOf(parent, build) {
  const kept = views.get(parent);
  if (kept && parent.contains(kept.root)) return kept;
  const view = build(parent);
  views.set(parent, view);
  return view;
}

function element(kind, name, parent) {
  const made = document.createElement(kind);
  made.className = name;
  parent.append(made);
  return made;
}

function picture(name, parent) {
  const made = element("img", name, parent);
  made.draggable = false;
  return made;
}

function setSource(image, source) {
  if (image.getAttribute("src") !== source) image.src = source;
}

// The stage is what the grid fills; the caller puts pictures into it.
function buildStage(parent, name, description) {
  const root = element("div", `choosing ${name}`, parent);
  root.dataset.testid = name;
  const stage = element("div", "stage", root);
  stage.dataset.testid = `${name}-stage`;
  stage.tabIndex = 0;
  stage.setAttribute("role", "application");
  stage.setAttribute("aria-roledescription", description);
  return { root, stage, pointed: null, timer: 0 };
}

// Over the pictures: a shape for each [name, kind].
function buildDrawing(view, shapes) {
  const make = (kind, name, parent) => {
    const made = document.createElementNS(SVG, kind);
    made.setAttribute("class", name);
    parent.append(made);
    return made;
  };
  view.drawing = make("svg", "drawing", view.stage);
  view.drawing.setAttribute("preserveAspectRatio", "none");
  view.parts = Object.fromEntries(shapes.map(([name, kind]) => [name, make(kind, name, view.drawing)]));
}

// Below the stage: what the cell says that is pointed at, or else is chosen.
function buildReadout(view) {
  view.readout = element("p", "readout", view.root);
  view.readout.dataset.testid = `${view.root.dataset.testid}-readout`;
  view.readout.setAttribute("aria-live", "polite");
}

function say(view, text) {
  if (view.readout.textContent !== text) view.readout.textContent = text;
}

function show(part, visible) {
  part.style.display = visible ? "" : "none";
}

function frame(part, left, top, right, bottom) {
  part.setAttribute("x", left);
  part.setAttribute("y", top);
  part.setAttribute("width", Math.max(right - left, 0));
  part.setAttribute("height", Math.max(bottom - top, 0));
}

function frameCell({ data }, part, [row, column]) {
  const { stride } = data;
  frame(part, column * stride, row * stride, (column + 1) * stride, (row + 1) * stride);
}

// Frames the chosen cell and the one that is pointed at; gives whether that is another one.
function frameCells(view) {
  const { parts, at, pointed } = view;
  frameCell(view, parts.cell, at);
  frameCell(view, parts.cell_edge, at);
  const other = Boolean(pointed) && (pointed[0] !== at[0] || pointed[1] !== at[1]);
  show(parts.pointed, other);
  if (other) frameCell(view, parts.pointed, pointed);
  return other;
}

function cellUnder({ stage, data }, event) {
  const box = stage.getBoundingClientRect();
  const row = Math.floor((((event.clientY - box.top) / box.height) * data.height) / data.stride);
  const column = Math.floor((((event.clientX - box.left) / box.width) * data.width) / data.stride);
  return row >= 0 && row < data.rows && column >= 0 && column < data.columns ? [row, column] : null;
}

function choose(view, [row, column], wait) {
  const { rows, columns } = view.data;
  view.at = [Math.min(Math.max(row, 0), rows - 1), Math.min(Math.max(column, 0), columns - 1)];
  view.draw(view);
  clearTimeout(view.timer);
  view.timer = setTimeout(() => {
    view.timer = 0;
    view.send("cell", view.at);
  }, wait);
}

// At each call of the script: take what Python sends, draw, and listen.
function follow(view, data, send, draw) {
  Object.assign(view, { data, send, draw });
  const { stage, drawing } = view;
  stage.style.aspectRatio = `${data.width} / ${data.height}`;
  stage.setAttribute("aria-label", data.label);
  drawing.setAttribute("viewBox", `0 0 ${data.width} ${data.height}`);
  // Python's cell counts when it is news; while keys are being pressed the visitor's does.
  const news = !view.asked || data.row !== view.asked[0] || data.column !== view.asked[1] || data.turn !== view.turn;
  if (!view.at || (news && !view.timer)) view.at = [data.row, data.column];
  view.at = [Math.min(view.at[0], data.rows - 1), Math.min(view.at[1], data.columns - 1)];
  view.asked = [data.row, data.column];
  view.turn = data.turn;
  if (view.pointed && (view.pointed[0] >= data.rows || view.pointed[1] >= data.columns)) view.pointed = null;
  draw(view);
  stage.onpointermove = (event) => {
    view.pointed = event.pointerType === "touch" ? null : cellUnder(view, event);
    draw(view);
  };
  stage.onpointerleave = () => {
    view.pointed = null;
    draw(view);
  };
  stage.onclick = (event) => {
    const cell = cellUnder(view, event);
    if (cell) choose(view, cell, 0);
  };
  stage.onkeydown = (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    view.pointed = null;
    const by = event.shiftKey ? 5 : 1;
    choose(view, [view.at[0] + by * step[0], view.at[1] + by * step[1]], PATIENCE);
  };
}
