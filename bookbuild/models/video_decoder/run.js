// As VideoPad.record, for one video: `video` holds its pixels, 0 to 1, frame after frame and
// row after row.

import { pack, pixels, real } from "../worker/tensors.js";

export const warm = { video: new Float32Array(256) };

const window = ({ dims }) => dims.slice(-3); // (2 e_F + 1, 2 e_H + 1, 2 e_W + 1)
const extent = (weights) => window(weights).map((n) => (n - 1) / 2);
const packed = (weights) =>
  pack(
    weights.data,
    window(weights).reduce((product, n) => product * n, 1),
  );

export async function run({ ort, described, graphs }, { video }) {
  const { inputs, outputs } = described.graphs.enlarge;
  const [, ...small] = inputs.video; // (F', H', W', 1)
  const given = real(ort, video, [1, ...small]);
  const {
    enlarged,
    straight,
    self_weights: self,
    cross_weights: cross,
  } = await graphs.enlarge.run({ video: given });
  const answer = {
    sizes: outputs.enlarged.slice(1, 4),
    context_sizes: small.slice(0, 3),
    patch: described.patch,
    context_patch: described.context_patch,
    extent: extent(self),
    context_extent: extent(cross),
    n_layers: self.dims[1],
    n_heads: self.dims[2],
    video: pixels(video),
    enlarged: pixels(enlarged.data),
    self: packed(self),
    cross: packed(cross),
  };
  return {
    answer,
    enlarged: enlarged.data,
    straight: straight.data,
    self: self.data,
    cross: cross.data,
  };
}
