// Sizes: everything in one row where it fits, input beside output on a middling width, one below the other on a phone.

const LARGEST_CELL = 46;
const SMALLEST_CELL = 22;

function gapFor(cell) {
  return cell >= 30 ? 2 : 1;
}

function widthOf(columns, cell) {
  return columns * (cell + gapFor(cell)) + 8;
}

function fitCell(columns, room, largest = LARGEST_CELL) {
  const cell = Math.min(largest, Math.floor(room / columns) - 2);
  return Math.max(SMALLEST_CELL, cell < 30 ? Math.min(29, Math.floor(room / columns) - 1) : cell);
}

function chooseLayout(state) {
  const { layer, width } = state;
  const input = layer.column_sources.length;
  const inputRows = layer.row_sources.length;
  const kernel = spanOf(layer.kernel_size[1], layer.dilation[1]);
  const output = layer.output_size[1];
  const middles = isPooling(state) ? 1 : 2;
  const gradient = state.gradient ? layer.size[1] : 0;
  const columns = input + middles * kernel + output + gradient;
  const operators = 44 * (middles + 1 + (gradient ? 1 : 0)) + 10 * (middles + 2 + (gradient ? 1 : 0));
  const inRow = Math.floor((width - operators) / columns) - 2;
  let arrangement = "stack";
  let cell;
  if (inRow >= 26) {
    arrangement = "row";
    cell = fitCell(columns, width - operators);
  } else if (width >= 560 && Math.floor((width - 34) / (Math.max(input, gradient) + output)) > SMALLEST_CELL) {
    arrangement = "pair";
    cell = fitCell(Math.max(input, gradient) + output, width - 34, 34);
  } else {
    cell = fitCell(Math.max(input, output), width - 8, width >= 600 ? 29 : 36);
  }
  const kernelRoom = arrangement === "row" ? Infinity : (width - 30) / middles;
  const kernelCell = arrangement === "row" ? cell : fitCell(kernel, kernelRoom - 10, cell);
  const allChannels = arrangement === "row" && layer.channels * inputRows * cell <= 620 && !isPooling(state);
  return {
    arrangement,
    main: { cell, gap: gapFor(cell) },
    kernel: { cell: kernelCell, gap: gapFor(kernelCell) },
    channels: allChannels ? Array.from({ length: layer.channels }, (_, index) => index) : [state.channel],
    choosesChannel: layer.channels > 1 && !allChannels,
  };
}
