// @ts-check
/** Many treadmills: tiles as large as fit, which of them are shown, and one Clear for all that stand after a Stop. Not a
 * module: it travels before floor.js in one file, which runs before the first paint, so that nothing moves after it. */

(() => {
  const FULL_PX = [368, 330];
  const body = document.body;
  const floor = /** @type {HTMLElement} */ (document.querySelector("[data-floor-tiles]"));
  const bar = /** @type {HTMLElement} */ (document.querySelector("[data-crowd]"));
  const many = /** @type {HTMLButtonElement} */ (document.querySelector("[data-clear-many]"));
  const clearing = /** @type {HTMLElement} */ (document.querySelector("[data-clearing]"));
  const said = /** @type {HTMLElement} */ (document.querySelector("[data-clear-said]"));
  const compact = /** @type {HTMLElement} */ (document.querySelector("[data-density-of]"));
  const GRAVE = ["lost", "offline", "silent"];
  const where = /** @type {HTMLSelectElement} */ (bar.querySelector("[data-where]"));
  let filter = "all";
  let chosen = localStorage.getItem("density") ?? "";

  const tiles = () => /** @type {HTMLElement[]} */ ([...floor.children].filter((each) => each.classList.contains("tile")));
  /** @param {HTMLElement} tile */
  const id = (tile) => tile.dataset.treadmill ?? "";
  /** What it is called. @param {HTMLElement} tile */
  const name = (tile) => tile.dataset.name ?? id(tile);
  /** Treadmills on which this browser has started or done something. @returns {string[]} */
  const mine = () => JSON.parse(localStorage.getItem("mine") ?? "[]");
  /** @param {HTMLElement} tile @param {string} action */
  const offers = (tile, action) => tile.querySelector(`[data-action=${action}]:not([hidden])`) !== null;

  /** @type {Record<string, (tile: HTMLElement) => boolean>} */
  const IS = {
    all: () => true,
    mine: (tile) => tile.dataset.state !== "ready" && mine().includes(id(tile)),
    moving: (tile) => tile.dataset.fresh === "true" && tile.dataset.may_move === "true",
    trouble: (tile) =>
      [...GRAVE, "stopped"].includes(tile.dataset.state ?? "") ||
      tile.dataset.in_danger === "true" ||
      tile.dataset.zone === "over" ||
      tile.querySelector(".asks:not([hidden]), [data-alarm]:not([hidden])") !== null,
    free: (tile) => tile.dataset.state === "ready",
  };
  /** Locked by Stop alone, and measured at rest now. @param {HTMLElement} tile */
  const clearable = (tile) =>
    tile.dataset.state === "stopped" && tile.dataset.fresh === "true" && tile.dataset.latch === "stop_pressed" && offers(tile, "clear");

  /** The places that there are; with one alone there is nothing to choose. @param {HTMLElement[]} all */
  function drawPlaces(all) {
    const places = [...new Set(all.map((tile) => tile.dataset.place ?? ""))].filter(Boolean).sort();
    if (places.join("|") !== where.dataset.places) {
      const kept = where.value;
      where.replaceChildren(where.options[0], ...places.map((place) => new Option(place)));
      where.value = places.includes(kept) ? kept : "";
      where.dataset.places = places.join("|");
    }
    where.hidden = places.length < 2;
  }

  function draw() {
    const all = tiles();
    drawPlaces(all);
    const narrow = innerWidth < 640;
    const large = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const room = Math.floor(innerWidth / (FULL_PX[0] * large)) * Math.floor((innerHeight - 150) / (FULL_PX[1] * large));
    // Two windows full are still looked through; more are not.
    const crowded = all.length > Math.max(2 * room, narrow ? 6 : 2);
    body.dataset.density = chosen || (crowded ? "compact" : "full");
    compact.setAttribute("aria-pressed", String(body.dataset.density === "compact"));
    const inPlace = all.filter((tile) => where.value === "" || tile.dataset.place === where.value);
    for (const tile of all) {
      // Who is in danger, and what somebody has open, no filter hides.
      const shown = (inPlace.includes(tile) && IS[filter](tile)) || tile.dataset.in_danger === "true" || tile.dataset.open !== undefined;
      tile.dataset.shown = String(shown);
      tile.dataset.grave = String(GRAVE.includes(tile.dataset.state ?? "") && body.dataset.conn === "live");
    }
    for (const place of bar.querySelectorAll("[data-count-of]")) {
      const text = String(inPlace.filter(IS[place.getAttribute("data-count-of") ?? "all"]).length);
      if (place.textContent !== text) place.textContent = text;
    }
    const still = all.filter(clearable);
    many.hidden = still.length < 2;
    /** @type {HTMLElement} */ (many.querySelector("b")).textContent = String(still.length);
    bar.hidden = all.length <= 6 && many.hidden && where.hidden;
    bar.dataset.many = String(all.length > 6);
    if (!clearing.hidden && !said.textContent) names();
  }

  function names() {
    const still = tiles().filter(clearable);
    /** @type {HTMLElement} */ (clearing.querySelector("[data-clear-names]")).textContent = still.map(name).join(", ");
    clearing.dataset.tiles = still.map(id).join(" ");
    /** @type {HTMLButtonElement} */ (clearing.querySelector("[data-clear-now]")).disabled = still.length === 0;
  }

  /** Those that were named, if they still stand; each is asked for by itself and answered by itself. */
  async function clear() {
    const { ask } = await import("./commands.js");
    const now = /** @type {HTMLButtonElement} */ (clearing.querySelector("[data-clear-now]"));
    const named = (clearing.dataset.tiles ?? "").split(" ");
    now.disabled = true;
    const refused = [];
    for (const tile of tiles().filter((each) => named.includes(id(each)) && clearable(each))) {
      said.textContent = name(tile);
      const answer = await ask(`/api/treadmills/${id(tile)}/clear`, { latch: tile.dataset.latch ?? "" });
      if (!answer.ok) refused.push(`${name(tile)}: ${answer.text}`);
    }
    said.textContent = refused.join(" ");
    said.dataset.kind = refused.length ? "alarm" : "info";
    now.disabled = false;
    if (!refused.length) clearing.hidden = true;
  }

  bar.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("button");
    if (!button) return;
    if (button.dataset.filter) {
      filter = button.dataset.filter;
      for (const each of bar.querySelectorAll("[data-filter]")) each.setAttribute("aria-pressed", String(each === button));
    }
    if (button === compact) {
      chosen = body.dataset.density === "compact" ? "full" : "compact";
      localStorage.setItem("density", chosen);
    }
    if (button === many) {
      said.textContent = "";
      clearing.hidden = false;
      names();
      clearing.scrollIntoView({ block: "nearest" });
    }
    draw();
  });
  clearing.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("button");
    if (button?.dataset.clearBack !== undefined) clearing.hidden = true;
    if (button?.dataset.clearNow !== undefined) clear();
  });
  // Whatever is pressed on a tile makes it one's own until its treadmill is free again.
  floor.addEventListener("click", (event) => {
    const tile = /** @type {Element} */ (event.target).closest("[data-action], [data-panel]")?.closest(".tile");
    if (!(tile instanceof HTMLElement)) return;
    localStorage.setItem("mine", JSON.stringify([...new Set([id(tile), ...mine()])].slice(0, 60)));
  });
  where.addEventListener("change", () => {
    localStorage.setItem("place", where.value);
    draw();
  });
  document.addEventListener("floor-told", draw);
  addEventListener("resize", draw);
  draw();
  where.value = [...where.options].some((each) => each.value === localStorage.getItem("place")) ? (localStorage.getItem("place") ?? "") : "";
  draw();
})();
