// What the page says where there are no answers to show: nothing asked yet, no index, nothing reached.

import { Problem, ask } from "./api.js";
import { show } from "./answers.js";
import { el } from "./dom.js";
import { failed } from "./panels.js";
import { nothing, toAddress } from "./state.js";

const EXAMPLES = [["tyre maker", ""], ["political party", ""], ["dinosaur", "found in Alberta"]];

/** Nothing is asked yet. */
export function invite() {
  const links = EXAMPLES.map(([type, about]) => {
    const address = toAddress({ ...nothing(), type, about });
    return el("li", {}, el("a", { href: address }, about ? `${type}, about “${about}”` : type));
  });
  show([
    el(
      "section",
      { class: "notice", "aria-label": "How to ask" },
      el("h2", {}, "Which texts mention an entity of a kind?"),
      el("p", {}, "Say the kind in words of your own. Texts are found that name such an entity, whether or not they say what it is. For example:"),
      el("ul", { class: "examples" }, links),
    ),
  ]);
}

/** The service turns texts into vectors and has nothing to search. */
export async function withoutIndex() {
  const bundle = await ask("v1/bundle").catch(() => null);
  const does = bundle ? `It turns texts into vectors with the bundle ${bundle.name}.` : "It turns texts into vectors.";
  show([
    el(
      "section",
      { class: "notice", "aria-label": "No index" },
      el("h2", {}, "This service has no index to search"),
      el("p", {}, `${does} To search an index here, start it with one:`),
      el("pre", {}, el("code", {}, "hybrid serve TARGET")),
      el("p", { class: "faint" }, "TARGET is a folder that ", el("code", {}, "hybrid index"), " made, or ", el("code", {}, "opensearch://host:9200/index"), "."),
    ),
  ]);
}

/** The index could not be looked at. */
export function unreached(error, again) {
  const title = error instanceof Problem ? "The index cannot be asked" : "Nobody answers";
  show([failed(title, error, again)]);
}
