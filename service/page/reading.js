// An article beside the list, at the place that is cited; on small screens links open its page instead.

import { dated, isWeb, make, own } from "./dom.js";
import { detail, Problem } from "./stream.js";

const WIDE = matchMedia("(min-width: 64rem)");

export const isWide = () => WIDE.matches;

/** The panel beside `main`; `dismissed` is called with the link that had opened it, when its reader closes it. */
export class Panel {
  #element = null;
  #link = null;
  #asking = null;

  constructor(main, dismissed) {
    this.main = main;
    this.dismissed = dismissed;
  }

  get link() {
    return this.#link;
  }

  async open(link, takesFocus) {
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    this.#mark(link);
    const address = new URL(link.href);
    const content = await read(address, asking.signal).catch((fault) => [said(fault)]);
    if (asking.signal.aborted) return;
    this.#show(content, takesFocus);
  }

  close() {
    this.#asking?.abort();
    this.#mark(null);
    this.#element?.remove();
    this.#element = null;
  }

  /** Its reader closes it. */
  dismiss() {
    const link = this.#link;
    this.close();
    if (link) this.dismissed(link);
  }

  #mark(link) {
    this.#link?.closest("li")?.classList.remove("open");
    this.#link = link;
    link?.closest("li")?.classList.add("open");
  }

  #show(content, takesFocus) {
    if (!this.#element) {
      this.#element = make("aside", { id: "reading", class: "reading", "aria-label": "Article", tabindex: -1 });
      this.main.after(this.#element);
    }
    const close = make("button", { type: "button", class: "close" }, "Close");
    close.addEventListener("click", () => this.dismiss());
    this.#element.replaceChildren(make("div", { class: "bar" }, close), ...content);
    const cited = this.#element.querySelector("mark");
    const height = this.#element.clientHeight;
    // Not scrolled where the place is in sight: the head of the article tells whose words they are.
    const isInSight = !cited || cited.offsetTop + cited.offsetHeight < height * 0.9;
    this.#element.scrollTop = isInSight ? 0 : cited.offsetTop - height / 3;
    if (takesFocus) this.#element.focus({ preventScroll: true });
  }
}

async function read(address, signal) {
  const path = address.pathname.replace(/^\/articles/, "/page/reading");
  const response = await fetch(path + address.search, { signal });
  if (!response.ok) throw new Problem(await detail(response));
  return article(await response.json(), address);
}

const said = (fault) =>
  make("p", { class: "problem", role: "alert" }, fault instanceof Problem ? fault.message : "The article can’t be read.");

function article(reading, address) {
  return [
    make("h2", {}, own(reading.title)),
    make("p", { class: "source" }, ...about(reading)),
    reading.notice && notice(reading),
    make("p", { class: "links" }, ...links(reading, address)),
    make("div", { class: "text", dir: "auto" }, reading.before, passage(reading), reading.after),
  ].filter(Boolean);
}

const about = (reading) => [
  reading.source && own(reading.source, { class: "publisher" }),
  reading.author && own(reading.author),
  reading.published_at && dated(reading.published_at, reading.date_basis),
  reading.page && make("span", {}, `page ${reading.page}`),
  reading.side_story && make("span", {}, "a side story on that page"),
].filter(Boolean);

const notice = ({ notice: words, earlier, as_cited: asCited }) =>
  make(
    "div",
    { class: "notice", role: "note" },
    make("p", {}, words),
    earlier && make("blockquote", { dir: "auto" }, earlier),
    asCited && make("p", {}, make("a", { href: asCited }, "The article as it was cited")),
  );

const links = ({ publisher, quote, markdown }, address) => [
  isWeb(publisher) && make("a", { href: publisher, rel: "nofollow noreferrer" }, "open at the publisher"),
  make("a", { href: address.href }, "on its own page"),
  quote && make("button", { type: "button", "data-copy": quote }, "copy with citation"),
  markdown && make("button", { type: "button", "data-copy": markdown }, "as Markdown"),
];

function passage({ passage: parts }) {
  const nodes = parts.map(({ text, marked }) => (marked ? make("mark", {}, text) : text));
  return parts.length > 0 && make("span", { class: "passage" }, ...nodes);
}
