// Numbers that fit their cells: as many digits as there is room for, never a text that is cut off.

const SMALLEST_FONT = 8;
// Below this many pixels rounded numbers are a blur: colours alone say more.
const SMALLEST_NUMBERED = 20;
const GLYPHS = `0123456789.,/e+?≈${MINUS}`;
const glyphs = new Map();

// Width of each character in shares of the font size.
function glyphWidths(host) {
  const family = getComputedStyle(host).fontFamily;
  const known = glyphs.get(family);
  if (known) return known;
  const probe = document.createElement("div");
  probe.style.cssText = "position:absolute;visibility:hidden;font-size:100px;white-space:pre;font-variant-numeric:tabular-nums";
  const spans = [...GLYPHS].map((glyph) => {
    const span = document.createElement("span");
    span.textContent = glyph;
    return span;
  });
  probe.append(...spans);
  host.append(probe);
  const widths = new Map(spans.map((span) => [span.textContent, span.getBoundingClientRect().width / 100]));
  probe.remove();
  // Where the host is not on show yet, or its font still loads, the next call measures again.
  if (widths.get("0") > 0 && document.fonts.status === "loaded") glyphs.set(family, widths);
  return widths.get("0") > 0 ? widths : new Map();
}

function textWidth(text, widths) {
  let width = 0;
  for (const glyph of text) width += widths.get(glyph) ?? 0.62;
  return width;
}

function withoutZero(text) {
  return text?.replace(/^([-\u2212]?)0\./, "$1.");
}

// A number's spellings, the most exact first: three digits, two, one, each as 0.012, .012 and 1.2e−2; then decimals.
function spellings(value, typed) {
  const found = [typed, formatNumber(value)].filter(Boolean).map((text) => ({ text, digits: 3 }));
  if (value === 0 || !Number.isFinite(value)) return found;
  for (const digits of [3, 2, 1]) {
    const plain = rounded(value, digits);
    const texts = [plain, withoutZero(plain), scientific(value, digits)];
    for (const text of texts) if (text) found.push({ text: typeset(text), digits });
  }
  for (const decimals of Math.abs(value) < 1 ? [2, 1] : []) {
    const text = withoutZero(trimZeros(value.toFixed(decimals)));
    if (Number(text)) found.push({ text: typeset(text), digits: 1 });
  }
  return found;
}

// `values` holds NaN for cells without a number. Returns one font size and every cell's text; `allOrNone` leaves all
// cells to their colours where one number does not fit.
function fitNumbers(values, cell, { widths, largestFont = 15, typed = [], allOrNone = false }) {
  const room = cell - Math.max(4, cell * 0.14);
  const lists = values.map((value, index) => (Number.isNaN(value) ? [] : spellings(value, typed[index])));
  // One digit is enough for what is small beside the largest number, rather than a smaller font for all.
  const minor = 0.05 * largest(values);
  const isGood = (one, index) => one?.digits >= 2 || (one && Math.abs(values[index]) < minor);
  const isExact = (one, value) => one.text.includes("/") || showsAll(one.text, value);
  for (let font = Math.max(SMALLEST_FONT, Math.min(largestFont, cell * 0.36)); ; font = Math.max(SMALLEST_FONT, font * 0.92)) {
    const found = lists.map((list) => list.find((one) => textWidth(one.text, widths) * font <= room));
    const exact = found.map((one, index) => one !== undefined && isExact(one, values[index]));
    const good = found.every((one, index) => !lists[index].length || exact[index] || isGood(one, index));
    if (!good && font > SMALLEST_FONT) continue;
    const crowded = cell < SMALLEST_NUMBERED && exact.some((is, index) => lists[index].length && !is);
    const blank = crowded || (allOrNone && found.some((one, index) => lists[index].length && !one));
    const short = found.some((one) => one && /^\u2212?\./.test(one.text));
    const texts = found.map((one, index) => {
      if (blank || !lists[index].length) return "";
      if (!one) return Math.abs(values[index]) < 0.005 ? "≈0" : "";
      return short ? withoutZero(one.text) : one.text;
    });
    return { font, texts, exact: blank ? exact.map(() => false) : exact, blank };
  }
}
