// Where the labels go: each beside its own box, none over another; those for which there is no room are left out.

const CAPTION_HEIGHT = 18;
const CAPTION_PADDING = 5;
const CAPTION_FONT = "600 12px";

function captionWidth(view, text) {
  if (!view.widths.has(text)) {
    view.measure ??= document.createElement("canvas").getContext("2d");
    view.measure.font = `${CAPTION_FONT} ${getComputedStyle(view.root).fontFamily}`;
    view.widths.set(text, Math.ceil(view.measure.measureText(text).width) + 2 * CAPTION_PADDING);
  }
  return view.widths.get(text);
}

// Above the box if there is room there, else inside it, below it, and at its right.
function captionSpots([left, top, right, bottom], width) {
  const above = top - CAPTION_HEIGHT;
  return [
    [left, above],
    [left, top],
    [right - width, above],
    [left, bottom],
    [right - width, top],
    [left, bottom - CAPTION_HEIGHT],
    [right - width, bottom],
    [right - width, bottom - CAPTION_HEIGHT],
  ];
}

function overlap(a, b) {
  const height = b.height ?? CAPTION_HEIGHT;
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + height && b.y < a.y + CAPTION_HEIGHT;
}

// The buttons for zooming lie at the upper right: no label goes below them.
function toolsRoom(view, stageWidth) {
  return view.data.small ? [] : [{ x: stageWidth - 126, y: 0, width: 126, height: 46 }];
}

// `wanted`: [{place, text, box}] with the most important first; gives the spots by place.
function placeCaptions(view, wanted) {
  const [stageWidth, stageHeight] = roomOf(view);
  const placed = new Map();
  const taken = toolsRoom(view, stageWidth);
  for (const { place: number, text, box } of wanted) {
    const [left, top, right, bottom] = box;
    if (right < 0 || bottom < 0 || left > stageWidth || top > stageHeight || !text) continue;
    const width = captionWidth(view, text);
    const seen = [clamp(left, 0, stageWidth), clamp(top, 0, stageHeight), clamp(right, 0, stageWidth), clamp(bottom, 0, stageHeight)];
    for (const [x, y] of captionSpots(seen, width)) {
      const spot = { x: clamp(x, 0, Math.max(0, stageWidth - width)), y, width };
      const inside = y >= 0 && y + CAPTION_HEIGHT <= stageHeight;
      if (inside && !taken.some((other) => overlap(spot, other))) {
        placed.set(number, spot);
        taken.push(spot);
        break;
      }
    }
  }
  return placed;
}
