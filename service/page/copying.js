// Buttons that copy what stands in their data-copy.

const status = document.getElementById("status");

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Without HTTPS, browsers know only the old way.
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  if (!isCopied) throw new Error("not copied");
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-copy]");
  if (!button) return;
  const said = await copy(button.dataset.copy).then(() => "Copied", () => "The browser does not allow copying");
  status.textContent = said;
  button.dataset.said = said;
  setTimeout(() => delete button.dataset.said, 2000);
});

for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
