// Typing into one cell of a grid: Enter, Tab and the arrows commit and go on, Escape takes the old number back.

function openEditor(grid, row, column, typed = null) {
  const { editable } = grid.view;
  if (!editable || row < 0 || column < 0 || row >= editable[0] || column >= editable[1]) return false;
  const cell = cellAt(grid, row, column);
  if (cell.dataset.kind === "gap") return false;
  closeEditor(grid);
  const input = make("input", {
    class: "editor",
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    "data-testid": "stepper-editor",
    "aria-label": `${grid.view.title} row ${row + 1}, column ${column + 1}`,
  });
  input.value = typed ?? cell.dataset.value ?? "";
  input.onkeydown = (event) => editorKey(grid, input, row, column, event);
  input.oninput = () => input.removeAttribute("aria-invalid");
  input.onblur = () => {
    if (grid.editor === input) commitEditor(grid, input, row, column);
    closeEditor(grid);
  };
  grid.editor = input;
  const [line, across] = [row - grid.view.origin[0] + 1, column - grid.view.origin[1] + 1];
  input.style.gridArea = `${line} / ${across} / ${line + 1} / ${across + 1}`;
  // Wide enough for the whole number, and open towards the inside of the grid.
  const free = across > grid.view.columns / 2 ? "left" : "right";
  const { cell: side, gap } = grid.view;
  const inside = free === "left" ? across : grid.view.columns - across + 1;
  const wanted = Math.max(44, input.value.length * 8 + 12);
  input.style[free] = "auto";
  input.style.width = `${Math.max(side + 4, Math.min(wanted, 120, inside * (side + gap) + 4))}px`;
  grid.board.append(input);
  input.focus();
  if (typed === null) input.select();
  return true;
}

function closeEditor(grid) {
  const input = grid.editor;
  grid.editor = null;
  input?.remove();
}

function commitEditor(grid, input, row, column) {
  const value = readNumber(input.value);
  if (Number.isNaN(value)) {
    input.setAttribute("aria-invalid", "true");
    return false;
  }
  if (value !== Number(cellAt(grid, row, column).dataset.value)) grid.handlers.edit(row, column, value, grid.view.channel);
  return true;
}

const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function nextPlace(grid, row, column, event, input) {
  const [rows, columns] = grid.view.editable;
  const spread = grid.view.spread ?? [1, 1];
  const allSelected = input.selectionStart === 0 && input.selectionEnd === input.value.length;
  const atEdge = event.key === "ArrowLeft" ? input.selectionEnd === 0 : input.selectionStart === input.value.length;
  if (event.key === "Enter") return row + spread[0] < rows ? [row + spread[0], column] : [row, column];
  if (event.key === "Tab") {
    const across = Math.floor((columns - 1) / spread[1]) + 1;
    const index = (row / spread[0]) * across + column / spread[1] + (event.shiftKey ? -1 : 1);
    return [Math.floor(index / across) * spread[0], (((index % across) + across) % across) * spread[1]];
  }
  if (["ArrowLeft", "ArrowRight"].includes(event.key) && !allSelected && !atEdge) return null;
  const move = MOVES[event.key];
  return move ? [row + move[0] * spread[0], column + move[1] * spread[1]] : null;
}

function editorKey(grid, input, row, column, event) {
  event.stopPropagation();
  if (event.key === "Escape") {
    closeEditor(grid);
    grid.board.focus();
    return;
  }
  const place = nextPlace(grid, row, column, event, input);
  if (!place) return;
  if (!commitEditor(grid, input, row, column)) {
    event.preventDefault();
    return;
  }
  const last = place[0] === row && place[1] === column;
  const [rows, columns] = grid.view.editable;
  const inside = place[0] >= 0 && place[1] >= 0 && place[0] < rows && place[1] < columns;
  if (event.key === "Tab" && !inside) return;
  event.preventDefault();
  if (inside && !last) openEditor(grid, ...place);
  else if (last) {
    closeEditor(grid);
    grid.board.focus();
  }
}
