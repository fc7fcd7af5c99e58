// Numbers and symbols as a reader sees them.

// 1234567 -> "1,234,567"
export function fmtCount(n) {
  return n.toLocaleString("en-US");
}

// -0.456 -> "−0.46": a fixed number of decimals, a real minus sign, never "−0.00".
export function fmtNumber(x, digits = 2) {
  const text = Math.abs(x).toFixed(digits);
  return x < 0 && Number(text) !== 0 ? `−${text}` : text;
}

// A symbol as it can be seen: a space as ␣, a control character as its number.
export function visible(symbol) {
  if (symbol === " ") return "␣";
  if (!/^[\p{C}\p{Z}]$/u.test(symbol)) return symbol;
  return `U+${symbol.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}

// 4567890 -> "4.6 MB"
export function fmtBytes(n) {
  return `${(n / 1e6).toFixed(1)} MB`;
}

// (1, "key", "keys") -> "1 key"
export function plural(n, one, many) {
  return `${n} ${n === 1 ? one : many}`;
}

// Say which characters a model does not know, as Python does; "" if it knows them all.
export function neverShown(characters, known, unknown) {
  const strange = [...new Set(characters)].filter((character) => !known.includes(character));
  if (!strange.length) return "";
  const named = strange.slice(0, 10).map((character) => `“${visible(character)}”`);
  const more = strange.length > 10 ? ` and ${strange.length - 10} more` : "";
  return `The model was never shown ${named.join(", ")}${more}: it reads ${unknown} instead.`;
}
