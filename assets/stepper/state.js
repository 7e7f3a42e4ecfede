// What one mounted component knows: the layer, its numbers, where the window is, and the results drawn from them.

// How long, in milliseconds, an edit may take to come back from Python before the page is believed instead.
const PATIENCE = 5000;

function newState() {
  return {
    layer: null,
    values: null,
    received: {},
    start: "",
    focus: { kind: "output", row: 0, column: 0 },
    cursor: [0, 0],
    channel: 0,
    playing: false,
    speed: 1,
    timer: 0,
    prediction: newPrediction(),
    width: 0,
    generation: 0,
    later: 0,
    patientUntil: 0,
  };
}

function recompute(state) {
  const { layer, values } = state;
  state.output = outputGrid(layer, values, state.channel);
  state.gradient = layer.gradient ? inputGradient(layer, values, state.channel) : null;
  state.stamps = isTransposed(state)
    ? Uint16Array.from(state.output, (_, index) => {
        const columns = layer.output_size[1];
        return contributions(layer, values, Math.floor(index / columns), index % columns, 0).length;
      })
    : null;
  const input = largest(values.input);
  const kernel = largest(values.kernel);
  state.ranges = {
    low: values.input.reduce((low, value) => Math.min(low, value), Infinity),
    limit: input,
    kernel,
    products: input * kernel,
    output: largest(state.output),
    gradient: state.gradient ? largest(state.gradient) : 0,
  };
}

function limits(state) {
  return state.focus.kind === "input" ? state.layer.size : state.layer.output_size;
}

function clampFocus(state) {
  const { focus, layer } = state;
  if (!isTransposed(state)) focus.kind = "output";
  const [rows, columns] = limits(state);
  focus.row = Math.max(0, Math.min(rows - 1, focus.row));
  focus.column = Math.max(0, Math.min(columns - 1, focus.column));
  state.channel = Math.min(state.channel, layer.channels - 1);
}

// Python keeps 32-bit floats.
function sameNumbers(one, other) {
  return one.length === other.length && one.every((value, index) => Math.fround(value) === Math.fround(other[index]));
}

// Edits that are not sent to Python stay for as long as Python's own numbers do.
function keptEdits(state, name, sent, layer) {
  const before = state.received[name];
  const unchanged = before && sameNumbers(before, sent);
  return unchanged && state.values && !layer.send.includes(name) ? state.values[name] : sent;
}

function goToStart(state, [row, column]) {
  stopPlaying(state);
  state.focus = { kind: "output", row, column };
}

// While a newer edit is under way, the answer to an older one must not undo it: `takeLater` is then called instead.
function takeData(state, data, takeLater) {
  clearTimeout(state.later);
  const { grid: sentGrid, kernel: sentKernel, start, ...layer } = data;
  const geometry = JSON.stringify(layer);
  const first = state.layer === null;
  const same = !first && geometry === state.geometry;
  const moved = start !== null && String(start) !== state.start;
  state.start = String(start);
  const grid = keptEdits(state, "input", sentGrid, layer);
  const kernel = keptEdits(state, "kernel", sentKernel, layer);
  if (moved) goToStart(state, start);
  if (same && sameNumbers(state.values.input, grid) && sameNumbers(state.values.kernel, kernel)) {
    state.received = { input: sentGrid, kernel: sentKernel };
    state.patientUntil = 0;
    clampFocus(state);
    return;
  }
  const wait = state.patientUntil - performance.now();
  if (same && wait > 0) {
    state.later = setTimeout(takeLater, wait);
    clampFocus(state);
    return;
  }
  const otherGrid = first || !sameNumbers(state.received.input, sentGrid) || String(layer.output_size) !== String(state.layer.output_size);
  state.received = { input: sentGrid, kernel: sentKernel };
  state.geometry = geometry;
  state.layer = layer;
  state.values = { input: Float64Array.from(grid), kernel: Float64Array.from(kernel) };
  if (first && layer.operation === "transposed") state.focus.kind = "input";
  if (start !== null && otherGrid) goToStart(state, start);
  forgetAnswers(state.prediction);
  clampFocus(state);
  recompute(state);
}
