// The arithmetic of the current cell in words and numbers.

const MOST_TERMS = 60;

function listed(terms, textOf, joint) {
  const shown = terms.slice(0, MOST_TERMS).map((one) => make("span", { class: "term", text: textOf(one) }));
  const parts = shown.flatMap((element, index) => (index ? [joint, element] : [element]));
  if (terms.length > MOST_TERMS) parts.push(`${joint}… (${plural(terms.length - MOST_TERMS, "more term")})`);
  return parts;
}

function productText(one) {
  return `${bracketed(one.value)}·${bracketed(one.weight)}`;
}

function equals(...numbers) {
  return numbers.every(isShownExactly) ? " = " : " ≈ ";
}

function totalElement(value) {
  return make("strong", {
    class: "total",
    text: value === null ? "?" : formatNumber(value),
    "data-testid": "stepper-sum",
    ...(value === null ? {} : { "data-value": value }),
  });
}

function groupNumbers(group) {
  return group.terms.flatMap((one) => [one.value, one.weight]);
}

function productsLine(group, end) {
  const terms = group.terms.length ? listed(group.terms, productText, " + ") : ["no input cell reaches this one"];
  const numbers = [...groupNumbers(group), group.sum];
  return [...terms, equals(...numbers), end];
}

function sumLines(state) {
  const { layer, shown } = state;
  const single = layer.channels === 1;
  if (single && layer.bias === 0) return [line("", productsLine(shown.groups[0], totalElement(shown.total)))];
  const lines = shown.groups.map((group) => {
    const sum = make("b", {
      text: formatNumber(group.sum),
      "data-testid": "stepper-channel-sum",
      "data-channel": group.channel,
      "data-value": group.sum,
    });
    return line(single ? "Sum" : channelName(layer, group.channel), productsLine(group, sum));
  });
  const sums = shown.groups.map((group) => group.sum);
  const addends = sums.map((sum, index) => (index ? bracketed(sum) : formatNumber(sum)));
  if (layer.bias !== 0) addends.push(`bias ${bracketed(layer.bias)}`);
  const ending = [addends.join(" + "), equals(...sums, layer.bias, shown.total), totalElement(shown.total)];
  return [...lines, line("Total", ending)];
}

function line(label, parts) {
  const children = label ? [make("span", { class: "line-label", text: label })] : [];
  return make("div", { class: "sum-line" }, [...children, make("span", { class: "sum-terms" }, parts)]);
}

function poolLines(state) {
  const { operation } = state.layer;
  const { real, total } = state.shown;
  const numbers = real.map((one) => one.value);
  const end = [equals(...numbers, total), totalElement(total)];
  const value = (one) => formatNumber(one.value);
  const squared = (one) => `${bracketed(one.value)}²`;
  const body = {
    max: () => ["max(", ...listed(real, value, ", "), ")"],
    min: () => ["min(", ...listed(real, value, ", "), ")"],
    average: () => ["(", ...listed(real, (one) => bracketed(one.value), " + "), `) / ${real.length}`],
    l2: () => ["√(", ...listed(real, squared, " + "), ")"],
  }[operation]();
  return [line("", [...body, ...end])];
}

function stampLines(state) {
  const { layer, focus, values } = state;
  const [box] = clippedStamp(layer, focus);
  const where = box
    ? ` is added to output ${range("row", box.row, box.rows)}, ${range("column", box.column, box.columns)}`
    : " falls outside the output";
  return Array.from({ length: layer.channels }, (_, channel) => {
    const value = paddedValue(layer, values, focus.row, focus.column, channel);
    const factor = channel ? make("b", { text: formatNumber(value) }) : totalElement(value);
    const label = layer.channels > 1 ? channelName(layer, channel) : "";
    return line(label, [factor, layer.channels > 1 ? " × its kernel" : " × the kernel", where]);
  });
}

function range(word, start, count) {
  return count === 1 ? `${word} ${start + 1}` : `${word}s ${start + 1} to ${start + count}`;
}

function positionText(state) {
  const { focus } = state;
  const place = `row ${focus.row + 1}, column ${focus.column + 1}`;
  if (!isTransposed(state)) return `window at ${place}`;
  return focus.kind === "input" ? `input cell at ${place}` : `output cell at ${place}`;
}

function spokenText(state) {
  const { focus } = state;
  const place = `Row ${focus.row + 1}, column ${focus.column + 1}`;
  if (isHidden(state)) return `${place}: hidden, type a guess`;
  if (focus.kind === "input") return `${place} of the input is stamped on the output`;
  const word = isPooling(state) ? { max: "maximum", min: "minimum", average: "average", l2: "L2 norm" }[state.layer.operation] : "sum";
  return `${place}: ${word} ${formatNumber(state.shown.total)}`;
}

function createExplanation() {
  const position = make("div", { class: "position", "data-testid": "stepper-position" });
  const arithmetic = make("div", { class: "arithmetic", "data-testid": "stepper-arithmetic" });
  const spoken = make("div", { class: "spoken", role: "status", "aria-live": "polite", "data-testid": "stepper-live" });
  return { root: make("div", { class: "explanation" }, [position, arithmetic, spoken]), position, arithmetic, spoken, tall: 0 };
}

function updateExplanation(explanation, state) {
  const { focus } = state;
  setText(explanation.position, positionText(state));
  setAttributes(explanation.position, { "data-grid": focus.kind, "data-row": focus.row, "data-col": focus.column });
  let lines;
  if (isHidden(state)) lines = [line("", [totalElement(null)])];
  else if (focus.kind === "input") lines = stampLines(state);
  else lines = isPooling(state) ? poolLines(state) : sumLines(state);
  explanation.arithmetic.replaceChildren(...lines);
  // The tallest text so far keeps its room, so that the controls below stay where they are.
  if (explanation.width !== state.width) explanation.tall = 0;
  explanation.width = state.width;
  explanation.tall = Math.max(explanation.tall, lines.reduce((sum, one) => sum + one.offsetHeight, 0));
  explanation.arithmetic.style.minHeight = `${explanation.tall}px`;
  setAttributes(explanation.spoken, { "aria-live": state.playing ? "off" : "polite" });
  setText(explanation.spoken, state.playing ? "" : spokenText(state));
}
