// Short messages: toasts that go by themselves unless they are errors, and the spoken line.
const region = document.getElementById("toasts");

export function announce(text) {
  const line = document.getElementById("announcer");
  if (line) line.textContent = text;
}

export function toast(text, kind = "info") {
  if (!region || !text) return;
  const note = document.createElement("div");
  note.className = `toast-note toast-${kind}`;
  note.dataset.toast = kind;
  const words = document.createElement("div");
  words.className = "toast-text";
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn-close";
  close.dataset.close = "";
  close.setAttribute("aria-label", document.getElementById("texts")?.dataset.close ?? "×");
  note.append(words, close);
  region.append(note);
  expire(note);
}

function expire(note) {
  if (["error", "warning"].includes(note.dataset.toast) || note.querySelector("a, form")) return;
  let timer = setTimeout(() => note.remove(), 6000);
  const hold = () => clearTimeout(timer);
  const resume = () => { timer = setTimeout(() => note.remove(), 3000); };
  note.addEventListener("mouseenter", hold);
  note.addEventListener("focusin", hold);
  note.addEventListener("mouseleave", resume);
  note.addEventListener("focusout", resume);
}

region?.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) event.target.closest(".toast-note").remove();
});
if (document.body.classList.contains("shell")) {
  for (const note of document.querySelectorAll(".toast-note")) expire(note);
}
