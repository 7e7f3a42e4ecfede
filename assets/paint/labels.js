// Label maps as text: runs of a label byte and its length in groups of seven bits, in base64. Python's side:
// cnn_core/mask_files/label_runs.py.

function labelsFromRuns(text, count) {
  const sent = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const labels = new Uint8Array(count);
  let at = 0;
  for (let place = 0; place < sent.length; ) {
    const label = sent[place++];
    let length = 0;
    let factor = 1;
    while (sent[place] >= 0x80) {
      length += (sent[place++] & 0x7f) * factor;
      factor *= 128;
    }
    length += sent[place++] * factor;
    labels.fill(label, at, at + length);
    at += length;
  }
  return labels;
}

function runsFromLabels(labels) {
  const sent = [];
  for (let start = 0; start < labels.length; ) {
    let end = start + 1;
    while (end < labels.length && labels[end] === labels[start]) end += 1;
    sent.push(labels[start]);
    let length = end - start;
    while (length >= 0x80) {
      sent.push((length & 0x7f) | 0x80);
      length >>>= 7;
    }
    sent.push(length);
    start = end;
  }
  // String.fromCharCode takes no endless list of arguments.
  let text = "";
  for (let at = 0; at < sent.length; at += 0x8000) text += String.fromCharCode(...sent.slice(at, at + 0x8000));
  return btoa(text);
}
