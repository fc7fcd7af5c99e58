// Elements and text. Text is always text: nothing here reads markup.

import { h } from "../../../src/attention_course/widgets/shared/dom.js";

export { h as element };

// Set what stands in backquotes as code, as the notebook's reports do; line breaks stay.
export function prose(text) {
  const parts = [];
  for (const [n, line] of text.split("\n").entries()) {
    if (n) parts.push(h("br"));
    for (const [k, piece] of line.split(/`([^`]+)`/).entries())
      parts.push(k % 2 ? h("code", {}, piece) : piece);
  }
  return parts;
}
