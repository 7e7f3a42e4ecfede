// A map of rows and columns of values: point at one to read it, click or use the arrow keys to choose it.

function build(parent) {
  const view = buildStage(parent, "place", "map of values");
  view.image = picture("values", view.stage);
  buildDrawing(view, [
    ["cell_edge", "rect"],
    ["cell", "rect"],
    ["pointed", "rect"],
  ]);
  buildReadout(view);
  return view;
}

function draw(view) {
  frameCells(view);
  const [row, column] = view.pointed ?? view.at;
  const value = view.values[row * view.data.columns + column];
  say(view, `Row ${row}, column ${column}: ${Number(value.toPrecision(4))}`);
}

export default function place({ parentElement, data, setTriggerValue }) {
  const view = viewOf(parentElement, build);
  view.values = data.values.getChildAt(0).toArray();
  setSource(view.image, data.source);
  view.image.alt = data.alt;
  view.image.classList.toggle("smooth", Math.max(data.rows, data.columns) > 300);
  follow(view, data, setTriggerValue, draw);
}
