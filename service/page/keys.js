// Single keys: `/` to ask, `j` and `k` between passages, `o` to read, Escape to close. They can be switched off.

const OFF = "footnote.keys";
const FIELDS = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

// Browsers that keep nothing throw.
function kept() {
  try {
    return localStorage.getItem(OFF);
  } catch {
    return null;
  }
}

function keep(value) {
  try {
    localStorage.setItem(OFF, value);
  } catch {
    // It holds for this page, then.
  }
}

export function keys({ box, panel, found }) {
  const button = document.getElementById("keys");
  let isOn = kept() !== "off";

  const tell = () => {
    button.setAttribute("aria-pressed", String(isOn));
    button.closest("footer").classList.toggle("off", !isOn);
  };

  const go = (step) => {
    const links = [...found.querySelectorAll(".passages .read")];
    const here = document.activeElement?.closest?.(".passages li")?.querySelector(".read") ?? panel.link;
    const next = links[here ? links.indexOf(here) + step : 0];
    if (!next) return;
    next.focus({ preventScroll: true });
    next.closest("li").scrollIntoView({ block: "nearest" });
    if (panel.link) next.click();
  };

  const open = () => {
    const item = document.activeElement?.closest?.(".passages li") ?? found.querySelector(".passages li");
    item?.querySelector(".read").click();
  };

  const actions = {
    "/": () => {
      box.focus();
      box.select();
    },
    j: () => go(1),
    k: () => go(-1),
    o: open,
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest?.(FIELDS)) return;
    if (event.key === "Escape") panel.dismiss();
    if (!isOn || !Object.hasOwn(actions, event.key)) return;
    event.preventDefault();
    actions[event.key]();
  });

  button.addEventListener("click", () => {
    isOn = !isOn;
    keep(isOn ? "on" : "off");
    tell();
  });
  button.closest("footer").hidden = false;
  tell();
}
