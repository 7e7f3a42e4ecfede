// The controls of the look, and the legend with each class' area and confidence.

const RANGES = [
  ["opacity", "Opacity", 0, 1, 0.05, (value) => `${Math.round(value * 100)} %`],
  ["least", "Least confidence", 0, 1, 0.01, (value) => `${Math.round(value * 100)} %`],
  ["outline", "Outline", 0, 12, 1, (value) => (value ? `${value} px` : "none")],
];
const SWITCHES = [
  ["dim", "Dim the rest"],
  ["compare", "Before and after"],
];

function element(tag, className, children = []) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function buildPanel(view) {
  view.views = element("div", "views");
  view.views.setAttribute("role", "radiogroup");
  view.views.setAttribute("aria-label", "What is shown");
  view.inputs = {};
  const ranges = RANGES.map(([name, label, min, max, step, words]) => {
    const input = element("input");
    Object.assign(input, { type: "range", min, max, step, name });
    input.setAttribute("aria-label", label);
    const said = element("span", "value");
    input.oninput = () => change(view, { [name]: Number(input.value) }, false);
    input.onchange = () => change(view, { [name]: Number(input.value) }, true);
    view.inputs[name] = (value) => {
      input.value = value;
      said.textContent = words(value);
      input.setAttribute("aria-valuetext", words(value));
    };
    return element("label", "range", [element("span", "", [label]), said, input]);
  });
  const switches = SWITCHES.map(([name, label]) => {
    const input = element("input");
    Object.assign(input, { type: "checkbox", name });
    input.onchange = () => change(view, { [name]: input.checked }, true);
    view.inputs[name] = (value) => {
      input.checked = value;
    };
    return element("label", "switch", [input, element("span", "", [label])]);
  });
  view.legend = element("table", "legend");
  view.legend.onpointerleave = () => point(view, view.pinned);
  view.tools = element("div", "panel", [view.views, ...ranges, element("div", "switches", switches), view.legend]);
  return view.tools;
}

function fillViews(view) {
  view.views.replaceChildren(
    ...Object.entries(view.data.views).map(([name, title]) => {
      const button = element("button", "", [title]);
      button.type = "button";
      button.setAttribute("role", "radio");
      button.setAttribute("aria-checked", String(name === view.look.view));
      button.tabIndex = name === view.look.view ? 0 : -1;
      button.dataset.view = name;
      button.onclick = () => change(view, { view: name }, true);
      button.onkeydown = (event) => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        const names = Object.keys(view.data.views);
        change(view, { view: names[(names.indexOf(name) + step + names.length) % names.length] }, true);
        view.views.querySelector('[aria-checked="true"]').focus();
      };
      return button;
    }),
  );
}

function fillControls(view) {
  for (const [name, fill] of Object.entries(view.inputs)) fill(view.look[name]);
  for (const button of view.views.children) {
    const chosen = button.dataset.view === view.look.view;
    button.setAttribute("aria-checked", String(chosen));
    button.tabIndex = chosen ? 0 : -1;
  }
}

function share(pixels, total) {
  const part = (100 * pixels) / total;
  return pixels && part < 0.1 ? "< 0.1 %" : `${part.toFixed(1)} %`;
}

// A count in the photo's own pixels: about so many where the map is smaller than the photo.
function inPixels(view, pixels) {
  const each = view.data.pixels / view.map.labels.length;
  if (each === 1 || !pixels) return pixels.toLocaleString("en");
  return `≈ ${(pixels * each).toLocaleString("en", { maximumSignificantDigits: 3 })}`;
}

// Rounding makes no certainty of what is nearly certain.
function percent(value) {
  return value < 1 && value > 0.99 ? "> 99 %" : `${Math.round(Math.min(value, 1) * 100)} %`;
}

// A confidence lies anywhere in its step: on average in the middle.
function meanOf(decided, label) {
  const pixels = decided.pixels[label];
  return pixels ? percent((decided.sums[label] / pixels + 0.5) / STEPS) : "–";
}

function legendRow(view, { label, name, colour }) {
  const box = element("input");
  Object.assign(box, { type: "checkbox", checked: !view.look.hidden.includes(label) });
  box.setAttribute("aria-label", `Show ${name}`);
  box.onchange = () => {
    const others = view.look.hidden.filter((other) => other !== label);
    change(view, { hidden: box.checked ? others : [...others, label].sort((a, b) => a - b) }, true);
  };
  box.onfocus = () => {
    if (box.matches(":focus-visible")) point(view, label);
  };
  box.onblur = () => point(view, view.pinned);
  const swatch = element("span", "swatch");
  swatch.style.background = colour;
  const cells = [element("td", "", [element("label", "class", [box, swatch, element("span", "", [name])])])];
  for (let count = 0; count < 3; count += 1) cells.push(element("td"));
  const row = element("tr", "", cells);
  row.dataset.label = label;
  row.onpointerenter = (event) => {
    if (event.pointerType === "mouse") point(view, label);
  };
  return row;
}

function fillLegend(view) {
  const head = element("thead", "", [
    element("tr", "", ["Class", "Area", "Pixels", "Confidence"].map((title) => element("th", "", [title]))),
  ]);
  head.querySelectorAll("th").forEach((cell) => cell.setAttribute("scope", "col"));
  view.rows = view.data.classes.map((one) => legendRow(view, one));
  view.unsure = element("tr", "unsure", [element("td", "", ["Not sure enough"]), element("td"), element("td"), element("td")]);
  view.legend.replaceChildren(head, element("tbody", "", [...view.rows, view.unsure]));
}

function countLegend(view) {
  const total = view.map.labels.length;
  const fill = (row, label) => {
    const pixels = view.decided.pixels[label];
    row.cells[1].textContent = share(pixels, total);
    row.cells[2].textContent = inPixels(view, pixels);
    row.cells[3].textContent = label === UNSURE ? "" : meanOf(view.decided, label);
  };
  for (const row of view.rows) fill(row, Number(row.dataset.label));
  fill(view.unsure, UNSURE);
  view.unsure.hidden = !view.decided.pixels[UNSURE];
}
