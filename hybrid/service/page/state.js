// The question, and the address that holds it: a link shares it, and back and forward go through what was asked.

export const ALL = "all";
/** Ways to rank, in the order of the switch: what the address calls them, and what readers do. */
export const WAYS = [
  ["auto", "Hybrid"],
  ["typed", "Typed"],
  ["dense", "Dense"],
  ["lexical", "BM25"],
  [ALL, "Side by side"],
];
export const PAGE = 10;

export const nothing = () => ({ type: "", about: "", how: "auto", where: [], page: 1 });

/** The question of an address's query string; what it cannot hold is left out. */
export function fromAddress(search) {
  const read = new URLSearchParams(search);
  const how = read.get("how");
  const page = Number(read.get("page"));
  return {
    type: (read.get("type") ?? "").trim(),
    about: (read.get("about") ?? "").trim(),
    how: WAYS.some(([name]) => name === how) ? how : "auto",
    where: read.getAll("where").map(condition).filter((found) => found !== null),
    page: Number.isInteger(page) && page >= 1 && page <= 500 ? page : 1,
  };
}

/** The query string of a question; what is as always is left out. */
export function toAddress({ type, about, how, where, page }) {
  const written = new URLSearchParams();
  if (type) written.set("type", type);
  if (about) written.set("about", about);
  if (how !== "auto") written.set("how", how);
  for (const parts of where) written.append("where", JSON.stringify(parts));
  if (page > 1) written.set("page", page);
  return written.size ? `?${written}` : "./";
}

function condition(text) {
  try {
    const parts = JSON.parse(text);
    return Array.isArray(parts) && parts.length === 3 && parts.every((part) => typeof part === "string") ? parts : null;
  } catch {
    return null;
  }
}
