// After a mended row the next wrong cell has the focus, so that errors are worked off in a row.
let last = 0;
document.addEventListener("submit", (event) => {
  const row = event.target.querySelector?.('input[name="row"]');
  if (row) last = Number(row.value);
}, true);
document.body.addEventListener("htmx:afterSettle", (event) => {
  if (!last || event.detail.target?.id !== "import-live") return;
  const wrong = [...document.querySelectorAll("#import-live input.is-invalid")];
  const rowOf = (field) => Number(field.id.split("-")[1]);
  const next = wrong.find((field) => rowOf(field) >= last) ?? wrong[0];
  last = 0;
  next?.focus();
});
