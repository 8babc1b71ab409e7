// The archive on the question's page: a range dragged on the timeline, and publishers and tags, become the filters of the form.

const FILTERS = ["source", "tag", "after", "before"];
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };
const SETTLED = 400; // milliseconds without a further key
const MARK = "http://www.w3.org/2000/svg";

const look = document.getElementById("look");
const form = look?.closest("form");
let range = null;
let passages = null;
const answered = new Map(); // the passages found at each address
let coming = null;

// An empty filter is none: it must not stand in the address.
form?.addEventListener("formdata", ({ formData }) => {
  for (const name of ["after", "before"]) if (!formData.get(name)) formData.delete(name);
});
look?.addEventListener("change", () => {
  range?.paint();
  apply();
});
look?.addEventListener("click", (event) => {
  const chip = event.target.closest(".chips a");
  if (!chip || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const { name, value } = chip.dataset;
  const all = chip.matches(".clear");
  for (const box of look.querySelectorAll("input:checked")) box.checked = !(all || (box.name === name && box.value === value));
  // A range of dates is the one filter without a name.
  if (all || name === "") {
    for (const kept of look.querySelectorAll("input[type=hidden]")) kept.remove();
    range?.choose(0, range.last);
  }
  // What is pressed goes with the filter.
  (range?.handles[0] ?? form.elements.q).focus({ preventScroll: true });
  apply();
});
addEventListener("popstate", () => {
  passages = answered.get(location.search) ?? [];
  refresh();
});
document.addEventListener("footnote:found", ({ detail }) => {
  passages = detail.passages;
  answered.set(location.search, passages);
  refresh();
});

function apply() {
  if (form.elements.q.value.trim()) return form.requestSubmit();
  const fields = new URLSearchParams(new FormData(form));
  fields.delete("q");
  history.pushState(null, "", `/?${fields}`);
  refresh();
}

// The counts as the service draws them, for the filters in the address. Its reply is parsed by the browser and never made of strings.
function refresh() {
  const asked = new URLSearchParams(location.search);
  for (const name of [...asked.keys()]) if (![...FILTERS, "q"].includes(name)) asked.delete(name);
  coming?.abort();
  coming = new XMLHttpRequest();
  coming.open("GET", `/look?${asked}`);
  coming.responseType = "document";
  coming.onload = ({ target }) => {
    const fresh = target.status === 200 && target.response?.getElementById("look");
    if (fresh) replace(fresh);
  };
  coming.send();
}

function replace(fresh) {
  const open = [...look.querySelectorAll("details[open]")].map((facet) => facet.dataset.facet);
  const scrolled = [...look.querySelectorAll("ul")].map((list) => list.scrollTop);
  const at = named(document.activeElement);
  for (const old of fresh.querySelectorAll("link, script")) old.remove();
  for (const facet of fresh.querySelectorAll("details")) facet.open ||= open.includes(facet.dataset.facet);
  const kept = look.querySelectorAll("link, script");
  look.replaceChildren(...kept, ...fresh.childNodes);
  begin();
  if (at) [...look.querySelectorAll("*")].find((one) => named(one) === at)?.focus({ preventScroll: true });
  look.querySelectorAll("ul").forEach((list, number) => (list.scrollTop = scrolled[number] ?? 0));
}

// What an element is called, to find its like in a new rendering.
function named(element) {
  if (!element || !look.contains(element)) return null;
  return element.dataset.end && element.role ? element.dataset.end : element.name ? `${element.name} ${element.value}` : element.className || null;
}

class Range {
  constructor(timeline, after, before) {
    Object.assign(this, { timeline, ends: [after, before], settling: 0 });
    this.outside = timeline.querySelectorAll(".outside");
    this.handles = [this.handle("from"), this.handle("to")];
    timeline.append(...this.handles);
    timeline.addEventListener("pointerdown", (event) => this.grab(event));
    this.paint();
  }

  get last() {
    return this.ends[1].options.length - 1;
  }

  handle(end) {
    const handle = document.createElement("span");
    handle.role = "slider";
    handle.tabIndex = 0;
    handle.className = "handle";
    handle.dataset.end = end;
    handle.ariaLabel = end === "from" ? "Published from" : "Published to";
    handle.addEventListener("keydown", (event) => this.key(event, end === "from" ? 0 : 1));
    handle.addEventListener("blur", () => this.settle(0));
    return handle;
  }

  step(end) {
    return this.ends[end].selectedOptions[0] ?? this.ends[end].options[0];
  }

  paint() {
    const start = Number(this.step(0).dataset.start);
    const end = Math.max(Number(this.step(1).dataset.end), start);
    this.outside[0].setAttribute("width", `${start}%`);
    this.outside[1].setAttribute("x", `${end}%`);
    this.outside[1].setAttribute("width", `${100 - end}%`);
    this.handles.forEach((handle, number) => {
      const options = this.ends[number].options;
      handle.style.left = `${number ? end : start}%`;
      handle.ariaValueMin = 0;
      handle.ariaValueMax = options.length - 1;
      handle.ariaValueNow = this.ends[number].selectedIndex;
      handle.ariaValueText = this.step(number).text;
    });
  }

  choose(from, to) {
    this.ends[0].selectedIndex = from;
    this.ends[1].selectedIndex = to;
    this.paint();
  }

  // One end to a step; the other gives way rather than be passed.
  move(end, index) {
    const select = this.ends[end];
    select.selectedIndex = Math.min(Math.max(index, 0), select.options.length - 1);
    const other = this.ends[1 - end];
    const [start, stop] = [Number(this.step(0).dataset.start), Number(this.step(1).dataset.end)];
    if (start >= stop) {
      const at = [...other.options].findIndex((o) => o.dataset.period === this.step(end).dataset.period);
      other.selectedIndex = at >= 0 ? at : end ? 0 : other.options.length - 1;
    }
    this.paint();
  }

  key(event, end) {
    const at = this.ends[end].selectedIndex;
    const page = Math.max(Math.round(this.last / 10), 1);
    const to = { ...KEYS, PageDown: -page, PageUp: page, Home: -Infinity, End: Infinity }[event.key];
    if (event.key === "Enter") this.settle(0, event.preventDefault());
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.move(end, at + to);
    this.waits = true;
    this.settle(SETTLED);
  }

  settle(pause) {
    clearTimeout(this.settling);
    if (!this.waits) return;
    this.settling = setTimeout(() => {
      this.waits = false;
      apply();
    }, pause);
  }

  // The step at a place on the screen.
  at(event, end) {
    const box = this.timeline.getBoundingClientRect();
    const place = Math.min(Math.max((100 * (event.clientX - box.left)) / box.width, 0), 99.999);
    const options = [...this.ends[end].options];
    const found = options.findIndex((o) => place < Number(o.dataset.end) && o.dataset.period.length === options[0].dataset.period.length);
    return found < 0 ? options.length - 1 : found;
  }

  grab(event) {
    if (event.button) return;
    event.preventDefault();
    const before = this.ends.map((end) => end.value).join();
    const held = this.handles.indexOf(event.target);
    const anchor = held < 0 ? event : null;
    const drag = (now) => {
      if (!anchor) return this.move(held, this.at(now, held));
      const [left, right] = now.clientX < anchor.clientX ? [now, anchor] : [anchor, now];
      this.choose(this.at(left, 0), this.at(right, 1));
    };
    const drop = () => {
      this.timeline.removeEventListener("pointermove", drag);
      this.timeline.removeEventListener("pointerup", drop);
      this.timeline.removeEventListener("pointercancel", drop);
      if (this.ends.map((end) => end.value).join() !== before) apply();
    };
    this.timeline.setPointerCapture(event.pointerId);
    this.timeline.addEventListener("pointermove", drag);
    this.timeline.addEventListener("pointerup", drop);
    this.timeline.addEventListener("pointercancel", drop);
    (held < 0 ? this.handles[0] : this.handles[held]).focus({ preventScroll: true });
    drag(event);
  }

  // The passages of the answer, each in the middle of its day, month or year.
  mark() {
    const steps = [...this.ends[0].options];
    const digits = steps[0].dataset.period.length;
    const days = passages.map((p) => p.article.published_at).filter(Boolean);
    const periods = new Set(days.map((day) => `${day}-01-01`.slice(0, digits)));
    const circles = steps.filter((step) => periods.has(step.dataset.period)).map((step) => {
      const circle = document.createElementNS(MARK, "circle");
      circle.setAttribute("cx", `${(Number(step.dataset.start) + Number(step.dataset.end)) / 2}%`);
      circle.setAttribute("cy", 6);
      circle.setAttribute("r", 4);
      return circle;
    });
    this.timeline.querySelector(".marks").replaceChildren(...circles);
  }
}

function begin() {
  const timeline = look.querySelector(".timeline");
  range = timeline && form.elements.after?.options && new Range(timeline, form.elements.after, form.elements.before);
  if (passages) range?.mark();
}

if (form) begin();
