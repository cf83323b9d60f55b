// Why a hit is where it is: each leg's rank and score, and how they became the hit's score.

import { el, figure, whole } from "./dom.js";

export const LEGS = { typed: "Typed", dense: "Dense", lexical: "BM25" };

const MEANS = { geometric: "weighted geometric mean", harmonic: "weighted harmonic mean" };

/** A line that opens to a table and the sum; `most` is the score of the first hit, that bars are measured by. */
export function why(hit, plan, most) {
  return el(
    "details",
    { class: "why" },
    el("summary", {}, bar(hit, plan, most), el("span", { class: "legs" }, plan.legs.map(({ leg }) => chip(leg, hit)))),
    el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": `How ${hit.id} was scored` }, table(hit, plan)),
    el("p", { class: "sum" }, sum(hit, plan)),
  );
}

/** How the hit's score came about, as a sum. */
export function sum(hit, plan) {
  const score = figure(hit.score);
  const scored = plan.legs.filter(({ leg }) => hit.legs[leg]?.normalised !== undefined);
  if (plan.fusion === null) return `The score is that of the ${LEGS[plan.legs[0].leg]} leg, ${score}: nothing is fused.`;
  if (plan.fusion.technique === "rrf") return `${reciprocals(hit, plan)} = ${figure(hit.score, 4)}`;
  const term = ({ leg, weight }) => `${short(weight)} × ${figure(hit.legs[leg].normalised)}`;
  const all = plan.legs.reduce((total, { weight }) => total + weight, 0);
  if (plan.fusion.mean !== "arithmetic") {
    const of = scored.map(({ leg, weight }) => `${figure(hit.legs[leg].normalised)} (weight ${short(weight)})`);
    return `${MEANS[plan.fusion.mean]} of ${of.join(" and ")} = ${score}`;
  }
  const absent = plan.legs.filter((leg) => !scored.includes(leg)).map(({ weight }) => `${short(weight)} × 0`);
  return `(${[...scored.map(term), ...absent].join(" + ")}) ÷ ${short(all)} = ${score}`;
}

function reciprocals(hit, { fusion, legs }) {
  const ranked = legs.filter(({ leg }) => hit.legs[leg]?.rank !== undefined);
  const equal = legs.every(({ weight }) => weight === legs[0].weight);
  const total = legs.reduce((so_far, { weight }) => so_far + weight, 0);
  const share = (weight) => (equal ? "1" : figure(weight / total));
  return ranked.map(({ leg, weight }) => `${share(weight)} ÷ (${fusion.c} + ${hit.legs[leg].rank})`).join(" + ");
}

function table(hit, plan) {
  const fused = plan.fusion !== null;
  const heads = ["Leg", "Rank", "Score", ...(fused ? ["Normalised", "Weight", "Contribution"] : [])];
  const rows = plan.legs.map(({ leg, weight, depth }) => {
    const part = hit.legs[leg] ?? {};
    const rank = part.rank === undefined ? `not in the first ${whole(depth)}` : `${whole(part.rank)}`;
    const cells = [rank, shown(part.score)];
    if (fused) cells.push(shown(part.normalised), short(weight), shown(part.contribution));
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, el("span", { class: `dot ${leg}` }), LEGS[leg]),
      cells.map((cell) => el("td", {}, cell)),
    );
  });
  return el(
    "table",
    {},
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, rows),
  );
}

/** Contributions side by side, for the eye alone: the table has them as figures. */
function bar(hit, plan, most) {
  const parts = plan.legs.map(({ leg }) => {
    const part = el("span", { class: `part ${leg}` });
    const share = hit.legs[leg]?.contribution ?? (plan.fusion === null ? hit.score : 0);
    // Set by script, because a style in markup is what the page's policy forbids.
    part.style.setProperty("inline-size", `${most > 0 ? Math.max(0, 100 * share) / most : 0}%`);
    return part;
  });
  return el("span", { class: "measure", "aria-hidden": "true" }, parts);
}

function chip(leg, hit) {
  const rank = hit.legs[leg]?.rank;
  return el("span", { class: "leg" }, el("span", { class: `dot ${leg}` }), `${LEGS[leg]} ${rank === undefined ? "–" : `#${whole(rank)}`}`);
}

const shown = (number) => (number === undefined ? "–" : figure(number));
const short = (number) => String(Number(number.toPrecision(4)));
