// Sizes: everything in one row where it fits, input beside output on a middling width, one below the other on a phone.

const LARGEST_CELL = 46;
// Below SMALLEST_CELL the numbers of a grid cannot be read: it scrolls within its own frame instead.
const SMALLEST_CELL = 20;
const SMALLEST_IN_ROW = 26;
const FRAME = 8;
const PAIR_GAP = 18;

function gapFor(cell) {
  return cell >= 30 ? 2 : 1;
}

function widthOf(columns, cell) {
  return columns * cell + (columns - 1) * gapFor(cell) + FRAME;
}

// The largest cell between two bounds for which `fits` holds, or null.
function largestCell(largest, smallest, fits) {
  for (let cell = largest; cell >= smallest; cell -= 1) if (fits(cell)) return cell;
  return null;
}

function columnsOf(state) {
  const { layer } = state;
  return {
    input: layer.column_sources.length,
    kernel: spanOf(layer.kernel_size[1], layer.dilation[1]),
    output: layer.output_size[1],
    gradient: state.gradient ? layer.size[1] : 0,
    middles: isPooling(state) ? 1 : 2,
  };
}

function rowCell(state) {
  const { input, kernel, output, gradient, middles } = columnsOf(state);
  const parts = [input, ...Array(middles).fill(kernel), output, ...(gradient ? [gradient] : [])];
  const operators = (parts.length - 1) * (isPooling(state) ? 44 : 34);
  const cell = largestCell(LARGEST_CELL, SMALLEST_IN_ROW, (side) =>
    parts.reduce((sum, columns) => sum + Math.max(widthOf(columns, side), 84), operators) <= state.width);
  return cell && { cell, kernelCell: cell };
}

// Two columns: input above kernel (or window), output above products (or gradient).
function pairCell(state) {
  if (state.width < 560) return null;
  const { input, kernel, output, gradient, middles } = columnsOf(state);
  const room = state.width - PAIR_GAP;
  const left = (cell, kernelCell) => Math.max(widthOf(input, cell), widthOf(kernel, kernelCell));
  const right = (cell, kernelCell) =>
    Math.max(widthOf(output, cell), middles === 2 ? widthOf(kernel, kernelCell) : widthOf(gradient, cell), 84);
  const fits = (cell, kernelCell) => left(cell, kernelCell) + right(cell, kernelCell) <= room;
  let best = null;
  // The smallest cells are the hardest to read, so they decide.
  for (let cell = 34; cell > SMALLEST_CELL; cell -= 1) {
    const kernelCell = largestCell(cell, SMALLEST_CELL + 1, (side) => fits(cell, side));
    if (kernelCell && kernelCell > (best?.kernelCell ?? 0)) best = { cell, kernelCell };
  }
  return best;
}

function stackCell(state) {
  const { input, kernel, output, gradient } = columnsOf(state);
  const alone = (columns, largest) =>
    largestCell(largest, SMALLEST_CELL, (side) => widthOf(columns, side) <= state.width) ?? SMALLEST_CELL + 2;
  const cell = alone(Math.max(input, output, gradient), state.width >= 600 ? 29 : 36);
  const beside = largestCell(Math.max(cell, 26), SMALLEST_CELL + 2, (side) => 2 * widthOf(kernel, side) + 22 <= state.width);
  return { cell, kernelCell: beside ?? alone(kernel, 29) };
}

// `refused` names the arrangements that turned out wider than the page, for instance because of a long title.
function chooseLayout(state, refused) {
  const { layer } = state;
  const options = { row: rowCell, pair: pairCell, stack: stackCell };
  const arrangement = ["row", "pair", "stack"].find((name) => name === "stack" || (!refused.has(name) && options[name](state)));
  const { cell, kernelCell } = options[arrangement](state);
  const inputRows = layer.row_sources.length;
  const allChannels = arrangement === "row" && layer.channels * inputRows * cell <= 620 && !isPooling(state);
  return {
    arrangement,
    main: { cell, gap: gapFor(cell) },
    kernel: { cell: kernelCell, gap: gapFor(kernelCell) },
    channels: allChannels ? Array.from({ length: layer.channels }, (_, index) => index) : [state.channel],
    choosesChannel: layer.channels > 1 && !allChannels,
  };
}
