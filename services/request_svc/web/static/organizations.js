// STEP 3: hides what does not apply and requires what does. Without this file the page says it in hints, and the
// server checks either way.

const chosen = (form, condition) => {
  const [name, value] = condition.split("=");
  return form.elements[name] !== undefined && new FormData(form).get(name) === value;
};

// "State" belongs to surveyors for a state only (access job aid 3.1, Figures 18 and 25).
const show = (form) => {
  for (const part of form.querySelectorAll("[data-shown-when]")) {
    const wanted = chosen(form, part.dataset.shownWhen);
    part.hidden = !wanted;
    for (const field of part.querySelectorAll("select")) field.required = wanted;
  }
};

const require = (form) => {
  for (const part of form.querySelectorAll("[data-required-when]")) {
    const wanted = chosen(form, part.dataset.requiredWhen);
    for (const field of part.querySelectorAll("input")) field.required = wanted;
  }
};

// HTML knows no required group of checkboxes.
const atLeastOne = (form) => {
  for (const part of form.querySelectorAll("[data-at-least-one]")) {
    const boxes = [...part.querySelectorAll("input[type=checkbox]")];
    boxes[0]?.setCustomValidity(boxes.some((box) => box.checked) ? "" : "Select one or more.");
  }
};

for (const form of document.querySelectorAll("form[data-enable-when-complete]")) {
  const update = () => { show(form); require(form); atLeastOne(form); };
  form.addEventListener("input", update);
  form.addEventListener("change", update);
  window.addEventListener("pageshow", update);
  update();

  for (const button of form.querySelectorAll("[data-clears]")) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      for (const radio of form.elements[button.dataset.clears]) radio.checked = false;
      form.dispatchEvent(new Event("change"));
    });
  }
}
