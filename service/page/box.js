// The question box that grows with a long question: a field of one line would show its beginning alone.

import { make } from "./dom.js";

/** Takes the place of a field of one line, with what stands in it; Enter sends its form. */
export function growing(field) {
  const { id, name, value, maxLength } = field;
  const hasFocus = document.activeElement === field || field.autofocus;
  const given = { id, name, maxlength: maxLength, rows: 1, required: true, dir: "auto", autocomplete: "off", enterkeyhint: "search" };
  const box = make("textarea", given);
  box.value = value;
  field.replaceWith(box);
  if (hasFocus) box.focus();
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    box.form.requestSubmit();
  });
  // What is pasted may have lines.
  box.addEventListener("input", () => {
    if (box.value.includes("\n")) box.value = box.value.replace(/\s*\n\s*/g, " ");
  });
  return box;
}
