// Files that are dropped or chosen are brought, watched until they are in, and what came of them is shown.

const form = document.getElementById("bring");
const chooser = document.getElementById("files");
const list = document.getElementById("bringing");
const PAUSE = 400; // milliseconds between two looks at a job
const ENDED = ["done", "failed", "cancelled"];

function line() {
  const item = document.createElement("li");
  const text = document.createElement("span");
  const bar = document.createElement("progress");
  const parts = document.createElement("ul");
  item.append(text, bar, parts);
  list.prepend(item);
  return { text, bar, parts };
}

function send(files, shown) {
  const body = new FormData();
  for (const file of files) body.append("files", file, file.webkitRelativePath || file.name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/v1/articles");
    request.responseType = "json";
    request.setRequestHeader("x-csrf-token", form.dataset.csrf);
    request.upload.onprogress = ({ loaded, total }) => Object.assign(shown.bar, { value: loaded, max: total });
    request.onerror = () => reject(new Error("The connection broke off."));
    request.onload = () => (request.status === 202 ? resolve(request.response) : reject(new Error(request.response?.detail ?? `Refused: ${request.status}`)));
    request.send(body);
  });
}

async function watched(job, shown) {
  while (!ENDED.includes(job.state)) {
    Object.assign(shown.bar, { value: job.files_done, max: job.files });
    shown.text.textContent = `${job.state}: ${job.files_done} of ${job.files} files, ${job.articles} articles`;
    await new Promise((after) => setTimeout(after, PAUSE));
    const reply = await fetch(`/v1/jobs/${job.id}`);
    if (!reply.ok) throw new Error((await reply.json()).detail);
    job = await reply.json();
  }
  return job;
}

async function bring(files) {
  if (!files.length) return;
  const shown = line();
  shown.text.textContent = files.length === 1 ? `Sending ${files[0].name}` : `Sending ${files.length} files`;
  shown.bar.ariaLabel = "Progress";
  try {
    const job = await watched(await send(files, shown), shown);
    shown.text.textContent = `${job.state}: ${job.added} added, ${job.replaced} replaced, ${job.unchanged} unchanged, ${job.rejected} rejected${job.reason ? `. ${job.reason}` : ""}`;
    for (const part of job.rejections) {
      const item = document.createElement("li");
      item.className = "reason";
      item.textContent = `${part.file}${part.line ? `, line ${part.line}` : ""}: ${part.reason}`;
      shown.parts.append(item);
    }
    renew();
  } catch (fault) {
    shown.text.textContent = fault.message;
    shown.text.className = "reason";
  }
  shown.bar.remove();
}

// The lists as the service shows them now. The browser parses them; nothing here is made of strings.
function renew() {
  const request = new XMLHttpRequest();
  request.open("GET", location.href);
  request.responseType = "document";
  request.onload = () => {
    for (const id of ["jobs", "ledger", "articles"]) {
      const fresh = request.response?.getElementById(id);
      if (fresh) document.getElementById(id)?.replaceWith(fresh);
    }
  };
  request.send();
}

chooser?.addEventListener("change", async () => {
  const files = [...chooser.files];
  chooser.value = "";
  await bring(files);
});
form?.addEventListener("submit", (event) => event.preventDefault());
for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  form?.addEventListener(kind, (event) => {
    event.preventDefault();
    form.classList.toggle("over", kind === "dragenter" || kind === "dragover");
    if (kind === "drop") bring([...event.dataTransfer.files]);
  });
}
