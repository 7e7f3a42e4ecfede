// A grid of small pictures, of which any number can be chosen. The chosen ones are sent to Python by their ids.

const grids = new WeakMap();

function tileParts(tile) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "tile";
  button.dataset.testid = "tile";
  const frame = document.createElement("span");
  frame.className = "frame";
  const image = document.createElement("img");
  image.loading = "lazy";
  image.draggable = false;
  const tick = document.createElement("span");
  tick.className = "tick";
  tick.textContent = "✓";
  frame.append(image, tick);
  const caption = document.createElement("span");
  caption.className = "caption";
  const mark = document.createElement("span");
  mark.className = "mark";
  button.append(frame, mark, caption);
  return { button, image, caption, mark, id: tile.id };
}

function fillTile(part, tile) {
  if (part.image.src !== tile.source) part.image.src = tile.source;
  part.image.alt = "";
  part.caption.textContent = tile.caption;
  part.mark.textContent = tile.mark;
  part.mark.hidden = !tile.mark;
  part.button.classList.toggle("out", tile.out);
  part.button.dataset.name = tile.id;
  part.button.title = tile.id;
  part.button.setAttribute("aria-label", tile.mark ? `${tile.id}, ${tile.mark}` : tile.id);
}

function showChosen(grid) {
  for (const part of grid.parts) part.button.setAttribute("aria-pressed", String(grid.chosen.has(part.id)));
}

function choose(grid, index, event) {
  const { id } = grid.parts[index];
  const wanted = !grid.chosen.has(id);
  // With Shift, everything between the last click and this one follows it.
  const from = event.shiftKey && grid.last !== null ? Math.min(grid.last, index) : index;
  const to = event.shiftKey && grid.last !== null ? Math.max(grid.last, index) : index;
  for (let at = from; at <= to; at += 1) {
    if (wanted) grid.chosen.add(grid.parts[at].id);
    else grid.chosen.delete(grid.parts[at].id);
  }
  grid.last = index;
  showChosen(grid);
  clearTimeout(grid.later);
  grid.later = setTimeout(() => grid.send("chosen", [...grid.chosen]), 120);
}

function columnsOf(grid) {
  const top = grid.parts[0]?.button.offsetTop;
  const count = grid.parts.findIndex((part) => part.button.offsetTop !== top);
  return count < 1 ? grid.parts.length : count;
}

function move(grid, index, event) {
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columnsOf(grid), ArrowDown: columnsOf(grid) };
  const next = grid.parts[index + (steps[event.key] ?? NaN)];
  if (!next || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  next.button.focus();
}

function build(grid, tiles) {
  grid.parts = tiles.map(tileParts);
  grid.parts.forEach((part, index) => {
    part.button.onclick = (event) => choose(grid, index, event);
    part.button.onkeydown = (event) => move(grid, index, event);
  });
  grid.root.replaceChildren(...grid.parts.map((part) => part.button));
  grid.last = null;
}

export default function tiles({ parentElement, data, setStateValue }) {
  let grid = grids.get(parentElement);
  if (!grid || !parentElement.contains(grid.root)) {
    const root = document.createElement("div");
    root.className = "tiles";
    root.dataset.testid = "tiles";
    root.setAttribute("role", "group");
    parentElement.append(root);
    grid = { root, parts: [], chosen: new Set(data.chosen), last: null, names: "" };
    grids.set(parentElement, grid);
  }
  grid.send = setStateValue;
  grid.root.setAttribute("aria-label", data.label);
  grid.root.style.setProperty("--side", `${data.side}px`);
  const names = JSON.stringify([data.turn, data.tiles.map((tile) => tile.id)]);
  if (names !== grid.names) {
    clearTimeout(grid.later);
    grid.names = names;
    grid.chosen = new Set(data.chosen);
    build(grid, data.tiles);
  }
  data.tiles.forEach((tile, index) => fillTile(grid.parts[index], tile));
  showChosen(grid);
}
