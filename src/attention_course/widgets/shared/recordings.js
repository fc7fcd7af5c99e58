// Recordings: what a model answered, as `recordings.py` packs it.

// Bytes written as base64.
export function decodeBytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

// Row number `row`, of `length` weights, of a recording that pack_weights rounded in
// Python: each row's largest weight in 65535ths, each weight as a share of it in 255ths.
const recorded = new WeakMap(); // a recording's bytes, decoded once
export function recordedRow(recording, row, length) {
  if (!recorded.has(recording)) {
    recorded.set(recording, [decodeBytes(recording.largest), decodeBytes(recording.weights)]);
  }
  const [pairs, shares] = recorded.get(recording);
  const largest = (pairs[2 * row] + 256 * pairs[2 * row + 1]) / 65535;
  return Array.from(
    shares.subarray(row * length, (row + 1) * length),
    (share) => (share / 255) * largest,
  );
}
