// Strokes of a mouse, a pen or a finger on a canvas: `at(event)` is the pointer's place,
// `line(from, to)` draws, and `done()` follows each move. Returns a function that says
// whether a stroke is going on.
export function strokes(canvas, { at, begin, line, done }) {
  let last = null; // where the pointer was
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    begin();
    canvas.setPointerCapture(event.pointerId);
    last = at(event);
    line(last, last);
    done();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const one of moves.length ? moves : [event]) {
      const next = at(one);
      line(last, next);
      last = next;
    }
    done();
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    canvas.addEventListener(end, () => {
      last = null;
    });
  }
  return () => last !== null;
}
