// Cell colours from the app's theme: a diverging scale centred at zero (blue, neutral, vermilion) and grey.
// Okabe and Ito (2008): this blue and vermilion stay apart for colour-blind readers.

const BLUE = [0, 114, 178];
const VERMILION = [213, 94, 0];

function readColour(text, otherwise) {
  const value = text.trim();
  let hex = /^#([0-9a-f]{3,8})$/i.exec(value)?.[1];
  if (hex && hex.length <= 4) hex = [...hex].map((digit) => digit + digit).join("");
  if (hex) return [0, 2, 4].map((start) => parseInt(hex.slice(start, start + 2), 16));
  const channels = /^rgba?\(([^)]+)\)$/i.exec(value)?.[1].split(/[\s,/]+/).map(Number);
  return channels && channels.length >= 3 ? channels.slice(0, 3) : otherwise;
}

function readTheme(host) {
  const style = getComputedStyle(host);
  return {
    background: readColour(style.getPropertyValue("--st-background-color"), [255, 255, 255]),
    neutral: readColour(style.getPropertyValue("--st-secondary-background-color"), [243, 245, 248]),
  };
}

function luminance(colour) {
  const [red, green, blue] = colour.map((channel) => {
    const level = channel / 255;
    return level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mix(from, to, share) {
  return from.map((channel, index) => Math.round(channel + (to[index] - channel) * share));
}

// Black or white, whichever stands out: against any colour one of them has a contrast of at least 4.58.
function paint(colour) {
  return { fill: `rgb(${colour.join(" ")})`, ink: luminance(colour) > 0.179 ? "#000" : "#fff" };
}

function signedPaint(value, limit, theme) {
  const share = limit > 0 && Number.isFinite(value) ? Math.max(-1, Math.min(1, value / limit)) : 0;
  return paint(mix(theme.neutral, share < 0 ? BLUE : VERMILION, Math.abs(share)));
}

function greyPaint(value, low, high) {
  const share = high > low ? Math.max(0, Math.min(1, (value - low) / (high - low))) : 0;
  const level = Math.round(255 * share);
  return paint([level, level, level]);
}

function largest(values) {
  let limit = 0;
  for (const value of values) if (Number.isFinite(value)) limit = Math.max(limit, Math.abs(value));
  return limit;
}
