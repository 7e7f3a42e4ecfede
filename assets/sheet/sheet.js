// Tiles cut from one picture, one of which is chosen. The picture is sent and decoded once, however many tiles it has.

const sheets = new WeakMap();

function build(sheet, tiles) {
  sheet.buttons = tiles.map(() => {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.testid = "sheet-tile";
    const frame = document.createElement("span");
    frame.className = "frame";
    const name = document.createElement("span");
    name.className = "name";
    button.append(frame, name);
    return button;
  });
  sheet.root.replaceChildren(...sheet.buttons);
}

// Where a tile lies, in the per cent that CSS counts backgrounds in.
function part(place, count) {
  return count > 1 ? (100 * place) / (count - 1) : 0;
}

function fill(sheet, data) {
  const { across, down, aspect, tiles } = data;
  sheet.buttons.forEach((button, index) => {
    const tile = tiles[index];
    const [frame, name] = button.children;
    frame.style.aspectRatio = String(aspect);
    frame.style.backgroundSize = `${100 * across}% ${100 * down}%`;
    frame.style.backgroundPosition = `${part(index % across, across)}% ${part(Math.floor(index / across), down)}%`;
    name.textContent = tile.caption;
    button.title = tile.title;
    button.dataset.id = tile.id;
    button.setAttribute("aria-label", tile.title);
  });
}

function showChosen(sheet) {
  sheet.buttons.forEach((button) => button.setAttribute("aria-pressed", String(Number(button.dataset.id) === sheet.chosen)));
  // One tab stop for the whole grid: the chosen tile, or else the first.
  const stop = sheet.buttons.findIndex((button) => Number(button.dataset.id) === sheet.chosen);
  sheet.buttons.forEach((button, index) => (button.tabIndex = index === Math.max(stop, 0) ? 0 : -1));
}

function choose(sheet, index) {
  sheet.chosen = Number(sheet.buttons[index].dataset.id);
  showChosen(sheet);
  sheet.send("chosen", sheet.chosen);
}

function inARow(sheet) {
  const top = sheet.buttons[0]?.offsetTop;
  const count = sheet.buttons.findIndex((button) => button.offsetTop !== top);
  return count < 1 ? sheet.buttons.length : count;
}

function move(sheet, index, event) {
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -inARow(sheet), ArrowDown: inARow(sheet) };
  const next = sheet.buttons[index + (steps[event.key] ?? NaN)];
  if (!next || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  next.focus();
}

export default function sheet({ parentElement, data, setTriggerValue }) {
  let sheet = sheets.get(parentElement);
  if (!sheet || !parentElement.contains(sheet.root)) {
    const root = document.createElement("div");
    root.className = "sheet";
    root.dataset.testid = "sheet";
    root.setAttribute("role", "group");
    parentElement.append(root);
    sheet = { root, buttons: [] };
    sheets.set(parentElement, sheet);
  }
  sheet.send = setTriggerValue;
  sheet.root.setAttribute("aria-label", data.label);
  sheet.root.style.setProperty("--side", `${data.side}px`);
  sheet.root.style.setProperty("--picture", `url("${data.source}")`);
  if (sheet.buttons.length !== data.tiles.length) build(sheet, data.tiles);
  sheet.buttons.forEach((button, index) => {
    button.onclick = () => choose(sheet, index);
    button.onkeydown = (event) => move(sheet, index, event);
  });
  fill(sheet, data);
  sheet.chosen = data.chosen;
  showChosen(sheet);
}
