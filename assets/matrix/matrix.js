// An editable grid of numbers. Every committed change is sent to Python as CSV, exactly as typed.

// How long, in milliseconds, an edit may take to come back from Python before the page is believed instead.
const PATIENCE = 5000;
const LARGEST_SIDE = 52;
const editors = new WeakMap();

function matrixText(cells) {
  return cells.map((row) => row.join(",")).join(";");
}

function parsePasted(text) {
  const lines = text.trim().split(/;\s*\n|\r?\n|;/);
  const separator = text.includes("\t") ? "\t" : text.includes(",") ? "," : /\s+/;
  return lines.map((row) => row.trim().split(separator).map((cell) => cell.trim()));
}

// Fills cells from (row, column) on; a block that reaches over the edge makes the grid larger, with zeros beside it.
function fillFrom(cells, row, column, block) {
  const rows = Math.max(cells.length, row + block.length);
  const columns = Math.max(cells[0].length, column + Math.max(...block.map((line) => line.length)));
  return Array.from({ length: rows }, (_, r) =>
    Array.from({ length: columns }, (__, c) => block[r - row]?.[c - column] ?? cells[r]?.[c] ?? "0"));
}

function tidy(text) {
  return text.trim().replace(/\u2212/g, "-").replace(/^([+-]?\d*),(\d+)$/, "$1.$2");
}

function paintCells(editor) {
  const values = editor.cells.flat().map(readNumber);
  const limit = largest(values);
  editor.inputs.forEach((input, index) => {
    const value = values[index];
    const valid = !Number.isNaN(value);
    const { fill, ink } = editor.colours === "grey"
      ? greyPaint(value, 0, Math.max(limit, 1))
      : signedPaint(value, limit, editor.theme);
    input.style.backgroundColor = valid ? fill : "";
    input.style.color = valid ? ink : "";
    input.toggleAttribute("data-invalid", !valid);
    if (valid) input.removeAttribute("aria-invalid");
    else input.setAttribute("aria-invalid", "true");
    input.title = valid ? typeset(editor.texts[index]) : "Type a number such as 2, -0.5 or 1/9";
  });
}

// The cells share the width that there is; only their texts depend on it.
function fitCells(editor) {
  const { root, columns, inputs } = editor;
  const gap = columns > 6 ? 1 : 2;
  const width = root.clientWidth || 240;
  const cell = Math.min(LARGEST_SIDE, Math.floor((width - 4 - gap * (columns - 1)) / columns));
  root.style.setProperty("--cell", `${cell}px`);
  root.style.setProperty("--gap", `${gap}px`);
  const values = editor.texts.map(readNumber);
  const typed = editor.texts.map(typeset);
  const fitted = fitNumbers(values, cell, { widths: glyphWidths(root), largestFont: 16, typed, allOrNone: true });
  root.style.setProperty("--font", `${fitted.font.toFixed(1)}px`);
  const active = root.getRootNode().activeElement;
  inputs.forEach((input, index) => {
    input.dataset.display = Number.isNaN(values[index]) ? typed[index] : fitted.texts[index];
    if (input !== active) input.value = input.dataset.display;
    // A small cell opens to a wider field while it is typed into, towards the inside of the grid.
    const across = (index % columns) / Math.max(1, columns - 1);
    input.dataset.opens = across < 0.34 ? "right" : across > 0.66 ? "left" : "both";
  });
  const wide = Math.max(...typed.map((text) => text.length)) * 8 + 12;
  root.style.setProperty("--open", `${Math.min(Math.max(cell, wide, 48), 110, width - 4)}px`);
  editor.readout.hidden = fitted.exact.every((exact, index) => exact || Number.isNaN(values[index]));
  editor.blank = fitted.blank;
  readOut(editor, active);
}

function readOut(editor, input) {
  const { row, col } = input?.dataset ?? {};
  const known = row !== undefined && editor.root.contains(input);
  const text = known ? typeset(editor.cells[row][col]) : "";
  const none = editor.blank ? "Point at a cell to read its number." : "";
  editor.readout.textContent = known ? `row ${Number(row) + 1}, column ${Number(col) + 1}: ${text}` : none;
}

function showCells(editor) {
  const active = editor.root.getRootNode().activeElement;
  editor.texts = editor.cells.flat();
  editor.inputs.forEach((input, index) => {
    const text = editor.texts[index];
    // A cell that is being typed into keeps what is in it.
    if (input === active && input.value === input.dataset.shown) input.value = text;
    input.dataset.shown = text;
  });
  fitCells(editor);
  paintCells(editor);
}

function sendCells(editor, cells) {
  editor.cells = cells;
  build(editor);
  editor.sent = { text: matrixText(cells), until: performance.now() + PATIENCE };
  editor.send("edit", editor.sent.text);
}

