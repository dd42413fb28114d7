// @ts-check
/** The PIN pad: big keys for a tablet on a stand. */

const form = /** @type {HTMLFormElement} */ (document.querySelector("form.pin"));
const field = /** @type {HTMLInputElement} */ (form.querySelector("[name=pin]"));
/** @type {HTMLElement} */ (form.querySelector("[data-pad]")).hidden = false;
form.querySelector("[data-without-pad]")?.remove();
// On a touch screen the pad is the keyboard.
if (!matchMedia("(hover: hover)").matches) field.inputMode = "none";

form.addEventListener("click", (event) => {
  const key = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-digit], [data-erase]"));
  if (!key) return;
  field.value = key.dataset.digit ? (field.value + key.dataset.digit).slice(0, 8) : field.value.slice(0, -1);
});
form.addEventListener("change", (event) => {
  if (/** @type {HTMLInputElement} */ (event.target).name !== "account") return;
  field.value = "";
  field.focus();
});
