// @ts-check
/** A tone while a belt may move and not stop: until it is over, or somebody says of that belt that it was heard. */

const EVERY_MS = 1_500;
const TONES_HZ = [880, 660];
const TONE_S = 0.22;

const words = JSON.parse(document.body.dataset.words ?? "{}");
const place = /** @type {HTMLElement} */ (document.querySelector("[data-perils]"));
/** @type {Set<string>} */
const heard = new Set();
/** By treadmill, what it is called. @type {Map<string, string>} */
let belts = new Map();
/** @type {AudioContext | null} */
let audio = null;

/** @param {Map<string, string>} inDanger the treadmills, and what they are called */
export function watch(inDanger) {
  for (const id of heard) if (!inDanger.has(id)) heard.delete(id);
  belts = inDanger;
  draw();
}

function draw() {
  const names = belts.size ? words.in_danger.replace("{names}", [...belts.values()].join(", ")) : "";
  const text = names && audio?.state !== "running" ? `${names} ${words.no_tone}` : names;
  if (place.textContent !== text) place.textContent = text;
  place.hidden = text === "";
}

function sound() {
  const loud = [...belts.keys()].some((id) => !heard.has(id)) && audio?.state === "running";
  document.body.dataset.siren = String(loud);
  if (!loud || !audio) return;
  TONES_HZ.forEach((frequency, n) => {
    const tone = /** @type {AudioContext} */ (audio).createOscillator();
    tone.type = "square";
    tone.frequency.value = frequency;
    tone.connect(/** @type {AudioContext} */ (audio).destination);
    tone.start(/** @type {AudioContext} */ (audio).currentTime + n * TONE_S);
    tone.stop(/** @type {AudioContext} */ (audio).currentTime + (n + 1) * TONE_S);
  });
}

/** Browsers allow sound only after a touch. */
async function unlock() {
  if (!("AudioContext" in window)) return;
  audio ??= new AudioContext();
  if (audio.state !== "running") await audio.resume();
  draw();
}

if (navigator.userActivation?.hasBeenActive) unlock();
document.addEventListener("pointerdown", unlock, { capture: true });
document.addEventListener("keydown", unlock, { capture: true });
document.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest("[data-action=quiet]");
  const tile = /** @type {HTMLElement | null} */ (button?.closest(".tile") ?? null);
  if (!tile) return;
  heard.add(tile.dataset.treadmill ?? "");
  sound();
});
setInterval(sound, EVERY_MS);
