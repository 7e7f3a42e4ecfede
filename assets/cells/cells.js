// The grid of a detector over its input: each cell coloured by its objectness, the box that it makes drawn when it is
// pointed at or chosen.

const NUMBERS = 7; // of a cell: four sides, objectness, score, class
const SHAPES = [
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
];

function build(parent) {
  const view = buildStage(parent, "cells", "grid of cells");
  view.photo = picture("photo", view.stage);
  view.heat = picture("heat", view.stage);
  view.heat.alt = "";
  buildDrawing(view, SHAPES);
  view.dot = element("span", "dot", view.stage);
  const below = element("div", "below", view.root);
  const scale = element("div", "scale", below);
  element("span", "", scale).textContent = "0";
  view.bar = element("span", "colours", scale);
  element("span", "", scale).textContent = "1  objectness";
  const label = element("label", "strength", below);
  label.append("Heat");
  const strength = element("input", "", label);
  Object.assign(strength, { type: "range", min: 0, max: 100, value: 100 });
  strength.oninput = () => (view.heat.style.opacity = strength.value / 100);
  buildReadout(view);
  return view;
}

function numbersOf(view, [row, column]) {
  const from = (row * view.data.columns + column) * NUMBERS;
  return view.numbers.subarray(from, from + NUMBERS);
}

function sentence(view) {
  const cell = view.pointed ?? view.at;
  const [, , , , sure, score, label] = numbersOf(view, cell);
  const found = `objectness ${sure.toFixed(2)}, ${view.data.classes[label]} with score ${score.toFixed(2)}`;
  return `Row ${cell[0]}, column ${cell[1]}: ${found}`;
}

function draw(view) {
  const { parts, at, data } = view;
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
  const other = frameCells(view);
  for (const part of [parts.other, parts.other_edge]) {
    show(part, other);
    if (other) frame(part, ...numbersOf(view, view.pointed).subarray(0, 4));
  }
  say(view, sentence(view));
}

function gridLines({ rows, columns, stride }) {
  const parts = [];
  for (let row = 1; row < rows; row += 1) parts.push(`M0 ${row * stride}H${columns * stride}`);
  for (let column = 1; column < columns; column += 1) parts.push(`M${column * stride} 0V${rows * stride}`);
  return parts.join("");
}

export default function cells({ parentElement, data, setTriggerValue }) {
  const view = viewOf(parentElement, build);
  const { photo, heat, bar, parts } = view;
  view.numbers = data.numbers.getChildAt(0).toArray();
  setSource(photo, data.source);
  setSource(heat, data.heat);
  photo.alt = data.alt;
  photo.classList.toggle("enlarged", data.width < 300);
  bar.style.background = `linear-gradient(90deg, ${data.scale.join(", ")})`;
  parts.lines.setAttribute("d", gridLines(data));
  follow(view, data, setTriggerValue, draw);
}
