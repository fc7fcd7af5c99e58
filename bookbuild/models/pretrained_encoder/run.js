// As HeadViewer.record: all weights, rounded.

import { every, pack, whole } from "../worker/tensors.js";

export const warm = { sentence: "a" };

export async function prepare(model, { script, take }) {
  const { Tokenizer } = await script("tokenizers.js");
  const settings = JSON.parse(
    new TextDecoder().decode(await take(model.described.files.tokenizer)),
  );
  model.tokenizer = new Tokenizer({ ...settings, truncation: null, padding: null }, {});
}

// The tokenizer's library lowercases word by word and overlooks the rarer Chinese
// characters; the model's own tokenizer goes character by character and sets them apart.
const RARE = /[\u{20000}-\u{2A6DF}\u{2A700}-\u{2CEAF}\u{2F800}-\u{2FA1F}]/gu;
const wordPieces = (tokenizer, text) =>
  tokenizer.encode(text.replaceAll("Σ", "σ").replace(RARE, " $& "));

// Only the tests ask for these.
export const pieces = ({ tokenizer }, { texts }) =>
  texts.map((text) => wordPieces(tokenizer, text).ids);

export async function run({ ort, described, graphs, tokenizer }, { sentence }) {
  const { ids, tokens } = wordPieces(tokenizer, sentence);
  const most = described.max_tokens;
  const cut = ids.length > most;
  const keep = (list) => (cut ? [...list.slice(0, most - 1), list.at(-1)] : list); // [SEP] stays
  const T = Math.min(ids.length, most);
  const feeds = { ids: whole(ort, keep(ids)), mask: every(ort, T) };
  const { weights, sentence: vector } = await graphs.encode.run(feeds);
  const { n_layers, n_heads } = described;
  const words = keep(tokens);
  const answer = { sentence, words, n_layers, n_heads, ...pack(weights.data, T) };
  return { answer, vector: vector.data, n_tokens: ids.length, max_tokens: most };
}
