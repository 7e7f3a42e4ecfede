// A mask painted over a photo. The browser holds the label map; Python hears of it when a stroke has ended.

const TOOLS = { brush: "Brush", eraser: "Eraser", polygon: "Polygon: click its corners, and the first one again" };
const TELL_MS = 200;
const HISTORY_BYTES = 32_000_000;
const FEW = 8;

// What the visitor is doing outlives a call of this script.
const views = new WeakMap();

function tell(view) {
  clearTimeout(view.later);
  view.later = setTimeout(() => {
    view.turn += 1;
    view.runs = runsFromLabels(view.labels);
    view.later = null;
    view.setStateValue("edit", { runs: view.runs, photo: view.photo, turn: view.turn });
  }, TELL_MS);
}

function setSize(view, size) {
  view.size = clamp(Math.round(size), 1, view.most);
  view.range.value = view.size;
  view.range.setAttribute("aria-valuetext", `${view.size} pixels`);
  view.sizeText.textContent = `${view.size} px`;
  showCursor(view, view.seen);
}

function showCursor(view, seen) {
  view.seen = seen;
  view.cursor.style.display = seen && view.tool !== "polygon" ? "" : "none";
  const across = (100 * view.size) / view.width;
  Object.assign(view.cursor.style, {
    left: `${(100 * view.at[0]) / view.width}%`,
    top: `${(100 * view.at[1]) / view.height}%`,
    width: `${across}%`,
  });
}

function showCorners(view) {
  const points = [...view.corners, ...(view.corners.length ? [view.at] : [])];
  const text = points.map((point) => point.join(",")).join(" ");
  for (const line of view.lines) line.setAttribute("points", text);
  const radius = (5 * view.width) / Math.max(view.canvas.clientWidth, 1);
  view.dots.replaceChildren(...view.corners.map(([cx, cy]) => shape("circle", { cx, cy, r: radius })));
}

function fillBar(view) {
  for (const [name, button] of Object.entries(view.tools)) button.setAttribute("aria-pressed", String(name === view.tool));
  view.undo.disabled = !view.history.length && !view.corners.length;
  for (const chip of view.chips.querySelectorAll("button")) {
    chip.setAttribute("aria-pressed", String(Number(chip.value) === view.label));
  }
  const select = view.chips.querySelector("select");
  if (select) select.value = String(view.label);
  view.hint.textContent = {
    brush: "Paint with the mouse, a finger or a pen; arrow keys and space paint too.",
    eraser: "Takes away what is painted.",
    polygon: "Click corners; the first one again, or Enter, fills it. Esc gives it up.",
  }[view.tool];
}

// One click for each of few classes, a list of many.
function fillClasses(view, { names, colours }) {
  const entries = [...names.map((name, label) => [name, label, colours[label]]), ["leave out", NO_CLASS, "repeating-linear-gradient(45deg, #7f7f7f 0 3px, #fff 3px 5px)"]];
  const wanted = JSON.stringify(entries);
  if (view.chips.dataset.entries === wanted) return;
  view.chips.dataset.entries = wanted;
  view.chips.replaceChildren();
  const choose = (label) => {
    view.label = label;
    if (view.tool === "eraser") view.tool = "brush";
    fillBar(view);
  };
  if (entries.length <= FEW + 1) {
    for (const [name, label, colour] of entries) {
      const chip = make("button", "chip", view.chips);
      Object.assign(chip, { type: "button", value: String(label) });
      chip.dataset.testid = `paint-class-${label}`;
      make("span", "swatch", chip).style.background = colour;
      make("span", "", chip).textContent = name;
      chip.onclick = () => choose(label);
    }
    return;
  }
  const select = make("select", "", view.chips);
  select.setAttribute("aria-label", "Class to paint");
  select.replaceChildren(...entries.map(([name, label]) => new Option(name, label)));
  select.onchange = () => choose(Number(select.value));
}

