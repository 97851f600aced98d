// The line grid: add, move, remove; a product's data fills what is blank. It computes no money:
// totals come from the server, which the form asks after every change.
const grid = document.querySelector("[data-lines]");
const form = grid?.closest("form");
const body = grid?.tBodies[0];
const template = document.getElementById("line-template");

const rows = () => [...body.querySelectorAll("tr[data-line]:not([hidden])")];
const field = (row, name) => row.querySelector(`[name$="-${name}"]`);
const total = () => form.querySelector(`[name="${grid.dataset.lines}-TOTAL_FORMS"]`);
const changed = () => form.dispatchEvent(new CustomEvent("totals", { bubbles: true }));

function renumber() {
  rows().forEach((row, index) => { field(row, "position").value = String(index + 1); });
}

function addRow({ focus = true } = {}) {
  const index = Number(total().value);
  if (index >= Number(grid.dataset.most)) return null;
  const holder = document.createElement("tbody");
  holder.innerHTML = template.innerHTML.replaceAll("__prefix__", String(index));
  const row = holder.querySelector("tr");
  body.append(row);
  total().value = String(index + 1);
  renumber();
  if (focus) field(row, "product").focus();
  return row;
}

function move(row, step) {
  const all = rows();
  const other = all[all.indexOf(row) + step];
  if (!other) return;
  if (step < 0) other.before(row);
  else other.after(row);
  renumber();
  changed();
}

function remove(row) {
  const all = rows();
  const next = all[all.indexOf(row) + 1] ?? all[all.indexOf(row) - 1];
  field(row, "DELETE").checked = true;
  row.hidden = true;
  renumber();
  (next ? field(next, "product") : addRow({ focus: true }))?.focus?.();
  changed();
}

async function fill(row) {
  const code = field(row, "product").value.trim();
  if (!code) return;
  const address = new URL(grid.dataset.productUrl, location.href);
  address.searchParams.set("code", code);
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const data = await answer.json();
  const previous = row.dataset.product;
  for (const name of ["description", "unit", "unit_price", "tax_code"]) {
    if (name === "unit_price" && data.currency !== currency(data.currency)) continue;
    const input = field(row, name);
    // What another product had filled in is replaced; what a person typed stays.
    if (!input.value || input.dataset.filled === input.value || (name === "tax_code" && !previous)) {
      input.value = data[name];
      input.dataset.filled = data[name];
    }
  }
  row.dataset.product = code;
  if (!field(row, "quantity").value) field(row, "quantity").value = "1";
  if (document.activeElement === field(row, "description")) field(row, "description").select();
  changed();
}

function currency(fallback) {
  return form.querySelector('[name="currency"]')?.value || fallback;
}

function onKey(event) {
  if (event.isComposing) return;
  const row = event.target.closest?.("tr[data-line]");
  if (event.altKey && row && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    move(row, event.key === "ArrowUp" ? -1 : 1);
    event.target.focus();
  } else if (event.altKey && event.key.toLowerCase() === "n") {
    event.preventDefault();
    addRow();
  } else if (event.key === "Tab" && !event.shiftKey && row && row === rows().at(-1)) {
    const last = field(row, "tax_code");
    if (event.target === last && addRow({ focus: true })) event.preventDefault();
  } else if (event.key === "Enter" && event.target.matches("input") && row) {
    event.preventDefault(); // a line is not the form: nothing is sent by accident
  }
}

function onPageKey(event) {
  if (event.isComposing || !(event.ctrlKey || event.metaKey)) return;
  const name = event.key === "s" ? "save" : event.key === "Enter" ? "submit" : "";
  const button = name && document.querySelector(`button[form="${form.id}"][name="${name}"]`);
  if (button) {
    event.preventDefault();
    button.click();
  }
}

if (grid) {
  body.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-line]");
    if (event.target.closest("[data-line-up]")) move(row, -1);
    else if (event.target.closest("[data-line-down]")) move(row, 1);
    else if (event.target.closest("[data-line-remove]")) remove(row);
  });
  form.querySelector("[data-line-add]").addEventListener("click", () => addRow());
  body.addEventListener("change", (event) => {
    if (event.target.name?.endsWith("-product")) fill(event.target.closest("tr[data-line]"));
  });
  form.addEventListener("keydown", onKey);
  document.addEventListener("keydown", onPageKey);
  renumber();

  // What is typed is not lost by leaving: the browser asks first.
  let dirty = Boolean(form.querySelector(".is-invalid, .invalid-feedback")) || Boolean(document.querySelector(".conflict"));
  form.addEventListener("input", () => { dirty = true; });
  form.addEventListener("submit", () => { dirty = false; });
  document.querySelector(".editor-delete")?.addEventListener("submit", () => { dirty = false; });
  window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
}
