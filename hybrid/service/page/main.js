// The page: which index is served, what is asked of it, and what it answers.

import { Problem, Unreachable, ask } from "./api.js";
import { clear, say, show, showPages, summary, wait } from "./answers.js";
import { bodyOf, takeAlong } from "./code.js";
import { Misread, whereOf } from "./conditions.js";
import { byId, el, whole } from "./dom.js";
import { askForKey } from "./key.js";
import { literal } from "./literal.js";
import { answered, failed, waiting } from "./panels.js";
import { Question } from "./question.js";
import { ALL, WAYS, fromAddress, toAddress } from "./state.js";
import { invite, unreached, withoutIndex } from "./states.js";

const TITLES = Object.fromEntries(WAYS);
let index = null;
let form = null;
let asking = new AbortController();

/** What is served decides what the page is. */
async function start() {
  say("Looking for the index…");
  try {
    index = await ask("v1/index");
  } catch (error) {
    if (error.status === 401) askForKey(start);
    else if (error.status === 404 && error.code === "not_found") await withoutIndex();
    else unreached(error, start);
    return;
  }
  clear("");
  const { name, documents, mentions, pending, bundle } = index;
  const left = pending ? `, ${whole(pending)} waiting to be encoded` : "";
  const counts = ` ${whole(documents)} documents, ${whole(mentions)} mentions${left}. Bundle ${bundle}.`;
  byId("about-index").replaceChildren(el("strong", {}, name), counts);
  form = new Question(index, go);
  window.addEventListener("popstate", askAddress);
  askAddress();
}

/** Ask what the address holds. */
function askAddress() {
  byId("question").hidden = false;
  answer(form.show(fromAddress(location.search)));
}

/** Ask a question and put it into the address. */
function go(question) {
  const address = toAddress(question);
  if (address !== (location.search || "./")) history.pushState(null, "", address);
  answer(question);
}

async function answer(question) {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  document.title = question.type ? `${question.type} – hybrid` : "hybrid";
  form.absolve();
  if (!question.type) {
    invite();
    return;
  }
  const where = readable(question);
  if (where === undefined) return;
  const ways = question.how === ALL ? form.ways.map(([how]) => how).filter((how) => how !== ALL) : [question.how];
  const sideBySide = question.how === ALL;
  const stop = wait(() => show(ways.map((how) => waiting(TITLES[how])), { sideBySide }));
  const found = await Promise.all(ways.map((how) => find(question, how, where, signal)));
  stop();
  if (signal.aborted) return;
  if (found.some(({ error }) => error?.status === 401)) {
    askForKey(askAddress);
    return;
  }
  const panels = found.map(({ told, error }, at) => {
    if (told) return answered(TITLES[ways[at]], told, question.where.length > 0);
    return failed(TITLES[ways[at]], error, mayPass(error) ? () => answer(question) : null);
  });
  show(panels, { sideBySide });
  say(summary(question, found));
  const wrong = found.find(({ error }) => error?.field);
  if (wrong) form.blame(wrong.error.field, wrong.error.message);
  showPages(question, found[0].told, (other) => go(other));
  if (found.some(({ told }) => told)) await takeAlong(index, question, ways, where, signal);
}

/** The question's `where`; undefined where a filter cannot be read, which is said beside it. */
function readable(question) {
  try {
    return whereOf(question.where, index.fields);
  } catch (error) {
    if (!(error instanceof Misread)) throw error;
    clear("The question cannot be asked as it is.");
    form.blame("where", error.message, error.place);
    return undefined;
  }
}

/** The answer of one way to rank, or why there is none. */
async function find(question, how, where, signal) {
  const body = bodyOf(question, how, where).set("text", false).set("explain", true);
  try {
    return { told: await ask("v1/find", literal(body, "json"), signal) };
  } catch (error) {
    return { error };
  }
}

const mayPass = (error) => error instanceof Unreachable || (error instanceof Problem && [429, 503].includes(error.status));

// A figure that covers other text goes away with Escape.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const mark of document.querySelectorAll("mark:hover, mark:focus")) mark.dataset.dismissed = "";
});

start();
