// What a reader wrote, kept in this browser: for each exercise the code, its last report, and
// whether it was ever passed; for a *Try it* cell the code. Other tabs hear of it, and a reload
// finds it again.

export class Store {
  // `place` tells several books on one host apart; `kind` is "answer" or "try".
  constructor(place, kind = "answer") {
    this.prefix = `attention-course ${kind} ${place} `;
  }

  // null where nothing is kept, or this browser keeps nothing.
  read(exercise) {
    try {
      const kept = JSON.parse(localStorage.getItem(this.prefix + exercise));
      return typeof kept?.code === "string" ? kept : null;
    } catch {
      return null;
    }
  }

  // Say whether it could be kept.
  write(exercise, change) {
    const kept = { code: "", ...this.read(exercise), ...change };
    try {
      localStorage.setItem(this.prefix + exercise, JSON.stringify(kept));
      return true;
    } catch {
      return false;
    }
  }

  forget(exercise) {
    const { passed, when } = this.read(exercise) ?? {};
    if (passed) this.write(exercise, { code: "", report: null, reported: null, passed, when });
    else {
      try {
        localStorage.removeItem(this.prefix + exercise);
      } catch {} // there was none
    }
  }

  // By number: 2.9 before 2.11.
  exercises() {
    const found = [];
    try {
      for (let n = 0; n < localStorage.length; n += 1) {
        const name = localStorage.key(n);
        if (name.startsWith(this.prefix)) found.push(name.slice(this.prefix.length));
      }
    } catch {} // a browser that keeps nothing
    const place = (number) => number.split(".").map(Number);
    return found.sort((one, other) => {
      const [a, b] = [place(one), place(other)];
      return a[0] - b[0] || a[1] - b[1];
    });
  }

  // Another tab wrote: `hear` gets the exercise.
  listen(hear) {
    addEventListener("storage", ({ key }) => {
      if (key?.startsWith(this.prefix)) hear(key.slice(this.prefix.length));
    });
  }
}
