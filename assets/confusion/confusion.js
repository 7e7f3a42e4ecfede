// A confusion matrix as a table of buttons: rows are what a picture is, columns what the network said.

const tables = new WeakMap();

function cell(kind, text, className) {
  const element = document.createElement(kind);
  element.textContent = text;
  if (className) element.className = className;
  return element;
}

// The share of a row decides the colour: a class of ten pictures is read like one of a thousand.
function paint(button, share, right) {
  button.style.setProperty("--share", `${Math.round(share * 100)}%`);
  button.classList.toggle("right", right);
  button.classList.toggle("strong", share > 0.55);
}

function buttonOf(table, row, column) {
  const { data } = table;
  const count = data.counts[row][column];
  const total = data.counts[row].reduce((sum, value) => sum + value, 0);
  const button = cell("button", count ? String(count) : "·");
  button.type = "button";
  button.dataset.testid = "confusion-cell";
  const share = total ? count / total : 0;
  const words = `${count} of ${total} pictures of ${data.classes[row]} called ${data.classes[column]}`;
  button.setAttribute("aria-label", words);
  button.title = words;
  button.setAttribute("aria-pressed", String(row === data.row && column === data.column));
  button.onclick = () => table.send("cell", [row, column]);
  paint(button, share, row === column);
  return button;
}

function build(table) {
  const { data } = table;
  const grid = document.createElement("table");
  const head = document.createElement("tr");
  head.append(cell("td", "true ↓   predicted →", "corner"));
  for (const name of data.classes) {
    const title = cell("th", "", "column");
    title.scope = "col";
    title.title = name;
    title.append(cell("span", name));
    head.append(title);
  }
  grid.append(head);
  data.classes.forEach((name, row) => {
    const line = document.createElement("tr");
    const title = cell("th", "", "row");
    title.scope = "row";
    title.title = name;
    title.append(cell("span", name));
    line.append(title);
    data.classes.forEach((_, column) => {
      const place = document.createElement("td");
      place.append(buttonOf(table, row, column));
      line.append(place);
    });
    grid.append(line);
  });
  table.root.replaceChildren(grid);
}

export default function confusion({ parentElement, data, setTriggerValue }) {
  let table = tables.get(parentElement);
  if (!table || !parentElement.contains(table.root)) {
    const root = document.createElement("div");
    root.className = "confusion";
    root.dataset.testid = "confusion";
    root.setAttribute("role", "group");
    parentElement.append(root);
    table = { root };
    tables.set(parentElement, table);
  }
  const focused = table.root.getRootNode().activeElement?.getAttribute?.("aria-label");
  Object.assign(table, { data, send: setTriggerValue });
  table.root.setAttribute("aria-label", data.label);
  table.root.classList.toggle("few", data.classes.length <= 6);
  build(table);
  // The table is built anew behind a click: the focus stays where it was.
  if (focused) {
    for (const button of table.root.querySelectorAll("button")) {
      if (button.getAttribute("aria-label") === focused) button.focus({ preventScroll: true });
    }
  }
}
