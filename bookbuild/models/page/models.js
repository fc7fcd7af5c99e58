// The trained models, asked by the page. The host loads this script when a reader first asks
// for a model, and not before; the build joins it with what it imports.

import { Asked } from "./asked.js";
import { keepPage } from "./keep.js";

const here = document.currentScript.src;
const version = new URL(here).searchParams.get("v");
const models = new Asked(new URL(`models/${version}/worker/worker.js`, here));

async function openModel(name, onProgress, signal) {
  signal?.throwIfAborted();
  const hear = ({ progress }) => onProgress?.(progress);
  const { checked } = await models.ask({ action: "open", name }, hear, signal);
  keepPage(new URL("../", here)).catch(() => {});
  const run = (feeds, what = "run") => models.ask({ action: "call", name, what, feeds });
  return { checked, run };
}

export default { openModel };
