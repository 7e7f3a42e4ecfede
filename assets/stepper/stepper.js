// Draws the whole component from its state: which stages, how large, then every grid and text.

const mounted = new WeakMap();

function buildView(root) {
  const view = { state: newState(), root, stages: new Map(), operators: [], refused: new Set(), send: () => {} };
  view.flow = make("div", { class: "flow" });
  view.channels = make("div", { class: "channels", role: "group", "aria-label": "Channel shown" });
  view.explanation = createExplanation();
  view.question = createQuestion({
    answer: (text) => {
      answer(view.state, text);
      if (!view.state.prediction.complaint) view.question.guess.value = "";
      draw(view, false);
      if (!view.question.next.hidden) view.question.next.focus();
    },
    nextQuestion: () => {
      const place = nextQuestion(view.state);
      if (place) moveTo(view, "output", ...place);
      view.question.guess.focus();
    },
  });
  view.controls = createControls({
    step: (change) => {
      stopPlaying(view.state);
      step(view, change);
    },
    toggle: () => togglePlay(view),
    speed: (speed) => {
      view.state.speed = speed;
      if (view.state.playing) keepPlaying(view.state, () => tick(view));
      draw(view, false);
    },
    predict: (on) => {
      stopPlaying(view.state);
      view.state.prediction = { ...newPrediction(), on };
      if (on && view.state.focus.kind === "input") view.state.focus = { kind: "output", row: 0, column: 0 };
      draw(view, true);
    },
  });
  view.hint = make("div", { class: "hint" });
  view.explanation.root.insertBefore(view.question.root, view.explanation.arithmetic);
  root.replaceChildren(view.channels, view.flow, view.explanation.root, view.controls.root, view.hint);
  view.observer = new ResizeObserver(() => {
    const width = Math.floor(root.clientWidth);
    if (width === view.state.width || !view.state.layer) return;
    view.state.width = width;
    draw(view, true);
  });
  view.observer.observe(root);
  document.fonts.ready.then(() => {
    if (view.state.layer) draw(view, false);
  });
  return view;
}

function stageNames(state) {
  const names = isPooling(state) ? ["input", "products", "output"] : ["input", "kernel", "products", "output"];
  return state.layer.gradient ? [...names, "gradient"] : names;
}

// Stages are made anew only where the operation asks for others; otherwise the grids stay and only their content changes.
function fitStages(view) {
  const names = stageNames(view.state);
  const texts = [...OPERATORS[view.state.layer.operation], "←"].slice(0, names.length - 1);
  const wanted = [...names, ...texts].join();
  if (view.wanted === wanted) return;
  view.wanted = wanted;
  view.stages = new Map(names.map((name) => [name, createStage(name)]));
  view.operators = texts.map(createOperator);
  const parts = [...view.stages.values()].flatMap((stage, index) => (index ? [view.operators[index - 1], stage.root] : [stage.root]));
  view.flow.replaceChildren(...parts);
}

function nameStages(view) {
  const { state, stages } = view;
  const { layer } = state;
  const deep = layer.channels > 1 ? [layer.channels] : [];
  const kept = isPooling(state) ? deep : [];
  nameStage(stages.get("input"), "Input", sizeText(...layer.size, ...deep), paddingNote(layer));
  if (stages.has("kernel")) {
    nameStage(stages.get("kernel"), "Kernel", sizeText(...layer.kernel_size, ...deep), kernelNote(layer));
  }
  nameStage(stages.get("products"), productsTitle(state), sizeText(...layer.kernel_size, ...(kept.length ? [] : deep)));
  nameStage(stages.get("output"), "Output", sizeText(...layer.output_size, ...kept), strideNote(layer));
  if (stages.has("gradient")) {
    nameStage(stages.get("gradient"), "Gradient", sizeText(...layer.size, ...kept), "of 1 per output cell");
  }
}

function drawStage(view, stage, layout, follow) {
  const { state } = view;
  const single = stage.name === "output" || stage.name === "gradient";
  const channels = single ? [state.channel] : layout.channels;
  const rotated = stage.name === "kernel" && state.layer.flip;
  if (stage.rotated !== rotated) fitSlots(stage, 0);
  stage.rotated = rotated;
  fitSlots(stage, channels.length, () => {
    const names = rotated ? ["kernel", "rotated"] : [stage.name];
    return names.map((name) => createGrid(name, gridHandlers(view, name)));
  });
  channels.forEach((channel, index) => {
    const slot = stage.slots[index];
    const named = state.layer.channels > 1 && stage.name === "input" && !single;
    setText(slot.label, named ? channelName(state.layer, channel) : "");
    setText(slot.caption, rotated ? "rotated by 180°, as applied" : "");
    slot.grids.forEach((grid) => {
      setAttributes(grid.board, { "data-channel": channel });
      updateGrid(grid, viewOf(state, grid.name, channel, layout), { follow });
    });
  });
}

