// "Predict first": an output value stays hidden until a guess has been typed; then it is scored.

function newPrediction() {
  return { on: false, answers: new Map(), right: 0, asked: 0, streak: 0, complaint: "" };
}

function forgetAnswers(prediction) {
  prediction.answers.clear();
  prediction.complaint = "";
}

function placeKey(state, row, column) {
  return `${row},${column},${isPooling(state) ? state.channel : 0}`;
}

function isHidden(state, row = state.focus.row, column = state.focus.column) {
  return state.prediction.on && !state.prediction.answers.has(placeKey(state, row, column));
}

// A whole number must be met exactly; anything else to two decimals, or to half a per cent where that is coarser.
function isRight(guess, truth) {
  const tolerance = isWhole(truth) ? 1e-6 * Math.max(1, Math.abs(truth)) : Math.max(0.0051, Math.abs(truth) * 0.005);
  return Math.abs(guess - truth) <= tolerance;
}

function answer(state, text) {
  const { prediction, focus } = state;
  const guess = readNumber(text);
  prediction.complaint = Number.isNaN(guess) ? "Type a number, such as 2, -0.5 or 1/9." : "";
  if (prediction.complaint || !isHidden(state)) return;
  const right = isRight(guess, state.shown.total);
  prediction.answers.set(placeKey(state, focus.row, focus.column), { guess, right });
  prediction.asked += 1;
  prediction.right += right ? 1 : 0;
  prediction.streak = right ? prediction.streak + 1 : 0;
}

// The next cell in reading order that has no answer yet, or null when all are answered.
function nextQuestion(state) {
  const [rows, columns] = state.layer.output_size;
  const start = state.focus.row * columns + state.focus.column;
  for (let ahead = 1; ahead <= rows * columns; ahead += 1) {
    const index = (start + ahead) % (rows * columns);
    const place = [Math.floor(index / columns), index % columns];
    if (isHidden(state, ...place)) return place;
  }
  return null;
}

function scoreText(prediction) {
  if (!prediction.asked) return "";
  return `${prediction.right} of ${prediction.asked} right · streak ${prediction.streak}`;
}

function verdictText(state) {
  const { prediction, focus, shown } = state;
  const given = prediction.answers.get(placeKey(state, focus.row, focus.column));
  if (!given) return "";
  const truth = formatNumber(shown.total);
  return given.right ? `Right, it is ${truth}.` : `It is ${truth}; your guess was ${formatNumber(given.guess)}.`;
}

function createQuestion(actions) {
  const guess = make("input", {
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    "aria-label": "Your guess for the hidden value",
    "data-testid": "stepper-guess",
  });
  const check = make("button", { type: "submit", class: "primary", text: "Check", "data-testid": "stepper-check" });
  const ask = make("form", { class: "ask" }, [make("span", { text: "Your guess" }), guess, check]);
  const verdict = make("span", { class: "verdict", role: "status", "data-testid": "stepper-verdict" });
  const next = make("button", { type: "button", text: "Next", "data-testid": "stepper-next" });
  const score = make("span", { class: "score", "data-testid": "stepper-score" });
  ask.onsubmit = (event) => {
    event.preventDefault();
    actions.answer(guess.value);
  };
  next.onclick = actions.nextQuestion;
  const root = make("div", { class: "question" }, [ask, verdict, next, score]);
  return { root, ask, guess, verdict, next, score };
}

function updateQuestion(question, state) {
  const { prediction } = state;
  const hidden = isHidden(state);
  question.root.hidden = !prediction.on;
  question.ask.hidden = !hidden;
  question.next.hidden = hidden || nextQuestion(state) === null;
  setText(question.verdict, hidden ? prediction.complaint : verdictText(state));
  const given = prediction.answers.get(placeKey(state, state.focus.row, state.focus.column));
  setAttributes(question.verdict, { "data-right": given ? String(given.right) : null });
  setText(question.score, scoreText(prediction));
}
