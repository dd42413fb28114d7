// @ts-check
/** A stopwatch beside each timed test: one press starts it, the next one stops it and puts the seconds into the field. */

for (const form of document.querySelectorAll("form[data-timed]")) {
  const field = /** @type {HTMLInputElement} */ (form.querySelector("[name=value]"));
  const press = /** @type {HTMLButtonElement} */ (form.querySelector("[data-watch]"));
  const words = { start: press.textContent ?? "", stop: press.dataset.stop ?? "" };
  let begunAt = 0;
  press.hidden = false;
  press.addEventListener("click", () => {
    if (begunAt === 0) {
      begunAt = performance.now();
      press.textContent = words.stop;
      requestAnimationFrame(tick);
      return;
    }
    field.value = seconds();
    begunAt = 0;
    press.textContent = words.start;
    field.focus();
  });
  const seconds = () => ((performance.now() - begunAt) / 1000).toFixed(2);
  function tick() {
    if (begunAt === 0) return;
    field.value = seconds();
    requestAnimationFrame(tick);
  }
}
