// What is said about the node that is pointed at, and saving the picture.

function factsOf(view, node) {
  return view.titles.get(node) ?? "";
}

function showFacts(view, node, event) {
  const [name, ...lines] = factsOf(view, node).split("\n");
  const title = document.createElement("b");
  title.textContent = name;
  const rows = lines.map((line) => {
    const row = document.createElement("div");
    row.textContent = line;
    return row;
  });
  const act = document.createElement("div");
  act.className = "act";
  const folded = node.classList.contains("block");
  act.textContent = folded ? "Click to unfold" : "Click to select";
  view.facts.replaceChildren(title, ...rows, ...(matchMedia("(hover: none)").matches ? [] : [act]));
  view.facts.hidden = false;
  const [width, height] = sizeOf(view);
  const box = node.getBoundingClientRect();
  const stage = view.stage.getBoundingClientRect();
  const [x, y] = event ? pointIn(view, event) : [box.right - stage.left, box.top - stage.top];
  const { offsetWidth, offsetHeight } = view.facts;
  const left = x + 18 + offsetWidth < width ? x + 18 : Math.max(4, x - offsetWidth - 14);
  view.facts.style.left = `${left}px`;
  view.facts.style.top = `${Math.max(4, Math.min(height - offsetHeight - 4, y + 14))}px`;
  markEdges(view, node.dataset.name);
}

function hideFacts(view) {
  view.facts.hidden = true;
  markEdges(view, null);
}

function markEdges(view, name) {
  for (const edge of view.svg?.querySelectorAll(".edge") ?? []) {
    edge.toggleAttribute("data-near", name !== null && (edge.dataset.source === name || edge.dataset.target === name));
  }
}

// The file is the whole picture as it is folded, selected and coloured here, without what only the screen needs.
function pictureText(view) {
  const copy = view.svg.cloneNode(true);
  for (const name of ["style", "aria-label"]) copy.removeAttribute(name);
  copy.setAttribute("role", "img");
  copy.setAttribute("aria-labelledby", "title description");
  copy.querySelector("title").textContent = view.titles.get(view.svg);
  const nodes = [...copy.querySelectorAll(".node")];
  [...view.svg.querySelectorAll(".node")].forEach((node, index) => {
    const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
    title.textContent = factsOf(view, node);
    nodes[index].prepend(title);
  });
  for (const element of copy.querySelectorAll("[tabindex], [role='button']")) {
    for (const name of ["tabindex", "role", "aria-label", "aria-pressed", "aria-expanded", "data-testid", "data-picked"]) element.removeAttribute(name);
  }
  for (const edge of copy.querySelectorAll("[data-near]")) edge.removeAttribute("data-near");
  copy.querySelectorAll(".target").forEach((element) => element.remove());
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}`;
}

function download(view) {
  const address = URL.createObjectURL(new Blob([pictureText(view)], { type: "image/svg+xml" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `${view.data.file}.svg`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
