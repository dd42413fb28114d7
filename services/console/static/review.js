// The time line's read-out: one moment of the session, chosen with the pointer over the drawing or with the slider.
const place = document.querySelector("[data-readout]");
const said = JSON.parse(place.dataset.words);
const rows = JSON.parse(place.dataset.readout);
const slider = place.querySelector("[data-moment]");
const told = place.querySelector("[data-told]");
const cursor = place.querySelector("[data-cursor]");
const hover = place.querySelector("[data-hover]");
const last = rows.s.length - 1;
const left = Number(hover.getAttribute("x"));
const width = Number(hover.getAttribute("width"));
const line = cursor.getAttribute("d").replace(/^M[\d.]+/, "");

const clock = (s) => `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
const tell = (word, value, unit) => said[word].replace("{v}", value === null ? said.unknown : `${value} ${unit}`);

function words(n) {
  const parts = [clock(rows.s[n])];
  if (rows.step[n]) parts.push(said.step.replace("{n}", rows.step[n]));
  parts.push(tell("planned", rows.planned[n], "km/h"), tell("measured", rows.measured[n], "km/h"));
  if (rows.limit[n] !== null) parts.push(tell("limit", rows.limit[n], "km/h"));
  parts.push(tell("heart", rows.hr[n], "bpm"));
  if (rows.ceiling[n] !== null) parts.push(tell("ceiling", rows.ceiling[n], "bpm"));
  parts.push(tell("grade", rows.grade[n], "%"));
  return parts.join(" · ");
}

function show(n) {
  const x = left + (width * rows.s[n]) / Math.max(1, rows.s[last]);
  cursor.setAttribute("d", `M${x.toFixed(1)}${line}`);
  cursor.setAttribute("visibility", "visible");
  told.textContent = words(n);
  slider.value = n;
  slider.setAttribute("aria-valuetext", told.textContent);
}

function nearest(seconds) {
  let low = 0, high = last;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows.s[middle] < seconds) low = middle + 1;
    else high = middle;
  }
  return low;
}

slider.max = last;
place.querySelector("[data-reader]").hidden = false;
slider.addEventListener("input", () => show(Number(slider.value)));
hover.addEventListener("pointermove", (event) => {
  const box = hover.getBoundingClientRect();
  show(nearest(((event.clientX - box.left) / box.width) * rows.s[last]));
});
