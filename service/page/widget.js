// <footnote-ask>: a question box for any page whose origin the service lists. docs/chat/widget.md says how it is used.
// Articles, questions and answers are hostile: all text goes in as text nodes, and only http(s) becomes a link.
(() => {
  "use strict";

  const TAG = "footnote-ask";
  const { words: WORDS, style: STYLE } = "%GIVEN%";
  const LONGEST = 2000;
  const SHORT = 200;
  const READING = "Reading what was found …";
  const BROKEN = "The answer broke off. Ask again in a moment.";
  const script = document.currentScript;
  const SERVICE = new URL(".", script ? script.src : location.href).href;


  const make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };

  // Whose text comes from outside reads in its own direction, and leaves that of its surroundings alone.
  const own = (text) => make("bdi", {}, text);

  const web = (address) => {
    try {
      const url = new URL(address);
      return ["https:", "http:"].includes(url.protocol) ? url : null;
    } catch {
      return null;
    }
  };

  const fragment = (text) => encodeURIComponent(text.toWellFormed()).replaceAll("-", "%2D");

  // Browsers that know text fragments show the quote in its page. A long one may run over paragraphs: its ends suffice.
  const at = (url, quote) => {
    const words = quote.split(/\s+/u);
    const ends = words.length > 12 ? [words.slice(0, 5), words.slice(-5)] : [words];
    const place = ends.map((some) => fragment(some.join(" "))).join(",");
    return `${url.href}${url.hash ? "" : "#"}:~:text=${place}`;
  };

  // Offsets count code points, as everywhere in the service; JavaScript's own count halves of some.
  const slice = (text, start, end) => Array.from(text).slice(start, end).join("");

  const marked = (text, from, spans, name) => {
    const parts = [];
    let position = from;
    const end = from + Array.from(text).length;
    const part = (first, last) => slice(text, first - from, last - from);
    for (const span of [...spans].sort((one, other) => one.start - other.start)) {
      const first = Math.max(span.start, position);
      const last = Math.min(span.end, end);
      if (first >= last) continue;
      parts.push(part(position, first), make(name, {}, part(first, last)));
      position = last;
    }
    return [...parts, part(position, end)];
  };

  async function* events(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let held = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (held + value).split("\n\n");
      held = blocks.pop();
      for (const block of blocks) {
        const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: ?(.*)/s, 2)));
        if (fields.event) yield [fields.event, JSON.parse(fields.data)];
      }
    }
  }

  const refusal = async (response) => {
    const said = await response.json().catch(() => ({}));
    const wait = Number(response.headers.get("retry-after"));
    switch (response.status) {
      case 401:
      case 403:
        return "This archive does not take questions from this page: it asks for a key.";
      case 422:
        return `That question can’t be asked: ${said.detail || "the archive does not understand it"}.`;
      case 429:
        return `Too many questions just now. Ask again in ${wait > 1 ? `${wait} seconds` : "a moment"}.`;
      case 503:
        return "The archive is being opened. Ask again in a moment.";
      default:
        return "Something went wrong in the archive. Ask again in a moment.";
    }
  };

  const unreachable = () => navigator.onLine
    ? "The archive can’t be reached from this page: it is down, or does not list the page’s address."
    : "You are offline: the archive can’t be reached.";

  const aside = (words, parts) =>
    make("p", { class: "aside" }, `${words} `, ...parts.flatMap(({ text }, at) => [at ? "; “" : "“", own(text), "”"]));

  const folded = (summary, content) => make("details", {}, make("summary", {}, summary), content);

  const titled = ({ article, link }, quote) => {
    const url = web(link);
    const title = own(article.title);
    if (!url) return make("div", { class: "title" }, title);
    const hint = make("span", { class: "hint" }, " (opens in a new tab)");
    const anchor = { href: at(url, quote), target: "_blank", rel: "noopener noreferrer" };
    return make("div", { class: "title" }, make("a", anchor, title, hint));
  };

  const about = ({ article, page, also_in: others }) => {
    const { source, published_at: date, date_basis: basis } = article;
    const elsewhere = [...new Set(others.map((other) => other.source).filter(Boolean))];
    const parts = [
      source && own(source),
      date && make("time", { datetime: date }, date.slice(0, 10) + (basis === "inferred" ? " (inferred)" : "")),
      page && `page ${page}`,
      elsewhere.length && own(`also in ${elsewhere.join(", ")}`),
    ].filter(Boolean);
    return make("p", { class: "about" }, ...parts.flatMap((part, at) => (at ? [" · ", part] : [part])));
  };

  class Ask extends HTMLElement {
    static observedAttributes = ["label", "placeholder"];

    #asking = null;
    #parts = {};

    connectedCallback() {
      if (!this.shadowRoot) this.#build();
    }

    disconnectedCallback() {
      this.#stop("");
    }

    attributeChangedCallback() {
      if (this.shadowRoot) this.#name();
    }

    #build() {
      const root = this.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = [sheet];
      const label = make("label", { for: "q" });
      const input = make("input", { id: "q", maxlength: LONGEST, required: "", dir: "auto", autocomplete: "off" });
      const ask = make("button", {}, "Ask");
      const stop = make("button", { type: "button", hidden: "" }, "Stop");
      const form = make("form", { role: "search" }, label, input, ask, stop);
      const status = make("p", { id: "status", role: "status" });
      const answer = make("div", { id: "answer", role: "region", "aria-label": "Answer", "aria-live": "polite" });
      const sources = make("div", { id: "sources" });
      const box = make("div", { id: "box", lang: "en", part: "box" }, form, status, answer, sources);
      root.append(box);
      this.#parts = { box, form, label, input, ask, stop, status, answer, sources };
      this.#name();
      this.#listen();
    }

    #listen() {
      const { box, form, input, stop } = this.#parts;
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        if (input.value.trim()) this.#ask(input.value);
      });
      stop.addEventListener("click", () => this.#stop());
      box.addEventListener("keydown", (event) => {
        if (event.key === "Escape") this.#stop();
      });
    }

    #name() {
      const { label, input } = this.#parts;
      label.textContent = this.getAttribute("label") || "Ask the archive";
      input.placeholder = this.getAttribute("placeholder") || "";
    }

    async #ask(question) {
      this.#stop("");
      const asking = new AbortController();
      this.#asking = asking;
      this.#busy(true);
      this.#show("Searching …", [], []);
      const problem = await this.#answered(question, asking.signal).catch(() => BROKEN);
      if (this.#asking !== asking) return;
      this.#asking = null;
      this.#busy(false);
      if (problem) this.#parts.status.textContent = problem;
    }

    /** Shows the answer as it comes; what went wrong, in words, or nothing. */
    async #answered(question, signal) {
      const service = (this.getAttribute("service") || SERVICE).replace(/\/*$/, "/");
      const response = await fetch(new URL(`${service}v1/ask`, location.href), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ question, stream: true }),
        credentials: "omit",
        referrerPolicy: "no-referrer",
        signal,
      }).catch(() => null);
      if (!response?.ok) return response ? refusal(response) : unreachable();
      let found = null;
      let said = 0;
      for await (const [event, data] of events(response.body)) {
        if (signal.aborted) return "";
        switch (event) {
          case "ranked":
          case "passages":
            found = data;
            this.#show(READING, [], this.#listed("Found", found.passages, []));
            break;
          case "sentence":
            this.#parts.answer.append(this.#sentence(data, found, said++));
            break;
          case "reply":
            return this.#whole(data);
          case "error":
            return BROKEN;
        }
      }
      return BROKEN;
    }

    #whole(reply) {
      const { answer, readings, contradicted, unsupported, passages, verdict } = reply;
      const said = readings.length ? readings : answer ? answer.sentences : [];
      const lines = said.map((sentence, at) => this.#sentence(sentence, reply, at));
      if (contradicted) lines.unshift(aside(WORDS.taken, [contradicted]));
      if (unsupported.length) lines.push(aside(WORDS.unsaid, unsupported));
      const cited = new Set(said.map((sentence) => sentence.citation));
      const shown = said.length ? passages.filter((one) => cited.has(one.citation)) : passages.slice(0, WORDS.nearest);
      const rest = passages.filter((one) => !shown.includes(one));
      const lists = this.#listed(said.length ? "Sources" : "The nearest passages", shown, said);
      if (rest.length) lists.push(folded(`Also found: ${rest.length}`, this.#list(rest, said)));
      this.#show(WORDS.verdicts[verdict] || "", lines, lists);
    }

    #show(status, lines, lists) {
      this.#parts.status.textContent = status;
      this.#parts.answer.replaceChildren(...lines);
      this.#parts.sources.replaceChildren(...lists);
    }

    #sentence(sentence, reply, at) {
      const { text, start, citation } = sentence;
      const { short } = reply.answer || {};
      // A language model's sentence is about what stands there, and need not have its words.
      const isThere = short?.citation === citation && slice(text, short.start - start, short.end - start) === short.text;
      const period = reply.readings[at] ? [`${reply.readings[at].period}: `] : [];
      const words = make("bdi", {}, ...marked(text, start, isThere ? [short] : [], "strong"));
      const note = this.#jump(`[data-source="${citation}"]`, String(citation), `Source ${citation}`);
      note.dataset.note = citation;
      return make("p", {}, ...period, words, " ", note);
    }

    #listed(heading, passages, said) {
      return passages.length ? [make("h2", {}, heading), this.#list(passages, said)] : [];
    }

    #list(passages, said) {
      return make("ol", { role: "list" }, ...passages.map((passage) => this.#source(passage, said)));
    }

    #source(passage, said) {
      const { citation, text, start } = passage;
      const end = start + Array.from(text).length;
      const cited = said.filter((one) => one.citation === citation && one.start >= start && one.end <= end);
      const spans = cited.length ? cited : passage.highlights;
      const quotes = spans.length ? spans.map((span) => slice(text, span.start - start, span.end - start)) : [text];
      const item = make("li", { "data-source": citation, tabindex: -1 });
      const number = make("span", { class: "number" }, cited.length ? this.#back(citation) : `[${citation}]`);
      item.append(number, titled(passage, quotes[0]), about(passage));
      const isCut = !spans.length && text.length > SHORT;
      item.append(...quotes.map((quote) => make("blockquote", { dir: "auto", class: isCut ? "cut" : "" }, quote)));
      if (isCut || quotes.join("").length < text.length) {
        const whole = make("blockquote", { dir: "auto" }, ...marked(text, start, spans, "mark"));
        item.append(folded("In its passage", whole));
      }
      return item;
    }

    #back(citation) {
      return this.#jump(`[data-note="${citation}"]`, String(citation), `From source ${citation} to the answer`);
    }

    #jump(where, text, label) {
      const button = make("button", { type: "button", class: "note", "aria-label": label }, text);
      button.addEventListener("click", () => this.#go(where));
      return button;
    }

    #go(where) {
      const target = this.shadowRoot.querySelector(where);
      if (!target) return;
      const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
      target.focus({ preventScroll: true });
      target.scrollIntoView({ block: "nearest", behavior: isStill ? "auto" : "smooth" });
    }

    /** Ends the question at hand, with its request. */
    #stop(status = "Stopped.") {
      if (!this.#asking) return;
      this.#asking.abort();
      this.#asking = null;
      this.#busy(false);
      this.#parts.status.textContent = status;
    }

    #busy(is) {
      const { box, answer, stop, ask, input } = this.#parts;
      if (!is && this.shadowRoot.activeElement === stop) input.focus();
      box.classList.toggle("busy", is);
      // Who listens hears the answer once, when it is whole.
      answer.setAttribute("aria-busy", String(is));
      stop.hidden = !is;
      ask.hidden = is;
    }
  }

  if (!customElements.get(TAG)) customElements.define(TAG, Ask);

  // A page with the script alone gets the box where that stands.
  const place = () => {
    const isAlone = script && document.body.contains(script) && !document.querySelector(TAG);
    if (isAlone) script.after(document.createElement(TAG));
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", place);
  else place();
})();
