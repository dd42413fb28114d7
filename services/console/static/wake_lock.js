// @ts-check
/** The screen stays on while somebody walks; browsers allow that on pages by TLS only. */

let wanted = false;
/** @type {WakeLockSentinel | null} */
let held = null;

async function take() {
  if (!wanted || held || document.visibilityState !== "visible" || !navigator.wakeLock) return;
  try {
    held = await navigator.wakeLock.request("screen");
    held.addEventListener("release", () => (held = null));
    if (!wanted) await held.release();
  } catch {
    // A device that saves power refuses: asked again when the page is looked at anew.
  }
}

/** @param {boolean} on */
export function keepAwake(on) {
  if (on === wanted) return;
  wanted = on;
  if (on) take();
  else held?.release();
}

document.addEventListener("visibilitychange", take);
