// What each grid shows: texts, colours and marks, from the state. Nothing here touches the page.

function isTransposed(state) {
  return state.layer.operation === "transposed";
}

function isPooling(state) {
  return POOLING.has(state.layer.operation);
}

function offsetOf(layer) {
  return layer.padding_before;
}

function inputPaint(state, value) {
  const { low, limit } = state.ranges;
  return low < 0 ? signedPaint(value, limit, state.theme) : greyPaint(value, 0, limit <= 1 ? 1 : limit);
}

// A pooled value looks like the input cells it comes from; an L2 norm can exceed them all.
function pooledPaint(state, value) {
  const { low, limit, output } = state.ranges;
  if (low < 0 || output <= limit) return inputPaint(state, value);
  return greyPaint(value, 0, output);
}

// Without a text of its own a cell shows its value, as exactly as it fits.
function numberCell(value, paintOf) {
  return { value, ...paintOf(value) };
}

function baseView(title, label, rows, columns, pixels) {
  return { title, label, rows, columns, origin: [0, 0], cell: pixels.cell, gap: pixels.gap, marks: [], editable: null };
}

function windowMarks(layer, top, left, kind = "window") {
  const rows = spanOf(layer.kernel_size[0], layer.dilation[0]);
  const columns = spanOf(layer.kernel_size[1], layer.dilation[1]);
  const spread = layer.dilation[0] > 1 || layer.dilation[1] > 1;
  const marks = [{ name: "window", kind: spread ? `${kind} open` : kind, row: top, column: left, rows, columns }];
  if (spread) {
    tapsOf(layer).forEach(([row, column], index) => {
      const place = { row: top + row * layer.dilation[0], column: left + column * layer.dilation[1] };
      marks.push({ name: `tap-${index}`, kind: "tap", rows: 1, columns: 1, ...place });
    });
  }
  return marks;
}

function cellMark(name, kind, row, column) {
  return { name, kind, row, column, rows: 1, columns: 1 };
}

function inputView(state, channel, pixels) {
  const { layer, values, focus } = state;
  const rows = layer.row_sources.length;
  const columns = layer.column_sources.length;
  const view = baseView("Input", `Input${channelSuffix(layer, channel)}, ${sizeText(...layer.size)}`, rows, columns, pixels);
  const [before, across] = offsetOf(layer);
  view.origin = [-before, -across];
  view.channel = channel;
  view.editable = layer.edit_input && !state.prediction.on ? layer.size : null;
  view.describe = (row, column) => {
    const value = paddedValue(layer, values, row, column, channel);
    const inside = row >= before && row < before + layer.size[0] && column >= across && column < across + layer.size[1];
    if (value === null) return { text: isPooling(state) ? "" : "0", kind: "padding", title: "padding" };
    const cell = numberCell(value, (number) => inputPaint(state, number));
    return inside ? cell : { ...cell, kind: "mirror", title: "padding: a mirrored cell" };
  };
  if (!isTransposed(state)) {
    const top = focus.row * layer.stride[0];
    const left = focus.column * layer.stride[1];
    view.marks = windowMarks(layer, top, left);
    const winner = isPooling(state) && !isHidden(state) ? state.shown.winner : null;
    if (winner) view.marks.push(cellMark("winner", "winner", winner.paddedRow, winner.paddedColumn));
    view.active = [
      Math.max(0, Math.min(layer.size[0] - 1, top + Math.floor(view.marks[0].rows / 2) - before)),
      Math.max(0, Math.min(layer.size[1] - 1, left + Math.floor(view.marks[0].columns / 2) - across)),
    ];
  } else if (focus.kind === "input") {
    view.marks = [cellMark("window", "window", focus.row, focus.column)];
    view.active = [focus.row, focus.column];
  } else {
    const group = state.shown.groups[channel];
    view.marks = group.terms.map((one) =>
      cellMark(`from-${one.tapRow}-${one.tapColumn}`, "tap", one.paddedRow, one.paddedColumn));
  }
  return view;
}

// Kernel and products are drawn as wide as the dilated kernel, so that the gaps are seen.
function spreadView(state, title, pixels, describeTap) {
  const { layer } = state;
  const [rows, columns] = [0, 1].map((axis) => spanOf(layer.kernel_size[axis], layer.dilation[axis]));
  const view = baseView(title, `${title}, ${sizeText(...layer.kernel_size)}`, rows, columns, pixels);
  view.spread = layer.dilation;
  view.describe = (row, column) => {
    const gap = row % layer.dilation[0] || column % layer.dilation[1];
    if (gap) return { text: "", kind: "gap", title: "gap of the dilation" };
    return describeTap(row / layer.dilation[0], column / layer.dilation[1]);
  };
  return view;
}

