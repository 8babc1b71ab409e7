// A question to the archive, and what comes back, event by event.

/** What went wrong, in words for people. */
export class Problem extends Error {}

/** What is asked by an address, or by a form: its question and filters. */
export function asked(given) {
  const filters = {
    source: given.getAll("source"),
    tags: given.getAll("tag"),
    published_after: given.get("after"),
    published_before: given.get("before"),
  };
  const set = Object.entries(filters).filter(([, value]) => value?.length);
  return { question: given.get("q") ?? "", filters: Object.fromEntries(set) };
}

/** Yields [event, data] of the answer as it comes; throws Problem. The request leaves at once. */
export function ask(request, signal) {
  return answer(
    fetch("/v1/ask", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...request, stream: true }),
      signal,
    }),
    signal,
  );
}

async function* answer(coming, signal) {
  const response = await coming.catch((fault) => {
    throw signal.aborted ? fault : new Problem("The archive can’t be reached. Is it still running?");
  });
  if (!response.ok) throw new Problem(await detail(response));
  let isWhole = false;
  for await (const [event, data] of events(response.body)) {
    if (event === "error") throw new Problem(data.detail);
    isWhole ||= event === "reply";
    yield [event, data];
  }
  if (!isWhole) throw new Problem("The answer broke off. Ask again.");
}

export async function detail(response) {
  const said = await response.json().catch(() => ({}));
  return said.detail ?? `The archive answered with ${response.status}. Ask again in a moment.`;
}

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