// While a newer edit is under way, the answer to an older one must not undo it.
function takeCells(editor, cells) {
  clearTimeout(editor.later);
  const { sent } = editor;
  const wait = sent && sent.text !== matrixText(cells) ? sent.until - performance.now() : 0;
  if (wait > 0) {
    editor.later = setTimeout(() => takeCells(editor, cells), wait);
    return;
  }
  editor.sent = null;
  editor.cells = cells;
  build(editor);
}

function commitCell(editor, input, row, column) {
  const text = tidy(input.value);
  if (text === editor.cells[row][column]) {
    input.value = text;
    return;
  }
  sendCells(editor, editor.cells.map((line, r) => line.map((cell, c) => (r === row && c === column ? text : cell))));
  input.value = text;
}

function focusCell(editor, row, column) {
  editor.inputs[row * editor.columns + column]?.focus();
}

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Enter: [1, 0] };

function matrixKey(editor, input, row, column, event) {
  if (event.key === "Escape") {
    input.value = editor.cells[row][column];
    input.select();
  }
  const move = STEPS[event.key];
  if (!move || event.altKey || event.ctrlKey || event.metaKey) return;
  const all = input.selectionStart === 0 && input.selectionEnd === input.value.length;
  if (event.key === "ArrowLeft" && !all && input.selectionEnd > 0) return;
  if (event.key === "ArrowRight" && !all && input.selectionStart < input.value.length) return;
  event.preventDefault();
  commitCell(editor, input, row, column);
  const nextRow = row + (event.key === "Enter" && event.shiftKey ? -1 : move[0]);
  const nextColumn = column + move[1];
  if (nextRow >= 0 && nextRow < editor.cells.length && nextColumn >= 0 && nextColumn < editor.columns) {
    focusCell(editor, nextRow, nextColumn);
  }
}

function pasteInto(editor, row, column, event) {
  const text = event.clipboardData.getData("text");
  const block = parsePasted(text);
  if (block.length === 1 && block[0].length === 1) return;
  event.preventDefault();
  sendCells(editor, fillFrom(editor.cells, row, column, block));
  focusCell(editor, row, column);
}

function buildCell(editor, row, column) {
  const input = document.createElement("input");
  Object.assign(input, { type: "text", inputMode: "decimal", autocomplete: "off", spellcheck: false });
  input.dataset.testid = "matrix-cell";
  input.dataset.row = row;
  input.dataset.col = column;
  input.setAttribute("aria-label", `${editor.label}, row ${row + 1}, column ${column + 1}`);
  input.onfocus = () => {
    input.value = input.dataset.shown;
    input.select();
    readOut(editor, input);
  };
  input.onblur = () => {
    commitCell(editor, input, row, column);
    input.value = input.dataset.display;
    readOut(editor, null);
  };
  input.onkeydown = (event) => matrixKey(editor, input, row, column, event);
  input.onpaste = (event) => pasteInto(editor, row, column, event);
  return input;
}

// Makes new inputs only where the size changed, so that typing goes on undisturbed while an answer arrives.
function build(editor) {
  const size = `${editor.cells.length} ${editor.cells[0].length} ${editor.label}`;
  if (editor.size !== size) {
    editor.size = size;
    editor.columns = editor.cells[0].length;
    editor.inputs = editor.cells.flatMap((line, row) => line.map((_, column) => buildCell(editor, row, column)));
    editor.root.style.setProperty("--columns", editor.columns);
    editor.root.setAttribute("aria-label", `${editor.label}, ${editor.cells.length} × ${editor.columns}`);
    const title = document.createElement("div");
    title.className = "title";
    title.textContent = `${editor.label} ${editor.cells.length} × ${editor.columns}`;
    editor.root.replaceChildren(title, ...editor.inputs, editor.readout);
  }
  showCells(editor);
}

function createEditor(root) {
  const readout = document.createElement("div");
  readout.className = "readout";
  readout.dataset.testid = "matrix-readout";
  const editor = { root, readout };
  const focused = () => root.getRootNode().activeElement;
  root.onpointerover = (event) => readOut(editor, event.target.dataset.row ? event.target : focused());
  root.onpointerleave = () => readOut(editor, focused());
  const refit = () => {
    if (editor.inputs) fitCells(editor);
  };
  new ResizeObserver(refit).observe(root);
  document.fonts.ready.then(refit);
  return editor;
}

export default function matrix({ parentElement, data, setTriggerValue }) {
  let editor = editors.get(parentElement);
  if (!editor || !parentElement.contains(editor.root)) {
    const root = document.createElement("div");
    root.className = "matrix";
    root.dataset.testid = "matrix";
    root.setAttribute("role", "group");
    parentElement.append(root);
    editor = createEditor(root);
    editors.set(parentElement, editor);
  }
  Object.assign(editor, { label: data.label, colours: data.colours, send: setTriggerValue });
  editor.theme = readTheme(editor.root);
  takeCells(editor, data.cells);
  if (editor.sent) build(editor);
  return () => clearTimeout(editor.later);
}
