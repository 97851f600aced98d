// What can be done with a row of a list: the actions of the row's own page, fetched when asked for.
import { announce, toast } from "./notes.js";
import { currentRow, linkOf, provide } from "./shortcuts.js";

const menu = document.getElementById("row-menu");
const body = menu?.querySelector("[data-row-actions]");
let shownFor = null; // the row

async function pageOf(address, options) {
  const answer = await fetch(address, { ...options, headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { answer, page };
}

async function actionsOf(row) {
  const address = linkOf(row)?.href;
  if (!address) return null;
  const { answer, page } = await pageOf(address);
  if (!answer.ok || answer.redirected) return null;
  return page.querySelector(".page-actions");
}

async function openMenu(row) {
  const actions = await actionsOf(row).catch(() => null);
  if (!menu || !row.isConnected) return;
  shownFor = row;
  menu.querySelector("[data-row-name]").textContent = linkOf(row)?.textContent.trim() ?? "";
  body.replaceChildren(...(actions ? document.adoptNode(actions).childNodes : []));
  menu.querySelector("[data-row-none]").hidden = Boolean(body.querySelector("a, button"));
  menu.querySelector("[data-row-open]").href = linkOf(row)?.href ?? "";
  window.htmx?.process(body);
  menu.showModal();
  menu.querySelector("[data-row-open]").focus();
}

async function editRow(row) {
  const actions = await actionsOf(row).catch(() => null);
  const link = actions?.querySelector('a[href$="/edit/"]');
  if (link) location.assign(link.getAttribute("href"));
  else toast(menu?.dataset.noEdit, "warning");
}

// A step is taken without leaving the list: its message is shown here, and the rows come anew.
async function takeStep(form, submitter) {
  const { answer, page } = await pageOf(form.action, { method: "POST", body: new FormData(form, submitter) });
  menu.close();
  if (!answer.ok || !answer.redirected) return location.assign(linkOf(shownFor).href);
  for (const note of page.querySelectorAll("#toasts .toast-note")) {
    toast(note.querySelector(".toast-text").textContent.trim(), note.dataset.toast);
  }
  const row = shownFor.dataset.row;
  await window.htmx.ajax("GET", location.pathname + location.search, { target: "#list-results", swap: "outerHTML show:none" });
  linkOf(document.querySelector(`tr[data-row="${CSS.escape(row)}"]`))?.focus({ preventScroll: true });
}

menu?.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.dataset.leadsAway !== undefined || event.defaultPrevented) return;
  event.preventDefault();
  event.stopPropagation(); // the page's own listener marks forms that are sent once
  if (form.dataset.sent) return;
  form.dataset.sent = "1";
  takeStep(form, event.submitter).catch(() => location.assign(linkOf(shownFor).href));
});
menu?.addEventListener("close", () => linkOf(shownFor)?.focus({ preventScroll: true }));

// One button for all rows, on the row the mouse or the focus is on.
const button = document.getElementById("row-menu-button")?.content.firstElementChild;

function showButton(event) {
  const row = event.target.closest?.(".list-table tbody tr[data-row]");
  if (!button || !row || row.contains(button) || !linkOf(row)) return;
  linkOf(row).closest("th, td")?.append(button); // behind the link, where Tab comes next
}

function openFor(row) {
  if (!menu || !linkOf(row)) return false;
  announce(menu.dataset.loading);
  openMenu(row);
  return true;
}

button?.addEventListener("click", () => openFor(button.closest("tr")));
document.addEventListener("mouseover", showButton, { passive: true });
document.addEventListener("focusin", showButton);

provide({
  "row-menu": () => openFor(currentRow()),
  "row-edit": () => {
    const row = currentRow();
    if (!menu || !linkOf(row)) return false;
    editRow(row);
    return true;
  },
});
