// The grid of a detector over its input: each cell coloured by its objectness, the box that it makes drawn when it is
// pointed at. A click, or the arrow keys, choose a cell; Python hears of it.

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const NUMBERS = 7; // of a cell: four sides, objectness, score, class
const PATIENCE = 250; // milliseconds behind the last key until Python is told
const SVG = "http://www.w3.org/2000/svg";

// What the visitor is doing outlives a call of this script.
const views = new WeakMap();

function element(kind, name, parent) {
  const made = document.createElement(kind);
  made.className = name;
  parent.append(made);
  return made;
}

function shape(kind, name, parent) {
  const made = document.createElementNS(SVG, kind);
  made.setAttribute("class", name);
  parent.append(made);
  return made;
}

function build(parent) {
  const root = element("div", "cells", parent);
  root.dataset.testid = "cells";
  const stage = element("div", "stage", root);
  stage.dataset.testid = "cells-stage";
  stage.tabIndex = 0;
  stage.setAttribute("role", "application");
  stage.setAttribute("aria-roledescription", "grid of cells");
  const photo = element("img", "photo", stage);
  photo.draggable = false;
  const heat = element("img", "heat", stage);
  heat.draggable = false;
  heat.alt = "";
  const drawing = shape("svg", "drawing", stage);
  drawing.setAttribute("preserveAspectRatio", "none");
  const parts = {};
  for (const [name, kind] of [
    ["lines", "path"],
    ["box_edge", "rect"],
    ["box", "rect"],
    ["cell_edge", "rect"],
    ["cell", "rect"],
    ["way_edge", "line"],
    ["way", "line"],
    ["other_edge", "rect"],
    ["other", "rect"],
    ["pointed", "rect"],
  ]) {
    parts[name] = shape(kind, name, drawing);
  }
  const dot = element("span", "dot", stage);
  const below = element("div", "below", root);
  const scale = element("div", "scale", below);
  element("span", "", scale).textContent = "0";
  const bar = element("span", "colours", scale);
  element("span", "", scale).textContent = "1  objectness";
  const label = element("label", "strength", below);
  label.append("Heat");
  const strength = element("input", "", label);
  Object.assign(strength, { type: "range", min: 0, max: 100, value: 100 });
  const readout = element("p", "readout", root);
  readout.dataset.testid = "cells-readout";
  readout.setAttribute("aria-live", "polite");
  strength.oninput = () => (heat.style.opacity = strength.value / 100);
  return { root, stage, photo, heat, drawing, parts, dot, bar, readout, pointed: null, timer: 0 };
}

function numbersOf(view, [row, column]) {
  const from = (row * view.data.columns + column) * NUMBERS;
  return view.numbers.subarray(from, from + NUMBERS);
}

function frame(part, left, top, right, bottom) {
  part.setAttribute("x", left);
  part.setAttribute("y", top);
  part.setAttribute("width", Math.max(right - left, 0));
  part.setAttribute("height", Math.max(bottom - top, 0));
}

function show(part, visible) {
  part.style.display = visible ? "" : "none";
}

function frameCell(view, part, [row, column]) {
  const { stride } = view.data;
  frame(part, column * stride, row * stride, (column + 1) * stride, (row + 1) * stride);
}

function say(view) {
  const place = view.pointed ?? view.at;
  const [, , , , sure, score, label] = numbersOf(view, place);
  const name = view.data.classes[label];
  const text =
    `Row ${place[0]}, column ${place[1]}: objectness ${sure.toFixed(2)}, ` + `${name} with score ${score.toFixed(2)}`;
  if (view.readout.textContent !== text) view.readout.textContent = text;
}

function draw(view) {
  const { parts, at, data } = view;
  frameCell(view, parts.cell, at);
  frameCell(view, parts.cell_edge, at);
  const [left, top, right, bottom] = numbersOf(view, at);
  frame(parts.box, left, top, right, bottom);
  frame(parts.box_edge, left, top, right, bottom);
  const from = [(at[1] + 0.5) * data.stride, (at[0] + 0.5) * data.stride];
  const to = [(left + right) / 2, (top + bottom) / 2];
  for (const way of [parts.way, parts.way_edge]) {
    ["x1", "y1", "x2", "y2"].forEach((name, number) => way.setAttribute(name, [...from, ...to][number]));
  }
  view.dot.style.left = `${(100 * to[0]) / data.width}%`;
  view.dot.style.top = `${(100 * to[1]) / data.height}%`;
  const other = view.pointed && (view.pointed[0] !== at[0] || view.pointed[1] !== at[1]);
  for (const name of ["other", "other_edge", "pointed"]) show(parts[name], other);
  if (other) {
    const sides = numbersOf(view, view.pointed);
    frame(parts.other, ...sides.subarray(0, 4));
    frame(parts.other_edge, ...sides.subarray(0, 4));
    frameCell(view, parts.pointed, view.pointed);
  }
  say(view);
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
  const row = Math.floor((((event.clientY - box.top) / box.height) * data.height) / data.stride);
  const column = Math.floor((((event.clientX - box.left) / box.width) * data.width) / data.stride);
  return row >= 0 && row < data.rows && column >= 0 && column < data.columns ? [row, column] : null;
}

function gridLines({ rows, columns, stride }) {
  const parts = [];
  for (let row = 1; row < rows; row += 1) parts.push(`M0 ${row * stride}H${columns * stride}`);
  for (let column = 1; column < columns; column += 1) parts.push(`M${column * stride} 0V${rows * stride}`);
  return parts.join("");
}

export default function cells({ parentElement, data, setTriggerValue }) {
  let view = views.get(parentElement);
  if (!view || !parentElement.contains(view.root)) {
    view = build(parentElement);
    views.set(parentElement, view);
  }
  const numbers = data.numbers.getChildAt(0).toArray();
  Object.assign(view, { data, numbers, send: setTriggerValue });
  const { stage, photo, heat, drawing, parts } = view;
  if (photo.getAttribute("src") !== data.source) photo.src = data.source;
  if (heat.getAttribute("src") !== data.heat) heat.src = data.heat;
  photo.alt = data.alt;
  photo.classList.toggle("enlarged", data.width < 300);
  view.bar.style.background = `linear-gradient(90deg, ${data.scale.join(", ")})`;
  stage.style.aspectRatio = `${data.width} / ${data.height}`;
  stage.setAttribute("aria-label", data.label);
  drawing.setAttribute("viewBox", `0 0 ${data.width} ${data.height}`);
  parts.lines.setAttribute("d", gridLines(data));
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
    const place = cellUnder(view, event);
    if (place) choose(view, place, 0);
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
