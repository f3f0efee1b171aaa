// Tells screen readers about new results, once somebody has paused typing.
const PAUSE = 600;
let timer = 0;

export function announce(results) {
  const text = results.querySelector("[data-announce]")?.dataset.announce ?? "";
  clearTimeout(timer);
  timer = setTimeout(() => {
    document.getElementById("live").textContent = text;
  }, PAUSE);
}
