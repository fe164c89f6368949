// Comfort only: every page does its work without this file.

// "Submit Request is disabled until a contractor is selected" (CLIA job aid 1.0, steps 5.7 and 7.7).
for (const form of document.querySelectorAll("form[data-enable-when-complete]")) {
  const button = form.querySelector("[data-submit]");
  const update = () => { button.disabled = !form.checkValidity(); };
  form.addEventListener("input", update);
  form.addEventListener("change", update);
  window.addEventListener("pageshow", update);
  update();
}

// A second click while the first is under way sends nothing more.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => { delete form.dataset.sent; });
}

// Errors are read out and reached at once.
document.getElementById("error-summary")?.focus();

// A part of a page that is not final yet asks for itself again until it is.
for (const part of document.querySelectorAll("[data-refresh]")) {
  let left = 30;
  const ask = async () => {
    const answer = await fetch(part.dataset.refresh, { headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok) return;
    part.innerHTML = await answer.text();
    if (answer.headers.get("X-Final") !== "yes" && --left > 0) setTimeout(ask, 1000);
  };
  setTimeout(ask, 500);
}
