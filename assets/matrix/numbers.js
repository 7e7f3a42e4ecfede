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

// Only zero counts as zero: 1e-12 is a weight like any other.
function isWhole(value) {
  return Math.abs(value - Math.round(value)) <= 1e-9 * Math.abs(value);
}

function trimZeros(text) {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function typeset(text) {
  return text.replaceAll("-", MINUS);
}

// Rounded to so many significant digits without an exponent; null where zeros would have to fill it up.
function rounded(value, digits) {
  const [, exponent] = value.toExponential(digits - 1).split("e").map(Number);
  if (exponent < -3 || exponent >= digits) return null;
  return trimZeros(Number(value.toPrecision(digits)).toFixed(digits - 1 - exponent));
}

function scientific(value, digits) {
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  return `${trimZeros(mantissa)}e${exponent.replace("+", "")}`;
}

// Whole numbers as they are, others with three significant digits or three decimals.
function formatNumber(value) {
  if (!Number.isFinite(value)) return "NaN";
  const size = Math.abs(value);
  if (isWhole(value) && size < 1e7) return typeset(String(Math.round(value)).replace(/^-0$/, "0"));
  if (size >= 1e5 || size < 1e-3) return typeset(scientific(value, 3));
  if (size < 1) return typeset(rounded(value, 3));
  return typeset(trimZeros(value.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : 3)));
}

// A negative number inside a sum or product: 0·(−1).
function bracketed(value) {
  const text = formatNumber(value);
  return text.startsWith(MINUS) ? `(${text})` : text;
}

// Every digit that a 32-bit float has; sums are 64-bit and would otherwise show the noise of the addition.
function fullNumber(value) {
  return typeset(String(Number(value.toPrecision(9))));
}

function showsAll(text, value) {
  return Math.abs(Number(text.replaceAll(MINUS, "-")) - value) <= 1e-9 * Math.abs(value);
}

// Whether formatNumber shows the value itself and not a rounded one.
function isShownExactly(value) {
  return showsAll(formatNumber(value), value);
}
