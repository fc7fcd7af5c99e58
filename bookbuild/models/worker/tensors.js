// What the models' own parts share: tensors from numbers, and numbers as text.

export const whole = (ort, numbers, shape = [1, numbers.length]) =>
  new ort.Tensor("int64", BigInt64Array.from(numbers, BigInt), shape);

export const every = (ort, length) =>
  new ort.Tensor("bool", new Uint8Array(length).fill(1), [1, length]);

export const real = (ort, numbers, shape) =>
  new ort.Tensor("float32", Float32Array.from(numbers), shape);

export function argmax(numbers) {
  let best = 0;
  for (let i = 1; i < numbers.length; i += 1) if (numbers[i] > numbers[best]) best = i;
  return best;
}

export function base64(bytes) {
  let letters = "";
  for (let n = 0; n < bytes.length; n += 8192)
    letters += String.fromCharCode(...bytes.subarray(n, n + 8192));
  return btoa(letters);
}

// Levels from 0 to 1, each in a byte.
export const pixels = (levels) =>
  base64(Uint8Array.from(levels, (level) => Math.round(255 * level)));

// Rows of T weights, rounded as pack_weights does in Python.
export function pack(weights, T) {
  const largest = new Uint8Array((2 * weights.length) / T);
  const shares = new Uint8Array(weights.length);
  for (let row = 0; row < weights.length / T; row += 1) {
    const line = weights.subarray(row * T, (row + 1) * T);
    const top = line[argmax(line)];
    const rounded = Math.round(top * 65535);
    largest[2 * row] = rounded & 255;
    largest[2 * row + 1] = rounded >> 8;
    for (let j = 0; j < T; j += 1) shares[row * T + j] = Math.round((line[j] / top) * 255);
  }
  return { largest: base64(largest), weights: base64(shares) };
}