function kernelView(state, channel, pixels, rotated) {
  const { layer, values } = state;
  const asGiven = { ...layer, flip: rotated };
  const title = rotated ? "Rotated kernel" : "Kernel";
  const view = spreadView(state, title, pixels, (row, column) => {
    const weight = appliedWeight(asGiven, values, row, column, channel);
    return numberCell(weight, (number) => signedPaint(number, state.ranges.kernel, state.theme));
  });
  view.label += channelSuffix(layer, channel);
  view.channel = channel;
  if (layer.edit_kernel && !rotated && !state.prediction.on) {
    view.editable = [view.rows, view.columns];
    view.active = [0, 1].map((axis) => Math.min(state.cursor[axis], layer.kernel_size[axis] - 1) * layer.dilation[axis]);
    view.marks = [cellMark("cursor", "cursor", ...view.active)];
  }
  return view;
}

function productsView(state, channel, pixels) {
  const { layer, focus } = state;
  const pooling = isPooling(state);
  const stamping = isTransposed(state) && focus.kind === "input";
  const terms = stamping
    ? stamp(layer, state.values, focus.row, focus.column, channel)
    : state.shown.groups.find((group) => group.channel === channel).terms;
  const found = new Map(terms.map((one) => [`${one.tapRow},${one.tapColumn}`, one]));
  const view = spreadView(state, productsTitle(state), pixels, (row, column) => {
    const one = found.get(`${row},${column}`);
    if (isHidden(state) && !pooling) return { text: "?", kind: "hidden" };
    if (!one) return { text: "", kind: "none", title: "no input cell reaches the output through this weight" };
    if (pooling && one.padding) return { text: "", kind: "padding", title: "padding is left out" };
    if (pooling) return numberCell(one.value, (number) => inputPaint(state, number));
    const cell = numberCell(one.product, (number) => signedPaint(number, state.ranges.products, state.theme));
    const sign = equals(one.value, one.weight, one.product);
    const equation = `${bracketed(one.value)} · ${bracketed(one.weight)}${sign}${formatNumber(one.product)}`;
    return one.outside ? { ...cell, kind: "cropped", title: `${equation}, cropped by "same"` } : { ...cell, title: equation };
  });
  view.label += channelSuffix(layer, channel);
  const winner = pooling && !isHidden(state) ? state.shown.winner : null;
  if (winner) {
    view.marks = [cellMark("winner", "winner", winner.tapRow * layer.dilation[0], winner.tapColumn * layer.dilation[1])];
  }
  return view;
}

function productsTitle(state) {
  if (isPooling(state)) return "Window";
  return isTransposed(state) && state.focus.kind === "input" ? "Stamp" : "Products";
}

function outputView(state, pixels) {
  const { layer, focus } = state;
  const [rows, columns] = layer.output_size;
  const view = baseView("Output", `Output, ${sizeText(rows, columns)}`, rows, columns, pixels);
  view.describe = (row, column) => {
    const index = row * columns + column;
    if (isHidden(state, row, column)) return { text: "?", kind: "hidden" };
    const paintOf = isPooling(state)
      ? (number) => pooledPaint(state, number)
      : (number) => signedPaint(number, state.ranges.output, state.theme);
    const cell = numberCell(state.output[index], paintOf);
    const stamps = state.stamps?.[index];
    return stamps > 1 ? { ...cell, stamps, title: `${stamps} stamps add up here` } : cell;
  };
  if (focus.kind === "output") {
    view.marks = [cellMark("window", "window", focus.row, focus.column)];
    view.active = [focus.row, focus.column];
  } else {
    view.marks = clippedStamp(layer, focus);
  }
  return view;
}

function clippedStamp(layer, focus) {
  const top = focus.row * layer.stride[0] - layer.crop[0];
  const left = focus.column * layer.stride[1] - layer.crop[1];
  const clipped = [];
  for (const mark of windowMarks(layer, top, left)) {
    const end = Math.min(mark.row + mark.rows, layer.output_size[0]);
    const edge = Math.min(mark.column + mark.columns, layer.output_size[1]);
    const row = Math.max(mark.row, 0);
    const column = Math.max(mark.column, 0);
    if (end > row && edge > column) clipped.push({ ...mark, row, column, rows: end - row, columns: edge - column });
  }
  return clipped;
}

function gradientView(state, pixels) {
  const { layer } = state;
  const title = "Gradient at the input";
  const view = baseView(title, `${title}, ${sizeText(...layer.size)}`, ...layer.size, pixels);
  view.describe = (row, column) =>
    numberCell(state.gradient[row * layer.size[1] + column], (number) =>
      signedPaint(number, state.ranges.gradient, state.theme));
  const [before, across] = offsetOf(layer);
  const box = windowMarks(layer, state.focus.row * layer.stride[0] - before, state.focus.column * layer.stride[1] - across)[0];
  const row = Math.max(box.row, 0);
  const column = Math.max(box.column, 0);
  const rows = Math.min(box.row + box.rows, layer.size[0]) - row;
  const columns = Math.min(box.column + box.columns, layer.size[1]) - column;
  view.marks = [{ ...box, row, column, rows, columns }];
  return view;
}

function channelName(layer, channel) {
  return layer.channel_names[channel];
}

function channelSuffix(layer, channel) {
  return layer.channels > 1 ? `, ${channelName(layer, channel)}` : "";
}
