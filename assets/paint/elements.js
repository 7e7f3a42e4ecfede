// Small makers of elements, and the icons of the tools.

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  brush: "M20 4 10 14M8 14c-2 0-3 1-3 3s-1 2-2 3c5 1 9 0 9-3 0-2-2-3-4-3z",
  eraser: "M8 20h12M5 13l8-8 6 6-8 8H8l-3-3zM9 9l6 6",
  polygon: "M5 8l8-4 6 6-4 9-9-2z",
  undo: "M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3",
  clear: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5",
};

function make(tag, className, parent) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  parent?.append(element);
  return element;
}

function shape(tag, attributes, parent) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent?.append(element);
  return element;
}

function iconButton(name, label, parent, act) {
  const button = make("button", "tool", parent);
  button.type = "button";
  button.title = label;
  button.setAttribute("aria-label", label);
  button.dataset.testid = `paint-${name}`;
  const svg = shape("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, button);
  shape("path", { d: ICONS[name] }, svg);
  button.onclick = act;
  return button;
}

function clamp(value, least, most) {
  return Math.max(least, Math.min(most, value));
}
