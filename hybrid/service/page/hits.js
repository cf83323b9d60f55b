// A hit: its text with the mentions that won, its fields, and why it is where it is.

import { el, figure, whole } from "./dom.js";
import { pieces, strength, unshown } from "./highlight.js";
import { why } from "./why.js";

// A document may have a thousand fields, and a field 32 kB.
const SHOWN_FIELDS = 12;
const SHOWN_POINTS = 120;

/** A list's entry; `most` is the score of the first hit. */
export function hitOf(hit, plan, most) {
  const matches = hit.mentions ?? [];
  const snippet = hit.snippet ?? { start: 0, text: "" };
  const article = el(
    "article",
    {},
    el(
      "header",
      {},
      el("h3", { class: hit.title ? "" : "untitled" }, hit.title ?? hit.id),
      hit.title ? el("span", { class: "id", title: hit.id }, hit.id) : null,
      el("span", { class: "score" }, el("span", { class: "unseen" }, "score "), figure(hit.score)),
    ),
    el("p", { class: "text", dir: "auto" }, texts(snippet, matches)),
    besides(unshown(snippet, matches), matches[0]),
    fields(hit.fields ?? {}),
    why(hit, plan, most),
  );
  return el("li", { value: hit.rank }, el("span", { class: "rank", "aria-hidden": "true" }, String(hit.rank)), article);
}

function texts(snippet, matches) {
  const shown = pieces(snippet, matches).map(({ text, match }) => (match ? marked(match, text, match === matches[0]) : text));
  return [snippet.start > 0 ? "… " : null, ...shown, goesOn(snippet) ? " …" : null];
}

/** Whether the text seems to go on: a snippet that was cut is nearly as long as one may be, and rarely ends a sentence. */
const goesOn = ({ text }) => Array.from(text).length > 240 && !/[.!?…。！？]["”’»)\]]*\s*$/.test(text);

/** A mention; its figure is read out after it and shown to who points at it or reaches it by keyboard. */
function marked(match, text, first) {
  const mark = el(
    "mark",
    { tabindex: "0", class: first ? "first" : "", pointerleave: (event) => delete event.currentTarget.dataset.dismissed },
    text,
    el("span", { class: "figure" }, el("span", { class: "unseen" }, ", "), said(match)),
  );
  mark.style.setProperty("--strength", `${Math.round(100 * strength(match))}%`);
  return mark;
}

function besides(matches, first) {
  if (!matches.length) return null;
  const shown = matches.flatMap((match, at) => [at ? " " : null, marked(match, match.surface ?? "", match === first)]);
  return el("p", { class: "besides" }, "Elsewhere in it: ", shown);
}

function fields(values) {
  const names = Object.keys(values);
  if (!names.length) return null;
  const parts = names.slice(0, SHOWN_FIELDS).map((name) => {
    return el("div", {}, el("dt", {}, name), el("dd", {}, shortened([values[name]].flat().join(", "))));
  });
  const left = names.length - parts.length;
  return el("div", { class: "fields" }, el("dl", {}, parts), left ? `and ${whole(left)} more` : null);
}

function shortened(text) {
  const points = Array.from(text);
  return points.length > SHOWN_POINTS ? `${points.slice(0, SHOWN_POINTS).join("")}…` : text;
}

const said = ({ cosine, probability }) =>
  probability === undefined ? `cosine ${figure(cosine, 2)}` : `probability ${figure(probability, 2)}, cosine ${figure(cosine, 2)}`;
