// Files that are dropped or chosen are brought, watched until they are in, and what came of them is shown.

import "./copying.js";
import { make } from "./dom.js";

const form = document.getElementById("bring");
const chooser = document.getElementById("files");
const list = document.getElementById("bringing");
const status = document.getElementById("status");
const PAUSE = 400; // milliseconds between two looks at a job
const RENEWED = 2000; // and between two looks at jobs that somebody else has brought
const GOING = ["waiting", "running"];
const SIGNED = { "x-csrf-token": form?.dataset.csrf ?? "" };

class Cancelled extends Error {}

/** The line of what is brought; `cancel` is called when its button is pressed. */
class Line {
  constructor(words) {
    this.text = make("span");
    this.bar = make("progress", { "aria-label": words });
    this.button = make("button", { type: "button", class: "small" }, "Cancel");
    this.parts = make("ul");
    this.element = make("li", {}, this.text, this.button, this.bar, this.parts);
    this.button.addEventListener("click", () => this.cancel?.());
    list.prepend(this.element);
    this.say(words);
  }

  // Who listens hears what begins and what ends, and not every step between.
  say(words, isBad = false) {
    this.text.textContent = status.textContent = words;
    this.text.classList.toggle("reason", isBad);
  }

  at(words, done, of) {
    this.text.textContent = words;
    Object.assign(this.bar, { value: done, max: of || 1 });
  }

  end() {
    const hadFocus = document.activeElement === this.button;
    this.bar.remove();
    this.button.remove();
    if (hadFocus) chooser.focus();
  }
}

function send(files, line) {
  const body = new FormData();
  for (const { file, path } of files) body.append("files", file, path);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/v1/articles");
    request.responseType = "json";
    for (const [name, value] of Object.entries(SIGNED)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) =>
      line.at(`Sending: ${Math.floor((100 * loaded) / (total || 1))} %`, loaded, total);
    request.onerror = () => reject(new Error("The connection broke off; nothing was taken in."));
    request.onabort = () => reject(new Cancelled("Cancelled; nothing was taken in."));
    request.onload = () => (request.status === 202 ? resolve(request.response) : reject(new Error(refusal(request))));
    line.cancel = () => request.abort();
    request.send(body);
  });
}

const refusal = ({ response, status: code }) => response?.detail ?? `The archive answered with ${code}.`;

async function asked(job, method = "GET") {
  const reply = await fetch(`/v1/jobs/${job.id}`, { method, headers: SIGNED });
  if (!reply.ok) throw new Error((await reply.json()).detail);
  return reply.json();
}

async function watched(job, line) {
  line.cancel = () => asked(job, "DELETE").catch((fault) => line.say(fault.message, true));
  while (GOING.includes(job.state)) {
    const words = job.state === "waiting" ? "Waiting for what was brought before" : "Taking it in";
    line.at(`${words}: ${job.files_done} of ${job.files} files, ${many(job.articles, "article")}`, job.files_done, job.files);
    await new Promise((after) => setTimeout(after, PAUSE));
    job = await asked(job);
  }
  return job;
}

const many = (count, name) => `${count} ${name}${count === 1 ? "" : "s"}`;

function outcome({ state, added, replaced, unchanged, rejected, reason }) {
  const counts = `${added} added, ${replaced} replaced, ${unchanged} unchanged, ${rejected} rejected`;
  if (state === "cancelled") return `Cancelled. What was taken in stays: ${counts}`;
  return `${state === "failed" ? "Failed: " : ""}${counts}${reason ? `. ${reason}` : ""}`;
}

async function bring(files) {
  if (!files.length) return;
  const line = new Line(files.length === 1 ? `Sending ${files[0].path}` : `Sending ${files.length} files`);
  try {
    const job = await watched(await send(files, line), line);
    line.say(outcome(job), job.state === "failed");
    line.parts.append(...job.rejections.map(rejected));
  } catch (fault) {
    line.say(fault.message, !(fault instanceof Cancelled));
  }
  line.end();
  renew();
}

const rejected = ({ file, line, reason }) =>
  make("li", { class: "reason" }, `${file}${line ? `, line ${line}` : ""}: ${reason}`);

// The lists as the service shows them now. The browser parses them; nothing here is made of strings.
function renew() {
  const request = new XMLHttpRequest();
  request.open("GET", location.href);
  request.responseType = "document";
  request.onload = () => {
    for (const id of ["jobs", "watched", "ledger", "articles"]) replace(id, request.response);
    lookAgain();
  };
  request.send();
}

function replace(id, page) {
  const old = document.getElementById(id);
  const fresh = page?.getElementById(id);
  // What somebody is about to confirm must not close under their hands.
  if (fresh && old && !old.querySelector("details[open]") && !old.contains(document.activeElement)) old.replaceWith(fresh);
}

function lookAgain() {
  if (document.querySelector("#jobs [data-going]") && !document.querySelector("#bringing progress")) setTimeout(renew, RENEWED);
}

const plain = (files) => [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));

/** The files of what is dropped, those inside folders too. */
async function dropped({ items, files }) {
  const entries = [...items].map((item) => item.webkitGetAsEntry?.());
  if (!entries.some((entry) => entry?.isDirectory)) return plain(files);
  return (await Promise.all(entries.filter(Boolean).map(inside))).flat();
}

async function inside(entry) {
  if (entry.isFile) return [{ file: await new Promise((give, fail) => entry.file(give, fail)), path: entry.fullPath.slice(1) }];
  const reader = entry.createReader();
  const found = [];
  // A reader gives some at a time, and nothing when all are given.
  for (let some = null; !some || some.length; found.push(...some)) {
    some = await new Promise((give, fail) => reader.readEntries(give, fail));
  }
  return (await Promise.all(found.map(inside))).flat();
}

chooser?.addEventListener("change", async () => {
  const files = plain(chooser.files);
  chooser.value = "";
  await bring(files);
});
form?.addEventListener("submit", (event) => event.preventDefault());
for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  form?.addEventListener(kind, async (event) => {
    event.preventDefault();
    form.classList.toggle("over", kind === "dragenter" || kind === "dragover");
    if (kind === "drop") bring(await dropped(event.dataTransfer));
  });
}
// A file that misses must not take the place of the page.
for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => event.preventDefault());
lookAgain();
