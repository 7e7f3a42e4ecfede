// Boxes of one's own: drawn on the empty photo, moved, resized at eight handles, deleted, given a class.

const HANDLES = [[0, 0], [1, 0], [2, 0], [2, 1], [2, 2], [1, 2], [0, 2], [0, 1]];
const CURSORS = ["nwse", "ns", "nesw", "ew", "nwse", "ns", "nesw", "ew"];
const REACH = 12;
const LEAST_SIDE = 4;
const LIVE_MS = 120;

function ownMarks(view) {
  const { names, colours } = view.editor;
  return view.own.map((box) => ({
    corners: box.slice(0, 4),
    colour: colours[box[4]],
    caption: names[box[4]],
    dashed: false,
    faint: false,
    cells: [],
    group: "",
  }));
}

function refreshOwn(view) {
  view.marks = [...view.fixed, ...ownMarks(view)];
  fillMarks(view);
  paint(view);
  fillEditor(view);
}

function chosenOwn(view) {
  return view.selected === null || !view.editor ? null : view.selected - view.fixed.length;
}

function fillEditor(view) {
  const { editor, chooser, buttons } = view;
  view.editBar.hidden = !editor;
  if (!editor) return;
  const options = editor.names.map((name, label) => new Option(name, label));
  if (chooser.options.length !== options.length || options.some((option, at) => option.text !== chooser.options[at].text)) {
    chooser.replaceChildren(...options);
  }
  const chosen = chosenOwn(view);
  view.label = Math.min(view.label, editor.names.length - 1);
  chooser.value = String(chosen === null ? view.label : view.own[chosen][4]);
  chooser.parentElement.hidden = editor.names.length < 2;
  buttons.remove.disabled = chosen === null;
  buttons.undo.disabled = view.history.length === 0;
  buttons.add.disabled = view.own.length >= editor.most;
  view.hint.textContent = view.own.length >= editor.most ? `No more than ${editor.most} boxes.` : view.editHint;
}

function paintHandles(view) {
  const chosen = chosenOwn(view);
  if (chosen === null || !view.own[chosen]) {
    view.handles.replaceChildren();
    return;
  }
  const [left, top, right, bottom] = toStage(view, view.own[chosen]);
  view.handles.replaceChildren(...HANDLES.map(([column, row]) =>
    shape("circle", { cx: left + ((right - left) * column) / 2, cy: top + ((bottom - top) * row) / 2, r: 5 })));
}

function handleAt(view, point) {
  const chosen = chosenOwn(view);
  if (chosen === null) return null;
  const [left, top, right, bottom] = toStage(view, view.own[chosen]);
  let best = null;
  let least = REACH;
  HANDLES.forEach(([column, row], number) => {
    const x = left + ((right - left) * column) / 2;
    const y = top + ((bottom - top) * row) / 2;
    const far = Math.hypot(point[0] - x, point[1] - y);
    if (far < least) [best, least] = [number, far];
  });
  return best;
}

function inPhoto(view, [x, y]) {
  return [clamp(x, 0, view.photo.width), clamp(y, 0, view.photo.height)];
}

function ordered([left, top, right, bottom]) {
  return [Math.min(left, right), Math.min(top, bottom), Math.max(left, right), Math.max(top, bottom)];
}

function remember(view) {
  view.history.push(JSON.stringify(view.own));
  if (view.history.length > 50) view.history.shift();
}

function sendOwn(view) {
  clearTimeout(view.later);
  view.later = null;
  view.turn += 1;
  view.sentAt = performance.now();
  view.setStateValue("edit", { boxes: view.own.map((box) => box.map((value) => Math.round(value * 10) / 10)), turn: view.turn });
}

function sendSoon(view) {
  if (!view.editor.live || view.later) return;
  view.later = setTimeout(() => sendOwn(view), Math.max(0, LIVE_MS - (performance.now() - (view.sentAt ?? 0))));
}

function startEdit(view, event, point) {
  const start = inPhoto(view, toPhoto(view, point));
  const handle = handleAt(view, point);
  const first = view.fixed.length;
  if (handle !== null) {
    remember(view);
    view.gesture = { kind: "resize", handle, start, before: [...view.own[chosenOwn(view)]] };
    return;
  }
  const under = markAt(view, point, first);
  if (under !== null) {
    chooseOwn(view, under);
    remember(view);
    view.gesture = { kind: "move", start, before: [...view.own[under - first]] };
  } else {
    chooseOwn(view, null);
    if (view.own.length >= view.editor.most) return;
    remember(view);
    view.gesture = { kind: "draw", start };
  }
}

