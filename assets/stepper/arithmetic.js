// The arithmetic of one layer, without the page. Python decides the geometry (output size, padding, crop) and sends it in
// `layer`; `values` holds the numbers that can be edited: {input, kernel}, flat, in (row, column, channel) order.

const POOLING = new Set(["max", "average", "min", "l2"]);

function spanOf(size, dilation) {
  return (size - 1) * dilation + 1;
}

function tapsOf(layer) {
  const [rows, columns] = layer.kernel_size;
  const taps = [];
  for (let row = 0; row < rows; row += 1) for (let column = 0; column < columns; column += 1) taps.push([row, column]);
  return taps;
}

// The value under a padded position: a number, or null where zeros (or, for pooling, nothing) were added.
function paddedValue(layer, values, row, column, channel) {
  const sourceRow = layer.row_sources[row];
  const sourceColumn = layer.column_sources[column];
  if (sourceRow < 0 || sourceColumn < 0) return null;
  return values.input[(sourceRow * layer.size[1] + sourceColumn) * layer.channels + channel];
}

// The weight that a tap of the window meets; true convolution rotates the kernel by 180 degrees.
function appliedWeight(layer, values, row, column, channel) {
  const [rows, columns] = layer.kernel_size;
  const r = layer.flip ? rows - 1 - row : row;
  const c = layer.flip ? columns - 1 - column : column;
  return values.kernel[(r * columns + c) * layer.channels + channel];
}

function term(tapRow, tapColumn, paddedRow, paddedColumn, channel, value, weight, padding) {
  const product = value * weight;
  return { tapRow, tapColumn, paddedRow, paddedColumn, channel, value, weight, product, padding };
}

function windowTerms(layer, values, row, column, channel) {
  const top = row * layer.stride[0];
  const left = column * layer.stride[1];
  return tapsOf(layer).map(([tapRow, tapColumn]) => {
    const paddedRow = top + tapRow * layer.dilation[0];
    const paddedColumn = left + tapColumn * layer.dilation[1];
    const found = paddedValue(layer, values, paddedRow, paddedColumn, channel);
    const weight = POOLING.has(layer.operation) ? 1 : appliedWeight(layer, values, tapRow, tapColumn, channel);
    return term(tapRow, tapColumn, paddedRow, paddedColumn, channel, found ?? 0, weight, found === null);
  });
}

// What reaches one output cell of a transposed convolution: at most one input cell through each tap.
function contributions(layer, values, row, column, channel) {
  const terms = [];
  for (const [tapRow, tapColumn] of tapsOf(layer)) {
    const above = row + layer.crop[0] - tapRow * layer.dilation[0];
    const across = column + layer.crop[1] - tapColumn * layer.dilation[1];
    const inputRow = above / layer.stride[0];
    const inputColumn = across / layer.stride[1];
    const inside = inputRow >= 0 && inputRow < layer.size[0] && inputColumn >= 0 && inputColumn < layer.size[1];
    if (!inside || !Number.isInteger(inputRow) || !Number.isInteger(inputColumn)) continue;
    const value = paddedValue(layer, values, inputRow, inputColumn, channel);
    const weight = appliedWeight(layer, values, tapRow, tapColumn, channel);
    terms.push(term(tapRow, tapColumn, inputRow, inputColumn, channel, value, weight, false));
  }
  return terms;
}

// The block that one input cell stamps on the output; `outside` marks the part that "same" crops.
function stamp(layer, values, row, column, channel) {
  return tapsOf(layer).map(([tapRow, tapColumn]) => {
    const outputRow = row * layer.stride[0] + tapRow * layer.dilation[0] - layer.crop[0];
    const outputColumn = column * layer.stride[1] + tapColumn * layer.dilation[1] - layer.crop[1];
    const value = paddedValue(layer, values, row, column, channel);
    const weight = appliedWeight(layer, values, tapRow, tapColumn, channel);
    const [rows, columns] = layer.output_size;
    const outside = outputRow < 0 || outputRow >= rows || outputColumn < 0 || outputColumn >= columns;
    return { ...term(tapRow, tapColumn, row, column, channel, value, weight, false), outputRow, outputColumn, outside };
  });
}

// A sum that should cancel leaves noise such as 1e-17, which would be shown as a number; it is zero.
function addUp(numbers) {
  let sum = 0;
  let sizes = 0;
  for (const number of numbers) {
    sum += number;
    sizes += Math.abs(number);
  }
  return Math.abs(sum) <= 1e-13 * sizes ? 0 : sum;
}

function sumOf(terms) {
  return addUp(terms.map((one) => one.product));
}

function poolTerms(operation, terms) {
  const real = terms.filter((one) => !one.padding);
  const numbers = real.map((one) => one.value);
  if (operation === "average") return { total: addUp(numbers) / real.length, winner: null, real };
  if (operation === "l2") return { total: Math.sqrt(numbers.reduce((a, b) => a + b * b, 0)), winner: null, real };
  const total = operation === "max" ? Math.max(...numbers) : Math.min(...numbers);
  return { total, winner: real.find((one) => one.value === total), real };
}

// Everything about one output cell. Convolutions sum over channels; pooling treats `channel` alone.
function outputCell(layer, values, row, column, channel) {
  if (POOLING.has(layer.operation)) {
    const terms = windowTerms(layer, values, row, column, channel);
    return { groups: [{ channel, terms, sum: null }], ...poolTerms(layer.operation, terms) };
  }
  const termsOf = layer.operation === "transposed" ? contributions : windowTerms;
  const groups = [];
  for (let c = 0; c < layer.channels; c += 1) {
    const terms = termsOf(layer, values, row, column, c);
    groups.push({ channel: c, terms, sum: sumOf(terms) });
  }
  const total = addUp([...groups.map((group) => group.sum), layer.bias]);
  return { groups, total, winner: null };
}

function outputGrid(layer, values, channel) {
  const [rows, columns] = layer.output_size;
  const output = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      output[row * columns + column] = outputCell(layer, values, row, column, channel).total;
    }
  }
  return output;
}

// Where a gradient of 1 at every output cell of a pooling layer goes back to, in one channel.
function inputGradient(layer, values, channel) {
  const gradient = new Float64Array(layer.size[0] * layer.size[1]);
  const [rows, columns] = layer.output_size;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const { total, winner, real } = outputCell(layer, values, row, column, channel);
      for (const one of winner ? [winner] : real) {
        const share = { average: 1 / real.length, l2: total === 0 ? 0 : one.value / total }[layer.operation] ?? 1;
        gradient[layer.row_sources[one.paddedRow] * layer.size[1] + layer.column_sources[one.paddedColumn]] += share;
      }
    }
  }
  return gradient;
}

// The output cell whose window lies nearest to a padded input position.
function outputNear(layer, paddedRow, paddedColumn) {
  return [paddedRow, paddedColumn].map((position, axis) => {
    const middle = (spanOf(layer.kernel_size[axis], layer.dilation[axis]) - 1) / 2;
    const nearest = Math.round((position - middle) / layer.stride[axis]);
    return Math.max(0, Math.min(layer.output_size[axis] - 1, nearest));
  });
}
