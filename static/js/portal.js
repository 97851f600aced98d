// The customer's page works without this. It adds copy buttons, and tells the seller, once, that a
// person (not a mail scanner) used the page.

const status = document.querySelector("[data-status]");

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.classList.add("copied");
    status.textContent = status.dataset.copied;
    setTimeout(() => {
      button.classList.remove("copied");
      status.textContent = "";
    }, 2000);
  });
}

const page = document.querySelector("[data-opened]");
const token = document.querySelector("input[name=csrfmiddlewaretoken]");
const acts = ["pointerdown", "keydown", "touchstart"];

function tell(event) {
  if (!event.isTrusted) return;
  for (const act of acts) removeEventListener(act, tell);
  fetch(page.dataset.opened, {
    method: "POST",
    headers: { "X-CSRFToken": token.value },
    credentials: "same-origin",
    keepalive: true,
  }).catch(() => {});
}

if (page && token) {
  for (const act of acts) addEventListener(act, tell, { passive: true });
}
