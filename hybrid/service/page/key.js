// The key that the service asks for: typed once, kept in this tab.

import { forgetKey, keepKey, keptKey } from "./api.js";
import { clear } from "./answers.js";
import { byId } from "./dom.js";

let go = () => {};

/** Ask for the key; `accepted` is called when one was typed, which the service may still refuse. */
export function askForKey(accepted) {
  go = accepted;
  const refused = keptKey() !== null;
  forgetKey();
  clear("");
  byId("question").hidden = true;
  byId("key-form").hidden = false;
  byId("key-error").textContent = refused ? "The service does not take this key." : "";
  byId("key").value = "";
  byId("key").focus();
}

byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (keepKey(byId("key").value)) {
    byId("key-form").hidden = true;
    go();
  } else {
    byId("key-error").textContent = "This key holds a character that no request can carry.";
  }
});
