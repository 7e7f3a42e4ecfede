// Input and output side by side, or one over the other with a divider to drag.
// The script runs again whenever the data change: it builds once and then only fills in.

const make = (tag, className, parent) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  parent.append(element);
  return element;
};

function figure(parent, name) {
  const element = make("figure", name, parent);
  const caption = make("figcaption", "", element);
  const parts = { element, role: make("span", "role", caption), size: make("span", "size", caption) };
  parts.frame = make("div", "frame", element);
  return parts;
}

function buildSides(root) {
  const pictures = make("div", "pictures", root);
  const sides = { input: figure(pictures, "input"), output: figure(pictures, "output") };
  for (const side of Object.values(sides)) {
    side.button = make("button", "pick", side.frame);
    side.button.type = "button";
    side.image = make("img", "", side.button);
  }
  sides.scale = make("div", "scale", sides.output.element);
  return sides;
}

function buildSlider(root) {
  const pictures = make("div", "pictures", root);
  const both = figure(pictures, "both");
  both.image = make("img", "", both.frame);
  both.overlay = make("div", "overlay", both.frame);
  both.above = make("img", "", both.overlay);
  both.divider = make("div", "divider", both.frame);
  both.range = make("input", "", both.frame);
  Object.assign(both.range, { type: "range", min: 0, max: 100, step: 0.5, value: 50 });
  both.scale = make("div", "scale", both.element);
  return both;
}

function fillImage(image, picture) {
  if (image.getAttribute("src") !== picture.source) image.src = picture.source;
  image.alt = picture.alt;
  image.className = picture.pixelated ? "pixelated" : "";
}

function fillScale(element, scale) {
  element.replaceChildren();
  if (!scale) return;
  make("span", "", element).textContent = scale.low;
  make("div", "bar", element).style.background = scale.gradient;
  make("span", "", element).textContent = scale.high;
  if (scale.middle) make("span", "middle", element).textContent = scale.middle;
  make("span", "note", element).textContent = scale.note;
}

function fillSides(view, data, setTriggerValue) {
  for (const name of ["input", "output"]) {
    const side = view[name];
    side.role.textContent = data[name].label;
    side.size.textContent = data[name].size;
    fillImage(side.image, data[name]);
    side.button.title = data.pick_hint;
    side.button.onclick = (event) => {
      const box = side.image.getBoundingClientRect();
      // A key press has no position: it picks the middle.
      const x = event.detail ? (event.clientX - box.left) / box.width : 0.5;
      const y = event.detail ? (event.clientY - box.top) / box.height : 0.5;
      setTriggerValue("pick", { side: name, x, y });
    };
  }
  fillScale(view.scale, data.scale);
}

function fillSlider(view, data) {
  view.role.textContent = `${data.input.label} | ${data.output.label}`;
  view.size.textContent = `${data.input.size} | ${data.output.size}`;
  fillImage(view.image, data.input);
  fillImage(view.above, data.output);
  const { left, top, width, height } = data.place;
  const percent = (value) => `${value * 100}%`;
  Object.assign(view.overlay.style, { left: percent(left), top: percent(top), width: percent(width), height: percent(height) });
  view.range.setAttribute("aria-label", "Divider between input and output");
  const draw = () => {
    const cut = Number(view.range.value) / 100;
    view.divider.style.left = percent(cut);
    // The overlay may be smaller than the input: cut at the same place of the picture, not of the overlay.
    const within = Math.min(Math.max((cut - left) / width, 0), 1);
    view.overlay.style.clipPath = `inset(0 0 0 ${percent(within)})`;
  };
  view.range.oninput = draw;
  draw();
  fillScale(view.scale, data.scale);
}

export default function ({ data, parentElement, setTriggerValue }) {
  let root = parentElement.querySelector(".comparison");
  if (!root || root.dataset.mode !== data.mode) {
    root?.remove();
    root = make("div", `comparison ${data.mode}`, parentElement);
    root.dataset.mode = data.mode;
    root.view = data.mode === "slider" ? buildSlider(root) : buildSides(root);
  }
  if (data.mode === "slider") fillSlider(root.view, data);
  else fillSides(root.view, data, setTriggerValue);
}
