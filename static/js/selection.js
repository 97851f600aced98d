// Ticked rows: how many, and what they add up to per currency, by whole minor units.
export function bindSelections(part) {
  const forms = [...(part.querySelectorAll?.("form[data-selection]") ?? [])];
  for (const form of forms) bind(form);
}

function bind(form) {
  const boxes = [...form.querySelectorAll('input[name="selected"]')];
  const page = form.querySelector("[data-select-page]");
  const matching = form.querySelector("[data-select-matching]");
  const bar = form.querySelector("[data-selection-bar]");
  if (!bar) return;
  let last = null;
  const refresh = () => {
    const ticked = boxes.filter((box) => box.checked);
    bar.classList.toggle("is-shown", ticked.length > 0);
    bar.querySelector("[data-selected-count]").textContent = matching?.checked
      ? form.elements.matching_count.value
      : String(ticked.length);
    bar.querySelector("[data-selected-sums]").textContent = matching?.checked ? "" : sums(ticked);
    if (page) {
      page.checked = ticked.length === boxes.length;
      page.indeterminate = ticked.length > 0 && ticked.length < boxes.length;
    }
    if (matching && ticked.length === 0) matching.checked = false;
  };
  form.addEventListener("change", (event) => {
    if (event.target === page) for (const box of boxes) box.checked = page.checked;
    if (event.target === matching && matching.checked) for (const box of boxes) box.checked = true;
    if (event.target.name === "selected" && matching) matching.checked = false;
    refresh();
  });
  form.addEventListener("click", (event) => {
    const box = event.target.closest?.('input[name="selected"]');
    if (!box) return;
    if (event.shiftKey && last && last !== box) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
      for (const one of boxes.slice(from, to + 1)) one.checked = box.checked;
      refresh();
    }
    last = box;
  });
  refresh();
}

function sums(boxes) {
  const totals = new Map();
  for (const { dataset } of boxes) {
    if (!dataset.sums) continue;
    const [currency, amount] = dataset.sums.split(":");
    const places = (amount.split(".")[1] ?? "").length;
    const old = totals.get(currency)?.units ?? 0n;
    totals.set(currency, { places, units: old + BigInt(amount.replace(".", "")) });
  }
  return [...totals].sort().map(([currency, sum]) => `${currency} ${shown(sum)}`).join(" · ");
}

function shown({ places, units }) {
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${units < 0n ? "−" : ""}${whole}${places ? `.${digits.slice(-places)}` : ""}`;
}
