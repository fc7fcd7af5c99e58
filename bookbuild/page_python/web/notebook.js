// Answers as a notebook that runs in Jupyter and on Colab, and back.

const CHECK = /^check\("(\d+\.\d+)", \w+\)\s*$/m;
const MOST = 5_000_000; // characters of a notebook that is read

const lines = (text) => text.split(/(?<=\n)/);
const cell = (cell_type, id, text, metadata = {}) => ({
  cell_type,
  id,
  metadata,
  source: lines(text),
  ...(cell_type === "code" ? { execution_count: null, outputs: [] } : {}),
});

// `answers` are { number, code }; `exercises` what the build says of each.
export function notebook(answers, { exercises, setup, names }) {
  const cells = [
    cell("markdown", "answers", "# My answers\n\nRun all cells: `check` says how each stands."),
    cell("code", "setup", setup),
    cell("code", "names", `${names}\n\nfrom attention_course.exercises import check, progress`),
  ];
  for (const { number, code } of answers) {
    const { title, name } = exercises[number];
    const id = number.replace(".", "-");
    cells.push(cell("markdown", `title-${id}`, `## Exercise ${number}: ${title}`));
    const text = `${code.trimEnd()}\n\n\ncheck("${number}", ${name})`;
    cells.push(cell("code", `answer-${id}`, text, { exercise: number }));
  }
  cells.push(cell("code", "progress", "progress()"));
  const kernelspec = { display_name: "Python 3", language: "python", name: "python3" };
  return JSON.stringify(
    {
      cells,
      metadata: { kernelspec, language_info: { name: "python" } },
      nbformat: 4,
      nbformat_minor: 5,
    },
    null,
    1,
  );
}

// Read the answers of a notebook, also one of a chapter: [{ number, code }]. Throws what a
// reader can be told.
export function answersOf(text, exercises) {
  if (text.length > MOST) throw new Error("it is too large for a notebook of answers");
  let cells = null;
  try {
    ({ cells } = JSON.parse(text));
  } catch {} // told below
  if (!Array.isArray(cells)) throw new Error("it is no notebook");
  const found = [];
  for (const { cell_type, source } of cells) {
    if (cell_type !== "code") continue;
    const code = Array.isArray(source) ? source.join("") : String(source);
    const check = code.match(CHECK);
    if (!check || !(check[1] in exercises)) continue;
    const answer = code.replace(CHECK, "").trimEnd();
    if (answer !== exercises[check[1]].stub.trimEnd())
      found.push({ number: check[1], code: `${answer}\n` });
  }
  return found;
}
