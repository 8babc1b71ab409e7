// The question box. The address says what is asked; what stands in the form is what the address says.
// Whatever is put into the form counts as asked with it. `footnote:found` on the document tells of each reply shown.

import "./copying.js";
import "./keeping.js";
import { growing } from "./box.js";
import { make } from "./dom.js";
import { keys } from "./keys.js";
import { isWide, Panel } from "./reading.js";
import { ranked, results, sentence } from "./results.js";
import { ask, asked, Problem } from "./stream.js";

const form = document.getElementById("ask");
const box = growing(document.getElementById("q"));
const status = document.getElementById("status");
const found = document.getElementById("results");
// What was shown at each address, to go back to.
const shown = new Map([[location.search, [...found.childNodes]]]);
const MOST_SHOWN = 30;
const STOPPABLE = 1000; // milliseconds after which a question can be stopped
const button = form.querySelector("button");

let asking = null;
let at = location.search;

const panel = new Panel(document.getElementById("main"), (link) => {
  link.focus();
  if (history.state?.reading) history.back();
  else history.replaceState(null, "", location.pathname + location.search);
});

/** The address of what stands in the form, without what is empty. */
function address() {
  const fields = [...new FormData(form)].filter(([, value]) => value.trim());
  return `?${new URLSearchParams(fields)}`;
}

/** Puts into the form what an address says. */
function fill(search) {
  const given = new URLSearchParams(search);
  for (const field of form.elements) {
    if (!field.name) continue;
    if (field.type === "checkbox") field.checked = given.getAll(field.name).includes(field.value);
    else field.value = given.get(field.name) ?? "";
  }
}

async function show(search) {
  asking?.abort();
  ended();
  const mine = (asking = new AbortController());
  const wanted = asked(new URLSearchParams(search));
  const known = shown.get(search);
  // First of all: the service works while the page does.
  const coming = known || !wanted.question ? null : ask(wanted, mine.signal);
  panel.close();
  at = search;
  name(search);
  if (known) return put(known);
  if (!coming) return location.reload();
  status.textContent = "Searching …";
  form.setAttribute("aria-busy", "true");
  const offered = setTimeout(() => (button.textContent = "Stop"), STOPPABLE);
  try {
    await answered(coming);
    remember(search);
  } catch (fault) {
    if (!mine.signal.aborted) failed(fault);
  } finally {
    clearTimeout(offered);
    if (asking === mine) ended();
  }
}

function ended() {
  form.removeAttribute("aria-busy");
  button.textContent = "Ask";
}

/** Ends the question at hand; what was found of it stays. */
function stop() {
  asking.abort();
  ended();
  found.querySelector(".answer[aria-busy]")?.remove();
  status.textContent = "Stopped.";
  if (!found.querySelector(".passages")) put([make("p", { class: "problem" }, "Stopped.")]);
}

async function answered(coming) {
  let reply = null;
  let sentences = 0;
  for await (const [event, data] of coming) {
    if (event === "ranked" && data.passages.length) put(ranked(data));
    if (event === "passages") put(results((reply = { ...data, readings: [], unsupported: [] }), true));
    if (event === "sentence") found.querySelector(".answer").append(sentence(data, ++sentences, reply));
    if (event === "reply") {
      put(results(data));
      tell(data);
    }
  }
}

function tell(reply) {
  const many = reply.passages.length;
  const text = [...found.querySelectorAll(".answer > :not(form)")].map((one) => one.innerText).join("\n");
  status.textContent = `${text}\n${many} passage${many === 1 ? "" : "s"}.`;
  document.dispatchEvent(new CustomEvent("footnote:found", { detail: reply }));
}

/** Shows these nodes; who was at a passage stays at it. */
function put(nodes) {
  const id = document.activeElement?.closest?.("#results li")?.dataset.id;
  found.replaceChildren(...nodes);
  form.classList.toggle("home", !at.includes("q="));
  if (id) found.querySelector(`li[data-id="${id}"] .read`)?.focus({ preventScroll: true });
}

function failed(fault) {
  const words = fault instanceof Problem ? fault.message : "Something went wrong in this page. Load it anew.";
  status.textContent = "";
  put([make("p", { class: "problem", role: "alert" }, words)]);
}

function remember(search) {
  shown.set(search, [...found.childNodes]);
  if (shown.size > MOST_SHOWN) shown.delete(shown.keys().next().value);
}

function name(search) {
  const question = new URLSearchParams(search).get("q");
  document.title = `${question ? `${question} · ` : ""}Footnote`;
}

function goTo(search) {
  const isNew = search !== at;
  if (!isNew) shown.delete(search);
  show(search);
  if (isNew) history.pushState(null, "", search);
  window.scrollTo(0, 0);
  // On a touch screen the keyboard would cover the answer.
  if (matchMedia("(hover: none)").matches) box.blur();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter === button && button.textContent === "Stop") return stop();
  if (box.value.trim()) goTo(address());
});

// Examples are asked in place, passages read beside the list.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.closest(".examples, .wider")) {
    event.preventDefault();
    fill(link.search);
    goTo(link.search);
  } else if (link.matches("#results a.read") && isWide()) {
    event.preventDefault();
    read(link, event.detail === 0);
  }
});

function read(link, takesFocus) {
  const hash = `#read-${link.closest("li").id.slice(1)}`;
  if (panel.link) history.replaceState(history.state, "", hash);
  else history.pushState({ reading: true }, "", hash);
  panel.open(link, takesFocus);
}

/** Opens or closes the panel as the address has it. */
function sync() {
  const number = /^#read-(\d+)$/.exec(location.hash)?.[1];
  const link = number && found.querySelector(`#p${number} .read`);
  if (link && isWide()) panel.open(link, false);
  else if (!location.hash) panel.close();
}

addEventListener("popstate", async () => {
  if (location.search !== at) {
    fill(location.search);
    await show(location.search);
  }
  sync();
});

keys({ box, panel, found });
sync();
