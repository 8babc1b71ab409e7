// What was found, as parts.html shows it: both must make the same of a reply.

import { dated, isWeb, make, marked, own, slice } from "./dom.js";
import WORDS from "./words.js";

const NOT_FOUND = ["outside_dates", "not_in_archive"];

/** The whole reply; while its answer is still written, `busy`. */
export const results = (reply, busy = false) => [answer(reply, busy), ...passages(reply)];

/** Passages alone, as ranking has them. */
export const ranked = (found) => [
  make("section", { class: "answer", "aria-busy": "true" }, make("h2", {}, WORDS.reading)),
  ...passages(found),
];

function answer(reply, busy) {
  const section = make("section", { class: "answer", "aria-labelledby": "verdict", "aria-busy": busy && "true" });
  section.append(
    make("h2", { id: "verdict" }, WORDS.verdicts[reply.verdict]),
    ...(reply.understood_as === reply.question ? [] : [aside(WORDS.understood, [{ text: reply.understood_as }])]),
    ...(reply.contradicted ? [aside(WORDS.taken, [reply.contradicted])] : []),
    ...said(reply).map((one, at) => sentence(one, at + 1, reply)),
    ...(reply.unsupported.length ? [aside(WORDS.unsaid, reply.unsupported)] : []),
    ...(reply.answer?.writer === "model" ? [make("p", { class: "aside" }, WORDS.by_model)] : []),
    ...(reply.applied_filters.undated_left_out
      ? [make("p", { class: "aside" }, `${WORDS.undated} ${reply.applied_filters.undated_left_out}`)]
      : []),
    ...(isNarrowed(reply) && !busy ? [wider(reply)] : []),
    ...(reply.passages.length && !busy ? [keeping(reply)] : []),
  );
  return section;
}

const isNarrowed = ({ applied_filters: filters, verdict, passages: found }) =>
  Object.keys(filters).length > 0 && (NOT_FOUND.includes(verdict) || !found.length);

function wider({ question }) {
  const link = make("a", { class: "wider", href: `/?${new URLSearchParams({ q: question })}` }, WORDS.wider);
  return make("p", { class: "aside" }, link);
}

function keeping({ question, applied_filters: { source, tags, published_after: after, published_before: before } }) {
  const fields = { q: [question], source, tag: tags, after: [after], before: [before] };
  const inputs = Object.entries(fields).flatMap(([name, values]) =>
    (values ?? []).filter(Boolean).map((value) => make("input", { type: "hidden", name, value })));
  return make("form", { class: "keeping", action: "/a", method: "post" }, ...inputs, make("button", {}, WORDS.keep));
}

const said = (reply) => (reply.readings.length ? reply.readings : (reply.answer?.sentences ?? []));

const aside = (words, parts) =>
  make("p", { class: "aside" }, `${words} `, ...parts.flatMap(({ text }, at) => [at ? "; “" : "“", own(text), "”"]));

export function sentence(one, number, reply) {
  const { text, start, citation, period } = one;
  const short = reply.answer?.short;
  // A language model's sentence is about what stands there, and need not have its words.
  const isThere = short?.citation === citation && short.start >= start
    && slice(text, short.start - start, short.end - start) === short.text;
  const note = { class: "note", id: `n${number}`, href: `#p${citation}`, "aria-label": `Passage ${citation}` };
  return make(
    "p",
    { class: "sentence" },
    ...(period ? [make("span", { class: "period" }, `${period}:`), " "] : []),
    make("bdi", {}, ...marked(text, start, isThere && !period ? [short] : [], "strong")),
    make("a", note, String(citation)),
  );
}

function passages(reply) {
  if (!reply.passages.length) return [];
  const heading = make("h2", { id: "passages" }, NOT_FOUND.includes(reply.verdict) ? WORDS.nearest : WORDS.found);
  const notes = said({ readings: [], ...reply }).map((one) => one.citation);
  const items = reply.passages.map((one) => passage(one, notes.indexOf(one.citation) + 1));
  const list = make("ol", { class: "passages", role: "list" }, ...items);
  return [make("section", { "aria-labelledby": "passages" }, heading, list)];
}

function passage(one, note) {
  const { citation, article } = one;
  const number = make("span", { class: "number" }, String(citation));
  const title = make("a", { class: "read", href: place(one) }, own(article.title));
  return make(
    "li",
    { id: `p${citation}`, "data-id": one.id },
    make("h3", {}, number, " ", title),
    make("p", { class: "source" }, ...source(article, one)),
    make("blockquote", { dir: "auto" }, ...marked(one.text, one.start, one.highlights, "mark")),
    one.also_in.length > 0 && alsoIn(one.also_in),
    make(
      "p",
      { class: "links" },
      isWeb(article.url) && make("a", { href: one.link, rel: "nofollow noreferrer" }, "at the publisher"),
      note > 0 && back(citation, note),
    ),
  );
}

const back = (citation, note) =>
  make("a", { class: "back", href: `#n${note}`, "aria-label": `From passage ${citation} back to the answer` }, "↩");

const source = (article, { page, side_story: isSide }) => [
  article.source && own(article.source, { class: "publisher" }),
  article.published_at && dated(article.published_at, article.date_basis),
  page && make("span", {}, `page ${page}`),
  isSide && make("span", {}, "a side story on that page"),
];

function alsoIn(others) {
  const links = others.map((other) => make("a", { href: path(other.id) }, own(other.source || other.title)));
  return make("p", { class: "also" }, "Also in ", ...links.flatMap((link, at) => (at ? [", ", link] : [link])));
}

const escaped = (character) => `%${character.charCodeAt().toString(16).toUpperCase()}`;
const path = (id) => `/articles/${encodeURIComponent(id).replaceAll("%2F", "/").replace(/[!'()*]/g, escaped)}`;

function place(one) {
  const marks = one.highlights.map(({ start, end }) => `&mark=${start}-${end}`).join("");
  return `${path(one.article.id)}?passage=${one.id}${marks}#cited`;
}
