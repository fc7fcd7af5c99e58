// A pen that the keyboard moves over a grid: Space puts it down or lifts it, Delete erases.

// `pen` has { at, down }. `put(at, value)` marks a cell, with the pen's own value where none is
// given; `painted()` follows a change of the cells, `draw()` a change of the pen alone.
export function keyboardPen(node, { pen, put, painted, draw }) {
  node.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (![" ", "Delete", "Backspace"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation(); // the notebook has its own use for these keys
    if (event.key === " ") pen.down = !pen.down;
    if (event.key !== " ") put(pen.at, 0);
    else if (pen.down) put(pen.at);
    else return draw();
    painted();
  });
  const move = (at) => {
    pen.at = at;
    if (!pen.down) return draw();
    put(at);
    painted();
  };
  return { move };
}
