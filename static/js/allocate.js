// Conveniences of applying money. No amount is worked out here: the server does.

// A button beside what is open puts it into its row's field, as it stands.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-fill]");
  const field = button && document.getElementById(button.dataset.fill);
  if (!field) return;
  field.value = button.dataset.amount;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  field.focus();
});

// Ctrl+Enter saves. Enter in the search box searches; elsewhere it shows the figures anew.
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form[data-save-keys]");
  if (!form || event.key !== "Enter" || event.isComposing) return;
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    form.requestSubmit(form.querySelector("button[data-save]"));
  } else if (event.target.matches("input")) {
    event.preventDefault();
    if (event.target.type === "search") form.querySelector("button[data-search]").click();
    else event.target.dispatchEvent(new Event("change", { bubbles: true }));
  }
});
