// Rows that can be added: <div data-formset="prefix"> with [data-rows], a <template> and [data-add-row].
for (const part of document.querySelectorAll("[data-formset]")) {
  const total = part.querySelector(`[name="${part.dataset.formset}-TOTAL_FORMS"]`);
  const limit = Number(part.querySelector(`[name="${part.dataset.formset}-MAX_NUM_FORMS"]`).value);
  const button = part.querySelector("[data-add-row]");
  button.addEventListener("click", () => {
    const place = Number(total.value);
    if (place >= limit) return;
    const row = part.querySelector("template").content.cloneNode(true);
    for (const node of row.querySelectorAll("*")) {
      for (const { name, value } of [...node.attributes]) {
        if (value.includes("__prefix__")) node.setAttribute(name, value.replaceAll("__prefix__", place));
      }
    }
    const first = row.querySelector("input:not([type=hidden])");
    part.querySelector("[data-rows]").append(row);
    total.value = String(place + 1);
    button.disabled = place + 1 >= limit;
    first.focus();
  });
}
