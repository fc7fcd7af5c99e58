// Pictures in grey levels, and what is drawn over them.

import { h } from "./dom.js";
import { clamp } from "./numbers.js";

// Which of `n` equal parts of a canvas, from `start`, a click at `place` falls in.
export function partAt(place, start, length, n) {
  return clamp(Math.floor(((place - start) / length) * n), 0, n - 1);
}

// Make a canvas a small picture: one pixel for each grey level (0 to 255, row after row).
export function greyCanvas(canvas, levels, height, width) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  levels.forEach((level, n) => image.data.set([level, level, level, 255], 4 * n));
  context.putImageData(image, 0, 0);
  return canvas;
}

// Draw grey levels on a canvas that is larger, each pixel a sharp square.
export function drawGrey(canvas, levels, height, width) {
  const small = greyCanvas(h("canvas"), levels, height, width);
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
  return context;
}

// Draw a box around a part of a canvas, dark around light: it is seen on any grey.
export function markBox(context, x, y, width, height) {
  const along = (start, length, most) => [
    clamp(start - 3, 3, most - 3),
    clamp(start + length + 3, 3, most - 3),
  ];
  const [left, right] = along(x, width, context.canvas.width);
  const [top, bottom] = along(y, height, context.canvas.height);
  for (const [colour, line] of [
    ["#000000", 6],
    ["#ffb000", 3],
  ]) {
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.strokeRect(left, top, right - left, bottom - top);
  }
}

// Lay weights over a canvas as a colour, the stronger the larger; `shares` are from 0 to 1.
export function overlay(context, shares, rows, columns) {
  const { width, height } = context.canvas;
  shares.forEach((share, n) => {
    const r = Math.floor(n / columns);
    const c = n % columns;
    const [x, y] = [Math.round((c * width) / columns), Math.round((r * height) / rows)];
    context.fillStyle = `rgba(32, 190, 165, ${0.7 * share})`;
    context.fillRect(
      x,
      y,
      Math.round(((c + 1) * width) / columns) - x,
      Math.round(((r + 1) * height) / rows) - y,
    );
  });
}
