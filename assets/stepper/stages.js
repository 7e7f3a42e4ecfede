// The panels side by side: input, kernel, products, output, gradient, each with its title and one grid per channel shown.

const OPERATORS = {
  convolution: ["×", "=", "Σ"],
  transposed: ["×", "=", "+"],
  max: ["→", "max"],
  min: ["→", "min"],
  average: ["→", "mean"],
  l2: ["→", "L2"],
};

function createStage(name) {
  const title = make("span", { class: "stage-title" });
  const size = make("span", { class: "stage-size", "data-testid": `stepper-${name}-size` });
  const note = make("div", { class: "stage-note" });
  const header = make("div", { class: "stage-header" }, [make("div", {}, [title, " ", size]), note]);
  const root = make("section", { class: "stage", "data-stage": name, "data-testid": `stepper-${name}` }, [header]);
  return { name, root, header, title, size, note, slots: [] };
}

function nameStage(stage, title, size, note = "") {
  setText(stage.title, title);
  setText(stage.size, size);
  setText(stage.note, note);
  setAttributes(stage.root, { "aria-label": `${title} ${size}` });
}

// One slot per channel shown; a slot holds one grid, or two where the rotated kernel is shown below the given one.
function fitSlots(stage, count, makeGrids) {
  while (stage.slots.length > count) stage.slots.pop().root.remove();
  while (stage.slots.length < count) {
    const label = make("div", { class: "slot-label" });
    const grids = makeGrids();
    const caption = make("div", { class: "slot-caption" });
    const parts = grids.length > 1 ? [grids[0].root, caption, grids[1].root] : [grids[0].root];
    const root = make("div", { class: "slot" }, [label, ...parts]);
    stage.slots.push({ root, label, caption, grids });
    stage.root.append(root);
  }
}

function paddingNote(layer) {
  if (layer.operation === "transposed") return "";
  const [rows, columns] = [layer.row_sources.length, layer.column_sources.length];
  const parts = [];
  if (rows !== layer.size[0] || columns !== layer.size[1]) parts.push(`padded to ${sizeText(rows, columns)}`);
  const unused = [0, 1].map((axis) => {
    const length = axis === 0 ? rows : columns;
    const used = (layer.output_size[axis] - 1) * layer.stride[axis] + spanOf(layer.kernel_size[axis], layer.dilation[axis]);
    return length - used;
  });
  const left = [unused[0] > 0 && plural(unused[0], "row"), unused[1] > 0 && plural(unused[1], "column")].filter(Boolean);
  if (left.length) parts.push(`last ${left.join(" and ")} unused`);
  return parts.join(", ");
}

function kernelNote(layer) {
  const parts = [];
  const dilated = layer.dilation.some((step) => step > 1);
  if (dilated) parts.push(`dilated to ${sizeText(spanOf(layer.kernel_size[0], layer.dilation[0]), spanOf(layer.kernel_size[1], layer.dilation[1]))}`);
  if (layer.flip) parts.push("as given");
  return parts.join(", ");
}

function strideNote(layer) {
  const [rows, columns] = layer.stride;
  if (rows === columns) return rows === 1 ? "" : `stride ${rows}`;
  return `stride ${sizeText(rows, columns)}`;
}

function createOperator(text) {
  return make("div", { class: text.length > 1 ? "operator word" : "operator", text, "aria-hidden": "true" });
}

// In one row the channels of all stages line up: titles first, then one grid row per channel.
function placeStages(flow, stages, operators, count, arrangement) {
  flow.dataset.arrangement = arrangement;
  const several = count > 1;
  setAttributes(flow, {
    "data-channels": several ? count : null,
    "data-notes": stages.some((stage) => stage.note.textContent) ? "true" : null,
  });
  const inRow = arrangement === "row";
  stages.forEach((stage, index) => {
    const column = 2 * index + 1;
    const spans = stage.name === "output" || stage.name === "gradient";
    stage.root.style.gridArea = inRow && !several ? `1 / ${column}` : "";
    stage.header.style.gridArea = inRow && several ? `1 / ${column}` : "";
    stage.slots.forEach((slot, channel) => {
      const area = spans ? `2 / ${column} / span ${count}` : `${channel + 2} / ${column}`;
      slot.root.style.gridArea = inRow && several ? area : "";
    });
  });
  operators.forEach((operator, index) => {
    operator.style.gridArea = several ? `2 / ${2 * index + 2} / span ${count}` : `1 / ${2 * index + 2}`;
  });
}
