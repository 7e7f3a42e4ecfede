// A stretch of a network: layers from left to right, a few channels of each, and lines by weight between them. Pointing at
// a channel, or moving to it by key, shows where it comes from; a click chooses it, and Python hears of it.

const SVG = "http://www.w3.org/2000/svg";
const WIDEST = 9; // pixels, of a line that carries all the weight

const flows = new WeakMap();

function element(kind, name, parent) {
  const made = document.createElement(kind);
  made.className = name;
  parent.append(made);
  return made;
}

function build(parent) {
  const root = element("div", "flow", parent);
  root.dataset.testid = "flow";
  const frame = element("div", "window", root);
  const stage = element("div", "stage", frame);
  stage.setAttribute("role", "group");
  const readout = element("p", "readout", root);
  readout.dataset.testid = "flow-readout";
  readout.setAttribute("aria-live", "polite");
  const key = element("div", "key", root);
  for (const [colour, text] of [
    ["#d55e00", "weights add up above 0"],
    ["#0072b2", "below 0"],
    ["#7f7f7f", "one to one, without weights"],
  ]) {
    const entry = element("span", "", key);
    element("i", "", entry).style.background = colour;
    entry.append(text);
  }
  const flow = { root, frame, stage, readout, buttons: [], pointed: null, at: null };
  new ResizeObserver(() => drawLines(flow)).observe(stage);
  return flow;
}

function fill(flow, data) {
  const svg = document.createElementNS(SVG, "svg");
  flow.buttons = [];
  const columns = data.columns.map((column, number) => {
    const box = document.createElement("div");
    box.className = "column";
    const head = element("div", "head", box);
    element("b", "", head).textContent = column.title.replaceAll("_", "_\u200b");
    element("span", "", head).textContent = column.shape;
    head.title = `${column.layer}, ${column.kind}, ${column.shape}`;
    const tiles = element("div", "tiles", box);
    flow.buttons.push(
      column.channels.map((channel, place) => {
        const button = element("button", "", tiles);
        button.type = "button";
        button.dataset.testid = "flow-tile";
        button.dataset.name = `${column.layer} ${channel}`;
        button.setAttribute("aria-label", `${column.layer}, channel ${column.names[place]}`);
        const frame = element("span", "frame", button);
        frame.style.aspectRatio = String(column.aspect);
        frame.style.backgroundImage = `url("${column.source}")`;
        frame.style.backgroundSize = `100% ${100 * column.channels.length}%`;
        frame.style.backgroundPosition = `0 ${column.channels.length > 1 ? (100 * place) / (column.channels.length - 1) : 0}%`;
        element("span", "name", button).textContent = column.names[place];
        const here = [number, place];
        button.onpointerenter = (event) => event.pointerType !== "touch" && point(flow, here);
        button.onpointerleave = () => point(flow, null);
        button.onfocus = () => button.matches(":focus-visible") && point(flow, here);
        button.onblur = () => point(flow, null);
        button.onclick = () => choose(flow, here);
        button.onkeydown = (event) => move(flow, here, event);
        return button;
      }),
    );
    return box;
  });
  flow.svg = svg;
  flow.paths = data.links.map(() => {
    const path = document.createElementNS(SVG, "path");
    svg.append(path);
    return path;
  });
  flow.stage.replaceChildren(svg, ...columns);
}

function same(one, other) {
  return one && other && one[0] === other[0] && one[1] === other[1];
}

function shownPlace(flow) {
  return flow.pointed ?? flow.at;
}

// Which lines lead to a channel at once, and which from further back.
function traced(data, place) {
  const lit = new Set();
  const before = new Set();
  const reached = [place];
  const known = new Set([String(place)]);
  while (reached.length) {
    const target = reached.pop();
    data.links.forEach((link, index) => {
      if (!same(link.target, target)) return;
      (same(target, place) ? lit : before).add(index);
      if (!known.has(String(link.source))) {
        known.add(String(link.source));
        reached.push(link.source);
      }
    });
  }
  return { lit, before, known };
}

function drawLines(flow) {
  const { data, stage, paths } = flow;
  if (!data || !paths) return;
  const box = stage.getBoundingClientRect();
  const sides = flow.buttons.map((column) => column.map((button) => button.firstChild.getBoundingClientRect()));
  data.links.forEach((link, index) => {
    const from = sides[link.source[0]][link.source[1]];
    const to = sides[link.target[0]][link.target[1]];
    const [x1, y1, x2, y2] = [from.right - box.left, from.top + from.height / 2 - box.top, to.left - box.left, to.top + to.height / 2 - box.top];
    const bend = (x2 - x1) / 2;
    paths[index].setAttribute("d", `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`);
  });
}

