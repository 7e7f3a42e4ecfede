// Play, pause, step, speed and "predict first".

const SLOWEST = 0.5;
const SPEEDS = [0.5, 1, 2, 4, 8];

function button(name, label, action) {
  const element = make("button", { type: "button", class: "icon", "aria-label": label, title: label, "data-testid": `stepper-${name}` });
  element.append(icon(name));
  element.onclick = action;
  return element;
}

function createControls(actions) {
  const back = button("back", "Step back", () => actions.step(-1));
  const play = button("play", "Play", actions.toggle);
  const forward = button("forward", "Step forward", () => actions.step(1));
  play.classList.add("primary");
  const speed = make("input", {
    type: "range",
    min: "0",
    max: String(SPEEDS.length - 1),
    step: "1",
    "aria-label": "Speed, steps per second",
    "data-testid": "stepper-speed",
  });
  speed.oninput = () => actions.speed(SPEEDS[Number(speed.value)]);
  const pace = make("span", { class: "pace" });
  const predict = make("input", { type: "checkbox", role: "switch", "data-testid": "stepper-predict" });
  predict.onchange = () => actions.predict(predict.checked);
  const root = make("div", { class: "controls", role: "group", "aria-label": "Move the window" }, [
    make("div", { class: "buttons" }, [back, play, forward]),
    make("label", { class: "speed" }, [make("span", { text: "Speed" }), speed, pace]),
    make("label", { class: "switch" }, [predict, make("span", { class: "track" }), make("span", { text: "Predict first" })]),
  ]);
  return { root, back, play, forward, speed, pace, predict };
}

function updateControls(controls, state) {
  const name = state.playing ? "pause" : "play";
  if (controls.play.dataset.shows !== name) {
    controls.play.replaceChildren(icon(name));
    controls.play.dataset.shows = name;
    setAttributes(controls.play, { "aria-label": state.playing ? "Pause" : "Play", title: state.playing ? "Pause" : "Play" });
  }
  controls.play.disabled = state.prediction.on;
  controls.speed.value = String(SPEEDS.indexOf(state.speed));
  setText(controls.pace, `${state.speed} / s`);
  controls.predict.checked = state.prediction.on;
}

function stopPlaying(state) {
  clearTimeout(state.timer);
  state.timer = 0;
  state.playing = false;
}

// One step per tick; the timer is set again after each, so a new speed takes effect at once.
function keepPlaying(state, tick) {
  clearTimeout(state.timer);
  state.playing = true;
  state.timer = setTimeout(() => tick(), 1000 / Math.max(SLOWEST, state.speed));
}
