// A picture to search by: chosen, pasted, or dropped anywhere on the page.
const image = (files) => [...files].find((file) => file.type.startsWith("image/")) ?? files[0];

// Without `search`, as on the home page, the form goes to the server as it is, and on to the results.
export function startPicture(search) {
  const form = document.getElementById("by-picture");
  if (!form) return;
  const field = form.elements.picture;
  const results = document.getElementById("results");
  const drop = document.getElementById("drop");
  let inside = 0;

  function give(file) {
    if (!file) return;
    if (!search) {
      const chosen = new DataTransfer();
      chosen.items.add(file);
      field.files = chosen.files;
      form.elements.address.value = `/search?${new URLSearchParams({ q: document.getElementById("q").value })}`;
      return form.submit();
    }
    if (file.size > Number(form.dataset.most)) {
      search.show(document.getElementById("too-large").content.cloneNode(true));
      return;
    }
    const body = new FormData(form);
    body.set("address", search.address());
    body.set("picture", file, file.name || "picture");
    search.load(form.getAttribute("action"), { push: true, body });
  }

  function hover(on) {
    inside = on ? inside + 1 : Math.max(0, inside - 1);
    drop.classList.toggle("on", inside > 0);
  }
  const brings = (event) => event.dataTransfer?.types.includes("Files");

  document.querySelector("[data-pick]").addEventListener("click", () => field.click());
  field.addEventListener("change", () => {
    give(field.files[0]);
    // The same file may be chosen again, after something else.
    if (search) field.value = "";
  });
  document.addEventListener("paste", (event) => {
    const files = event.clipboardData?.files;
    // Copied words may bring a picture of themselves along; then it is the words that are meant.
    if (!files?.length || event.clipboardData.getData("text/plain")) return;
    event.preventDefault();
    give(image(files));
  });
  document.addEventListener("dragenter", (event) => brings(event) && hover(true));
  document.addEventListener("dragleave", (event) => brings(event) && hover(false));
  document.addEventListener("dragover", (event) => brings(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    inside = 0;
    hover(false);
    give(image(event.dataTransfer.files));
  });
  // What is said about the picture stands among the results, so its changes do not reach the form.
  results?.addEventListener("change", (event) => {
    if (event.target.form === search.form) search.load(search.address());
  });
}
