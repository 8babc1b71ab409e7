// Elements from hostile text: it goes in as text nodes only, and only http(s) becomes an address elsewhere.

/** An element; attributes that are null, undefined or false are left out, as are such children. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value != null && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
}

/** Text from outside, which reads in its own direction and leaves that of its surroundings alone. */
export const own = (text, attributes) => make("bdi", attributes, text);

export const isWeb = (address) => /^https?:\/\//.test(address ?? "");

/** Part of a text by code points, as offsets count everywhere in the service. */
export const slice = (text, start, end) => Array.from(text).slice(start, end).join("");

/** The nodes of a text that begins at `from`, with these spans of the article in elements of this name. */
export function marked(text, from, spans, name) {
  const points = Array.from(text);
  const nodes = [];
  let position = 0;
  const upTo = (end) => points.slice(position, (position = end)).join("");
  for (const span of [...spans].sort((one, other) => one.start - other.start || one.end - other.end)) {
    const start = Math.max(span.start - from, position);
    const end = Math.min(span.end - from, points.length);
    if (start < end) nodes.push(upTo(start), make(name, {}, upTo(end)));
  }
  return [...nodes, upTo(points.length)].filter((node) => node !== "");
}

const FORMATS = [
  { year: "numeric" },
  { year: "numeric", month: "long" },
  { year: "numeric", month: "long", day: "numeric" },
].map((format) => new Intl.DateTimeFormat("en-GB", { ...format, timeZone: "UTC" }));

/** A date as precise as is known, said to be inferred where it is. */
export function dated(publishedAt, basis) {
  const day = publishedAt.slice(0, 10);
  const spelled = FORMATS[day.split("-").length - 1].format(new Date(day));
  return make("time", { datetime: publishedAt }, spelled + (basis === "inferred" ? " (inferred)" : ""));
}
