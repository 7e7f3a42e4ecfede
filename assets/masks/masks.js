// A photo with the class of each pixel: all that the look changes is computed here, from labels and confidences.
// The script runs again whenever the data change: it builds once and then only fills in.

const views = new WeakMap();
const PROBE = 0.02;

function say(view, text) {
  view.said.textContent = text;
}

// The look changes at once; the server hears of it when the control is let go of.
function change(view, values, settled) {
  view.look = { ...view.look, ...values };
  if (view.look.hidden.includes(view.pinned)) view.pinned = null;
  point(view, view.pointed);
  fillControls(view);
  render(view);
  if (!settled) return;
  view.turn += 1;
  view.setStateValue("look", { ...view.look, turn: view.turn });
}

// What is hidden stays hidden: to point at it lights up nothing.
function point(view, wanted) {
  const label = view.look.hidden.includes(wanted) ? view.pinned : wanted;
  if (view.pointed === label) return;
  view.pointed = label;
  for (const row of view.rows) row.classList.toggle("pointed", Number(row.dataset.label) === label);
  render(view);
}

function render(view) {
  if (view.frame || !view.map) return;
  view.frame = requestAnimationFrame(() => {
    view.frame = 0;
    draw(view);
  });
}

function draw(view) {
  const { map, look } = view;
  if (!view.decided || view.decided.map !== map || view.decided.least !== look.least) {
    view.decided = { ...decide(map, look.least), map };
    view.edges = null;
    countLegend(view);
  }
  const reach = look.view === "both" || (view.pointed !== null && look.view === "image") ? look.outline : 0;
  if (!reach) view.edges = null;
  else if (!view.edges || view.edges.reach !== reach) {
    view.edges = edgesOf(view.decided, map.width, map.height, reach);
    view.edges.reach = reach;
  }
  view.canvas.width = map.width;
  view.canvas.height = map.height;
  view.canvas.getContext("2d").putImageData(compose(view), 0, 0);
  place(view, view.at);
  view.root.dataset.drawn = JSON.stringify({ ...look, pointed: view.pointed });
}

// `place` of boxes/view.js calls this when the photo has been moved.
function paint(view) {
  const cut = view.look.compare ? view.cut : 0;
  view.clip.style.clipPath = cut ? `inset(0 0 0 ${cut * 100}%)` : "";
  view.divider.hidden = view.range.hidden = !view.look.compare;
  view.divider.style.left = `${view.cut * 100}%`;
  if (!view.probe) view.dot.hidden = true;
  else {
    view.dot.hidden = false;
    view.dot.style.transform = `translate(${view.at.x + view.probe[0] * view.at.scale}px, ${view.at.y + view.probe[1] * view.at.scale}px)`;
  }
}

// Class and confidence at a point of the photo.
function tell(view, position) {
  const { map, decided } = view;
  if (!map || !decided) return;
  const [x, y] = position.map(Math.floor);
  if (x < 0 || y < 0 || x >= view.photo.width || y >= view.photo.height) {
    view.tip.hidden = true;
    point(view, view.pinned);
    return;
  }
  const at = Math.min(Math.floor((y * map.height) / view.photo.height), map.height - 1) * map.width
    + Math.min(Math.floor((x * map.width) / view.photo.width), map.width - 1);
  const label = decided.labels[at];
  const one = view.data.classes.find((other) => other.label === map.labels[at]);
  const here = `${percent(map.sure[at] / STEPS)} sure here`;
  const pixels = decided.pixels[map.labels[at]];
  const words = label === UNSURE
    ? `Not sure enough: ${one.name}, ${here}`
    : `${one.name}: ${here}; ${share(pixels, map.labels.length)}, ${inPixels(view, pixels)} pixels, ${meanOf(decided, label)} on average`;
  view.tip.hidden = false;
  view.tip.textContent = words;
  view.tip.style.setProperty("--colour", label === UNSURE ? "transparent" : one.colour);
  point(view, label === UNSURE ? view.pinned : label);
  return words;
}

function press(view, event) {
  if (event.pointerType === "mouse" && event.button > 1) return;
  const now = onStage(event);
  view.pointers.set(event.pointerId, now);
  view.far = false;
  view.from = now;
}

function drag(view, event) {
  const now = onStage(event);
  const before = view.pointers.get(event.pointerId);
  if (!before) {
    if (event.pointerType !== "touch") tell(view, toPhoto(view, now));
    return;
  }
  const slack = event.pointerType === "mouse" ? 3 : 8;
  view.far ||= Math.hypot(now[0] - view.from[0], now[1] - view.from[1]) > slack;
  const pinched = pinch(view, event, now);
  if (!pinched && view.far && view.pointers.size === 1 && !isWhole(view) && !view.look.compare) {
    event.currentTarget.setPointerCapture(event.pointerId);
    shift(view, now[0] - before[0], now[1] - before[1]);
  }
  view.pointers.set(event.pointerId, now);
}

// A tap or click keeps a class highlighted; the same again, or one beside all, lets go of it.
function release(view, event) {
  if (!view.pointers.delete(event.pointerId) || view.far || event.type !== "pointerup") return;
  const before = view.pinned;
  view.pinned = null;
  tell(view, toPhoto(view, onStage(event)));
  view.pinned = view.pointed === before ? null : view.pointed;
  if (event.pointerType === "touch" && view.pinned === null) leave(view);
}