function show(flow) {
  const { data, paths, buttons } = flow;
  const place = shownPlace(flow);
  const { lit, before, known } = place ? traced(data, place) : { lit: new Set(), before: new Set(), known: null };
  data.links.forEach((link, index) => {
    const sign = link.passed ? "" : link.weight < 0 ? "minus" : "plus";
    const state = lit.has(index) ? "lit" : before.has(index) ? "before" : "";
    paths[index].setAttribute("class", `${sign} ${state}`);
    paths[index].style.strokeWidth = `${state ? Math.max(1, WIDEST * Math.sqrt(link.share)) : 1}px`;
  });
  buttons.forEach((column, number) =>
    column.forEach((button, index) => {
      const here = [number, index];
      button.classList.toggle("dim", Boolean(known) && !known.has(String(here)));
      button.classList.toggle("lit", same(here, flow.pointed));
      button.setAttribute("aria-pressed", String(Boolean(same(here, flow.at))));
      button.tabIndex = same(here, flow.at ?? [0, 0]) ? 0 : -1;
    }),
  );
  const text = place ? spoken(data, place) : "";
  if (flow.readout.textContent !== text) flow.readout.textContent = text;
}

function number(value) {
  return String(Number(value.toPrecision(3))).replace("-", "−");
}

function spoken(data, [column, place]) {
  const { layer, names, means } = data.columns[column];
  const links = data.links.filter((link) => same(link.target, [column, place])).sort((a, b) => b.share - a.share);
  const head = `${layer}, ${names[place]}: mean ${number(means[place])}. `;
  if (!links.length) return head + "What it comes from is not among these layers.";
  const named = (link) => `${data.columns[link.source[0]].layer} ${data.columns[link.source[0]].names[link.source[1]]}`;
  if (links.every((link) => link.passed)) {
    const compared = data.columns[column].kind === "Softmax" ? ", compared with all others" : "";
    return `${head}It comes from ${links.map(named).join(" and ")}${compared}.`;
  }
  const share = links.reduce((sum, link) => sum + link.share, 0);
  const few = links.slice(0, 4).map((link) => `${named(link)} (${number(link.weight)})`);
  return `${head}It comes from ${few.join(", ")}${links.length > 4 ? " and more" : ""}; the channels shown carry ${Math.round(100 * share)} % of its weight.`;
}

function point(flow, place) {
  flow.pointed = place;
  show(flow);
}

function choose(flow, [column, place]) {
  flow.at = [column, place];
  show(flow);
  flow.send("chosen", [flow.data.columns[column].layer, flow.data.columns[column].channels[place]]);
}

function move(flow, [column, place], event) {
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const step = steps[event.key];
  const aside = step && flow.buttons[column + step[0]];
  if (!aside || event.altKey || event.ctrlKey || event.metaKey) return;
  const next = aside[step[0] ? Math.min(place, aside.length - 1) : place + step[1]];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest", inline: "nearest" });
}

// Where there is no room for all layers, the chosen one and those before it are what is looked at.
function bringIntoView({ frame, buttons, at }) {
  const column = at && buttons[at[0]][0].closest(".column");
  if (!column) return;
  const right = column.offsetLeft + column.offsetWidth + 8;
  if (right > frame.scrollLeft + frame.clientWidth || column.offsetLeft < frame.scrollLeft) frame.scrollLeft = right - frame.clientWidth;
}

export default function flow({ parentElement, data, setTriggerValue }) {
  let flow = flows.get(parentElement);
  if (!flow || !parentElement.contains(flow.root)) {
    flow = build(parentElement);
    flows.set(parentElement, flow);
  }
  flow.send = setTriggerValue;
  flow.stage.setAttribute("aria-label", data.label);
  const news = flow.turn !== data.turn;
  if (news) {
    flow.turn = data.turn;
    flow.data = data;
    flow.pointed = null;
    fill(flow, data);
  }
  flow.data = data;
  flow.at = data.chosen;
  if (news) bringIntoView(flow);
  show(flow);
  drawLines(flow);
}
