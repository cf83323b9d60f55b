// The rows of filters: a field, an operator that its type can be asked with, and a value.

import { isYesNo, operators } from "./conditions.js";
import { byId, el } from "./dom.js";

const NAMES = { "=": "is", "!=": "is not", "<": "<", "<=": "≤", ">": ">", ">=": "≥", in: "is one of", exists: "exists" };
const EXAMPLES = { int: "1970", float: "2.5", str: "text" };

/** The rows of a form; `types` are the index's fields with their types. */
export class Filters {
  constructor(types) {
    this.types = types;
    this.list = byId("conditions");
    const some = Object.keys(types).length > 0;
    byId("no-fields").hidden = some;
    byId("add-condition").hidden = !some;
    byId("add-condition").addEventListener("click", () => this.add().querySelector("select").focus());
  }

  /** Show these conditions and no others. */
  show(conditions) {
    this.list.replaceChildren();
    conditions.forEach((condition) => this.add(...condition));
  }

  /** Fields, operators and texts of all rows. */
  get conditions() {
    return [...this.list.children].map((row) => [...row.querySelectorAll("select, input")].map((control) => control.value));
  }

  /** Point at the row that cannot be read. */
  blame(place) {
    const control = this.list.children[place]?.querySelector(".value");
    control?.setAttribute("aria-invalid", "true");
    control?.setAttribute("aria-describedby", "where-error");
    control?.focus();
  }

  add(field = Object.keys(this.types)[0], operator = "=", text = "") {
    const row = el("li");
    // A field that the index does not know is kept, so that the reader sees what the address asked for.
    const names = Object.hasOwn(this.types, field) ? Object.keys(this.types) : [field, ...Object.keys(this.types)];
    const chosen = choice("Field", names.map((name) => [name, name]), field, () => this.#fit(row, "=", ""));
    const remove = el("button", { type: "button", class: "plain", click: () => this.#remove(row) }, "Remove");
    row.append(chosen, remove);
    this.list.append(row);
    this.#fit(row, operator, text);
    return row;
  }

  /** Operators and value as the field's type wants them. */
  #fit(row, operator, text) {
    const type = this.types[row.querySelector("select").value] ?? "str";
    const offered = operators(type).map((name) => [name, NAMES[name]]);
    const chosen = choice("Operator", offered, operator, (event) => {
      const kept = row.querySelector(".value").value;
      this.#fit(row, event.target.value, kept);
      row.querySelector(".operator").focus();
    });
    chosen.classList.add("operator");
    const value = isYesNo(type, operator)
      ? choice("Value", [["true", operator === "exists" ? "yes" : "true"], ["false", operator === "exists" ? "no" : "false"]], text || "true")
      : el("input", { type: "text", "aria-label": "Value", autocomplete: "off", spellcheck: "false",
          inputmode: type === "str" || operator === "in" ? "text" : "decimal",
          placeholder: operator === "in" ? "one, another" : EXAMPLES[type] });
    if (value.tagName === "INPUT") value.value = text;
    value.classList.add("value");
    row.querySelectorAll(".operator, .value").forEach((old) => old.remove());
    row.querySelector("button").before(chosen, value);
    [...this.list.children].forEach((each, at) => {
      each.querySelector("button").setAttribute("aria-label", `Remove filter ${at + 1}`);
    });
  }

  #remove(row) {
    row.remove();
    byId("add-condition").focus();
  }
}

function choice(label, options, chosen, changed) {
  const made = options.map(([value, name]) => el("option", { value }, name));
  const select = el("select", { "aria-label": label, change: changed }, made);
  select.value = options.some(([value]) => value === chosen) ? chosen : options[0][0];
  return select;
}
