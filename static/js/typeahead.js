// Long selects become searchable: <select data-typeahead>, with data-url also filled by the server.
const places = document.getElementById("texts")?.dataset ?? {};
let library;

function load() {
  library ??= new Promise((resolve, reject) => {
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = places.typeaheadCss;
    document.head.prepend(sheet);
    const script = document.createElement("script");
    script.src = places.typeaheadJs;
    script.addEventListener("load", () => resolve(window.TomSelect));
    script.addEventListener("error", reject);
    document.head.append(script);
  });
  return library;
}

export async function bindTypeaheads(part) {
  const selects = [...(part.querySelectorAll?.("select[data-typeahead]:not(.tomselected)") ?? [])];
  if (!selects.length) return;
  const TomSelect = await load();
  for (const select of selects) if (!select.tomselect) bind(TomSelect, select);
}

function bind(TomSelect, select) {
  const url = select.dataset.url;
  const none = places.noneFound ?? "";
  const box = new TomSelect(select, {
    create: false,
    maxOptions: 200,
    openOnFocus: true,
    selectOnTab: false,
    plugins: ["dropdown_input"].filter(() => select.hasAttribute("data-filter")),
    searchField: ["text", "search"],
    load: url ? (query, done) => fetchOptions(url, query).then(done, () => done()) : null,
    render: { no_results: () => element("div", "no-results", none) },
  });
  // Tab takes what somebody looked for; whoever only passes by chooses nothing.
  let moved = false;
  for (const event of ["focus", "blur", "item_add"]) box.on(event, () => { moved = false; });
  box.wrapper.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") moved = true;
    if (event.key === "Tab") box.settings.selectOnTab = moved || box.inputValue() !== "";
  }, true);
  select.setAttribute("aria-hidden", "true"); // its label now names the search field
}

async function fetchOptions(url, query) {
  const address = new URL(url, location.href);
  address.searchParams.set("q", query);
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  return answer.ok ? (await answer.json()).results : [];
}

function element(name, css, text) {
  const node = document.createElement(name);
  node.className = css;
  node.textContent = text;
  return node;
}
