// As PatchAttentionViewer.record, for one scan: `image` holds its pixels, 0 = paper to 1 =
// ink, row after row.

import { argmax, pack, pixels, real } from "../worker/tensors.js";

export const warm = { image: new Float32Array(64) };

export async function run({ ort, described, graphs }, { image }) {
  const { height, width, rows, columns } = described;
  const images = real(ort, image, [1, height, width, 1]);
  const { logits, weights } = await graphs.classify.run({ images });
  const top = logits.data[argmax(logits.data)];
  const shares = Array.from(logits.data, (logit) => Math.exp(logit - top));
  const total = shares.reduce((sum, share) => sum + share, 0);
  const probabilities = shares.map((share) => share / total);
  const [, n_layers, n_heads, T] = weights.dims; // (1, n_layers, n_heads, T, T)
  const answer = {
    height,
    width,
    image: pixels(image),
    rows,
    columns,
    probabilities: probabilities.map((p) => Math.round(10000 * p) / 10000),
    n_layers,
    n_heads,
    ...pack(weights.data, T),
  };
  return { answer, probabilities, weights: weights.data };
}
