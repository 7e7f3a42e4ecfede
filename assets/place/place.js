// A map of rows and columns of values: point at one to read it, click or use the arrow keys to choose it.

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const PATIENCE = 250; // milliseconds behind the last key until Python is told
const SVG = "http://www.w3.org/2000/svg";

// What the visitor is doing outlives a call of this script.
const views = new WeakMap();

function build(parent) {
  const root = document.createElement("div");
  root.className = "place";
  root.dataset.testid = "place";
  const stage = document.createElement("div");
  stage.className = "stage";
  stage.dataset.testid = "place-stage";
  stage.tabIndex = 0;
  stage.setAttribute("role", "application");
  stage.setAttribute("aria-roledescription", "map of values");
  const image = document.createElement("img");
  image.draggable = false;
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("preserveAspectRatio", "none");
  const parts = Object.fromEntries(
    ["edge", "cell", "pointed"].map((name) => {
      const rect = document.createElementNS(SVG, "rect");
      rect.setAttribute("class", name);
      drawing.append(rect);
      return [name, rect];
    }),
  );
  const readout = document.createElement("p");
  readout.className = "readout";
  readout.dataset.testid = "place-readout";
  readout.setAttribute("aria-live", "polite");
  stage.append(image, drawing);
  root.append(stage, readout);
  parent.append(root);
  return { root, stage, image, drawing, parts, readout, pointed: null, timer: 0 };
}

function frame(part, place) {
  part.style.display = place ? "" : "none";
  if (!place) return;
  part.setAttribute("x", place[1]);
  part.setAttribute("y", place[0]);
  part.setAttribute("width", 1);
  part.setAttribute("height", 1);
}

function draw(view) {
  const { at, pointed, parts, data, values } = view;
  frame(parts.edge, at);
  frame(parts.cell, at);
  frame(parts.pointed, pointed && (pointed[0] !== at[0] || pointed[1] !== at[1]) ? pointed : null);
  const [row, column] = pointed ?? at;
  const value = values[row * data.columns + column];
  const text = `Row ${row}, column ${column}: ${Number(value.toPrecision(4))}`;
  if (view.readout.textContent !== text) view.readout.textContent = text;
}

function choose(view, place, wait) {
  const { rows, columns } = view.data;
  view.at = [Math.min(Math.max(place[0], 0), rows - 1), Math.min(Math.max(place[1], 0), columns - 1)];
  draw(view);
  clearTimeout(view.timer);
  view.timer = setTimeout(() => {
    view.timer = 0;
    view.send("cell", view.at);
  }, wait);
}

function cellUnder({ stage, data }, event) {
  const box = stage.getBoundingClientRect();
  const row = Math.floor(((event.clientY - box.top) / box.height) * data.rows);
  const column = Math.floor(((event.clientX - box.left) / box.width) * data.columns);
  return row >= 0 && row < data.rows && column >= 0 && column < data.columns ? [row, column] : null;
}

export default function place({ parentElement, data, setTriggerValue }) {
  let view = views.get(parentElement);
  if (!view || !parentElement.contains(view.root)) {
    view = build(parentElement);
    views.set(parentElement, view);
  }
  Object.assign(view, { data, values: data.values.getChildAt(0).toArray(), send: setTriggerValue });
  const { stage, image, drawing } = view;
  if (image.getAttribute("src") !== data.source) image.src = data.source;
  image.alt = data.alt;
  image.classList.toggle("smooth", Math.max(data.rows, data.columns) > 300);
  stage.style.aspectRatio = `${data.columns} / ${data.rows}`;
  stage.setAttribute("aria-label", data.label);
  drawing.setAttribute("viewBox", `0 0 ${data.columns} ${data.rows}`);
  // Python's place counts when it is news; while keys are being pressed the visitor's does.
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
    const at = cellUnder(view, event);
    if (at) choose(view, at, 0);
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
