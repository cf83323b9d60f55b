// What is on the screen, to take along: its address, its Python, and its request for Dev Tools.

import { ask } from "./api.js";
import { byId, el } from "./dom.js";
import { literal } from "./literal.js";
import { ALL, PAGE } from "./state.js";

/** The body that `/v1/find` and `/v1/console` take, without what only one of them does. */
export function bodyOf({ type, about, page }, how, where) {
  const body = new Map([["type", type]]);
  if (about) body.set("about", about);
  if (where) body.set("where", where);
  if (how !== "auto") body.set("how", how);
  body.set("k", PAGE);
  if (page > 1) body.set("offset", (page - 1) * PAGE);
  return body;
}

/** The lines of Python that ask it; one question a way to rank. */
export function pythonOf(question, ways, where, target) {
  const open = `retriever = Retriever.open(${literal(target, "python")})`;
  const one = (how) => {
    const options = [...bodyOf(question, how, where)].filter(([name]) => name !== "type");
    const written = options.map(([name, value]) => `${name}=${literal(value, "python")}`);
    return [literal(question.type, "python"), ...written].join(", ");
  };
  const finds = ways.map((how) => `${question.how === ALL ? `${how} = ` : "hits = "}retriever.find(${one(how)})`);
  return ["from hybrid import Retriever", "", open, ...finds].join("\n");
}

/** Offer the address, the Python and the request for what is on the screen. */
export async function takeAlong(index, question, ways, where, signal) {
  const python = pythonOf(question, ways, where, index.target);
  byId("copies").replaceChildren(copyButton("Copy link", () => location.href), copyButton("Copy Python", () => python));
  byId("code").replaceChildren(block("Python", python));
  byId("elsewhere").hidden = false;
  if (index.engine !== "opensearch") {
    note("faint", "Dev Tools: this index is in a folder, which no request asks. One on OpenSearch has its request here.");
    return;
  }
  try {
    const asked = ways.map((how) => ask("v1/console", literal(bodyOf(question, how, where), "json"), signal));
    const request = (await Promise.all(asked)).map((one) => one.request).join("\n");
    if (signal.aborted) return;
    byId("copies").append(copyButton("Copy Dev Tools request", () => request));
    byId("code").append(block("Dev Tools", request));
  } catch (error) {
    if (!signal.aborted) note("wrong", `The request for Dev Tools cannot be shown: ${error.message}`);
  }
}

const note = (kind, text) => byId("code").append(el("p", { class: kind }, text));

/** A button that copies a text and says so. */
function copyButton(name, text) {
  let back = 0;
  const button = el("button", { type: "button", class: "copy" }, name);
  button.addEventListener("click", async () => {
    const done = await copied(text());
    button.textContent = done ? "Copied" : "Not copied";
    byId("copied").textContent = done ? `${name}: done` : "The browser does not let the page copy; select the text instead.";
    clearTimeout(back);
    back = setTimeout(() => {
      button.textContent = name;
    }, 2000);
  });
  return button;
}

function block(title, text) {
  const shown = el("pre", { tabindex: "0", role: "region", "aria-label": title }, el("code", {}, text));
  return el("div", {}, el("p", { class: "title", "aria-hidden": "true" }, title), shown);
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedBySelecting(text);
  }
}

/** Without TLS, away from loopback, a page has no clipboard but this one. */
function copiedBySelecting(text) {
  const focused = document.activeElement;
  const area = el("textarea", { class: "unseen", "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } finally {
    area.remove();
    focused?.focus();
  }
}
