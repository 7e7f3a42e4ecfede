// What a kernel makes of the photo, and how far that is from the target: the same sums as cnn_core.kernel_learning.

// The answer has the target's size; its first cell is about the photo's pixel (row, column) of `corner`.
function answer(task, kernel, rows, columns) {
  const { photo, width, targetRows, targetColumns, corner } = task;
  const top = corner[0] - ((rows - 1) >> 1);
  const left = corner[1] - ((columns - 1) >> 1);
  const sums = new Float32Array(targetRows * targetColumns);
  for (let i = 0; i < rows; i += 1) {
    for (let j = 0; j < columns; j += 1) {
      const weight = kernel[i * columns + j];
      if (weight === 0) continue;
      for (let row = 0; row < targetRows; row += 1) {
        let from = (row + top + i) * width + left + j;
        const end = (row + 1) * targetColumns;
        for (let cell = row * targetColumns; cell < end; cell += 1, from += 1) sums[cell] += weight * photo[from];
      }
    }
  }
  return sums;
}

function errorOf(answers, target) {
  const error = new Float32Array(target.length);
  let squares = 0;
  for (let cell = 0; cell < target.length; cell += 1) {
    error[cell] = answers[cell] - target[cell];
    squares += error[cell] * error[cell];
  }
  return { error, loss: squares / target.length };
}

// Three digits that count; small and large numbers as powers of ten.
function short(value) {
  if (!Number.isFinite(value)) return "∞";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 1e-3 || size >= 1e5) return value.toExponential(1).replace("e+", "e").replace("-", "−").replace("e-", "e−");
  return String(Number(value.toPrecision(3))).replace("-", "−");
}
