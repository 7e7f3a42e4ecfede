// A photo with boxes to point at, select and zoom into; with an editor, to draw, move and delete them.
// The script runs again whenever the data change: it builds once and then only fills in.

const views = new WeakMap();

function say(view, text) {
  view.said.textContent = text;
}

function point(view, places) {
  view.pointed = places && places.size ? places : null;
  paint(view);
}

function select(view, number) {
  if (!view.data.selectable) return;
  view.selected = number;
  view.turn += 1;
  fillMarks(view);
  paint(view);
  if (number !== null) {
    reveal(view, view.marks[number].corners);
    showRow(view, number);
  }
  say(view, number === null ? "No box selected" : `${view.marks[number].caption}, selected`);
  view.setStateValue("select", { place: number, turn: view.turn });
}

function press(view, event) {
  if (event.pointerType === "mouse" && event.button > 1) return;
  const now = onStage(event);
  view.pointers.set(event.pointerId, now);
  view.far = false;
  view.from = now;
  view.onBoxes = event.currentTarget === view.stage;
  if (view.pointers.size === 2) cancelEdit(view);
  else if (view.editor && view.onBoxes && event.button === 0 && !event.altKey) {
    startEdit(view, event, now);
    if (view.gesture) view.stage.setPointerCapture(event.pointerId);
  }
}

function drag(view, event) {
  const now = onStage(event);
  const before = view.pointers.get(event.pointerId);
  if (!before) {
    if (event.pointerType !== "touch" && event.currentTarget === view.stage) hover(view, now);
    return;
  }
  const slack = event.pointerType === "mouse" ? 3 : 8;
  view.far ||= Math.hypot(now[0] - view.from[0], now[1] - view.from[1]) > slack;
  if (!pinch(view, event, now) && view.far && view.pointers.size === 1) {
    if (view.gesture) goOnEditing(view, now);
    else if (!isWhole(view)) {
      event.currentTarget.setPointerCapture(event.pointerId);
      shift(view, now[0] - before[0], now[1] - before[1]);
    }
  }
  view.pointers.set(event.pointerId, now);
}

function release(view, event) {
  if (!view.pointers.delete(event.pointerId)) return;
  if (event.type === "pointercancel") cancelEdit(view);
  if (view.gesture) endEdit(view);
  else if (!view.far && event.type === "pointerup" && !view.editor && view.onBoxes) click(view, onStage(event));
}

function hover(view, now) {
  if (view.editor) {
    const handle = handleAt(view, now);
    const under = markAt(view, now, view.fixed.length);
    view.stage.style.cursor = handle !== null ? `${CURSORS[handle]}-resize` : under !== null ? "move" : "crosshair";
    return;
  }
  const under = markAt(view, now);
  view.stage.style.cursor = view.data.selectable && under !== null ? "pointer" : view.data.spots ? "crosshair" : "";
  const known = view.pointed?.size === 1 && view.pointed.has(under);
  if (under === null ? view.pointed : !known) point(view, under === null ? null : new Set([under]));
}

function click(view, now) {
  const under = markAt(view, now);
  if (under !== null && view.data.selectable) select(view, under === view.selected ? null : under);
  else if (view.data.spots) {
    const [x, y] = toPhoto(view, now);
    view.turn += 1;
    if (x >= 0 && y >= 0 && x < view.photo.width && y < view.photo.height) view.setStateValue("spot", { x, y, turn: view.turn });
  } else if (view.selected !== null) select(view, null);
}

function pressKey(view, event) {
  const number = Number(event.target.closest?.(".mark")?.dataset.place ?? NaN);
  if (view.editor && nudge(view, event)) event.preventDefault();
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const steps = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };
  const next = view.drawn[(Number.isNaN(number) ? -1 : number) + (steps[event.key] ?? NaN)];
  if (event.key === "+" || event.key === "=") zoom(view, 1.3);
  else if (event.key === "-") zoom(view, 1 / 1.3);
  else if (event.key === "0") showWhole(view);
  else if (view.editor && (event.key === "Delete" || event.key === "Backspace")) removeOwn(view);
  else if (event.key === "Escape") view.editor ? chooseOwn(view, null) : select(view, null);
  else if (!view.editor && view.data.selectable && next) next.element.focus({ preventScroll: true });
  else if (!view.editor && !Number.isNaN(number) && (event.key === "Enter" || event.key === " ")) {
    select(view, number === view.selected ? null : number);
  } else return;
  event.preventDefault();
}

function attend(view, event) {
  const number = Number(event.target.closest?.(".mark")?.dataset.place ?? NaN);
  if (Number.isNaN(number)) return;
  if (view.editor) {
    if (event.target.matches(":focus-visible")) chooseOwn(view, number);
  } else if (event.target.matches(":focus-visible")) {
    point(view, new Set([number]));
    reveal(view, view.marks[number].corners);
  }
}

function stageOf(view, name, image) {
  const stage = division("stage", [image]);
  stage.dataset.testid = name;
  stage.onpointerdown = (event) => press(view, event);
  stage.onpointermove = (event) => drag(view, event);
  stage.onpointerup = (event) => release(view, event);
  stage.onpointercancel = (event) => release(view, event);
  stage.onpointerleave = () => {
    if (view.pointed && !view.pointers.size) point(view, null);
  };
  // A wheel handler set as a property is passive in no browser, so it may keep the page from scrolling.
  stage.onwheel = (event) => turnWheel(view, event);
  stage.ondragstart = (event) => event.preventDefault();
  return stage;
}

function figureOf(name, stage) {
  const figure = document.createElement("figure");
  const title = document.createElement("figcaption");
  figure.className = name;
  figure.append(title, stage);
  return { figure, title };
}

