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

function returnToPlace() {
  if (!isList() || stored("return") !== location.pathname + location.search) return;
  store("return", null);
  const place = stored(location.pathname);
  if (!place) return;
  scrollTo({ top: place.scroll, behavior: "instant" });
  const id = /^\d+$/.test(place.row ?? "") ? place.row : null;
  const row = id && document.querySelector(`tr[data-row="${id}"]`);
  row?.querySelector("th a")?.focus({ preventScroll: true });
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
