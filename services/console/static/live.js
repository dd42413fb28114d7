// @ts-check
/** One WebSocket that comes back by itself and says for how long it has been silent. */

const RETRY_FIRST_MS = 400;
const RETRY_MAX_MS = 5_000;
const DEAD_AFTER_MS = 8_000;
const WATCH_MS = 500;
const FULL = 1013;
const SIGNED_OUT = 4401;
const OVER = 4404;

/**
 * @param {string} path
 * @param {{over?: () => void, build: string, frame: (frame: any) => void, silence: (ms: number, open: boolean, refused: string) => void}} page `refused`:
 * why the server, which is there, tells nothing: "signed_out", or "full", which is too many pages. `over`: what the page shows is over for good.
 */
export function follow(path, page) {
  let heardAt = performance.now();
  let retryMs = RETRY_FIRST_MS;
  /** @type {WebSocket | null} */
  let socket = null;
  let timer = 0;
  let refused = "";
  let ended = false;

  function open() {
    clearTimeout(timer);
    const mine = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`);
    socket = mine;
    mine.onmessage = (event) => {
      if (socket !== mine) return;
      heardAt = performance.now();
      retryMs = RETRY_FIRST_MS;
      const said = JSON.parse(event.data);
      refuse("");
      if (said.hello) greet(said.hello.build);
      else {
        page.frame(said);
        document.body.dataset.tick = said.tick;
        if (said.floor.seen) document.body.dataset.seen = said.floor.seen;
      }
    };
    mine.onclose = (event) => {
      if (socket !== mine) return;
      refuse(event.code === SIGNED_OUT ? "signed_out" : event.code === FULL ? "full" : "");
      if (event.code === OVER && page.over) {
        ended = true;
        clearInterval(watching);
        return page.over();
      }
      again();
    };
  }

  function again() {
    socket = null;
    clearTimeout(timer);
    timer = setTimeout(open, retryMs * (0.5 + Math.random()));
    retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
  }

  /** A sign-in that is over hides what it showed; another one, in any tab, brings it back. */
  function refuse(/** @type {string} */ why) {
    refused = why;
    const banner = /** @type {HTMLElement | null} */ (document.querySelector("[data-signed-out]"));
    if (banner) banner.hidden = why !== "signed_out";
  }

  /** The server was changed under this page: take its new page, but never in a circle. */
  function greet(/** @type {string} */ build) {
    if (build === page.build || sessionStorage.getItem("reloaded-for") === build) return;
    sessionStorage.setItem("reloaded-for", build);
    location.reload();
  }

  function soon() {
    if (document.visibilityState === "visible" && !socket && !ended) open();
  }

  document.addEventListener("visibilitychange", soon);
  addEventListener("online", soon);
  const watching = setInterval(() => {
    const silentMs = performance.now() - heardAt;
    page.silence(silentMs, socket !== null && socket.readyState === WebSocket.OPEN, refused);
    if (silentMs > DEAD_AFTER_MS && socket !== null && socket.readyState === WebSocket.OPEN) {
      socket.close();
      again();
    }
  }, WATCH_MS);
  open();
}
