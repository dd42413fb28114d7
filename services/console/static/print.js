// @ts-check
/** The browser prints the page, or keeps it as a PDF. */

const press = /** @type {HTMLButtonElement} */ (document.querySelector("[data-print]"));
press.hidden = false;
press.addEventListener("click", () => print());
