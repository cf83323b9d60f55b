// The form that holds the question, and what is wrong with what stands in it.

import { byId, el } from "./dom.js";
import { Filters } from "./filters.js";
import { ALL, WAYS } from "./state.js";

/** The form, for an index with these `fields` and `legs`; `asked` is called with each question that a reader asks. */
export class Question {
  constructor({ fields, legs }, asked) {
    this.form = byId("question");
    this.filters = new Filters(fields);
    this.ways = WAYS.filter(([how]) => how === "auto" || how === ALL || legs.includes(how));
    const switched = () => this.#named.type.value.trim() && asked(this.read());
    byId("ways").replaceChildren(...this.ways.map(([how, name]) => choice(how, name, switched)));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      asked(this.read());
    });
    this.form.hidden = false;
  }

  /** The question as it stands there, at its first page. */
  read() {
    const { type, about, how } = this.#named;
    return { type: type.value.trim(), about: about.value.trim(), how: how.value, where: this.filters.conditions, page: 1 };
  }

  /** Put a question there; gives it back, in a way that this index can be ranked. */
  show(question) {
    const { type, about, how } = this.#named;
    type.value = question.type;
    about.value = question.about;
    how.value = this.ways.some(([name]) => name === question.how) ? question.how : "auto";
    this.filters.show(question.where);
    return { ...question, how: how.value };
  }

  /** Say what is wrong beside what is: `field` is type, about or where, `place` the number of a filter. */
  blame(field, message, place) {
    const told = byId(`${field}-error`);
    if (told === null) return;
    told.textContent = message;
    told.hidden = false;
    if (field === "where") {
      this.filters.blame(place);
    } else {
      this.#named[field].setAttribute("aria-invalid", "true");
      this.#named[field].focus();
    }
  }

  /** Nothing is wrong any more. */
  absolve() {
    for (const told of this.form.querySelectorAll(".wrong")) told.hidden = true;
    for (const control of this.form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
  }

  get #named() {
    return this.form.elements;
  }
}

function choice(how, name, changed) {
  return el("label", {}, el("input", { type: "radio", name: "how", value: how, change: changed }), el("span", {}, name));
}
