// "Keep this answer": it is kept under an address of its own, which is shown where the button was.

import { make } from "./dom.js";
import { asked, detail } from "./stream.js";

const status = document.getElementById("status");
const csrf = document.getElementById("ask")?.dataset.csrf;
const SIGNED = csrf ? { "x-csrf-token": csrf } : {};

document.addEventListener("submit", async (event) => {
  const form = event.target.closest(".keeping");
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  const said = await kept(asked(new FormData(form))).catch((fault) => failed(fault));
  button.disabled = false;
  form.querySelector(".said")?.remove();
  if (said.ok) form.replaceWith(...said.shown);
  else form.append(...said.shown);
  status.textContent = said.words;
});

document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-revoke]");
  if (!button) return;
  const reply = await fetch(`/v1/answers/${button.dataset.revoke}`, { method: "DELETE", headers: SIGNED }).catch(() => null);
  const words = reply?.ok ? "Revoked: the link shows nothing any more." : "It could not be revoked.";
  status.textContent = words;
  if (reply?.ok) button.closest(".kept").replaceChildren(words);
});

async function kept(request) {
  const reply = await fetch("/v1/answers", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(request),
  }).catch(() => null);
  if (!reply?.ok) throw new Error(reply ? await detail(reply) : "The archive can’t be reached.");
  const { id } = await reply.json();
  const link = new URL(`/a/${id}`, location.href).href;
  const shown = make(
    "p",
    { class: "kept" },
    "Kept as it stands today: ",
    make("a", { href: link }, link),
    make("button", { type: "button", "data-copy": link }, "copy the link"),
    csrf !== undefined && make("button", { type: "button", "data-revoke": id }, "revoke"),
  );
  return { ok: true, shown: [shown], words: "The answer is kept; its link is shown." };
}

function failed({ message }) {
  return { ok: false, shown: [make("span", { class: "said" }, message)], words: message };
}
