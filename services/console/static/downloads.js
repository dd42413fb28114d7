// @ts-check
/** Files that take a while to make: one at a time, said while it lasts, and cancelled by the button or with the page. */

const REVOKE_MS = 60_000;

for (const place of document.querySelectorAll("[data-downloads]")) offer(/** @type {HTMLElement} */ (place));

/** @param {HTMLElement} place */
function offer(place) {
  const said = /** @type {HTMLElement} */ (place.querySelector("[data-said-download]"));
  const cancel = /** @type {HTMLButtonElement} */ (place.querySelector("[data-cancel]"));
  const words = place.dataset;
  /** @type {AbortController | null} */
  let making = null;

  /** @param {HTMLAnchorElement} link */
  async function take(link) {
    if (making) return;
    making = new AbortController();
    const form = link.textContent ?? "";
    said.textContent = (words.making ?? "").replace("{form}", form);
    cancel.hidden = false;
    try {
      const answer = await fetch(link.href, { signal: making.signal, headers: { Accept: "application/json" } });
      if (answer.ok) {
        keep(await answer.blob(), answer.headers.get("Content-Disposition") ?? "");
        said.textContent = (words.made ?? "").replace("{form}", form);
      } else {
        said.textContent = (await answer.json()).text;
      }
    } catch {
      said.textContent = (making.signal.aborted ? words.cancelled : words.failed) ?? "";
    }
    making = null;
    cancel.hidden = true;
  }

  place.addEventListener("click", (event) => {
    const link = /** @type {Element} */ (event.target).closest("a[download]");
    if (!(link instanceof HTMLAnchorElement)) return;
    event.preventDefault();
    take(link);
  });
  cancel.addEventListener("click", () => making?.abort());
  addEventListener("pagehide", () => making?.abort());
}

/** @param {Blob} file @param {string} disposition */
function keep(file, disposition) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = /filename="([^"]+)"/.exec(disposition)?.[1] ?? "retro-session";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), REVOKE_MS);
}
