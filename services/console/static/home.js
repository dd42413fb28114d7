// @ts-check
/** A member's page among the phone's apps: its worker says what shows without a connection. Only by TLS. */

const { home } = document.body.dataset;
if (home && "serviceWorker" in navigator) {
  navigator.serviceWorker.register(`/me/${home}/worker.js`, { scope: `/me/${home}` }).then(
    () => {
      for (const one of document.querySelectorAll("[data-with-worker]")) /** @type {HTMLElement} */ (one).hidden = false;
    },
    () => {}, // Without it the page is as it was.
  );
}
