// The part of the page below the question: what it says, what it shows, and what it offers to take along.

import { byId, el, whole } from "./dom.js";
import { ALL, PAGE, toAddress } from "./state.js";

/** Tell the reader, by eye and by ear, how things stand. */
export const say = (text) => {
  byId("status").textContent = text;
};

/** Nothing but a sentence. */
export function clear(text) {
  byId("panels").replaceChildren();
  byId("copies").replaceChildren();
  byId("elsewhere").hidden = true;
  byId("pages").hidden = true;
  byId("answers").removeAttribute("aria-busy");
  say(text);
}

/** Panels in place of what was there. */
export function show(panels, { sideBySide = false } = {}) {
  clear("");
  document.body.classList.toggle("wide", sideBySide);
  byId("panels").className = sideBySide ? "side-by-side" : "single";
  byId("panels").replaceChildren(...panels);
}

// Sooner answers replace those before them without anything in between, so that the page does not flicker.
const PATIENCE = 150;

/** Say that answers are on their way, and call `blank` if they are long in coming; gives what ends that. */
export function wait(blank) {
  const asking = () => {
    say("Asking…");
    byId("answers").setAttribute("aria-busy", "true");
  };
  asking();
  const late = setTimeout(() => {
    blank();
    asking();
  }, PATIENCE);
  return () => clearTimeout(late);
}

/** Links to earlier and further answers, that call `go` with the question; a full page may have another behind it. */
export function showPages(question, told, go) {
  if (question.how === ALL || !told) return;
  const further = told.hits.length === PAGE ? link("Further answers", { ...question, page: question.page + 1 }, go) : null;
  const earlier = question.page > 1 ? link("Earlier answers", { ...question, page: question.page - 1 }, go) : null;
  byId("pages").replaceChildren(...[earlier, further].filter(Boolean));
  byId("pages").hidden = !earlier && !further;
}

function link(name, question, go) {
  const turn = (event) => {
    // With a key held down a link opens elsewhere, as links do.
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(question);
    byId("answers").focus();
    byId("answers").scrollIntoView();
  };
  return el("a", { href: toAddress(question), click: turn }, name);
}

/** One sentence on what came of a question; `found` has `told` or `error` for each way to rank. */
export function summary({ type, about, page }, found) {
  const told = found.flatMap((one) => one.told ?? []);
  if (!told.length) return "There is no answer.";
  const asked = `for “${type}”${about ? ` about “${about}”` : ""}`;
  const took = `${Math.round(Math.max(...told.map((one) => one.took_ms)))} ms`;
  if (found.length > 1) return `${told.length} rankings ${asked}, ${took}`;
  const count = told[0].hits.length;
  return count ? `${which(count, page)} ${asked}, ${took}` : `No answers ${asked}`;
}

function which(count, page) {
  if (page > 1) return `Answers ${whole((page - 1) * PAGE + 1)} to ${whole((page - 1) * PAGE + count)}`;
  if (count === 1) return "The only answer";
  return count < PAGE ? `All ${count} answers` : `The first ${count} answers`;
}
