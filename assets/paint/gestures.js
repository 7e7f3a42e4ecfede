// Strokes and corners with mouse, finger or keys. Two fingers are the browser's: they move and enlarge the page.

const NEAR = 14; // pixels of the screen from the first corner that close a polygon
const STEPS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

function spot(view, event) {
  const box = view.canvas.getBoundingClientRect();
  return [((event.clientX - box.left) / box.width) * view.width, ((event.clientY - box.top) / box.height) * view.height];
}

function labelToPaint(view) {
  return view.tool === "eraser" ? view.blank : view.label;
}

function remember(view) {
  view.history.push(view.labels.slice());
  if (view.history.length > view.mostHistory) view.history.shift();
}

function press(view, event) {
  if (event.button !== 0 || view.gesture) return;
  if (view.tool === "polygon") {
    addCorner(view, spot(view, event));
    return;
  }
  event.preventDefault();
  view.canvas.setPointerCapture(event.pointerId);
  remember(view);
  view.gesture = { id: event.pointerId, last: spot(view, event) };
  stroke(view, view.gesture.last, view.gesture.last, labelToPaint(view));
}

function move(view, event) {
  const here = spot(view, event);
  view.at = here;
  showCursor(view, event.pointerType !== "touch");
  if (view.corners.length) showCorners(view);
  if (!view.gesture || view.gesture.id !== event.pointerId) return;
  // What the browser has gathered since the last frame keeps a fast stroke round.
  const events = event.getCoalescedEvents?.() ?? [];
  for (const one of events.length ? events : [event]) {
    const next = spot(view, one);
    stroke(view, view.gesture.last, next, labelToPaint(view));
    view.gesture.last = next;
  }
}

function lift(view, event) {
  if (!view.gesture || view.gesture.id !== event.pointerId) return;
  view.gesture = null;
  tell(view);
}

// The browser has taken the fingers for itself: the stroke that had begun was none.
function cancel(view, event) {
  if (!view.gesture || view.gesture.id !== event.pointerId) return;
  view.gesture = null;
  view.labels = view.history.pop();
  show(view);
}

function addCorner(view, corner) {
  const scale = view.canvas.getBoundingClientRect().width / view.width;
  const [first] = view.corners;
  const closes = view.corners.length > 2 && Math.hypot(corner[0] - first[0], corner[1] - first[1]) * scale < NEAR;
  if (closes) closePolygon(view);
  else view.corners.push(corner);
  showCorners(view);
  fillBar(view);
}

function closePolygon(view) {
  const corners = view.corners.filter(([x, y], at, all) => at === 0 || Math.hypot(x - all[at - 1][0], y - all[at - 1][1]) > 0.01);
  view.corners = [];
  if (corners.length > 2) {
    remember(view);
    fillPolygon(view, corners, view.label);
    tell(view);
  }
  showCorners(view);
  fillBar(view);
}

function undo(view) {
  if (view.corners.length) {
    view.corners.pop();
    showCorners(view);
  } else if (view.history.length) {
    view.labels = view.history.pop();
    show(view);
    tell(view);
  }
  fillBar(view);
}

function clear(view) {
  view.corners = [];
  showCorners(view);
  if (view.labels.every((label) => label === view.blank)) return;
  remember(view);
  view.labels.fill(view.blank);
  show(view);
  tell(view);
  fillBar(view);
}

function key(view, event) {
  const step = STEPS[event.key];
  if (step) {
    const far = event.shiftKey ? 10 : 1;
    view.at = [clamp(view.at[0] + far * step[0], 0, view.width), clamp(view.at[1] + far * step[1], 0, view.height)];
    showCursor(view, true);
    showCorners(view);
  } else if (event.key === " ") {
    if (view.tool === "polygon") addCorner(view, [...view.at]);
    else {
      remember(view);
      stroke(view, view.at, view.at, labelToPaint(view));
      tell(view);
      fillBar(view);
    }
  } else if (event.key === "Enter") closePolygon(view);
  else if (event.key === "Escape") {
    view.corners = [];
    showCorners(view);
    fillBar(view);
  } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") undo(view);
  else if (event.key === "[" || event.key === "]") setSize(view, view.size * (event.key === "]" ? 1.25 : 0.8));
  else return;
  event.preventDefault();
}
