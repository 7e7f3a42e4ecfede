// A rectangle of a fixed number of picture pixels on a picture: drag it, tap the picture, or use the arrow keys.
// Python hears of it on release only.

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

// What the visitor is doing outlives a call of this script: a rerun must not tear the rectangle away.
const memories = new WeakMap();

function clamp(value, limit) {
  return Math.max(0, Math.min(limit, Math.round(value)));
}

function place(view, row, column) {
  const { data, at } = view;
  at.row = clamp(row, data.height - data.rows);
  at.column = clamp(column, data.width - data.columns);
  draw(view);
}

function draw({ data, at, stage, frame, grip, readout }) {
  const scale = stage.clientWidth / data.width;
  const wide = `${(100 * data.columns) / data.width}%`;
  const high = `${(100 * data.rows) / data.height}%`;
  Object.assign(frame.style, {
    left: `${(100 * at.column) / data.width}%`,
    top: `${(100 * at.row) / data.height}%`,
    width: wide,
    height: high,
  });
  Object.assign(grip.style, {
    left: `${(100 * (at.column + data.columns / 2)) / data.width}%`,
    top: `${(100 * (at.row + data.rows / 2)) / data.height}%`,
    width: wide,
    height: high,
  });
  frame.style.borderRadius = scale * data.rows < 10 ? "1px" : "2px";
  const text = `${data.rows} × ${data.columns} pixels from row ${at.row}, column ${at.column}`;
  if (readout.textContent !== text) readout.textContent = text;
}

// The pixel under the pointer, as the centre of a rectangle.
function centred({ data, stage }, event) {
  const box = stage.getBoundingClientRect();
  const row = ((event.clientY - box.top) / box.height) * data.height - data.rows / 2;
  const column = ((event.clientX - box.left) / box.width) * data.width - data.columns / 2;
  return [row, column];
}

function release(view) {
  const { at, sent, setTriggerValue } = view;
  if (at.row === sent.row && at.column === sent.column) return;
  view.sent = { ...at };
  setTriggerValue("position", [at.row, at.column]);
}

function hold(view, event, offset) {
  view.held = { id: event.pointerId, offset };
  view.grip.classList.add("held");
  view.grip.setPointerCapture(event.pointerId);
  view.grip.focus({ preventScroll: true });
}

// The grip is made for fingers. A mouse beside the rectangle means the pixel that it points at.
function isBeside({ frame }, event) {
  const box = frame.getBoundingClientRect();
  const across = Math.max(box.left - event.clientX, event.clientX - box.right);
  const down = Math.max(box.top - event.clientY, event.clientY - box.bottom);
  return event.pointerType === "mouse" && Math.max(across, down) > 5;
}

function pressGrip(view, event) {
  if (event.button !== 0 || isBeside(view, event)) return;
  event.preventDefault();
  event.stopPropagation();
  const [row, column] = centred(view, event);
  hold(view, event, [view.at.row - row, view.at.column - column]);
}

// A finger on the picture may want to scroll the page: it moves the rectangle by a tap (onclick), not by a press.
function pressStage(view, event) {
  if (event.button !== 0 || event.pointerType === "touch") return;
  event.preventDefault();
  place(view, ...centred(view, event));
  hold(view, event, [0, 0]);
}

function drag(view, event) {
  if (view.held?.id !== event.pointerId) return;
  const [row, column] = centred(view, event);
  place(view, row + view.held.offset[0], column + view.held.offset[1]);
}

function drop(view, event) {
  if (view.held?.id !== event.pointerId) return;
  view.held = null;
  view.grip.classList.remove("held");
  release(view);
}

function tap(view, event) {
  if (event.pointerType !== "touch" || event.target === view.grip) return;
  place(view, ...centred(view, event));
  release(view);
}

function press(view, event) {
  const step = STEPS[event.key];
  if (!step) return;
  event.preventDefault();
  const by = event.shiftKey ? 10 : 1;
  place(view, view.at.row + by * step[0], view.at.column + by * step[1]);
}

function memoryOf(root) {
  if (!memories.has(root)) memories.set(root, { at: { row: 0, column: 0 }, sent: {}, held: null });
  return memories.get(root);
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".crop");
  const view = memoryOf(root);
  const first = !view.stage;
  Object.assign(view, {
    data,
    setTriggerValue,
    stage: root.querySelector(".stage"),
    frame: root.querySelector(".window"),
    grip: root.querySelector(".grip"),
    readout: root.querySelector(".place"),
  });
  const { stage, grip } = view;
  const picture = root.querySelector(".picture");
  if (picture.getAttribute("src") !== data.source) picture.src = data.source;
  picture.alt = data.alt;
  picture.classList.toggle("enlarged", data.width < 400);
  stage.style.aspectRatio = `${data.width} / ${data.height}`;
  stage.style.width = `min(100%, ${Math.max(Math.round((data.shown * data.width) / Math.max(data.width, data.height)), 44)}px)`;
  grip.setAttribute("aria-label", data.label);
  const asked = { row: data.row, column: data.column };
  // Python's place counts when it is news; while a drag or a run of key presses goes on, the visitor's does.
  if (first || (!view.held && (asked.row !== view.asked.row || asked.column !== view.asked.column))) {
    view.sent = asked;
    place(view, asked.row, asked.column);
  } else {
    place(view, view.at.row, view.at.column);
  }
  view.asked = asked;
  grip.onpointerdown = (event) => pressGrip(view, event);
  stage.onpointerdown = (event) => pressStage(view, event);
  stage.onpointermove = (event) => drag(view, event);
  stage.onpointerup = (event) => drop(view, event);
  stage.onpointercancel = (event) => drop(view, event);
  stage.onclick = (event) => tap(view, event);
  grip.onkeydown = (event) => press(view, event);
  grip.onkeyup = (event) => STEPS[event.key] && release(view);
  grip.onblur = () => release(view);
}
