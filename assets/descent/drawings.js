// Kernels as coloured cells with their numbers, pictures on canvases, and the curve of the loss.

const SVG = "http://www.w3.org/2000/svg";
const CURVE = { height: 160, left: 52, right: 12, top: 10, bottom: 26 };

function make(tag, className, parent) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  parent?.append(made);
  return made;
}

function line(tag, className, parent) {
  const made = document.createElementNS(SVG, tag);
  if (className) made.setAttribute("class", className);
  parent.append(made);
  return made;
}

function makeFigure(parent, name) {
  const figure = make("figure", name, parent);
  const caption = make("figcaption", "", figure);
  return { figure, title: make("span", "title", caption), note: make("span", "note", caption) };
}

// Cells are made once for a size; a moment changes their texts and colours only.
function drawKernel(view, values, rows, columns, limit, theme) {
  if (view.size !== `${rows} ${columns}`) {
    view.size = `${rows} ${columns}`;
    view.grid ??= make("div", "kernel", view.figure);
    view.grid.replaceChildren();
    view.grid.style.setProperty("--columns", columns);
    view.grid.style.setProperty("--font", `${columns > 5 ? 0.6 : columns > 3 ? 0.7 : 0.85}rem`);
    view.grid.setAttribute("role", "img");
    view.cells = Array.from({ length: rows * columns }, () => make("span", "cell", view.grid));
  }
  for (let place = 0; place < view.cells.length; place += 1) {
    const { fill, ink } = signedPaint(values[place], limit, theme);
    const cell = view.cells[place];
    cell.style.background = fill;
    cell.style.color = ink;
    // Smaller cells have no room for a number: pointing at one tells it.
    cell.textContent = columns > 7 ? "" : cellText(values[place], columns > 5 ? 1 : 2);
    cell.title = short(values[place]);
  }
}

function cellText(value, digits) {
  if (Math.abs(value) >= 100) digits = 0;
  if (Math.abs(value) >= 1e4) return value.toExponential(0).replace("e+", "e").replace("-", "−");
  const text = value.toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text.replace("-", "−");
}

// Colours by a table of red, green and blue; the ends of the table are -limit and limit, or low and high.
function drawPicture(view, values, rows, columns, low, high, table) {
  view.canvas ??= make("canvas", "", view.figure);
  const { canvas } = view;
  if (canvas.width !== columns || canvas.height !== rows) Object.assign(canvas, { width: columns, height: rows });
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const last = table.length / 3 - 1;
  const scale = high > low ? last / (high - low) : 0;
  for (let cell = 0; cell < values.length; cell += 1) {
    const value = values[cell];
    const place = 3 * Math.max(0, Math.min(last, Number.isNaN(value) ? 0 : Math.round((value - low) * scale)));
    image.data[4 * cell] = table[place];
    image.data[4 * cell + 1] = table[place + 1];
    image.data[4 * cell + 2] = table[place + 2];
    image.data[4 * cell + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  canvas.classList.toggle("sharp", Math.max(rows, columns) < 300);
}

function makeCurve(parent) {
  const figure = make("figure", "curve", parent);
  const caption = make("figcaption", "", figure);
  make("span", "title", caption).textContent = "Loss: mean squared error over the whole picture";
  const drawing = line("svg", "", figure);
  drawing.dataset.testid = "descent-curve";
  const axes = line("g", "axes", drawing);
  const path = line("path", "path", drawing);
  return { drawing, axes, path, here: line("line", "here", drawing), dot: line("circle", "dot", drawing) };
}

// The loss is drawn by its logarithm; the steps too, where they are too many for all to be kept.
function scaleCurve(curve, steps, losses) {
  // What is below is rounding, and would squeeze the rest.
  const least = Math.max(1e-14 * losses[0], 1e-30);
  const heights = Array.from(losses, (loss) => Math.log10(Math.max(Number.isFinite(loss) ? loss : 1e300, least)));
  const last = steps.length - 1;
  const log = steps[last] > last;
  const across = (step) => (log ? Math.log10(1 + step) : step);
  let low = Math.floor(Math.min(...heights));
  let high = Math.ceil(Math.max(...heights));
  if (high === low) high += 1;
  const { height, left, right, top, bottom } = CURVE;
  // Drawn at the width it has, so that its words keep their size.
  const width = Math.max(curve.drawing.clientWidth || 640, 240);
  curve.width = width;
  curve.drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
  curve.x = (step) => left + ((width - left - right) * across(step)) / (across(steps[last]) || 1);
  curve.y = (tens) => top + ((height - top - bottom) * (high - tens)) / (high - low);
  curve.heights = heights;
  curve.path.setAttribute("d", heights.map((tens, at) => `${at ? "L" : "M"}${curve.x(steps[at])} ${curve.y(tens)}`).join(""));
  curve.axes.replaceChildren();
  const every = Math.max(1, Math.ceil((high - low) / 4));
  for (let tens = low; tens <= high; tens += every) mark(curve, left, curve.y(tens), `1e${tens}`.replace("-", "−"), true);
  const ends = steps[last];
  const marks = log ? [1, 10, 100, 1000, ends] : [0, 0.25, 0.5, 0.75, 1].map((part) => Math.round(part * ends));
  for (const step of new Set(marks.filter((one) => one <= ends))) {
    if (!log || step === ends || ends / step > 2.5) mark(curve, curve.x(step), height - bottom, String(step), false);
  }
}

function mark(curve, x, y, text, across) {
  const rule = line("line", "", curve.axes);
  const ends = across ? [x, y, curve.width - CURVE.right, y] : [x, CURVE.top, x, y + 4];
  ["x1", "y1", "x2", "y2"].forEach((name, at) => rule.setAttribute(name, ends[at]));
  const label = line("text", across ? "across" : "below", curve.axes);
  label.setAttribute("x", across ? x - 6 : x);
  label.setAttribute("y", across ? y + 4 : y + 18);
  label.textContent = text;
}

function markMoment(curve, step, at) {
  const x = curve.x(step);
  for (const name of ["x1", "x2"]) curve.here.setAttribute(name, x);
  curve.here.setAttribute("y1", CURVE.top);
  curve.here.setAttribute("y2", CURVE.height - CURVE.bottom);
  curve.dot.setAttribute("cx", x);
  curve.dot.setAttribute("cy", curve.y(curve.heights[at]));
  curve.dot.setAttribute("r", 5);
}
