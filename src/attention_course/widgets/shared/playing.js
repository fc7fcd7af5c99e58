// Playing is this view's own affair; it begins only when somebody presses the button.

import { h, setText } from "./dom.js";
import { writeState } from "./state.js";

// `paceOf()` says how many frames a second; `update()` draws the widget anew when playing
// begins or ends.
export function playingOf(model, nFrames, paceOf, update) {
  const playing = { timer: null, fps: paceOf(), update };
  const button = (text, onclick) =>
    h("button", { type: "button", disabled: nFrames === 1, onclick }, text);
  const go = (by) => writeState(model, { frame: (model.get("frame") + by + nFrames) % nFrames });
  const step = (by) => {
    pause(playing);
    go(by);
  };
  playing.go = go;
  playing.toggle = button("Play", () =>
    playing.timer === null ? play(playing, paceOf()) : pause(playing),
  );
  playing.buttons = [
    playing.toggle,
    button("Frame back", () => step(-1)),
    button("Frame on", () => step(1)),
  ];
  return playing;
}

function start(playing, fps) {
  clearInterval(playing.timer);
  playing.timer = setInterval(() => playing.go(1), 1000 / fps);
}

function play(playing, fps) {
  start(playing, fps);
  setText(playing.toggle, "Pause");
  playing.update();
}

export function pause(playing) {
  clearInterval(playing.timer);
  playing.timer = null;
  setText(playing.toggle, "Play");
  playing.update();
}

// A new speed holds from now on.
export function keepPace(playing, fps) {
  if (playing.timer !== null && fps !== playing.fps) start(playing, fps);
  playing.fps = fps;
}
