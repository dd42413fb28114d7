// @ts-check
/** The members of the start panel: who was here last, who is searched for, and what the chosen one may start. */

const SEARCH_AFTER_MS = 200;
const words = JSON.parse(document.body.dataset.words ?? "{}");

/** @typedef {{id: string, name: string, alias: string}} Found */

/** @type {HTMLFormElement} */
let panel;
/** @type {(gates: any, last?: any) => boolean} */
let judged;
let asked = 0;
let chose = 0;

/** @param {string} path */
async function read(path) {
  try {
    return await (await fetch(path, { signal: AbortSignal.timeout(5_000) })).json();
  } catch {
    return { ok: false, text: words.no_answer };
  }
}

let question = "";

/** Behind what is to be asked, which stays whatever is searched for: a press says that it was asked. @param {string} text */
function tell(text) {
  /** @type {HTMLElement} */ (panel.querySelector("[data-nobody]")).textContent = `${question} ${text}`.trim();
}

/** @param {string} text */
function ask(text) {
  question = text;
  tell("");
}

const chosen = () => /** @type {HTMLInputElement | null} */ (panel.querySelector("[name=member]:checked"));

/** The newest search counts; an answer that comes late is dropped. */
async function search() {
  const number = ++asked;
  const text = /** @type {HTMLInputElement} */ (panel.querySelector("[data-search]")).value;
  const answer = await read(`/api/members?text=${encodeURIComponent(text)}`);
  if (number !== asked || panel.hidden) return;
  tell(answer.ok ? (answer.members.length || !text ? "" : words.nobody_found) : answer.text);
  if (answer.ok) list(answer.members);
}

/** Guest stays first, and whoever is chosen stays in the list. @param {Found[]} members */
function list(members) {
  const place = /** @type {HTMLElement} */ (panel.querySelector("[data-found]"));
  const kept = chosen()?.value ?? "";
  for (const card of [...place.children].slice(1)) {
    if (/** @type {HTMLInputElement} */ (card.querySelector("input")).value !== kept) card.remove();
  }
  for (const member of members) if (member.id !== kept) place.append(cardOf(member));
}

/** Built anew: a copy of a chosen card would be chosen again by the form's next reset. @param {Found} member */
function cardOf(member) {
  const [card, radio, name, alias] = ["label", "input", "span", "small"].map((tag) => document.createElement(tag));
  card.className = "segment";
  Object.assign(radio, { type: "radio", name: "member", value: member.id });
  radio.dataset.name = member.name;
  name.textContent = `${member.name} `;
  alias.textContent = member.alias;
  name.append(alias);
  card.append(radio, name);
  return card;
}

/** The newest choice counts. Until it is known what this member may start, nothing may look open. */
async function choose() {
  const number = ++chose;
  const member = chosen()?.value ?? "";
  ask("");
  if (!member) return void judged(null);
  judged(undefined);
  const answer = await read(`/api/members/${member}/starts`);
  if (number !== chose || panel.hidden) return;
  tell(answer.ok ? "" : answer.text);
  if (answer.ok) return void (judged(answer.starts, answer.last) && ask(words.as_last));
  const guest = /** @type {HTMLInputElement} */ (panel.querySelector("[name=member][value='']"));
  guest.checked = true;
  judged(null);
}

/** As if their card had been pressed. @param {Found} member */
export function take(member) {
  list([member]);
  /** @type {HTMLInputElement} */ (panel.querySelector(`[name=member][value="${member.id}"]`)).click();
}

/** Once per opening of the panel. @param {HTMLFormElement} form @param {(gates: any, last?: any) => boolean} heard @param {Found | null} newcomer */
export function begin(form, heard, newcomer) {
  if (!panel) {
    panel = form;
    judged = heard;
    let timer = 0;
    form.querySelector("[data-search]")?.addEventListener("input", () => {
      clearTimeout(timer);
      timer = window.setTimeout(search, SEARCH_AFTER_MS);
    });
    form.addEventListener("change", (event) => {
      if (/** @type {HTMLInputElement} */ (event.target).name === "member") choose();
    });
  }
  chose += 1;
  asked += 1;
  ask("");
  if (newcomer) {
    list([newcomer]);
    /** @type {HTMLInputElement} */ (panel.querySelector(`[name=member][value="${newcomer.id}"]`)).checked = true;
    choose();
  }
  search();
}