function goOnEditing(view, point) {
  const { gesture } = view;
  const [x, y] = toPhoto(view, point);
  if (gesture.kind === "draw") {
    if (!gesture.begun) {
      gesture.begun = true;
      view.own.push([...gesture.start, ...gesture.start, view.label]);
      view.selected = view.fixed.length + view.own.length - 1;
    }
    const box = view.own[chosenOwn(view)];
    box.splice(0, 4, ...ordered([...gesture.start, ...inPhoto(view, [x, y])]));
  } else if (gesture.kind === "move") {
    const [left, top, right, bottom] = gesture.before;
    const dx = clamp(x - gesture.start[0], -left, view.photo.width - right);
    const dy = clamp(y - gesture.start[1], -top, view.photo.height - bottom);
    view.own[chosenOwn(view)].splice(0, 4, left + dx, top + dy, right + dx, bottom + dy);
  } else {
    const [column, row] = HANDLES[gesture.handle];
    const sides = gesture.before.slice(0, 4);
    const [px, py] = inPhoto(view, [x, y]);
    if (column !== 1) sides[column] = px;
    if (row !== 1) sides[row + 1] = py;
    view.own[chosenOwn(view)].splice(0, 4, ...ordered(sides));
  }
  gesture.changed = true;
  refreshOwn(view);
  sendSoon(view);
}

function endEdit(view) {
  const { gesture } = view;
  view.gesture = null;
  if (!gesture) return;
  if (!gesture.changed) {
    view.history.pop();
    fillEditor(view);
    focusOwn(view);
    return;
  }
  const chosen = chosenOwn(view);
  const [left, top, right, bottom] = view.own[chosen];
  // What is smaller than the tip of a pointer was a click.
  if (Math.min(right - left, bottom - top) * view.at.scale < LEAST_SIDE) {
    view.own = JSON.parse(view.history.pop());
    view.selected = null;
  }
  refreshOwn(view);
  sendOwn(view);
  focusOwn(view);
}

// Delete and the arrows go to the box that the pointer has left off at.
function focusOwn(view) {
  if (view.selected !== null) view.drawn[view.selected].element.focus({ preventScroll: true });
}

function cancelEdit(view) {
  if (!view.gesture) return;
  view.gesture = null;
  view.own = JSON.parse(view.history.pop());
  view.selected = null;
  refreshOwn(view);
}

function chooseOwn(view, number) {
  view.selected = number;
  if (number !== null) view.label = view.own[number - view.fixed.length][4];
  fillMarks(view);
  paint(view);
  fillEditor(view);
}

function removeOwn(view) {
  const chosen = chosenOwn(view);
  if (chosen === null) return;
  remember(view);
  view.own.splice(chosen, 1);
  view.selected = null;
  refreshOwn(view);
  sendOwn(view);
  say(view, "Box deleted");
}

function undoOwn(view) {
  if (!view.history.length) return;
  view.own = JSON.parse(view.history.pop());
  view.selected = null;
  refreshOwn(view);
  sendOwn(view);
}

// For the keyboard, and for fingers: a box in the middle of what is seen, to be moved from there.
function addOwn(view) {
  if (view.own.length >= view.editor.most) return;
  const [width, height] = roomOf(view);
  const [left, top] = inPhoto(view, toPhoto(view, [width * 0.375, height * 0.375]));
  const [right, bottom] = inPhoto(view, toPhoto(view, [width * 0.625, height * 0.625]));
  remember(view);
  view.own.push([left, top, right, bottom, view.label]);
  view.selected = view.fixed.length + view.own.length - 1;
  refreshOwn(view);
  sendOwn(view);
  focusOwn(view);
}

function setLabel(view, label) {
  view.label = label;
  const chosen = chosenOwn(view);
  if (chosen === null) return;
  remember(view);
  view.own[chosen][4] = label;
  refreshOwn(view);
  sendOwn(view);
}

// Arrows move the chosen box by a pixel, with Shift by ten; with Alt its right lower corner.
function nudge(view, event) {
  const chosen = chosenOwn(view);
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (chosen === null || !steps) return false;
  const [dx, dy] = steps.map((step) => step * (event.shiftKey ? 10 : 1));
  const box = view.own[chosen];
  const before = [...box];
  if (event.altKey) {
    box[2] = clamp(box[2] + dx, box[0] + 1, view.photo.width);
    box[3] = clamp(box[3] + dy, box[1] + 1, view.photo.height);
  } else {
    const moveX = clamp(dx, -box[0], view.photo.width - box[2]);
    const moveY = clamp(dy, -box[1], view.photo.height - box[3]);
    box.splice(0, 4, box[0] + moveX, box[1] + moveY, box[2] + moveX, box[3] + moveY);
  }
  if (before.every((value, at) => value === box[at])) return true;
  const own = view.own.map((one, at) => (at === chosen ? before : one));
  if (!view.nudged) view.history.push(JSON.stringify(own));
  clearTimeout(view.nudged);
  view.nudged = setTimeout(() => {
    view.nudged = null;
    sendOwn(view);
  }, 300);
  refreshOwn(view);
  return true;
}
