// One ranking, or several side by side: its plan, what to know about it, and its hits; or why there are none.

import { el, whole } from "./dom.js";
import { hitOf } from "./hits.js";

/** What stands where answers will: so that the page does not jump when they come. */
export function waiting(title) {
  const lines = [1, 2, 3].map(() => el("div", { class: "blank" }));
  return panel(title, el("div", { "aria-hidden": "true" }, lines));
}

/** A ranking that was answered. */
export function answered(title, told, filtered) {
  const { hits, plan, warnings } = told;
  const most = hits.length ? hits[0].score : 0;
  return panel(
    title,
    planned(plan),
    hits.length ? null : none(plan, filtered),
    warnings.length ? el("ul", { class: "warnings" }, warnings.map((warning) => el("li", {}, warning))) : null,
    hits.length ? el("ol", { class: "hits" }, hits.map((hit) => hitOf(hit, plan, most))) : null,
  );
}

/** A ranking that failed; `again` asks once more, where that may help. */
export function failed(title, error, again) {
  return panel(
    title,
    el(
      "div",
      { class: "notice bad", role: "alert" },
      el("p", { class: "detail" }, error.message),
      again ? el("button", { type: "button", click: again }, "Ask again") : null,
    ),
  );
}

/** What was asked and why; a reason that says what is not said twice. */
function planned({ how, reason }) {
  const at = reason.indexOf(how);
  if (at < 0) return el("p", { class: "plan" }, el("code", {}, how), ` (${reason})`);
  return el("p", { class: "plan" }, reason.slice(0, at), el("code", {}, how), reason.slice(at + how.length));
}

function none(plan, filtered) {
  const further = plan.offset > 0 ? `There are no answers past the first ${whole(plan.offset)}.` : "No text answers this.";
  const hint = filtered ? "Fewer filters, or other words, may find some." : "Other words may find some.";
  return el("div", { class: "notice" }, el("p", { class: "big" }, further), el("p", {}, hint));
}

function panel(title, ...content) {
  return el("section", { class: "panel", "aria-label": title }, el("h2", {}, title), content);
}
