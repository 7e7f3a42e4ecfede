// The legend and the table of the boxes: pointing at a row, or at a class, isolates its boxes in the photo.

function groupsOf(marks) {
  const groups = new Map();
  marks.forEach((mark, number) => {
    if (!mark.group) return;
    if (!groups.has(mark.group)) groups.set(mark.group, { colour: mark.colour, places: [] });
    groups.get(mark.group).places.push(number);
  });
  return groups;
}

function swatch(colour) {
  const element = document.createElement("span");
  element.className = "swatch";
  element.style.background = colour;
  return element;
}

function fillLegend(view) {
  const groups = [...groupsOf(view.fixed)];
  view.legend.hidden = view.data.small || groups.length === 0;
  view.legend.replaceChildren(...groups.map(([name, { colour, places }]) => {
    const chip = document.createElement("span");
    chip.className = "chip";
    chip.dataset.testid = "boxes-legend";
    const count = document.createElement("b");
    count.textContent = places.length;
    chip.append(swatch(colour), name, count);
    chip.onpointerenter = () => point(view, new Set(places));
    chip.onpointerleave = () => point(view, null);
    return chip;
  }));
}

function fillTable(view) {
  const { columns } = view.data;
  view.table.hidden = columns.length === 0 || view.fixed.length === 0;
  if (view.table.hidden) {
    view.rows = [];
    view.table.replaceChildren();
    return;
  }
  const head = document.createElement("tr");
  head.append(...["", ...columns].map((name) => Object.assign(document.createElement("th"), { textContent: name, scope: "col" })));
  view.rows = view.fixed.map((mark, number) => {
    const row = document.createElement("tr");
    row.dataset.testid = "boxes-row";
    const first = document.createElement("td");
    first.append(swatch(mark.colour));
    const cells = mark.cells.map((text) => Object.assign(document.createElement("td"), { textContent: text }));
    row.append(first, ...cells);
    row.tabIndex = tabIndexOf(view, number);
    row.onpointerenter = () => point(view, new Set([number]));
    row.onpointerleave = () => point(view, null);
    row.onfocus = () => {
      if (row.matches(":focus-visible")) point(view, new Set([number]));
    };
    row.onblur = () => point(view, null);
    row.onclick = () => select(view, number === view.selected ? null : number);
    row.onkeydown = (event) => pressRow(view, number, event);
    return row;
  });
  const header = document.createElement("thead");
  header.append(head);
  const body = document.createElement("tbody");
  body.append(...view.rows);
  const table = document.createElement("table");
  table.setAttribute("aria-label", view.data.alt);
  table.append(header, body);
  view.table.replaceChildren(table);
}

function pressRow(view, number, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key === "Enter" || event.key === " ") select(view, number === view.selected ? null : number);
  else if (event.key === "Escape") select(view, null);
  else if (view.rows[number + (steps[event.key] ?? NaN)]) view.rows[number + steps[event.key]].focus();
  else return;
  event.preventDefault();
}

function paintRows(view) {
  view.rows.forEach((row, number) => {
    row.setAttribute("aria-selected", String(number === view.selected));
    row.classList.toggle("pointed", Boolean(view.pointed?.has(number)));
  });
}

// What is chosen in the photo scrolls into sight in the table, and leaves the page where it is.
function showRow(view, number) {
  const row = view.rows[number];
  if (!row) return;
  const [box, frame] = [row.getBoundingClientRect(), view.table.getBoundingClientRect()];
  const head = view.table.querySelector("thead").getBoundingClientRect().height;
  if (box.top < frame.top + head) view.table.scrollTop += box.top - frame.top - head;
  else if (box.bottom > frame.bottom) view.table.scrollTop += box.bottom - frame.bottom;
}
