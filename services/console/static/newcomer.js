// @ts-check
/** A new member, taken in while the treadmill waits; saved, they are chosen in the start panel. */

import { ask, say } from "./commands.js";
import { isOpen, show } from "./panels.js";
import { open as openStart } from "./start.js";

const ADULT_YEARS = 18;
const panel = /** @type {HTMLFormElement} */ (document.getElementById("newcomer"));
const words = JSON.parse(document.body.dataset.words ?? "{}");
const answerPlace = /** @type {HTMLElement} */ (panel.querySelector("[data-answer]"));
const nothing = field("nothing");
const illnesses = /** @type {NodeListOf<HTMLInputElement>} */ (panel.querySelectorAll("[name=contraindications]"));

/** @param {string} name */
function field(name) {
  return /** @type {HTMLInputElement} */ (panel.elements.namedItem(name));
}

/** A member who is known and is screened anew; empty: somebody new. */
let known = { id: "", name: "", alias: "" };
let another = false;

/** The member whom the start panel screens, if it is not about somebody new. */
function asked() {
  const start = /** @type {HTMLElement} */ (document.getElementById("start"));
  const chosen = /** @type {HTMLInputElement | null} */ (start.querySelector("[name=member]:checked"));
  const card = chosen?.closest("label");
  const screens = start.dataset.screens === "true" && chosen?.value;
  delete start.dataset.screens;
  if (!screens || !chosen) return { id: "", name: "", alias: "" };
  return { id: chosen.value, name: chosen.dataset.name ?? "", alias: card?.querySelector("small")?.textContent ?? "" };
}

/** @param {HTMLElement} tile */
export function open(tile) {
  known = asked();
  another = false;
  show(panel, tile, "newcomer");
  panel.reset();
  for (const name of ["name", "alias", "birth_year", "hr_max_bpm", "beta_blocker"]) {
    const place = /** @type {HTMLElement} */ (field(name).closest("label"));
    place.hidden = known.id !== "";
    field(name).disabled = known.id !== "";
  }
  const title = /** @type {HTMLElement} */ (panel.querySelector("[data-screened]"));
  title.hidden = known.id === "";
  title.textContent = known.name;
  answerPlace.textContent = "";
  draw();
  field(known.id ? "backward_walk_s" : "name").focus();
}

/** What is asked follows from what was answered. */
function draw() {
  const ill = [...illnesses].some((each) => each.checked);
  nothing.setCustomValidity(ill || nothing.checked ? "" : words.health_first);
  const fell = new FormData(panel).get("fall") === "yes";
  const [adult, clinician] = ["adult", "clinician"].map((name) => /** @type {HTMLElement} */ (panel.querySelector(`[data-${name}]`)));
  adult.hidden = new Date().getFullYear() - Number(field("birth_year").value) !== ADULT_YEARS;
  clinician.hidden = !ill && !fell;
}

async function save() {
  const tile = /** @type {HTMLElement} */ (panel.closest(".tile"));
  const given = new FormData(panel);
  const number = (/** @type {string} */ name) => (given.get(name) ? { [name]: Number(given.get(name)) } : {});
  const button = /** @type {HTMLButtonElement} */ (panel.querySelector("button.go"));
  button.disabled = true;
  say(answerPlace, words.sending);
  const person = {
    name: given.get("name"),
    alias: given.get("alias"),
    birth_year: Number(given.get("birth_year")),
    adult: given.has("adult"),
    beta_blocker: given.has("beta_blocker"),
    another,
    ...number("hr_max_bpm"),
  };
  const answer = await ask(known.id ? `/api/members/${known.id}/screenings` : "/api/members", {
    ...(known.id ? {} : person),
    fall_12_months: given.get("fall") === "yes",
    contraindications: given.getAll("contraindications"),
    clinician_ok_by: given.get("clinician_ok_by"),
    consents: given.getAll("consents"),
    ...number("backward_walk_s"),
  });
  button.disabled = false;
  if (!isOpen(panel, tile)) return;
  // Asked once; whoever saves again knows that it is another person.
  another = answer.cause === "same_name";
  if (!answer.ok) {
    say(answerPlace, answer.text, "alarm");
    return answerPlace.scrollIntoView({ block: "nearest" });
  }
  openStart(tile, known.id ? known : answer.member);
  say(tile.querySelector("[data-said]"), answer.text);
}

panel.addEventListener("change", (event) => {
  const changed = /** @type {HTMLInputElement} */ (event.target);
  if (changed.name === "name") another = false;
  if (changed === nothing && nothing.checked) for (const each of illnesses) each.checked = false;
  if (changed.name === "contraindications" && changed.checked) nothing.checked = false;
  draw();
});
panel.addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
