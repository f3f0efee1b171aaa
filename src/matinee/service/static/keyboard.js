// "/" goes to the field, arrows walk the cards, Esc goes back to the field; w, s and x act
// on the card that has the keyboard, else on the film of the page; u takes it back.
import { undo } from "./acts.js";

const TYPING = "input:not([type=radio], [type=checkbox]), select, textarea, [contenteditable]";

function cards() {
  return [...document.querySelectorAll("[data-grid] .card-title a")];
}

// The card nearest to `from` in the next row up or down: rows differ in length, and shelves scroll.
function vertical(all, from, down) {
  const here = from.closest(".card").getBoundingClientRect();
  const rows = all
    .map((link) => [link, link.closest(".card").getBoundingClientRect()])
    .filter(([, box]) => (down ? box.top >= here.bottom - 1 : box.bottom <= here.top + 1));
  const distance = (box) => Math.abs(box.top - here.top) * 4 + Math.abs(box.left - here.left);
  rows.sort((a, b) => distance(a[1]) - distance(b[1]));
  return rows[0]?.[0];
}

function step(key, from) {
  const all = cards();
  const at = all.indexOf(from);
  if (at < 0) return null;
  const forward = getComputedStyle(document.documentElement).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
  if (key === "ArrowLeft" || key === "ArrowRight") return all[at + (key === forward ? 1 : -1)];
  return vertical(all, from, key === "ArrowDown");
}

function letter(key, from) {
  if (document.documentElement.dataset.keys === "off") return;
  if (key === "u") return undo();
  const root = from.closest?.(".card") ?? document.querySelector(":has(> .wide-acts)");
  root?.querySelector(`.acts [data-key="${key}"]`)?.click();
}

export function startKeyboard() {
  const field = document.getElementById("q");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const { target, key } = event;
    if (target === field && key === "ArrowDown") {
      const first = cards()[0];
      if (first) {
        event.preventDefault();
        first.focus();
      }
      return;
    }
    if (target.closest?.(TYPING)) return;
    if (/^[wsxu]$/i.test(key) && !event.shiftKey && !event.repeat) {
      letter(key.toLowerCase(), target);
    } else if (field && (key === "/" || (key === "Escape" && target.closest?.("[data-grid]")))) {
      event.preventDefault();
      field.focus();
      field.select();
    } else if (key.startsWith("Arrow")) {
      const next = step(key, target);
      if (next) {
        event.preventDefault();
        next.focus();
        next.scrollIntoView({ block: "nearest", inline: "nearest" });
      }
    }
  });
}
