// A photo with boxes: the script runs again whenever the data change, builds once and then only fills in.

const SVG = "http://www.w3.org/2000/svg";

export default function boxes({ parentElement, data }) {
  let root = parentElement.querySelector(".boxes");
  if (!root) {
    root = document.createElement("div");
    root.className = "boxes";
    root.innerHTML = '<div class="stage"><img><svg></svg></div>';
    parentElement.append(root);
  }
  const [image, svg] = [root.querySelector("img"), root.querySelector("svg")];
  if (image.src !== data.photo.source) image.src = data.photo.source;
  image.alt = data.alt;
  svg.setAttribute("viewBox", `0 0 ${data.photo.width} ${data.photo.height}`);
  svg.replaceChildren(...data.marks.map((mark) => {
    const [left, top, right, bottom] = mark.corners;
    const rect = document.createElementNS(SVG, "rect");
    const attributes = { x: left, y: top, width: right - left, height: bottom - top, stroke: mark.colour, fill: "none" };
    for (const [name, value] of Object.entries(attributes)) rect.setAttribute(name, value);
    return rect;
  }));
}
