// A film of the reader's own, for a widget that follows one: from the camera, or from files of
// the reader's disk. Nothing of it leaves the page.
"use strict";
(() => {
  const STRIDE = 2; // pixels from one cell to the next, as in the course's follower
  const PATIENCE = 10_000; // ms, for one picture of a film
  const NO_CAMERA =
    "There is no camera here: this browser has none, or the page did not come over a secure connection (https). A film or pictures from your disk work without one.";

  const make = (tag, attributes, ...children) => {
    const node = Object.assign(document.createElement(tag), attributes);
    node.append(...children);
    return node;
  };

  // Wait for one event of a node; an error, or silence, is a reason to give up.
  const once = (node, event, problem) =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(problem)), PATIENCE);
      node.addEventListener(event, () => resolve(clearTimeout(late)), { once: true });
      node.addEventListener("error", () => reject(new Error(problem)), { once: true });
    });

  // Draw a picture so that it fills the frame, its middle in the middle; what stands over is
  // cut off. The grey of its pixels, and the colour that its cells have beside it.
  function readFrame(source, width, height, size) {
    const canvas = make("canvas", size);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const scale = Math.max(size.width / width, size.height / height);
    const [w, h] = [width * scale, height * scale];
    context.imageSmoothingQuality = "high";
    context.drawImage(source, (size.width - w) / 2, (size.height - h) / 2, w, h);
    const { data } = context.getImageData(0, 0, size.width, size.height);
    const columns = size.width / STRIDE;
    const grey = new Float64Array(size.width * size.height);
    const colour = new Float64Array((3 * grey.length) / STRIDE ** 2);
    grey.forEach((_, at) => {
      const pixel = [0, 1, 2].map((k) => data[4 * at + k] / 255);
      grey[at] = (pixel[0] + pixel[1] + pixel[2]) / 3;
      const [y, x] = [Math.floor(at / size.width), at % size.width];
      const cell = Math.floor(y / STRIDE) * columns + Math.floor(x / STRIDE);
      for (let k = 0; k < 3; k += 1) colour[3 * cell + k] += (pixel[k] - grey[at]) / STRIDE ** 2;
    });
    return { grey, colour };
  }

  const joined = (parts) => {
    const all = new Float64Array(parts.length * parts[0].length);
    parts.forEach((part, n) => {
      all.set(part, n * part.length);
    });
    return all;
  };

  const filmOf = (name, frames, { height, width }) => ({
    name,
    frames: frames.length,
    height,
    width,
    grey: joined(frames.map(({ grey }) => grey)),
    colour: joined(frames.map(({ colour }) => colour)),
  });

  const wait = (ms) => new Promise((done) => setTimeout(done, ms));

  // As many frames from the camera as are wanted; it is let go at once after that.
  async function fromCamera(wanted, say) {
    say("The browser asks whether this page may use the camera …");
    const stream = await navigator.mediaDevices.getUserMedia({
      video: { width: { ideal: 320 }, height: { ideal: 240 } },
      audio: false,
    });
    try {
      const video = make("video", { muted: true, playsInline: true, srcObject: stream });
      await video.play();
      say("Filming begins in a second: move something.");
      await wait(1000);
      const frames = [];
      while (frames.length < wanted.frames) {
        frames.push(readFrame(video, video.videoWidth, video.videoHeight, wanted));
        say(`Filming: frame ${frames.length} of ${wanted.frames}`);
        await wait(1000 / wanted.rate);
      }
      return filmOf("your camera", frames, wanted);
    } finally {
      for (const track of stream.getTracks()) track.stop();
    }
  }

  // A film at one moment, once that moment can be drawn.
  async function seek(video, time, problem) {
    const here = once(video, "seeked", problem);
    const drawn = new Promise((done) => video.requestVideoFrameCallback?.(done));
    video.currentTime = time;
    await here;
    await Promise.race([drawn, wait(1000)]); // an older browser draws what it has
  }

  // Frames of a film, from its beginning on, as far apart as the course's.
  async function fromFilm(file, wanted, say) {
    const problem = `${file.name} could not be opened: this browser does not know its format, or the page's server forbids films.`;
    const address = URL.createObjectURL(file);
    try {
      const video = make("video", { muted: true, playsInline: true, preload: "auto" });
      const there = once(video, "loadeddata", problem);
      video.src = address;
      await there;
      const long = Number.isFinite(video.duration) ? video.duration : wanted.frames / wanted.rate;
      const step = Math.min(1 / wanted.rate, long / wanted.frames);
      const frames = [];
      while (frames.length < wanted.frames) {
        await seek(video, (frames.length + 0.5) * step, problem);
        frames.push(readFrame(video, video.videoWidth, video.videoHeight, wanted));
        say(`Reading: frame ${frames.length} of ${wanted.frames}`);
      }
      return filmOf(file.name, frames, wanted);
    } finally {
      URL.revokeObjectURL(address);
    }
  }

  // Pictures in the order of their names, the nearest one for each frame.
  async function fromPictures(files, wanted) {
    if (files.length < 2) throw new Error("One picture is no film: choose two or more, or a film.");
    const order = new Intl.Collator("en", { numeric: true }).compare;
    const pictures = [];
    for (const file of [...files].sort((a, b) => order(a.name, b.name))) {
      const picture = await createImageBitmap(file).catch(() => {
        throw new Error(`${file.name} is no picture that this browser can read.`);
      });
      pictures.push(readFrame(picture, picture.width, picture.height, wanted));
    }
    const frames = Array.from(
      { length: wanted.frames },
      (_, n) => pictures[Math.floor((n * pictures.length) / wanted.frames)],
    );
    return filmOf(`your ${files.length} pictures`, frames, wanted);
  }

  const REASONS = {
    NotAllowedError: "The camera may not be used: you or the browser said no.",
    NotFoundError: NO_CAMERA,
    NotReadableError: "The camera is busy: another program may be using it.",
  };

  // Fill a widget's place with what there is to choose from.
  function openOwnFilm(place, wanted, onFilm) {
    const status = make("p", { className: "ac-note" });
    status.setAttribute("role", "status");
    const say = (text) => {
      status.textContent = text;
    };
    let busy = false;
    const use = async (read) => {
      if (busy) return;
      busy = true;
      try {
        const film = await read();
        onFilm(film);
        back.disabled = false;
        say(`The widget shows ${film.name} now. Paint a mask in frame 0, and play.`);
      } catch (error) {
        say(REASONS[error.name] ?? error.message);
      }
      busy = false;
    };
    const input = make("input", { type: "file", multiple: true, accept: "video/*,image/*" });
    input.onchange = () => {
      const files = [...input.files];
      if (!files.length) return;
      const pictures = files.every(({ type }) => type.startsWith("image/"));
      use(() => (pictures ? fromPictures(files, wanted) : fromFilm(files[0], wanted, say)));
    };
    const camera = make("button", { type: "button", textContent: "Film with the camera" });
    camera.onclick = () =>
      navigator.mediaDevices?.getUserMedia ? use(() => fromCamera(wanted, say)) : say(NO_CAMERA);
    const back = make("button", {
      type: "button",
      textContent: "Back to the course's film",
      disabled: true,
      onclick: () => {
        onFilm(null);
        back.disabled = true;
        say("");
      },
    });
    const name = make("span", { textContent: "Film or pictures from your disk" });
    place.replaceChildren(
      make("p", {
        className: "ac-note",
        textContent: `Your film stays in this page: nothing is sent. ${wanted.frames} frames of it are kept, cut to the clip's shape.`,
      }),
      make("div", { className: "ac-cf-tools" }, camera, back),
      make(
        "div",
        { className: "ac-cf-tools" },
        make("label", { className: "ac-label" }, name, input),
      ),
      status,
    );
    camera.focus();
  }

  globalThis.attentionCourse.openOwnFilm = openOwnFilm;
})();
