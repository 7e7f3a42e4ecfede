// The layer graph. Python draws it, folded as `unfolded` says and for the room and theme that this script reports.

const views = new WeakMap();
const MARKS = {
  in: "M12 5v14M5 12h14",
  out: "M5 12h14",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  unfold: "M6 9l6 6 6-6",
  fold: "M6 15l6-6 6 6",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
};

function button(view, name, label, word, action) {
  const element = document.createElement("button");
  element.type = "button";
  element.setAttribute("aria-label", label);
  element.title = label;
  element.dataset.testid = `network-${name}`;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", MARKS[name]);
  svg.append(path);
  element.append(svg);
  if (word) {
    const text = document.createElement("span");
    text.className = "word";
    text.textContent = word;
    element.append(text);
  }
  element.onclick = action;
  view.buttons[name] = element;
  return element;
}

function division(className, children = []) {
  const element = document.createElement("div");
  element.className = className;
  element.append(...children);
  return element;
}

function setUnfolded(view, names, anchor) {
  view.unfolded = names;
  view.anchor = anchor ? anchorOf(view, anchor) : null;
  hideFacts(view);
  for (const handle of view.svg.querySelectorAll(".handle")) {
    handle.toggleAttribute("data-busy", anchor === null || handle.dataset.block === anchor);
  }
  view.setStateValue("unfolded", names);
}

function toggle(view, block) {
  const open = view.unfolded.includes(block);
  setUnfolded(view, open ? view.unfolded.filter((name) => name !== block) : [...view.unfolded, block], block);
}

// Where a block is on the screen: there it stays when the picture changes.
function anchorOf(view, block) {
  const handle = view.svg.querySelector(`.handle[data-block="${CSS.escape(block)}"]`);
  const element = handle?.closest(".node") ?? handle;
  if (!element) return null;
  const box = element.getBoundingClientRect();
  const stage = view.stage.getBoundingClientRect();
  return { block, x: box.left - stage.left, y: box.top - stage.top };
}

function choose(view, node) {
  const { block, name } = node.dataset;
  if (node.classList.contains("block")) {
    toggle(view, node.querySelector(".handle").dataset.block ?? block);
    return;
  }
  for (const other of view.svg.querySelectorAll("[data-picked]")) other.removeAttribute("data-picked");
  node.setAttribute("data-picked", "");
  view.said.textContent = `${name} selected`;
  view.setTriggerValue("select", name);
}

function act(view, target) {
  const handle = target.closest?.(".handle");
  if (handle) toggle(view, handle.dataset.block);
  else if (target.closest?.(".node")) choose(view, target.closest(".node"));
}

// The next node for an arrow key: along a connection up and down, beside it left and right.
function neighbour(view, node, key) {
  const { name } = node.dataset;
  const byName = (wanted) => view.nodes.find((one) => one.dataset.name === wanted);
  if (key === "ArrowDown" || key === "ArrowUp") {
    const [mine, theirs] = key === "ArrowDown" ? ["source", "target"] : ["target", "source"];
    const edges = [...view.svg.querySelectorAll(".edge")].filter((edge) => edge.dataset[mine] === name);
    const edge = edges.find((one) => !one.classList.contains("skip")) ?? edges[0];
    return edge && byName(edge.dataset[theirs]);
  }
  const here = node.getBoundingClientRect();
  const sign = key === "ArrowRight" ? 1 : -1;
  const beside = view.nodes
    .map((one) => ({ one, box: one.getBoundingClientRect() }))
    .filter(({ box }) => sign * (box.left - here.left) > 1)
    .map(({ one, box }) => ({ one, far: Math.abs(box.left - here.left) + 3 * Math.abs(box.top - here.top) }));
  return beside.sort((a, b) => a.far - b.far)[0]?.one;
}

function focusNode(view, node) {
  for (const one of view.nodes) one.setAttribute("tabindex", one === node ? "0" : "-1");
  node.focus({ preventScroll: true });
  reveal(view, node);
}

