// Filters: what a reader typed, read as the field's type, to the one `where` that holds where all of them hold.

import { Numeral } from "./literal.js";

const ORDERED = ["=", "!=", "<", "<=", ">", ">=", "in", "exists"];

/** The operators that a field of this type can be asked with. */
export const operators = (type) => (type === "bool" ? ["=", "!=", "exists"] : ORDERED);

/** Whether a condition's value is one of true and false. */
export const isYesNo = (type, operator) => type === "bool" || operator === "exists";

/** A condition that cannot be read; `place` is its number. */
export class Misread extends Error {
  constructor(place, message) {
    super(message);
    this.place = place;
  }
}

/** The `where` of `conditions`, lists of field, operator and text; null for none. Throws Misread. */
export function whereOf(conditions, types) {
  const parts = conditions.map(([field, operator, text], place) => {
    const type = Object.hasOwn(types, field) ? types[field] : null;
    if (type === null) throw new Misread(place, `The documents have no field “${field}”.`);
    if (!operators(type).includes(operator)) throw new Misread(place, `“${operator}” cannot be asked of “${field}”.`);
    const value = operator === "in" ? items(text).map((item) => read(place, field, type, item))
      : read(place, field, operator === "exists" ? "bool" : type, text);
    return [field, operator, value];
  });
  return parts.length ? joined(parts) : null;
}

function read(place, field, type, text) {
  const digits = text.trim();
  switch (type) {
    case "bool":
      return text === "true";
    case "int":
      if (!/^[+-]?\d{1,19}$/.test(digits)) throw new Misread(place, `“${field}” takes whole numbers, such as 1970.`);
      return new Numeral(BigInt(digits.replace(/^\+/, "")).toString());
    case "float":
      if (digits === "" || !Number.isFinite(Number(digits)) || !/^[-+.\deE]+$/.test(digits)) {
        throw new Misread(place, `“${field}” takes numbers, such as 2.5.`);
      }
      return new Numeral(String(Number(digits)));
    default:
      return text;
  }
}

/** `a, "b, c"` to its items. */
function items(text) {
  const found = [];
  for (const [, quoted, plain] of text.matchAll(/\s*(?:"((?:[^"]|"")*)"\s*|([^,]*))(?:,|$)/g)) {
    if (quoted !== undefined) found.push(quoted.replaceAll('""', '"'));
    else if (plain.trim() !== "") found.push(plain.trim());
  }
  return found;
}

/** Operators of one field side by side; where one comes twice, "not (not a or not b)". */
function joined(parts) {
  const where = new Map();
  for (const [field, operator, value] of parts) {
    const mine = where.get(field) ?? new Map();
    if (mine.has(operator)) {
      const negated = parts.map((part) => new Map([["$not", one(part)]]));
      return new Map([["$not", new Map([["$or", negated]])]]);
    }
    where.set(field, mine.set(operator, value));
  }
  return where;
}

const one = ([field, operator, value]) => new Map([[field, new Map([[operator, value]])]]);
