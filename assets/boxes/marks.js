// The boxes over the photo, in pixels of the screen, so that lines and labels keep their size at every zoom.

const TOLERANCE = 4;
let masks = 0;

function buildMarks(view) {
  const id = `boxes-hole-${(masks += 1)}`;
  view.holes = shape("g", { fill: "#000" });
  view.shade = shape("rect", { class: "shade", width: "100%", height: "100%", mask: `url(#${id})` });
  const white = shape("rect", { width: "100%", height: "100%", fill: "#fff" });
  view.layer = shape("g", { class: "marks" });
  view.captions = shape("g", { class: "captions", "aria-hidden": "true" });
  view.handles = shape("g", { class: "handles" });
  return shape("svg", { class: "over" }, [
    shape("defs", {}, [shape("mask", { id, maskUnits: "userSpaceOnUse", x: 0, y: 0, width: "100%", height: "100%" }, [white, view.holes])]),
    view.shade,
    view.layer,
    view.captions,
    view.handles,
  ]);
}

function markElement(number, editable) {
  const casing = shape("rect", { class: "casing" });
  const line = shape("rect", { class: "line" });
  const cross = shape("path", { class: "cross" });
  const element = shape("g", { class: "mark", "data-testid": editable ? "boxes-own" : "boxes-mark" }, [casing, line, cross]);
  const text = shape("text", { y: CAPTION_HEIGHT / 2, x: CAPTION_PADDING });
  const back = shape("rect", { height: CAPTION_HEIGHT, rx: 2 });
  const caption = shape("g", { class: "caption" }, [back, text]);
  return { element, casing, line, cross, caption, text, back, number };
}

// Fills in as many marks as there are; `view.marks` are the fixed ones and behind them those that can be edited.
function fillMarks(view) {
  const wanted = view.marks.length;
  const editableFrom = view.fixed.length;
  while (view.drawn.length > wanted) {
    const last = view.drawn.pop();
    last.element.remove();
    last.caption.remove();
  }
  view.drawn.forEach((part, number) => {
    part.element.setAttribute("data-testid", number >= editableFrom ? "boxes-own" : "boxes-mark");
  });
  while (view.drawn.length < wanted) {
    const part = markElement(view.drawn.length, view.drawn.length >= editableFrom);
    view.drawn.push(part);
    view.layer.append(part.element);
    view.captions.append(part.caption);
  }
  const reachable = view.data.selectable || view.editor;
  view.marks.forEach((mark, number) => {
    const { element, line, cross, text, back } = view.drawn[number];
    const own = number >= editableFrom;
    const focusable = view.editor ? own : reachable;
    element.classList.toggle("dashed", mark.dashed);
    element.classList.toggle("faint", mark.faint);
    setAll(line, { stroke: mark.colour, fill: mark.colour, "fill-opacity": mark.faint ? 0 : view.data.look.fill });
    const width = view.data.look.line * (mark.strong ? 2 : 1);
    line.style.strokeWidth = width;
    view.drawn[number].casing.style.strokeWidth = width + 2;
    cross.style.display = mark.crossed ? "" : "none";
    cross.setAttribute("stroke", mark.colour);
    // Behind means on top: the boxes around it would hide it.
    if (mark.strong && view.layer.lastChild !== element) view.layer.append(element);
    text.textContent = mark.caption;
    text.setAttribute("fill", inkOn(mark.colour));
    back.setAttribute("fill", mark.colour);
    setAll(element, { "aria-label": mark.caption || `Box ${number + 1}`, "data-place": number });
    if (focusable) setAll(element, { role: view.editor ? "group" : "button", tabindex: tabIndexOf(view, number) });
    else ["role", "tabindex"].forEach((name) => element.removeAttribute(name));
    if (focusable && !view.editor) element.setAttribute("aria-pressed", String(view.selected === number));
  });
}

// One box at a time can be reached with Tab, the others with arrows; those that can be edited all with Tab.
function tabIndexOf(view, number) {
  if (view.editor) return 0;
  return number === (view.selected ?? 0) ? 0 : -1;
}

function paint(view) {
  if (!view.at) return;
  const only = view.pointed;
  const { look } = view.data;
  const shown = (number) => !only || only.has(number);
  const boxes = view.marks.map((mark) => toStage(view, mark.corners));
  boxes.forEach((box, number) => {
    const { element, casing, line, cross } = view.drawn[number];
    const sides = { x: box[0], y: box[1], width: Math.max(0, box[2] - box[0]), height: Math.max(0, box[3] - box[1]) };
    setAll(casing, sides);
    setAll(line, sides);
    if (view.marks[number].crossed) cross.setAttribute("d", `M${box[0]} ${box[1]}L${box[2]} ${box[3]}M${box[2]} ${box[1]}L${box[0]} ${box[3]}`);
    element.classList.toggle("out", !shown(number));
    element.classList.toggle("selected", number === view.selected);
    element.classList.toggle("behind", !only && !view.editor && view.selected !== null && number !== view.selected);
  });
  const numbers = [...boxes.keys()];
  const named = numbers.filter((number) => (only ? only.has(number) : !view.marks[number].faint && look.labels));
  const first = named.filter((number) => number === view.selected);
  const wanted = [...first, ...named.filter((number) => number !== view.selected)];
  const spots = placeCaptions(view, wanted.map((number) => ({ place: number, text: view.marks[number].caption, box: boxes[number] })));
  for (const number of numbers) {
    const { caption, back } = view.drawn[number];
    const spot = spots.get(number);
    caption.style.display = spot ? "" : "none";
    if (!spot) continue;
    caption.setAttribute("transform", `translate(${spot.x}, ${spot.y})`);
    back.setAttribute("width", spot.width);
  }
  const clear = numbers.filter((number) => shown(number) && !(view.marks[number].faint && !only));
  view.shade.style.display = look.dim && clear.length ? "" : "none";
  view.holes.replaceChildren(...(look.dim ? clear : []).map((number) => {
    const [left, top, right, bottom] = boxes[number];
    return shape("rect", { x: left, y: top, width: right - left, height: bottom - top });
  }));
  paintHandles(view);
  paintRows(view);
}

// The smallest box under a point of the stage, so that a box inside another one can be reached.
function markAt(view, point, from = 0) {
  let best = null;
  let least = Infinity;
  for (let number = from; number < view.marks.length; number += 1) {
    const [left, top, right, bottom] = toStage(view, view.marks[number].corners);
    const inside = point[0] >= left - TOLERANCE && point[0] <= right + TOLERANCE && point[1] >= top - TOLERANCE && point[1] <= bottom + TOLERANCE;
    const area = (right - left) * (bottom - top);
    if (inside && area < least) [best, least] = [number, area];
  }
  return best;
}