function build(view) {
  const { root } = view;
  view.chips = make("div", "chips", root);
  const bar = make("div", "bar", root);
  const pick = (name) => {
    view.tool = name;
    view.corners = [];
    showCorners(view);
    showCursor(view, view.seen);
    fillBar(view);
  };
  view.tools = Object.fromEntries(Object.keys(TOOLS).map((name) => [name, iconButton(name, TOOLS[name], bar, () => pick(name))]));
  const label = make("label", "size", bar);
  make("span", "", label).textContent = "Size";
  view.range = make("input", "", label);
  Object.assign(view.range, { type: "range", min: 1, step: 1 });
  view.range.dataset.testid = "paint-size";
  view.range.oninput = () => setSize(view, Number(view.range.value));
  view.sizeText = make("output", "", label);
  view.undo = iconButton("undo", "Undo", bar, () => undo(view));
  iconButton("clear", "Clear all", bar, () => clear(view));
  const stage = make("div", "stage", root);
  view.image = make("img", "photo", stage);
  view.image.draggable = false;
  view.canvas = make("canvas", "", stage);
  view.canvas.tabIndex = 0;
  view.canvas.dataset.testid = "paint-canvas";
  view.canvas.setAttribute("role", "application");
  view.context = view.canvas.getContext("2d");
  view.svg = shape("svg", { preserveAspectRatio: "none", "aria-hidden": "true" }, stage);
  view.lines = ["under", "over"].map((name) => shape("polyline", { class: name }, view.svg));
  view.dots = shape("g", {}, view.svg);
  view.cursor = make("div", "cursor", stage);
  view.hint = make("p", "hint", root);
  Object.assign(view.canvas, {
    onpointerdown: (event) => press(view, event),
    onpointermove: (event) => move(view, event),
    onpointerup: (event) => {
      lift(view, event);
      fillBar(view);
    },
    onpointercancel: (event) => cancel(view, event),
    onpointerleave: () => showCursor(view, false),
    onblur: () => showCursor(view, false),
    ondblclick: () => view.tool === "polygon" && closePolygon(view),
    onkeydown: (event) => key(view, event),
  });
}

function takePhoto(view, data) {
  const { width, height } = data.photo;
  view.photo = data.key;
  Object.assign(view, { width, height, history: [], corners: [], gesture: null, at: [width / 2, height / 2] });
  view.mostHistory = clamp(Math.floor(HISTORY_BYTES / (width * height)), 4, 60);
  Object.assign(view.canvas, { width, height });
  view.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  view.most = Math.ceil(Math.max(width, height) / 4);
  view.range.max = view.most;
  view.image.src = data.photo.source;
  view.root.classList.toggle("sharp", data.photo.sharp);
  view.runs = null;
  setSize(view, Math.max(width, height) / 24);
  showCorners(view);
}

export default function paint({ parentElement, data, setStateValue }) {
  let view = views.get(parentElement);
  if (!view || !parentElement.contains(view.root)) {
    view = { root: make("div", "paint", parentElement), turn: data.turn, tool: "brush", label: data.first, seen: false };
    view.root.dataset.testid = "paint";
    views.set(parentElement, view);
    build(view);
  }
  Object.assign(view, { setStateValue, blank: data.blank });
  const other = view.photo !== data.key;
  if (other) {
    clearTimeout(view.later);
    takePhoto(view, data);
  }
  view.image.alt = data.alt;
  view.canvas.setAttribute("aria-label", `${data.alt}. Arrow keys move the brush, space paints.`);
  view.table = colourTable(data);
  fillClasses(view, data);
  if (view.label !== NO_CLASS && view.label >= data.names.length) view.label = data.first;
  // An answer to an earlier message must not undo what has been painted since.
  const older = data.turn < view.turn || view.gesture || view.later;
  if (other || (!older && data.runs !== view.runs)) {
    if (!other) remember(view);
    view.labels = labelsFromRuns(data.runs, view.width * view.height);
    view.runs = data.runs;
  }
  show(view);
  fillBar(view);
}