function pressKey(view, event) {
  const node = event.target.closest(".node");
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter" || event.key === " ") act(view, event.target);
  else if (event.key === "+" || event.key === "=") zoom(view, 1.25, null, true);
  else if (event.key === "-") zoom(view, 0.8, null, true);
  else if (event.key === "0") fit(view);
  else if (node && event.key.startsWith("Arrow")) {
    const next = neighbour(view, node, event.key);
    if (next) focusNode(view, next);
  } else if (node && (event.key === "Home" || event.key === "End")) {
    focusNode(view, view.nodes[event.key === "Home" ? 0 : view.nodes.length - 1]);
  } else return;
  event.preventDefault();
}

function build(view) {
  view.stage = division("stage");
  view.stage.dataset.testid = "network-stage";
  view.facts = division("facts");
  view.facts.hidden = true;
  view.facts.dataset.testid = "network-facts";
  view.said = division("spoken");
  view.said.setAttribute("role", "status");
  const tools = division("tools", [
    button(view, "in", "Zoom in", "", () => zoom(view, 1.3, null, true)),
    button(view, "out", "Zoom out", "", () => zoom(view, 1 / 1.3, null, true)),
    button(view, "fit", "Show all of it", "", () => fit(view)),
  ]);
  view.hint = division("hint");
  view.bar = division("bar", [
    button(view, "unfold", "Unfold all blocks", "Unfold all", () => setUnfolded(view, [...view.data.blocks], null)),
    button(view, "fold", "Fold all blocks", "Fold all", () => setUnfolded(view, [], null)),
    button(view, "download", "Download as SVG", "Download SVG", () => download(view)),
    view.hint,
  ]);
  view.frame = division("frame-box", [view.stage, tools]);
  view.frame.style.position = "relative";
  view.stage.append(view.facts);
  view.root.replaceChildren(view.frame, view.bar, view.said);
  const { stage } = view;
  stage.onpointerdown = (event) => press(view, event);
  stage.onpointermove = (event) => {
    drag(view, event);
    if (view.drag || event.pointerType === "touch") return;
    const node = event.target.closest?.(".node");
    if (node) showFacts(view, node, event);
    else hideFacts(view);
  };
  stage.onpointerup = (event) => release(view, event);
  stage.onpointercancel = (event) => release(view, event);
  stage.onpointerleave = () => hideFacts(view);
  stage.onclick = (event) => {
    if (view.dragged) view.dragged = false;
    else act(view, event.target);
  };
  stage.onkeydown = (event) => pressKey(view, event);
  stage.onfocusin = (event) => {
    const node = event.target.closest(".node");
    if (node?.matches(":focus-visible")) showFacts(view, node, null);
  };
  stage.onfocusout = () => hideFacts(view);
  // A wheel handler set as a property is passive in no browser, so it may keep the page from scrolling.
  stage.onwheel = (event) => turnWheel(view, event);
  view.observer = new ResizeObserver(() => {
    report(view);
    if (view.svg) (view.moved ? () => place(view, view.at) : () => open(view))();
  });
  view.observer.observe(stage);
}

function isDark(view) {
  const rgb = getComputedStyle(view.stage).backgroundColor.match(/[\d.]+/g)?.map(Number) ?? [255, 255, 255];
  return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2] < 110;
}

// Python hears of the room and the theme when the picture would look different in them.
function report(view) {
  const [width, height] = sizeOf(view).map((side) => Math.round(side / 20) * 20);
  if (!width || !height) return;
  const dark = isDark(view);
  const known = view.reported ?? view.data.view;
  if (known && known.dark === dark && Math.abs(known.width - width) <= 60 && Math.abs(known.height - height) <= 60) return;
  view.reported = { width, height, dark };
  view.setStateValue("view", view.reported);
}

