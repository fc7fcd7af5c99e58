// A report of `check`, word for word as in a notebook.

import { scroller } from "../../../src/attention_course/widgets/shared/tables.js";
import { element, prose } from "./dom.js";

const folded = (title, text) =>
  element(
    "details",
    {},
    element("summary", {}, title),
    element("pre", { tabindex: "0", "aria-label": title }, text),
  );

export function reportView(report, { stale = false } = {}) {
  const shown = element(
    "div",
    { class: `ac-report ac-written-report${report.passed ? " ac-passed" : ""}` },
    element(
      "p",
      {},
      element("strong", {}, report.verdict),
      ` · Exercise ${report.exercise_id}, ${report.title}`,
    ),
    element("p", {}, ...prose(report.message)),
  );
  if (report.rows.length) {
    const rows = report.rows.map(([name, value]) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, name),
        element("td", {}, element("code", {}, value)),
      ),
    );
    shown.append(scroller("The report", element("table", {}, element("tbody", {}, ...rows))));
  }
  if (report.printed_lines.length)
    shown.append(folded(report.printed_title, report.printed_lines.join("\n")));
  if (report.printed_before)
    shown.append(folded("Printed while your code was read", report.printed_before));
  if (stale) shown.append(element("p", { class: "ac-stale" }, "You changed the code since."));
  return shown;
}
