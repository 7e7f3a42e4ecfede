// One grid of cells with marks (window, taps, winner) that glide over it, and an editor for single cells.
// Cells carry the coordinates of the unpadded grid: padding in front has negative rows or columns.

let gridsMade = 0;

function createGrid(name, handlers) {
  gridsMade += 1;
  const board = make("div", { class: "board", role: "grid", tabindex: "0", "data-testid": `stepper-${name}-grid` });
  const root = make("div", { class: "scroller" }, [board]);
  return { name, handlers, id: gridsMade, board, root, cells: [], marks: new Map(), shape: "", view: null, editor: null };
}

function placeOf(grid, event) {
  const cell = event.target.closest?.("[role=gridcell]");
  if (!cell || !grid.board.contains(cell)) return null;
  return [Number(cell.dataset.row), Number(cell.dataset.col)];
}

function cellAt(grid, row, column) {
  const { origin, columns } = grid.view;
  return grid.cells[(row - origin[0]) * columns + (column - origin[1])];
}

function rebuildCells(grid, view) {
  const { rows, columns, origin } = view;
  closeEditor(grid);
  grid.cells = [];
  grid.marks.clear();
  const lines = [];
  for (let row = 0; row < rows; row += 1) {
    const line = make("div", { role: "row", class: "line", "aria-rowindex": row + 1 });
    for (let column = 0; column < columns; column += 1) {
      const cell = make("div", {
        role: "gridcell",
        class: "cell",
        id: `g${grid.id}-${row}-${column}`,
        "aria-colindex": column + 1,
        "data-testid": `stepper-${grid.name}-cell`,
        "data-row": row + origin[0],
        "data-col": column + origin[1],
      });
      grid.cells.push(cell);
      line.append(cell);
    }
    lines.push(line);
  }
  grid.board.replaceChildren(...lines);
}

// While the window moves most grids keep their numbers.
function fittedTexts(grid, view, described) {
  const values = described.map((cell) => (cell.text === undefined ? cell.value : NaN));
  const widths = glyphWidths(grid.board);
  const key = `${view.cell} ${widths.get("0")} ${values.join()}`;
  if (grid.fitted?.key !== key) grid.fitted = { key, ...fitNumbers(values, view.cell, { widths }) };
  return grid.fitted;
}

function drawCells(grid, view) {
  const { rows, columns } = view;
  const described = [];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) described.push(view.describe(row, column));
  }
  const { font, texts, exact } = fittedTexts(grid, view, described);
  grid.board.style.setProperty("--font", `${font.toFixed(1)}px`);
  described.forEach((cell, index) => {
    const element = grid.cells[index];
    setText(element, cell.text ?? texts[index]);
    element.style.backgroundColor = cell.fill ?? "";
    element.style.color = cell.ink ?? "";
    setAttributes(element, {
      "data-kind": cell.kind ?? null,
      "data-value": cell.value ?? null,
      "data-stamps": cell.stamps ?? null,
      title: cell.title ?? (cell.value === undefined || exact[index] ? null : fullNumber(cell.value)),
    });
  });
}

// Marks keep their element by name, so that CSS can move a window smoothly from one place to the next.
function drawMarks(grid, view) {
  const step = view.cell + view.gap;
  const wanted = new Set();
  for (const mark of view.marks) {
    wanted.add(mark.name);
    let element = grid.marks.get(mark.name);
    if (!element) {
      element = make("div", { "aria-hidden": "true" });
      grid.marks.set(mark.name, element);
      grid.board.append(element);
    }
    setAttributes(element, { class: `mark ${mark.kind}`, "data-mark": mark.name });
    element.style.width = `${mark.columns * step - view.gap}px`;
    element.style.height = `${mark.rows * step - view.gap}px`;
    element.style.transform = `translate(${mark.column * step}px, ${mark.row * step}px)`;
  }
  for (const [name, element] of grid.marks) {
    if (wanted.has(name)) continue;
    element.remove();
    grid.marks.delete(name);
  }
}

function keepInSight(grid, view) {
  const mark = view.marks.find((one) => one.kind.includes("window"));
  const { root } = grid;
  if (!mark || root.scrollWidth <= root.clientWidth + 1) return;
  const left = mark.column * (view.cell + view.gap);
  const right = left + mark.columns * (view.cell + view.gap);
  if (left < root.scrollLeft) root.scrollLeft = left - 6;
  else if (right > root.scrollLeft + root.clientWidth) root.scrollLeft = right - root.clientWidth + 6;
}

// view: {rows, columns, origin, cell, gap, label, describe(row, column), marks, active, editable: [rows, columns] | null}
function updateGrid(grid, view, { follow = false } = {}) {
  const shape = [view.rows, view.columns, ...view.origin].join();
  grid.view = view;
  if (shape !== grid.shape) {
    rebuildCells(grid, view);
    grid.shape = shape;
  }
  grid.board.style.setProperty("--cell", `${view.cell}px`);
  grid.board.style.setProperty("--gap", `${view.gap}px`);
  grid.board.style.setProperty("--columns", view.columns);
  const active = view.active && cellAt(grid, ...view.active);
  setAttributes(grid.board, {
    "aria-label": view.label,
    "aria-rowcount": view.rows,
    "aria-colcount": view.columns,
    "aria-readonly": String(!view.editable),
    "aria-activedescendant": active?.id ?? null,
    "data-editable": view.editable ? "true" : null,
  });
  drawCells(grid, view);
  drawMarks(grid, view);
  if (follow) keepInSight(grid, view);
  listen(grid);
}

function listen(grid) {
  const { board, handlers } = grid;
  board.onpointerover = (event) => {
    const place = placeOf(grid, event);
    if (place && event.pointerType !== "touch" && !grid.editor) handlers.point?.(place, "hover");
  };
  board.onclick = (event) => {
    const place = placeOf(grid, event);
    if (!place || grid.editor?.contains(event.target)) return;
    const again = grid.tapped === place.join();
    grid.tapped = place.join();
    const second = event.pointerType === "touch" ? again : event.detail >= 2;
    if ((second || handlers.editOnClick) && openEditor(grid, ...place)) return;
    handlers.point?.(place, "click");
  };
  board.onkeydown = (event) => {
    if (event.target !== board || event.ctrlKey || event.metaKey || event.altKey) return;
    const typed = /^[-−+.\d]$/.test(event.key);
    if (grid.view.editable && (event.key === "Enter" || event.key === "F2" || typed)) {
      if (openEditor(grid, ...editableNear(grid), typed ? event.key : null)) event.preventDefault();
    } else {
      handlers.key?.(event);
    }
  };
}

function editableNear(grid) {
  const [rows, columns] = grid.view.editable;
  const [row, column] = grid.view.active ?? [0, 0];
  return [Math.max(0, Math.min(rows - 1, row)), Math.max(0, Math.min(columns - 1, column))];
}
