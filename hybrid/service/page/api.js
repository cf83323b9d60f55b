// The service, asked: answers as values, failures as errors with a sentence for the reader.

const KEY = "hybrid.key";

/** What the service said is wrong; `field` is the part of the question at fault, where one is. */
export class Problem extends Error {
  constructor(status, told, retryAfter) {
    super(told.detail ?? `The service answered with ${status}.`);
    this.status = status;
    this.code = told.code ?? "";
    this.field = (told.pointer ?? "").split("/")[1] ?? "";
    this.retryAfter = retryAfter;
  }
}

/** Nobody answered. */
export class Unreachable extends Error {
  constructor() {
    super("The service does not answer. Is it running?");
  }
}

/** An integer that a number of a browser cannot hold keeps its digits, where the browser tells them. */
function exact(name, value, told) {
  const known = typeof value === "number" && /^-?\d+$/.test(told?.source ?? "");
  return known && !Number.isSafeInteger(value) ? BigInt(told.source) : value;
}

/** The answer to a GET, or to a POST where `body`, a JSON text, is given. */
export async function ask(path, body, signal) {
  const headers = { accept: "application/json" };
  const key = keptKey();
  if (key) headers.authorization = `Bearer ${key}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method: body === undefined ? "GET" : "POST", headers, body, signal, cache: "no-store" });
  } catch (error) {
    throw error.name === "AbortError" ? error : new Unreachable();
  }
  if (response.ok) return JSON.parse(await response.text(), exact);
  const told = await response.json().catch(() => ({}));
  throw new Problem(response.status, told, Number(response.headers.get("retry-after")) || null);
}

export function keptKey() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** Keep a key until the tab is closed; a header takes no character beyond Latin-1, so neither does this. */
export function keepKey(key) {
  if (/[^\x20-\x7e\xa0-\xff]/.test(key)) return false;
  sessionStorage.setItem(KEY, key);
  return true;
}

export function forgetKey() {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Then none was kept.
  }
}