function viewOf(state, name, channel, layout) {
  if (name === "input") return inputView(state, channel, layout.main);
  if (name === "kernel") return kernelView(state, channel, layout.kernel, false);
  if (name === "rotated") return kernelView(state, channel, layout.kernel, true);
  if (name === "products") return productsView(state, channel, layout.kernel);
  return name === "output" ? outputView(state, layout.main) : gradientView(state, layout.main);
}

// An arrangement that its titles make wider than the page is drawn again as the next narrower one.
function drawStages(view, follow) {
  const { state } = view;
  const shape = [state.width, state.geometry].join();
  if (view.shape !== shape) view.refused = new Set();
  const isNew = view.shape !== shape;
  view.shape = shape;
  for (;;) {
    const layout = chooseLayout(state, view.refused);
    const stages = [...view.stages.values()];
    for (const stage of stages) drawStage(view, stage, layout, follow);
    placeStages(view.flow, stages, view.operators, layout.channels.length, layout.arrangement);
    const fits = !isNew || layout.arrangement === "stack" || view.flow.scrollWidth <= view.flow.clientWidth;
    if (fits) return layout;
    view.refused.add(layout.arrangement);
  }
}

function drawChannels(view, layout) {
  const { state } = view;
  view.channels.hidden = !layout.choosesChannel;
  if (!layout.choosesChannel) return;
  const buttons = state.layer.channel_names.map((name, channel) => {
    const element = make("button", {
      type: "button",
      text: name,
      "aria-pressed": String(channel === state.channel),
      "data-testid": "stepper-channel",
    });
    element.onclick = () => {
      state.channel = channel;
      recompute(state);
      draw(view, true);
      view.channels.children[channel]?.focus();
    };
    return element;
  });
  view.channels.replaceChildren(...buttons);
}

function hintText(state) {
  const { edit_input: input, edit_kernel: kernel } = state.layer;
  if (state.prediction.on) return "Select an output cell and guess its value.";
  const touch = matchMedia("(hover: none)").matches;
  const point = touch ? "Tap" : "Point at";
  const twice = touch ? "Tap an input cell twice" : "Double-click an input cell";
  const keys = touch ? "" : ", or use the arrow keys on a grid,";
  const hints = [
    isTransposed(state)
      ? `${point} an input cell to see what it stamps, an output cell to see what adds up there.`
      : `${point} a cell${keys} to move the window.`,
  ];
  if (state.stamps?.some((count) => count > 1)) hints.push("A dot marks output cells where several stamps add up.");
  if (input && kernel) hints.push(`${twice} or ${touch ? "tap" : "click"} a weight to change it.`);
  else if (input) hints.push(`${twice} to change it.`);
  else if (kernel) hints.push(`${touch ? "Tap" : "Click"} a weight to change it.`);
  return hints.join(" ");
}

function draw(view, follow) {
  const { state } = view;
  const { focus } = state;
  state.shown = focus.kind === "output" ? outputCell(state.layer, state.values, focus.row, focus.column, state.channel) : null;
  fitStages(view);
  nameStages(view);
  const layout = drawStages(view, follow);
  drawChannels(view, layout);
  updateQuestion(view.question, state);
  updateExplanation(view.explanation, state);
  updateControls(view.controls, state);
  setText(view.hint, hintText(state));
}

export default function stepper(component) {
  const { parentElement, data, setTriggerValue } = component;
  let view = mounted.get(parentElement);
  if (!view || !parentElement.contains(view.root)) {
    const root = make("div", { class: "stepper", "data-testid": "stepper" });
    parentElement.append(root);
    view = buildView(root);
    mounted.set(parentElement, view);
  }
  const { state } = view;
  view.send = setTriggerValue;
  state.generation += 1;
  const { generation } = state;
  state.theme = readTheme(view.root);
  state.width = Math.floor(view.root.clientWidth) || 720;
  const take = () => {
    takeData(state, data, take);
    draw(view, true);
  };
  take();
  return () => {
    // A call that was overtaken by a newer one must not take that one's view away.
    if (generation !== state.generation) return;
    stopPlaying(state);
    clearTimeout(state.later);
    view.observer.disconnect();
    view.root.remove();
    mounted.delete(parentElement);
  };
}
