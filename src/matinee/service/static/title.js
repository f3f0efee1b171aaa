// Why this film is told anew once something was done on its page.
import { fetchPart } from "./fragment.js";

const place = document.getElementById("why");

document.addEventListener("matinee:acted", async () => {
  const found = await fetchPart(location.pathname, "why");
  // Anything else is a page of its own, such as one that tells of an error.
  if (!found?.html?.includes('class="because-head"') || found.html.includes("<html")) return;
  const at = place.contains(document.activeElement) && document.activeElement;
  place.innerHTML = found.html;
  if (at) place.querySelector(at.closest(".less") ? ".less button" : "h2").focus({ preventScroll: true });
});
