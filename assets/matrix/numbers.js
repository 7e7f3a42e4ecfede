// Numbers as people type and read them. The stepper uses this file too.

const MINUS = "\u2212";

// Reads "2", "-0.5", "1/9" or "0,5" (a decimal comma); anything else is NaN.
function readNumber(text) {
  const plain = text.trim().replace(/\u2212/g, "-").replace(/^([+-]?\d*),(\d+)$/, "$1.$2");
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,4})?$/i;
  const parts = plain.split("/").map((part) => part.trim());
  if (parts.length > 2 || !parts.every((part) => number.test(part))) return NaN;
  const value = parts.length === 2 ? Number(parts[0]) / Number(parts[1]) : Number(parts[0]);
  return Math.abs(value) <= 3.4028234e38 ? value : NaN;
}

function isWhole(value) {
  return Math.abs(value - Math.round(value)) <= 1e-9 * Math.max(1, Math.abs(value));
}

function trimZeros(text) {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function withDecimals(value, decimals) {
  return trimZeros(value.toFixed(decimals)).replace(/^-0$/, "0");
}

function scientific(value, digits) {
  const [mantissa, exponent] = value.toExponential(digits).split("e");
  return `${trimZeros(mantissa)}e${exponent.replace("+", "")}`;
}

// Whole numbers as they are, others with up to three decimals; `room` is the number of characters that fit.
function formatNumber(value, room = Infinity) {
  if (!Number.isFinite(value)) return "NaN";
  const size = Math.abs(value);
  let text;
  if (isWhole(value) && size < 1e7) text = String(Math.round(value)).replace(/^-0$/, "0");
  else if (size >= 1e5 || size < 5e-4) text = scientific(value, 1);
  else text = withDecimals(value, size >= 100 ? 1 : size >= 10 ? 2 : 3);
  for (let decimals = 2; text.length > room && decimals >= 0 && size < 1e5 && size >= 5e-4; decimals -= 1) {
    text = withDecimals(value, decimals);
    if (text.length > room) text = text.replace(/^(-?)0\./, "$1.");
    if (text === "0") text = value < 0 ? "-0" : "0";
  }
  if (text.length > room && size >= 1e3) text = scientific(value, 0);
  return text.replace("-", MINUS).replace("e-", `e${MINUS}`);
}

// Whether formatNumber shows the value itself and not a rounded one.
function isShownExactly(value) {
  const shown = Number(formatNumber(value).replaceAll(MINUS, "-"));
  return Math.abs(shown - value) <= 1e-9 * Math.max(1e-3, Math.abs(value));
}
