// Where somebody was in a list: the page of one row leads back to the same filters, page and row.
const KEY = "duebook.place:";

function store(name, value) {
  try {
    sessionStorage.setItem(KEY + name, JSON.stringify(value));
  } catch {
    // a browser that keeps nothing keeps no place either
  }
}

function stored(name) {
  try {
    return JSON.parse(sessionStorage.getItem(KEY + name));
  } catch {
    return null;
  }
}

const isList = () => document.querySelector("#list-results[data-list]") !== null;

// Links to the list, above a page or in its text, lead to where the person was; the menu does not.
function leadBack() {
  for (const link of document.querySelectorAll(".crumbs a[href], a[data-back-to-list]")) {
    if (link.search || link.origin !== location.origin) continue;
    const place = stored(link.pathname);
    if (!place) continue;
    link.href = link.pathname + place.search;
    link.addEventListener("click", () => store("return", link.pathname + place.search));
  }
}

function rememberPlace() {
  let row = null;
  document.addEventListener("click", (event) => {
    row = event.target.closest?.("tr[data-row]")?.dataset.row ?? row;
  });
  addEventListener("pagehide", () => {
    if (isList()) store(location.pathname, { search: location.search, scroll: scrollY, row });
  });
}

// The row somebody comes back from is marked, and the focus goes on from there.
function showRow(id) {
  const row = /^\d+$/.test(id ?? "") && document.querySelector(`tr[data-row="${id}"]`);
  if (!row) return;
  for (const other of document.querySelectorAll("tr.is-here")) other.classList.remove("is-here");
  row.classList.add("is-here");
  row.querySelector("th a")?.focus({ preventScroll: true });
}

function returnToPlace() {
  if (!isList()) return;
  const place = stored(location.pathname);
  const isByLink = stored("return") === location.pathname + location.search;
  const isByHistory = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  if (isByLink) store("return", null);
  if (!place || !(isByLink || (isByHistory && place.search === location.search))) return;
  if (isByLink) scrollTo({ top: place.scroll, behavior: "instant" });
  showRow(place.row);
}

// The open tab is in sight, however many there are before it.
function showTab() {
  const tabs = document.querySelector(".view-tabs");
  const open = tabs?.querySelector(".is-active");
  if (open) tabs.scrollLeft = open.offsetLeft + open.offsetWidth - tabs.clientWidth + 48;
}

export function keepPlace() {
  showTab();
  document.body.addEventListener("htmx:afterSettle", showTab);
  rememberPlace();
  leadBack();
  returnToPlace();
}
