// Elements and text. Text is always text: nothing here reads markup.

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// Set what stands in backquotes as code, as the notebook's reports do; line breaks stay.
export function prose(text) {
  const parts = [];
  for (const [n, line] of text.split("\n").entries()) {
    if (n) parts.push(element("br"));
    for (const [k, piece] of line.split(/`([^`]+)`/).entries())
      parts.push(k % 2 ? element("code", {}, piece) : piece);
  }
  return parts;
}
