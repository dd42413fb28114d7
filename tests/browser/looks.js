/** What is wrong with a page as it stands in its window, as a list of lines; empty: nothing.
 *
 * What a panel or list that scrolls has below its edge is not cut, what is scrolled under a fixed head or dock is not
 * covered, and what a finger cannot press (disabled) has no contrast to keep.
 */
() => {
  const CONTROLS = "button, a[href], input:not([type=hidden]), select, summary, textarea, label.segment, label.card";
  const SECONDARY = "a[href], summary, input, select, textarea, [data-density-of], .small-button, [data-link]";
  const WHOLE = ".peril b, .out b, .alarm > span, .count, .tile h2, .chip, .banner, .perils, .verdict, .troubles b, .asks > span, .asks button, button, .segment > span";
  const PRIMARY_PX = 44;
  const SECONDARY_PX = 24;
  const CONTRAST = 4.5;
  const found = [];
  const name = (el) => {
    const place = el.closest("[data-treadmill], [data-id], [id]");
    const text = (el.getAttribute("aria-label") || el.textContent || el.getAttribute("name") || "").trim().replace(/\s+/g, " ").slice(0, 40);
    return `${el.tagName.toLowerCase()}${el.className && typeof el.className === "string" ? `.${el.className.split(" ")[0]}` : ""} "${text}"${place && place !== el ? ` in ${place.dataset.treadmill || place.dataset.id || place.id}` : ""}`;
  };
  const style = (el) => getComputedStyle(el);
  const hides = (el) => /hidden|clip|auto|scroll/.test(style(el).overflow);
  const scrolls = (el) => /auto|scroll/.test(style(el).overflow);
  const shown = (el) => el.checkVisibility({ visibilityProperty: true }) && el.getClientRects().length > 0;
  const layer = (el) => {
    for (let at = el; at && at !== document.body; at = at.parentElement) if (/fixed|sticky/.test(style(at).position)) return at;
    return null;
  };
  /** What of it can be seen: its box within all that cut it off; null: nothing. */
  const seen = (el) => {
    let { left, top, right, bottom } = el.getBoundingClientRect();
    let fixed = style(el).position === "fixed";
    for (let at = el.parentElement; at && !fixed; at = at.parentElement) {
      if (at !== document.body && at !== document.documentElement && hides(at)) {
        const box = at.getBoundingClientRect();
        [left, top, right, bottom] = [Math.max(left, box.left), Math.max(top, box.top), Math.min(right, box.right), Math.min(bottom, box.bottom)];
      }
      fixed = style(at).position === "fixed";
    }
    return right - left > 1 && bottom - top > 1 ? { left, top, right, bottom } : null;
  };

  // Nothing is wider than the window.
  if (document.documentElement.scrollWidth > innerWidth) found.push(`wide: ${document.documentElement.scrollWidth} px in a window of ${innerWidth}`);

  // A radio or box that is drawn by its label is its label.
  const drawn = (el) => Number(style(el).opacity) > 0;
  const controls = [...document.querySelectorAll(CONTROLS)].filter((el) => shown(el) && drawn(el));
  const boxes = controls.map((el) => ({ el, box: seen(el), layer: layer(el) })).filter((one) => one.box);

  // No two controls lie over one another.
  boxes.sort((a, b) => a.box.top - b.box.top);
  boxes.forEach((a, n) => {
    for (let k = n + 1; k < boxes.length && boxes[k].box.top < a.box.bottom - 1; k++) {
      const b = boxes[k];
      if (a.layer !== b.layer || a.el.contains(b.el) || b.el.contains(a.el)) continue;
      const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
      const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
      if (across > 1 && down > 1) found.push(`overlap: ${name(a.el)} and ${name(b.el)}`);
    }
  });

  // Nothing is cut by what does not scroll: neither by itself, nor by what it stands in.
  for (const el of document.querySelectorAll(WHOLE)) {
    if (!shown(el) || !el.textContent.trim()) continue;
    const self = style(el);
    if (/hidden|clip/.test(self.overflow) && (el.scrollWidth > el.clientWidth + 1 || el.scrollHeight > el.clientHeight + 2)) found.push(`cut: ${name(el)}`);
    const box = el.getBoundingClientRect();
    for (let at = el.parentElement; at && at !== document.body; at = at.parentElement) {
      if (style(at).position === "fixed" || scrolls(at)) break;
      if (!hides(at)) continue;
      const edge = at.getBoundingClientRect();
      if (box.left < edge.left - 1 || box.right > edge.right + 1 || box.top < edge.top - 1 || box.bottom > edge.bottom + 1) {
        found.push(`cut: ${name(el)} by ${name(at)}`);
        break;
      }
    }
  }

  // A finger hits it.
  for (const { el } of boxes) {
    if (el.matches("input") && el.closest("label.segment, label.card")) continue;
    const { width, height } = (el.matches("input") && el.closest("label") ? el.closest("label") : el).getBoundingClientRect();
    const inText = el.matches("a") && style(el).display === "inline";
    const least = el.matches(SECONDARY) ? SECONDARY_PX : PRIMARY_PX;
    if (!inText && (width < least - 0.5 || height < least - 0.5)) found.push(`small: ${name(el)} is ${width.toFixed(0)} × ${height.toFixed(0)} px, not ${least}`);
  }

  // Stop is hit in its middle.
  for (const stop of document.querySelectorAll("button.stop")) {
    if (!shown(stop)) continue;
    if (!stop.closest("[data-open] form") && style(stop.closest("header") ?? stop).position !== "fixed") stop.scrollIntoView({ block: "center", behavior: "instant" });
    const { left, top, width, height } = stop.getBoundingClientRect();
    const hit = document.elementFromPoint(left + width / 2, top + height / 2);
    if (!hit || !stop.contains(hit)) found.push(`covered: ${name(stop)} by ${hit ? name(hit) : "nothing"}`);
  }
  scrollTo({ top: 0, behavior: "instant" });

  // Words can be read.
  const brush = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const colours = new Map();
  const rgba = (text) => {
    if (!colours.has(text)) {
      brush.clearRect(0, 0, 1, 1);
      brush.fillStyle = text;
      brush.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
      colours.set(text, [r, g, b, a / 255]);
    }
    return colours.get(text);
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  /** What lies behind the words of an element: from the page up to it. */
  const ground = (el) => {
    const above = [];
    for (let at = el; at; at = at.parentElement) above.push(at);
    return above.reverse().reduce((under, at) => over(rgba(style(at).backgroundColor), under), [255, 255, 255, 1]);
  };
  const said = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walk.nextNode(); text; text = walk.nextNode()) {
    const el = text.parentElement;
    if (!text.data.trim() || !el || said.has(el) || el.closest("script, style, template, noscript, svg") || !shown(el)) continue;
    said.add(el);
    if (el.closest(":disabled, [aria-disabled=true]") || el.closest("label")?.querySelector(":disabled")) continue;
    let opacity = 1;
    for (let at = el; at; at = at.parentElement) opacity *= Number(style(at).opacity);
    if (opacity === 0) continue;
    const back = ground(el);
    const [r, g, b, a] = rgba(style(el).color);
    const front = over([r, g, b, a * opacity], back);
    const [x, y] = [light(front), light(back)].sort((p, q) => q - p);
    const ratio = (x + 0.05) / (y + 0.05);
    if (ratio < CONTRAST) found.push(`faint: ${name(el)} at ${ratio.toFixed(2)}`);
  }
  return [...new Set(found)];
};
