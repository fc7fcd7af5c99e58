// Runs the trained models, off the page's main thread. The page asks with
// { id, action, name, feeds } and gets { id, result }, { id, error } or, while a model
// is loading, { id, progress }. Everything comes from this site's own _static/models.

const HERE = new URL("./models/", import.meta.url);
const VERSION = new URL(import.meta.url).search;
const CACHE = "attention-course-models"; // files that stay for the next visit
const START = 1; // numbers that every vocabulary of the course has
const END = 2;
const UNKNOWN = 3;

const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

let manifestOnce = null;
async function manifest() {
  manifestOnce ??= fetch(new URL(`models.json${VERSION}`, HERE)).then((answer) => {
    if (!answer.ok) throw new Error(`models.json: the server answered ${answer.status}`);
    return answer.json();
  });
  manifestOnce.catch(() => {
    manifestOnce = null; // ask again next time
  });
  return manifestOnce;
}

// The browser's store for this site, or null where there is none: an insecure connection.
async function store() {
  try {
    return await caches.open(CACHE);
  } catch {
    return null;
  }
}

async function read(response, count) {
  const reader = response.body.getReader();
  const parts = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(parts);
    parts.push(value);
    count(value.length);
  }
}

// The files are stored packed. Some servers unpack .gz files on their way.
async function unpacked(blob) {
  const [first, second] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  if (first !== 0x1f || second !== 0x8b) return blob.arrayBuffer();
  return new Response(blob.stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

async function fits(buffer, { sha256 }) {
  if (!crypto.subtle) return true; // over an insecure connection; the page says so
  return hex(await crypto.subtle.digest("SHA-256", buffer)) === sha256;
}

// One file, checked before it is used. `count` hears of every byte that came.
async function take(file, count) {
  const url = new URL(file.file, HERE).href;
  const kept = await store();
  const before = await kept?.match(url);
  if (before) {
    const buffer = await unpacked(await before.blob()).catch(() => null);
    if (buffer && (await fits(buffer, file))) {
      count(file.bytes);
      return buffer;
    }
    await kept.delete(url);
  }
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${file.file}: the server answered ${answer.status}`);
  const blob = await read(answer, count);
  const buffer = await unpacked(blob);
  if (!(await fits(buffer, file))) {
    throw new Error(`${file.file}: not the file that was published, its SHA-256 is another; it was not used`);
  }
  await kept?.put(url, new Response(blob)).catch(() => {}); // no room: it loads again next time
  return buffer;
}

// Files of earlier versions of the site go.
async function tidy(described) {
  const kept = await store();
  const ours = new Set(JSON.stringify(described).match(/[\w.-]+\.gz/g));
  for (const { url } of (await kept?.keys()) ?? []) {
    if (url.startsWith(HERE.href) && !ours.has(url.slice(HERE.href.length))) await kept.delete(url);
  }
}

let runtimeOnce = null;
async function runtime({ script, wasm }, count) {
  runtimeOnce ??= (async () => {
    const ort = await import(new URL(script.file, HERE).href);
    ort.env.wasm.numThreads = 1; // more would need headers that static hosts do not send
    ort.env.wasm.wasmBinary = await take(wasm, count);
    ort.env.logLevel = "error";
    return ort;
  })();
  runtimeOnce.catch(() => {
    runtimeOnce = null;
  });
  return runtimeOnce;
}

const opened = new Map(); // by name: { ort, described, graphs, tokenizer }

async function open(name, progress) {
  const told = () => ({
    checked: Boolean(crypto.subtle),
    loaded: [self.location.href, ...performance.getEntriesByType("resource").map((entry) => entry.name)],
  });
  if (opened.has(name)) return told();
  const all = await manifest();
  const described = all.models[name];
  if (!described) throw new Error(`there is no model ${name}`);
  let loaded = 0;
  const count = (bytes) => {
    loaded += bytes;
    progress(loaded);
  };
  const ort = await runtime(all.runtime, count);
  const model = { ort, described, graphs: {}, prepared: {} };
  for (const [part, file] of Object.entries(described.graphs)) {
    const bytes = new Uint8Array(await take(file, count));
    model.graphs[part] = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
  }
  if (described.tokenizer) {
    const { Tokenizer } = await import(new URL(all.tokenizers.script.file, HERE).href);
    const settings = JSON.parse(new TextDecoder().decode(await take(described.tokenizer, count)));
    model.tokenizer = new Tokenizer({ ...settings, truncation: null, padding: null }, {});
  }
  await RUN[name](model, WARM[name]); // the first run is slow
  opened.set(name, model);
  tidy(all).catch(() => {});
  return told();
}

const whole = (ort, numbers, shape = [1, numbers.length]) =>
  new ort.Tensor("int64", BigInt64Array.from(numbers, BigInt), shape);
const every = (ort, length) => new ort.Tensor("bool", new Uint8Array(length).fill(1), [1, length]);

function argmax(numbers) {
  let best = 0;
  for (let i = 1; i < numbers.length; i += 1) if (numbers[i] > numbers[best]) best = i;
  return best;
}

// As attention_course.encoder_decoder.translate.
async function translate({ ort, described, graphs, prepared }, { text }) {
  const { source, target, max_length: most } = described;
  prepared.numbers ??= new Map(source.map((symbol, n) => [symbol, n]).slice(UNKNOWN + 1));
  const read = text.normalize("NFC");
  const tokens = [...read].map((character) => prepared.numbers.get(character) ?? UNKNOWN);
  const mask = every(ort, tokens.length);
  const { states, first } = await graphs.encode.run({ tokens: whole(ort, tokens), mask });
  let state = first;
  let token = START;
  const written = [];
  const weights = [];
  while (written.length < most && token !== END) {
    const step = await graphs.step.run({ token: whole(ort, [token], [1]), state, states, mask });
    token = argmax(step.logits.data);
    state = step.next_state;
    written.push(target[token]);
    weights.push(Array.from(step.weights.data));
  }
  return { text: read, written, weights, source };
}

// The tokenizer's library lowercases word by word and overlooks the rarer Chinese
// characters; the model's own tokenizer goes character by character and sets them apart.
const RARE = /[\u{20000}-\u{2A6DF}\u{2A700}-\u{2CEAF}\u{2F800}-\u{2FA1F}]/gu;
const wordPieces = (tokenizer, text) => tokenizer.encode(text.replaceAll("Σ", "σ").replace(RARE, " $& "));

function base64(bytes) {
  let letters = "";
  for (let n = 0; n < bytes.length; n += 8192) letters += String.fromCharCode(...bytes.subarray(n, n + 8192));
  return btoa(letters);
}

// Rows of T weights, rounded as pack_weights does in Python.
function pack(weights, T) {
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

// As HeadViewer.record: all weights, rounded.
async function readSentence({ ort, described, graphs, tokenizer }, { sentence }) {
  const { ids, tokens } = wordPieces(tokenizer, sentence);
  const most = described.max_tokens;
  const cut = ids.length > most;
  const keep = (list) => (cut ? [...list.slice(0, most - 1), list.at(-1)] : list); // [SEP] stays
  const T = Math.min(ids.length, most);
  const { weights, sentence: vector } = await graphs.encode.run({ ids: whole(ort, keep(ids)), mask: every(ort, T) });
  const { n_layers, n_heads } = described;
  const answer = { sentence, words: keep(tokens), n_layers, n_heads, ...pack(weights.data, T) };
  return { answer, vector: vector.data, n_tokens: ids.length, max_tokens: most };
}

// As PatchAttentionViewer.record, for one scan: `image` holds its pixels, 0 = paper to 1 =
// ink, row after row.
async function classify({ ort, described, graphs }, { image }) {
  const { height, width, rows, columns } = described;
  const images = new ort.Tensor("float32", Float32Array.from(image), [1, height, width, 1]);
  const { logits, weights } = await graphs.classify.run({ images });
  const top = logits.data[argmax(logits.data)];
  const shares = Array.from(logits.data, (logit) => Math.exp(logit - top));
  const total = shares.reduce((sum, share) => sum + share, 0);
  const probabilities = shares.map((share) => share / total);
  const [, n_layers, n_heads, T] = weights.dims; // (1, n_layers, n_heads, T, T)
  const answer = {
    height,
    width,
    image: base64(Uint8Array.from(image, (level) => Math.round(255 * level))),
    rows,
    columns,
    probabilities: probabilities.map((p) => Math.round(10000 * p) / 10000),
    n_layers,
    n_heads,
    ...pack(weights.data, T),
  };
  return { answer, probabilities, weights: weights.data };
}

// As VideoPad.record, for one video: `video` holds its pixels, 0 to 1, frame after frame and
// row after row.
async function enlarge({ ort, described, graphs }, { video }) {
  const { inputs, outputs } = described.graphs.enlarge;
  const [, ...small] = inputs.video; // (F', H', W', 1)
  const given = new ort.Tensor("float32", Float32Array.from(video), [1, ...small]);
  const { enlarged, straight, self_weights: self, cross_weights: cross } = await graphs.enlarge.run({ video: given });
  const pixels = (levels) => base64(Uint8Array.from(levels, (level) => Math.round(255 * level)));
  const window = ({ dims }) => dims.slice(-3); // (2 e_F + 1, 2 e_H + 1, 2 e_W + 1)
  const rows = (weights) => pack(weights.data, window(weights).reduce((product, n) => product * n, 1));
  const answer = {
    sizes: outputs.enlarged.slice(1, 4),
    context_sizes: small.slice(0, 3),
    patch: described.patch,
    context_patch: described.context_patch,
    extent: window(self).map((n) => (n - 1) / 2),
    context_extent: window(cross).map((n) => (n - 1) / 2),
    n_layers: self.dims[1],
    n_heads: self.dims[2],
    video: pixels(video),
    enlarged: pixels(enlarged.data),
    self: rows(self),
    cross: rows(cross),
  };
  return { answer, enlarged: enlarged.data, straight: straight.data, self: self.data, cross: cross.data };
}

const RUN = {
  "date-translator": translate,
  "pretrained-encoder": readSentence,
  "digit-classifier": classify,
  "video-decoder": enlarge,
};
const WARM = {
  "date-translator": { text: "1" },
  "pretrained-encoder": { sentence: "a" },
  "digit-classifier": { image: new Float32Array(64) },
  "video-decoder": { video: new Float32Array(256) },
};

const ACTIONS = {
  open: ({ name }, progress) => open(name, progress),
  run: ({ name, feeds }) => RUN[name](opened.get(name), feeds),
  pieces: ({ name, feeds }) => feeds.texts.map((text) => wordPieces(opened.get(name).tokenizer, text).ids),
};

let queue = Promise.resolve(); // one after the other: a session runs one thing at a time
self.onmessage = ({ data }) => {
  const { id, action } = data;
  queue = queue.then(async () => {
    try {
      const result = await ACTIONS[action](data, (progress) => self.postMessage({ id, progress }));
      self.postMessage({ id, result });
    } catch (error) {
      self.postMessage({ id, error: String(error?.message ?? error) });
    }
  });
};
