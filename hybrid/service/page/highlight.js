// Where mentions stand in a snippet. Offsets count Unicode code points, strings of a browser UTF-16 code units: an
// emoji is one of the former and two of the latter, so a snippet is cut as a list of code points.

/** A snippet as pieces `{text, match}`; `match` is null between mentions. Where two overlap, the nearer one is shown. */
export function pieces(snippet, matches) {
  const points = Array.from(snippet.text);
  const shown = [];
  for (const match of shownMatches(snippet, points.length, matches)) {
    shown.push({ start: match.start - snippet.start, end: match.end - snippet.start, match });
  }
  shown.sort((one, other) => one.start - other.start);
  const cut = [];
  let at = 0;
  const add = (end, match) => {
    if (end > at) cut.push({ text: points.slice(at, end).join(""), match });
    at = end;
  };
  for (const { start, end, match } of shown) {
    add(start, null);
    add(end, match);
  }
  add(points.length, null);
  return cut;
}

/** Matches that the snippet does not show: outside of it, or under a nearer one. */
export function unshown(snippet, matches) {
  const shown = new Set(shownMatches(snippet, Array.from(snippet.text).length, matches));
  return matches.filter((match) => !shown.has(match));
}

/** How strongly a match is marked, 0..1. */
export function strength(match) {
  return Math.min(1, Math.max(0, match.probability ?? match.cosine));
}

function shownMatches(snippet, length, matches) {
  const free = [];
  for (const match of [...matches].sort((one, other) => other.cosine - one.cosine)) {
    const within = match.start >= snippet.start && match.end <= snippet.start + length;
    if (within && free.every((other) => match.end <= other.start || match.start >= other.end)) free.push(match);
  }
  return free;
}
