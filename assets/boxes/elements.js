// Small makers of elements, and the colour of text on a colour.

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  in: "M12 5v14M5 12h14",
  out: "M5 12h14",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  add: "M4 8V4h4M16 4h4v4M4 16v4h4M12 13v8M8 17h8M20 12V8",
  remove: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5",
  undo: "M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3",
};

function division(className, children = []) {
  const element = document.createElement("div");
  element.className = className;
  element.append(...children);
  return element;
}

function shape(tag, attributes, children = []) {
  const element = document.createElementNS(SVG, tag);
  setAll(element, attributes);
  element.append(...children);
  return element;
}

function setAll(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}

function iconButton(name, label, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.title = label;
  button.setAttribute("aria-label", label);
  button.dataset.testid = `boxes-${name}`;
  button.append(shape("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, [shape("path", { d: ICONS[name] })]));
  button.onclick = act;
  return button;
}

function inkOn(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => (parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.26 ? "#111111" : "#ffffff";
}

function clamp(value, least, most) {
  return Math.max(least, Math.min(most, value));
}
