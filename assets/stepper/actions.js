// What the reader can do: move the window, play, edit a number. Each action changes the state and draws it anew.

function moveTo(view, kind, row, column, follow = true) {
  const { state } = view;
  state.focus = { kind, row, column };
  clampFocus(state);
  draw(view, follow);
}

function step(view, change) {
  const { focus } = view.state;
  const [rows, columns] = limits(view.state);
  const index = (focus.row * columns + focus.column + change + rows * columns) % (rows * columns);
  moveTo(view, focus.kind, Math.floor(index / columns), index % columns);
}

function tick(view) {
  const { state } = view;
  const [rows, columns] = limits(state);
  if (state.focus.row === rows - 1 && state.focus.column === columns - 1) {
    stopPlaying(state);
    draw(view, true);
    return;
  }
  keepPlaying(state, () => tick(view));
  step(view, 1);
}

function togglePlay(view) {
  const { state } = view;
  if (state.prediction.on) return;
  const [rows, columns] = limits(state);
  if (state.playing) {
    stopPlaying(state);
    draw(view, true);
    return;
  }
  keepPlaying(state, () => tick(view));
  const atEnd = state.focus.row === rows - 1 && state.focus.column === columns - 1;
  if (atEnd) moveTo(view, state.focus.kind, 0, 0);
  else step(view, 1);
}

// Hovering moves the window too, unless it would disturb the playback or a guess.
function pointAt(view, kind, row, column, how) {
  const { state } = view;
  if (how === "hover" && (state.playing || state.prediction.on)) return;
  if (state.playing) stopPlaying(state);
  if (kind === "input" && !isTransposed(state)) {
    const [before, across] = state.layer.padding_before;
    const [outRow, outColumn] = outputNear(state.layer, row + before, column + across);
    if (how === "hover" && state.focus.row === outRow && state.focus.column === outColumn) return;
    moveTo(view, "output", outRow, outColumn, false);
  } else if (kind === "output" || !state.prediction.on) {
    moveTo(view, kind, row, column, false);
  }
}

function pressKey(view, kind, event) {
  const { state } = view;
  const move = MOVES[event.key];
  const known = move || event.key === " " || event.key === "Home" || event.key === "End";
  if (!known) return;
  event.preventDefault();
  if (event.key === " ") {
    togglePlay(view);
    return;
  }
  stopPlaying(state);
  const wanted = isTransposed(state) && !state.prediction.on ? kind : "output";
  if (wanted !== state.focus.kind) moveTo(view, wanted, 0, 0);
  else if (event.key === "Home") moveTo(view, wanted, 0, 0);
  else if (event.key === "End") moveTo(view, wanted, Infinity, Infinity);
  else moveTo(view, wanted, state.focus.row + move[0], state.focus.column + move[1]);
}

function asText(numbers, rows, columns) {
  const row = (index) => numbers.slice(index * columns, (index + 1) * columns).join(",");
  return Array.from({ length: rows }, (_, index) => row(index)).join(";");
}

function editValue(view, name, row, column, value, channel) {
  const { state } = view;
  const { channels, send } = state.layer;
  const [rows, columns] = name === "input" ? state.layer.size : state.layer.kernel_size;
  state.values[name][(row * columns + column) * channels + channel] = value;
  forgetAnswers(state.prediction);
  recompute(state);
  draw(view, false);
  if (!send.includes(name)) return;
  state.patientUntil = performance.now() + PATIENCE;
  const numbers = Array.from(state.values[name]);
  const planes = Array.from({ length: channels }, (_, plane) => numbers.filter((_one, index) => index % channels === plane));
  view.send(name, planes.map((plane) => asText(plane, rows, columns)).join("|"));
}

function moveCursor(view, event) {
  const move = MOVES[event.key];
  if (!move) return;
  event.preventDefault();
  const { state } = view;
  state.cursor = state.cursor.map((at, axis) => Math.max(0, Math.min(state.layer.kernel_size[axis] - 1, at + move[axis])));
  draw(view, false);
}

function gridHandlers(view, name) {
  if (name === "kernel") {
    return {
      editOnClick: true,
      key: (event) => moveCursor(view, event),
      edit: (row, column, value, channel) => {
        const [down, across] = view.state.layer.dilation;
        view.state.cursor = [row / down, column / across];
        editValue(view, "kernel", row / down, column / across, value, channel);
      },
    };
  }
  if (name === "products" || name === "rotated") return {};
  const kind = name === "output" ? "output" : "input";
  return {
    point: ([row, column], how) => pointAt(view, kind, row, column, how),
    key: (event) => pressKey(view, kind, event),
    edit: (row, column, value, channel) => editValue(view, "input", row, column, value, channel),
  };
}