function leave(view) {
  view.tip.hidden = true;
  point(view, view.pinned);
}

function pressKey(view, event) {
  if (event.target !== view.stage || event.ctrlKey || event.metaKey || event.altKey) return;
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  if (steps[event.key]) {
    const { width, height } = view.photo;
    const far = Math.max(1, PROBE * Math.max(width, height));
    const from = view.probe ?? [width / 2, height / 2];
    view.probe = [clamp(from[0] + steps[event.key][0] * far, 0, width - 1), clamp(from[1] + steps[event.key][1] * far, 0, height - 1)];
    paint(view);
    say(view, tell(view, view.probe) ?? "");
  } else if (event.key === "+" || event.key === "=") zoom(view, 1.3);
  else if (event.key === "-") zoom(view, 1 / 1.3);
  else if (event.key === "0") showWhole(view);
  else if (event.key === "Escape") {
    view.probe = view.pinned = null;
    leave(view);
    paint(view);
  } else return;
  event.preventDefault();
}

function buildStage(view) {
  view.image = new Image();
  view.image.draggable = false;
  view.canvas = element("canvas");
  view.canvas.setAttribute("aria-hidden", "true");
  view.images = [view.image, view.canvas];
  view.clip = element("div", "clip", [view.canvas]);
  view.divider = element("div", "divider");
  view.dot = element("div", "dot");
  view.range = element("input");
  Object.assign(view.range, { type: "range", min: 0, max: 100, step: 0.5, value: 50 });
  view.range.setAttribute("aria-label", "Divider between the photo and its masks");
  view.range.oninput = () => {
    view.cut = Number(view.range.value) / 100;
    paint(view);
  };
  view.stage = element("div", "stage", [view.image, view.clip, view.divider, view.dot, view.range]);
  view.stages = [view.stage];
  view.stage.dataset.testid = "masks-stage";
  view.stage.tabIndex = 0;
  view.stage.setAttribute("role", "group");
  view.stage.setAttribute("aria-label", "Masks; arrow keys move a point that tells the class there");
  view.stage.onpointerdown = (event) => press(view, event);
  view.stage.onpointermove = (event) => drag(view, event);
  view.stage.onpointerup = (event) => release(view, event);
  view.stage.onpointercancel = (event) => release(view, event);
  view.stage.onpointerleave = () => leave(view);
  view.stage.onkeydown = (event) => pressKey(view, event);
  view.stage.onblur = () => {
    view.probe = null;
    leave(view);
    paint(view);
  };
  // A wheel handler set as a property is passive in no browser, so it may keep the page from scrolling.
  view.stage.onwheel = (event) => turnWheel(view, event);
  view.stage.ondragstart = (event) => event.preventDefault();
  view.buttons = {
    in: iconButton("in", "Zoom in", () => zoom(view, 1.4)),
    out: iconButton("out", "Zoom out", () => zoom(view, 1 / 1.4)),
    fit: iconButton("fit", "Show the whole photo", () => showWhole(view)),
  };
  view.tip = element("div", "tip");
  view.tip.hidden = true;
  const { in: nearer, out, fit } = view.buttons;
  return element("div", "frame", [view.stage, element("div", "tools", [nearer, out, fit]), view.tip]);
}

function build(view) {
  view.said = element("div", "spoken");
  view.said.setAttribute("role", "status");
  view.root.append(element("div", "body", [buildStage(view), buildPanel(view)]), view.said);
  view.observer = new ResizeObserver(() => (view.moved ? place(view, view.at) : showWhole(view)));
  view.observer.observe(view.stage);
}

async function fillMap(view, source) {
  if (view.map?.source === source) {
    render(view);
    return;
  }
  const map = await readMap(source);
  // While the picture was being read another one may have come.
  if (view.data.map !== source) return;
  view.map = map;
  view.pinned = view.pointed = null;
  render(view);
}

export default function masks({ parentElement, data, setStateValue }) {
  let view = views.get(parentElement);
  if (!view || !parentElement.contains(view.root)) {
    const root = element("div", "masks");
    root.dataset.testid = "masks";
    parentElement.append(root);
    view = { root, pointers: new Map(), rows: [], marks: [], selected: null, pointed: null, pinned: null };
    Object.assign(view, { turn: data.turn, moved: false, cut: 0.5, probe: null, frame: 0, generation: 0, look: data.look });
    view.at = { x: 0, y: 0, scale: 1 };
    views.set(parentElement, view);
    view.photo = data.photo;
    build(view);
  }
  view.generation += 1;
  const { generation } = view;
  const other = view.photo.width !== data.photo.width || view.photo.height !== data.photo.height;
  Object.assign(view, { data, setStateValue, photo: data.photo });
  // An answer to an earlier message must not undo what has been done since.
  if (data.turn >= view.turn) view.look = data.look;
  if (other) view.moved = false;
  if (view.image.getAttribute("src") !== data.photo.source) view.image.src = data.photo.source;
  view.image.alt = data.alt;
  view.stage.style.setProperty("--aspect", data.photo.width / data.photo.height);
  fillViews(view);
  fillControls(view);
  fillLegend(view);
  if (view.decided && view.map?.source === data.map) countLegend(view);
  if (view.moved) place(view, view.at);
  else showWhole(view);
  fillMap(view, data.map);
  return () => {
    if (generation !== view.generation) return;
    view.observer.disconnect();
    view.root.remove();
    views.delete(parentElement);
  };
}
