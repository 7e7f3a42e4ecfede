// A kernel on its way down the loss: played, stepped through, or dragged; everything is drawn here from the kernels.

const PATIENCE = 400; // milliseconds behind the last move until Python is told
const ANSWER = 5000; // milliseconds that its answer may take; older answers do not move the player meanwhile
const SPEEDS = { Slow: 4, Normal: 15, Fast: 60 }; // moments a second

// What the visitor is doing outlives a call of this script.
const views = new WeakMap();

function button(parent, icon, label, act) {
  const made = make("button", "", parent);
  made.type = "button";
  made.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${icon}"/></svg>`;
  made.setAttribute("aria-label", label);
  made.title = label;
  made.onclick = act;
  return made;
}

const ICONS = {
  first: "M6 5h2v14H6zM19 5v14l-9-7z",
  back: "M16 5v14L6 12z",
  play: "M8 5v14l11-7z",
  pause: "M7 5h4v14H7zM13 5h4v14h-4z",
  on: "M8 5v14l10-7z",
  last: "M16 5h2v14h-2zM5 5v14l9-7z",
};

function build(parent) {
  const root = make("div", "descent", parent);
  root.dataset.testid = "descent";
  const view = { root, at: 0, playing: false, timer: 0 };
  const bar = make("div", "bar", root);
  const buttons = make("div", "buttons", bar);
  button(buttons, ICONS.first, "First step", () => move(view, 0));
  button(buttons, ICONS.back, "One step back", () => move(view, view.at - 1));
  view.play = button(buttons, ICONS.play, "Play", () => (view.playing ? pause(view) : play(view)));
  button(buttons, ICONS.on, "One step forward", () => move(view, view.at + 1));
  button(buttons, ICONS.last, "Last step", () => move(view, view.steps.length - 1));
  view.range = make("input", "", bar);
  Object.assign(view.range, { type: "range", min: 0, step: 1 });
  view.range.setAttribute("aria-label", "Step of the descent");
  view.range.oninput = () => move(view, Number(view.range.value));
  view.speed = make("select", "", bar);
  view.speed.setAttribute("aria-label", "Speed");
  for (const name of Object.keys(SPEEDS)) make("option", "", view.speed).textContent = name;
  view.speed.value = "Normal";
  view.said = make("p", "said", root);
  view.said.dataset.testid = "descent-said";
  view.kernels = make("div", "kernels", root);
  view.learned = makeFigure(view.kernels, "learned");
  view.hidden = makeFigure(view.kernels, "hidden-one");
  view.question = make("div", "question", view.hidden.figure);
  view.question.textContent = "?";
  view.best = makeFigure(view.kernels, "best");
  view.unseen = makeFigure(view.kernels, "unseen");
  view.pictures = make("div", "pictures", root);
  view.shown = Object.fromEntries(["input", "target", "answer", "error"].map((name) => [name, makeFigure(view.pictures, name)]));
  view.scale = make("div", "scale", root);
  view.curve = makeCurve(root);
  view.curve.drawing.onclick = (event) => {
    const box = view.curve.drawing.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * view.curve.width;
    let nearest = 0;
    view.steps.forEach((step, at) => {
      if (Math.abs(view.curve.x(step) - x) < Math.abs(view.curve.x(view.steps[nearest]) - x)) nearest = at;
    });
    move(view, nearest);
  };
  new ResizeObserver(() => {
    if (!view.steps || view.curve.drawing.clientWidth === view.curve.width) return;
    scaleCurve(view.curve, view.steps, view.losses);
    markMoment(view.curve, view.steps[view.at], view.at);
  }).observe(root);
  return view;
}

