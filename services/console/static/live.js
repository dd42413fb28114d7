// @ts-check
/** One WebSocket that comes back by itself and says for how long it has been silent. */

const RETRY_FIRST_MS = 400;
const RETRY_MAX_MS = 5_000;
const DEAD_AFTER_MS = 8_000;
const WATCH_MS = 500;
const SIGNED_OUT = 4401;
const OVER = 4404;

/**
 * @param {string} path
 * @param {{over?: () => void, build: string, frame: (frame: any) => void, silence: (ms: number, open: boolean, out: boolean) => void}} page `out`: the
 * sign-in is over, so that nothing is told any more. `over`: what the page shows is over for good.
 */
export function follow(path, page) {
  let heardAt = performance.now();
  let retryMs = RETRY_FIRST_MS;
  /** @type {WebSocket | null} */
  let socket = null;
  let timer = 0;
  let out = false;
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
      signedOut(false);
      if (said.hello) greet(said.hello.build);
      else {
        page.frame(said);
        document.body.dataset.tick = said.tick;
        if (said.floor.seen) document.body.dataset.seen = said.floor.seen;
      }
    };
    mine.onclose = (event) => {
      if (socket !== mine) return;
      signedOut(event.code === SIGNED_OUT);
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
  function signedOut(/** @type {boolean} */ over) {
    out = over;
    const banner = /** @type {HTMLElement | null} */ (document.querySelector("[data-signed-out]"));
    if (banner) banner.hidden = !over;
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
    page.silence(silentMs, socket !== null && socket.readyState === WebSocket.OPEN, out);
    if (silentMs > DEAD_AFTER_MS && socket !== null && socket.readyState === WebSocket.OPEN) {
      socket.close();
      again();
    }
  }, WATCH_MS);
  open();
}
