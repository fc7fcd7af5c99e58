// Chapter 4: two positions as vectors of waves, and how alike they are. All arithmetic:
// numbers in, numbers out.

import { range } from "../shared/numbers.js";

export const STATE = ["d_model", "base", "first", "second"];
export const N_POSITIONS = 100;

export function compute({ d_model, base, first, second }) {
  const pairs = range(d_model / 2);
  const frequencies = pairs.map((i) => base ** ((-2 * i) / d_model)); // (d_model / 2,)
  const vector = (t) => frequencies.flatMap((f) => [Math.sin(t * f), Math.cos(t * f)]); // (d_model,)
  // sin s sin t + cos s cos t = cos(s − t): what each pair adds to the dot product.
  const products = (distance) => frequencies.map((f) => Math.cos(distance * f)); // (d_model / 2,)
  const dots = range(N_POSITIONS).map((n) => products(n).reduce((sum, x) => sum + x, 0));
  const distance = Math.abs(first - second);
  return {
    vectors: [vector(first), vector(second)], // (2, d_model)
    wavelengths: frequencies.map((f) => (2 * Math.PI) / f),
    distance,
    turns: frequencies.map((f) => (distance * f) / (2 * Math.PI)),
    products: products(distance),
    dots, // (100,), by distance
    cosines: dots.map((dot) => dot / (d_model / 2)), // every vector's length is √(d_model / 2)
    dot: dots[distance],
    cosine: dots[distance] / (d_model / 2),
  };
}