function play(view) {
  view.playing = true;
  clearTimeout(view.timer);
  if (view.at >= view.steps.length - 1) view.at = 0;
  let before = performance.now();
  let due = 0;
  showPlaying(view);
  const tick = (now) => {
    if (!view.playing || !view.root.isConnected) return;
    due += ((now - before) / 1000) * SPEEDS[view.speed.value];
    before = now;
    const whole = Math.floor(due);
    due -= whole;
    // The first frame's time may lie before the click's.
    if (whole > 0) show(view, Math.min(view.at + whole, view.steps.length - 1));
    if (view.at >= view.steps.length - 1) pause(view);
    else requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}

function pause(view) {
  view.playing = false;
  showPlaying(view);
  tell(view, 0);
}

function showPlaying(view) {
  const label = view.playing ? "Pause" : "Play";
  view.play.querySelector("path").setAttribute("d", view.playing ? ICONS.pause : ICONS.play);
  view.play.setAttribute("aria-label", label);
  view.play.title = label;
}

function move(view, at) {
  view.playing = false;
  showPlaying(view);
  show(view, Math.max(0, Math.min(at, view.steps.length - 1)));
  tell(view, PATIENCE);
}

function tell(view, wait) {
  clearTimeout(view.timer);
  view.timer = setTimeout(() => {
    view.timer = 0;
    Object.assign(view, { told: view.at, toldAt: performance.now() });
    view.send("moment", view.at);
  }, wait);
}

function show(view, at) {
  view.at = at;
  const { data, task, steps } = view;
  const [rows, columns] = data.side;
  const kernel = view.all.subarray(at * rows * columns, (at + 1) * rows * columns);
  const answers = answer(task, kernel, rows, columns);
  const { error, loss } = errorOf(answers, task.target);
  // A path's own loss is kept to the last digit where single precision would round it away.
  const kept = view.losses[at];
  view.range.value = at;
  view.range.setAttribute("aria-valuetext", `step ${steps[at]} of ${steps[steps.length - 1]}`);
  const away = view.distances ? `, largest difference from the hidden filter ${short(view.distances[at])}` : "";
  view.said.textContent = `Step ${steps[at]} of ${steps[steps.length - 1]}: loss ${short(kept)}${away}`;
  Object.assign(view.root.dataset, { step: steps[at], loss, kept });
  view.learned.title.textContent = `Learned, step ${steps[at]}`;
  drawKernel(view.learned, kernel, rows, columns, data.limit, view.theme);
  const alt = Array.from(kernel, short).join(", ");
  view.learned.grid.setAttribute("aria-label", `Kernel of step ${steps[at]}, row by row: ${alt}`);
  drawPicture(view.shown.answer, answers, task.targetRows, task.targetColumns, data.low, data.high, view.table);
  drawPicture(view.shown.error, error, task.targetRows, task.targetColumns, -data.reach, data.reach, view.signed);
  markMoment(view.curve, steps[at], at);
}

function drawStill(view) {
  const { data, task, shown } = view;
  const [rows, columns] = data.side;
  const still = (part, values, size, title, note) => {
    part.figure.hidden = !values;
    if (!values) return;
    part.title.textContent = title;
    part.note.textContent = note;
    drawKernel(part, values, size[0], size[1], note === "" ? data.limit : largest(values), view.theme);
    part.grid.setAttribute("aria-label", `${title}, row by row: ${Array.from(values, short).join(", ")}`);
  };
  still(view.hidden, data.hidden, data.hidden_size, data.hidden_title, "");
  still(view.best, data.best, data.side, "Least squares, no steps", "");
  still(view.unseen, data.unseen, data.side, "Not determined", "adding it changes nothing in the output");
  view.hidden.figure.hidden = false;
  view.question.hidden = Boolean(data.hidden);
  if (view.hidden.grid) view.hidden.grid.hidden = !data.hidden;
  if (!data.hidden) {
    view.hidden.title.textContent = "Hidden";
    view.hidden.note.textContent = "";
  }
  const names = {
    input: ["Input", `${data.rows} × ${data.columns}`],
    target: ["Target", "by the hidden filter"],
    answer: ["Output", "by the learned kernel"],
    error: ["Error", "output − target"],
  };
  for (const [name, [title, note]] of Object.entries(names)) {
    shown[name].title.textContent = title;
    shown[name].note.textContent = note;
  }
  drawPicture(shown.input, task.photo, data.rows, data.columns, data.darkest, data.brightest, view.grey);
  drawPicture(shown.target, task.target, task.targetRows, task.targetColumns, data.low, data.high, view.table);
  for (const [name, alt] of Object.entries(data.alts)) {
    shown[name].canvas ??= make("canvas", "", shown[name].figure);
    shown[name].canvas.setAttribute("role", "img");
    shown[name].canvas.setAttribute("aria-label", alt);
  }
  view.scale.replaceChildren();
  for (const [label, low, high, gradient] of data.bars) {
    const part = make("div", "", view.scale);
    make("span", "", part).textContent = `${label}: ${low}`;
    make("span", "gradient", part).style.background = gradient;
    make("span", "", part).textContent = high;
  }
}

const numbers = (column) => column.getChildAt(0).toArray();

export default function ({ parentElement, data, setTriggerValue }) {
  let view = views.get(parentElement);
  if (!view || !parentElement.contains(view.root)) {
    view = build(parentElement);
    views.set(parentElement, view);
  }
  const news = view.asked !== data.moment;
  const table = Uint8Array.from(data.table);
  Object.assign(view, {
    data,
    send: setTriggerValue,
    theme: readTheme(view.root),
    steps: Array.from(numbers(data.steps)),
    losses: numbers(data.losses),
    all: numbers(data.kernels),
    distances: data.distances ? numbers(data.distances) : null,
    signed: table,
    grey: Uint8Array.from({ length: 768 }, (_, at) => Math.floor(at / 3)),
    task: {
      photo: numbers(data.photo),
      width: data.columns,
      target: numbers(data.target),
      targetRows: data.target_size[0],
      targetColumns: data.target_size[1],
      corner: data.corner,
    },
  });
  view.table = data.is_signed ? view.signed : view.grey;
  view.range.max = view.steps.length - 1;
  scaleCurve(view.curve, view.steps, view.losses);
  drawStill(view);
  const answered = view.told === data.moment || performance.now() - (view.toldAt ?? 0) > ANSWER;
  if (view.turn !== data.turn) {
    view.playing = false;
    view.at = data.moment;
  } else if (news && answered && !view.playing && !view.timer) {
    view.at = data.moment;
  }
  view.turn = data.turn;
  view.asked = data.moment;
  showPlaying(view);
  show(view, Math.min(view.at, view.steps.length - 1));
}
