// Elements, made without markup: whatever a text holds, it stays text.

/** An element; of `traits`, functions listen, `class` and `data` are what they say, others are attributes. */
export function el(tag, traits = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(traits)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(name, value);
    else if (name === "class") made.className = value;
    else if (name === "data") Object.assign(made.dataset, value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

export const byId = (id) => document.getElementById(id);

/** A number as people read it: thousands apart, or so many digits behind the point. */
export const whole = (number) => number.toLocaleString("en");
export const figure = (number, digits = 3) => number.toFixed(digits);
