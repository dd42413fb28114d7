// @ts-check
/** The operator's page: cards and faults follow the feed; a card that needs somebody moves to the top. */

import { follow } from "./live.js";

const page = /** @type {HTMLElement} */ (document.querySelector("[data-live]"));
const kinds = JSON.parse(page.dataset.kinds ?? "{}");
const words = JSON.parse(page.dataset.words ?? "{}");
const place = /** @type {HTMLElement} */ (page.querySelector("[data-things]"));
const faults = /** @type {HTMLElement} */ (page.querySelector("[data-faults]"));
const connection = /** @type {HTMLElement} */ (page.querySelector("[data-conn-word]"));
/** @type {Map<string, any>} */
const things = new Map();
const OLD_AFTER_MS = 3_000;

/** @param {string} tag @param {string} text @param {Node[]} inside */
function make(tag, text = "", ...inside) {
  const made = document.createElement(tag);
  made.textContent = text;
  made.append(...inside);
  return made;
}

/** @param {string} id @param {any} thing */
function card(id, thing) {
  const root = make("article");
  root.className = "thing";
  root.dataset.id = id;
  root.dataset.verdict = thing.verdict;
  const title = make("h2", "", make("small", `${kinds[thing.kind] ?? thing.kind}${thing.name ? ` ${thing.id}` : ""}`), ` ${thing.name || thing.id}`);
  const verdict = make("p", thing.word);
  verdict.className = "verdict";
  const troubles = make("ul");
  troubles.className = "troubles";
  for (const trouble of thing.troubles) {
    const row = make("li", "", make("b", trouble.text), make("em", trouble.fix));
    row.dataset.verdict = trouble.verdict;
    troubles.append(row);
  }
  const known = make("dl");
  known.className = "known";
  for (const [name, value] of thing.facts) known.append(make("div", "", make("dt", name), make("dd", value)));
  root.append(make("header", "", title, verdict), troubles, known);
  if (thing.kind === "treadmill") {
    const tend = make("a", page.dataset.tend);
    tend.setAttribute("href", `/treadmills/${thing.id}`);
    const line = make("p", "", tend);
    line.className = "tend";
    root.append(line);
  }
  return root;
}

/** @param {any[]} shown */
function showFaults(shown) {
  faults.replaceChildren(
    ...shown.map((fault) => {
      const time = new Date(fault.at_ms).toLocaleTimeString(document.documentElement.lang, { hour12: false });
      const row = make("li", "", make("time", time), " ", make("b", fault.where), " ", make("span", fault.text), make("em", fault.fix));
      row.dataset.severity = fault.severity;
      return row;
    }),
  );
}

/** @param {any} frame */
function show(frame) {
  if (frame.whole) things.clear();
  for (const id of frame.gone ?? []) things.delete(id);
  for (const [id, values] of Object.entries(frame.tiles)) things.set(id, { ...things.get(id), ...values });
  if (frame.whole || Object.keys(frame.tiles).length || frame.gone?.length) {
    const ordered = [...things].sort(([, a], [, b]) => a.at - b.at);
    place.replaceChildren(...ordered.map(([id, thing]) => card(id, thing)));
  }
  for (const name of ["broken", "watch"]) {
    if (name in frame.floor) /** @type {HTMLElement} */ (page.querySelector(`[data-floor=${name}]`)).textContent = frame.floor[name];
  }
  if (frame.floor.faults) showFaults(frame.floor.faults);
}

follow("/live/operator", {
  build: page.dataset.build ?? "",
  frame: show,
  silence: (ms, open, refused) => {
    const old = ms > OLD_AFTER_MS;
    connection.textContent = old ? words[refused || (open ? "silent" : "reconnecting")] : words.live;
    page.dataset.old = String(old);
  },
});

const tester = /** @type {HTMLButtonElement | null} */ (page.querySelector("[data-test-alerts]"));
tester?.addEventListener("click", async () => {
  const told = /** @type {HTMLElement} */ (page.querySelector("[data-tested]"));
  tester.disabled = true;
  told.textContent = tester.dataset.asks ?? "";
  try {
    const answer = await fetch("/operator/alerts/test", { method: "POST", signal: AbortSignal.timeout(30_000) });
    told.textContent = (await answer.json()).text;
  } catch {
    told.textContent = tester.dataset.silent ?? "";
  }
  tester.disabled = false;
});