function show(view) {
  const focused = view.root.getRootNode().activeElement?.closest?.("[data-name], .handle");
  const keep = focused && view.stage.contains(focused) ? { name: focused.dataset.name, block: focused.dataset.block } : null;
  const svg = document.importNode(new DOMParser().parseFromString(view.data.svg, "image/svg+xml").documentElement, true);
  const first = !view.svg || view.name !== view.data.name;
  view.svg?.remove();
  view.svg = svg;
  view.name = view.data.name;
  view.width = svg.width.baseVal.value;
  view.height = svg.height.baseVal.value;
  view.titles = new WeakMap();
  view.nodes = [...svg.querySelectorAll(".node")];
  svg.setAttribute("role", "group");
  view.nodes.forEach((node, index) => {
    const title = node.querySelector("title");
    view.titles.set(node, title.textContent);
    title.remove();
    const attributes = { tabindex: index ? "-1" : "0", role: "button", "data-testid": "network-node" };
    attributes["aria-label"] = view.titles.get(node).replaceAll("\n", ", ");
    if (node.classList.contains("block")) attributes["aria-expanded"] = "false";
    else attributes["aria-pressed"] = String(node.classList.contains("chosen"));
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  });
  for (const handle of svg.querySelectorAll(".handle")) {
    handle.dataset.testid = handle.classList.contains("fold") ? "network-fold-block" : "network-unfold-block";
    if (!handle.classList.contains("fold")) continue;
    handle.setAttribute("tabindex", "0");
    handle.setAttribute("role", "button");
    handle.setAttribute("aria-label", `Fold ${handle.dataset.block}`);
  }
  // The picture's own title would show as a tooltip everywhere.
  const name = svg.querySelector(":scope > title");
  svg.removeAttribute("aria-labelledby");
  svg.setAttribute("aria-label", `${name.textContent}. Arrow keys follow the connections, Enter selects or unfolds.`);
  view.titles.set(svg, name.textContent);
  name.textContent = "";
  view.stage.prepend(svg);
  if (first) open(view);
  else if (view.anchor) stay(view);
  else if (view.moved) place(view, view.at);
  else open(view);
  view.anchor = null;
  const again = keep && (view.nodes.find((node) => node.dataset.name === keep.name) ?? sameBlock(view, keep.block ?? keep.name));
  if (again) {
    if (again.classList.contains("node")) focusNode(view, again);
    else again.focus({ preventScroll: true });
  }
}

function sameBlock(view, block) {
  const handle = block && view.svg.querySelector(`.handle[data-block="${CSS.escape(block)}"]`);
  return handle?.closest(".node") ?? handle;
}

function stay(view) {
  const wanted = view.anchor;
  place(view, view.at);
  view.stage.removeAttribute("data-moving");
  const now = anchorOf(view, wanted.block);
  view.moved = true;
  if (now) place(view, { ...view.at, x: view.at.x + wanted.x - now.x, y: view.at.y + wanted.y - now.y });
}

export default function network({ parentElement, data, setStateValue, setTriggerValue }) {
  let view = views.get(parentElement);
  if (!view || !parentElement.contains(view.root)) {
    const root = document.createElement("div");
    root.className = "network";
    root.dataset.testid = "network-graph";
    parentElement.append(root);
    view = { root, buttons: {}, pointers: new Map(), at: { x: 0, y: 0, scale: 1 }, moved: false, generation: 0 };
    view.data = data;
    views.set(parentElement, view);
    build(view);
  }
  view.generation += 1;
  const { generation } = view;
  const drawn = view.svg && view.data.svg === data.svg;
  Object.assign(view, { data, setStateValue, setTriggerValue, unfolded: data.unfolded });
  view.root.style.setProperty("--height", `${data.height}px`);
  view.root.setAttribute("aria-label", data.label);
  if (!drawn) show(view);
  else for (const handle of view.svg.querySelectorAll("[data-busy]")) handle.removeAttribute("data-busy");
  view.buttons.unfold.hidden = view.buttons.fold.hidden = data.blocks.length === 0;
  view.buttons.unfold.disabled = data.blocks.length === data.unfolded.length;
  view.buttons.fold.disabled = data.unfolded.length === 0;
  const touch = matchMedia("(hover: none)").matches;
  view.hint.textContent = touch
    ? "Tap a layer to select it, a block to unfold it. Drag to move, pinch to zoom."
    : "Click a layer to select it, a block to unfold it. Drag to move; Ctrl and the wheel zoom.";
  report(view);
  return () => {
    if (generation !== view.generation) return;
    view.observer.disconnect();
    view.root.remove();
    views.delete(parentElement);
  };
}
