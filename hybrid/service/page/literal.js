// Values written down, as JSON or as Python; numbers keep the digits that were typed, whatever their size.

const WORDS = { json: ["true", "false", "null"], python: ["True", "False", "None"] };

/** A number as text. */
export class Numeral {
  constructor(text) {
    this.text = text;
  }
}

/** A string, number, Numeral, boolean, null, list or Map as `language`, "json" or "python", writes it. */
export function literal(value, language) {
  const [yes, no, nothing] = WORDS[language];
  if (value === null) return nothing;
  if (typeof value === "boolean") return value ? yes : no;
  if (typeof value === "number") return String(value);
  if (value instanceof Numeral) return value.text;
  // A string of JSON is one of Python, too.
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => literal(item, language)).join(", ")}]`;
  const entries = [...value].map(([key, item]) => `${JSON.stringify(key)}: ${literal(item, language)}`);
  return `{${entries.join(", ")}}`;
}