function build(view) {
  view.images = [new Image(), new Image()];
  for (const image of view.images) image.draggable = false;
  view.stage = stageOf(view, "boxes-stage", view.images[0]);
  const plain = stageOf(view, "boxes-beside", view.images[1]);
  view.stages = [view.stage, plain];
  view.svg = buildMarks(view);
  view.stage.append(view.svg);
  view.stage.onkeydown = (event) => pressKey(view, event);
  // There are no properties for these two; the stage goes with its view, and its listeners with it.
  view.stage.addEventListener("focusin", (event) => attend(view, event));
  view.stage.addEventListener("focusout", () => point(view, null));
  view.buttons = {
    in: iconButton("in", "Zoom in", () => zoom(view, 1.4)),
    out: iconButton("out", "Zoom out", () => zoom(view, 1 / 1.4)),
    fit: iconButton("fit", "Show the whole photo", () => showWhole(view)),
    add: iconButton("add", "Add a box", () => addOwn(view)),
    remove: iconButton("remove", "Delete the chosen box", () => removeOwn(view)),
    undo: iconButton("undo", "Undo", () => undoOwn(view)),
  };
  const { in: nearer, out, fit, add, remove, undo } = view.buttons;
  view.chooser = document.createElement("select");
  view.chooser.dataset.testid = "boxes-class";
  view.chooser.setAttribute("aria-label", "Class of the box");
  view.chooser.onchange = () => setLabel(view, Number(view.chooser.value));
  const choice = division("choice", ["Class ", view.chooser]);
  view.hint = division("hint");
  view.editBar = division("bar", [choice, add, remove, undo, view.hint]);
  view.legend = division("legend");
  view.table = division("table");
  view.said = division("spoken");
  view.said.setAttribute("role", "status");
  view.tools = division("tools", [nearer, out, fit]);
  const [left, right] = [figureOf("input", plain), figureOf("output", division("frame", [view.stage, view.tools]))];
  view.titles = [left.title, right.title];
  view.inputFigure = left.figure;
  view.pictures = division("pictures", [left.figure, right.figure]);
  view.root.replaceChildren(view.editBar, division("body", [division("main", [view.pictures, view.legend]), view.table]), view.said);
  view.observer = new ResizeObserver(() => {
    if (view.moved) place(view, view.at);
    else showWhole(view);
  });
  view.observer.observe(view.stage);
}

function fillPhoto(view, data) {
  const sources = [data.photo.source, data.beside?.source];
  view.images.forEach((image, at) => {
    if (sources[at] && image.getAttribute("src") !== sources[at]) image.src = sources[at];
    image.alt = at ? data.titles[0] : data.alt;
  });
  const other = view.photo && (view.photo.width !== data.photo.width || view.photo.height !== data.photo.height);
  view.photo = data.photo;
  if (other) view.moved = false;
  view.inputFigure.hidden = !data.beside;
  view.pictures.classList.toggle("two", Boolean(data.beside));
  view.titles.forEach((title, at) => {
    title.textContent = data.titles[at];
    title.hidden = !data.titles[at];
  });
  for (const stage of view.stages) {
    stage.style.setProperty("--aspect", data.photo.width / data.photo.height);
  }
}

export default function boxes({ parentElement, data, setStateValue }) {
  let view = views.get(parentElement);
  if (!view || !parentElement.contains(view.root)) {
    const root = division("boxes");
    root.dataset.testid = "boxes";
    parentElement.append(root);
    view = { root, pointers: new Map(), drawn: [], rows: [], marks: [], fixed: [], own: [], history: [], widths: new Map() };
    Object.assign(view, { selected: null, pointed: null, turn: data.turn, label: 0, moved: false, generation: 0 });
    views.set(parentElement, view);
    build(view);
  }
  view.generation += 1;
  const { generation } = view;
  const older = data.turn < view.turn;
  const before = view.data;
  Object.assign(view, { data, setStateValue, editor: data.editor, fixed: data.marks });
  view.editHint = matchMedia("(hover: none)").matches
    ? "Draw a box with a finger; drag it, or its handles. Two fingers zoom."
    : "Drag on the photo to draw a box; drag it, or its handles. Ctrl and the wheel zoom, Alt and dragging moves the photo.";
  fillPhoto(view, data);
  // An answer to an earlier message must not undo what has been done since.
  if (data.editor) {
    if (!view.gesture && !older && !view.nudged) {
      const same = JSON.stringify(data.editor.boxes) === JSON.stringify(view.own.map((box) => box.map((value) => Math.round(value * 10) / 10)));
      if (!same) {
        view.own = data.editor.boxes;
        view.selected = null;
        if (before && data.turn === before.turn) view.history = [];
      }
    }
    view.marks = [...view.fixed, ...ownMarks(view)];
    if (view.selected !== null && view.selected >= view.marks.length) view.selected = null;
  } else {
    view.marks = view.fixed;
    if (!older) view.selected = data.selected;
    if (view.selected !== null && view.selected >= view.marks.length) view.selected = null;
  }
  view.pointed = null;
  view.stage.classList.toggle("editing", Boolean(data.editor));
  view.tools.hidden = data.small;
  view.svg.setAttribute("role", "group");
  view.svg.setAttribute("aria-label", data.editor ? "Boxes of your own" : "Boxes; arrow keys go from one to the next");
  fillMarks(view);
  fillLegend(view);
  fillTable(view);
  fillEditor(view);
  if (view.moved) place(view, view.at);
  else showWhole(view);
  return () => {
    if (generation !== view.generation) return;
    view.observer.disconnect();
    clearTimeout(view.later);
    clearTimeout(view.nudged);
    view.root.remove();
    views.delete(parentElement);
  };
}
