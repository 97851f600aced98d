// The bill editor (and the lines of a schedule): the grid, the customer's list, totals, saving, preview.
import { Combobox } from "./combobox.js";
import { Keeper } from "./invoice-keeping.js";
import { Preview } from "./invoice-preview.js";
import { LineGrid } from "./line-grid.js";

const table = document.querySelector("table[data-lines]");
const form = table?.closest("form");
const texts = document.getElementById("editor-texts")?.dataset;

function bindCustomer(select, keeper) {
  const input = document.createElement("input");
  input.type = "text";
  input.className = "form-control";
  input.id = select.id;
  input.value = select.selectedOptions[0]?.value ? select.selectedOptions[0].textContent : "";
  if (select.classList.contains("is-invalid")) input.classList.add("is-invalid");
  for (const name of ["aria-describedby", "aria-invalid"]) {
    if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
  }
  input.required = true;
  select.id += "_value";
  select.hidden = true;
  select.required = false;
  select.before(input);
  const choices = new Combobox(input, {
    label: document.querySelector(`label[for="${input.id}"]`)?.textContent.replace("*", "").trim() ?? "",
    none: texts.none,
    wait: 70,
    find: (text) => findCustomers(select.dataset.url, text),
    take: (option, key) => {
      if (option.isNew) return newCustomer(option.name, keeper);
      choose(select, option);
      select.dispatchEvent(new Event("change", { bubbles: true }));
      showFacts(option.value);
      return key === "Tab" ? nextField(input) : undefined;
    },
  });
  // A name that was typed over and not chosen again is no other customer: the choice is taken back.
  input.addEventListener("change", () => {
    if (!choices.text && select.value) {
      choose(select, { value: "", text: "" });
      choices.taken = "";
      select.dispatchEvent(new Event("change", { bubbles: true }));
      document.getElementById("customer-facts").replaceChildren();
    } else {
      // An answer that is under way may be taken yet, by the Tab that left the field.
      Promise.resolve(choices.pending).then(() => {
        if (choices.isOpenQuestion && select.value && document.activeElement !== input) input.value = choices.taken;
      });
    }
  });
  if (!input.value && !document.querySelector("[data-focus]") && !location.hash) input.focus();
}

function choose(select, { value, text, currency = "" }) {
  if (![...select.options].some((option) => option.value === value)) select.append(new Option(text, value));
  select.value = value;
  select.dataset.currency = currency;
}

async function findCustomers(url, text) {
  const address = new URL(url, location.href);
  address.searchParams.set("q", text);
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok || answer.redirected) return [];
  const found = (await answer.json()).customers;
  if (text && form.dataset.customerNew) found.push({ text: `${texts.newCustomer}: ${text}`, name: text, isNew: true });
  return found;
}

async function newCustomer(name, keeper) {
  const back = await keeper.comeBackHere();
  const address = new URL(form.dataset.customerNew, location.href);
  address.searchParams.set("name", name);
  address.searchParams.set("next", back);
  location.assign(address);
}

async function showFacts(customer) {
  const address = new URL(form.dataset.customerFacts, location.href);
  address.searchParams.set("customer", customer);
  const answer = await fetch(address);
  if (answer.ok && !answer.redirected) document.getElementById("customer-facts").innerHTML = await answer.text();
}

function nextField(input) {
  if (document.activeElement !== input) return;
  const fields = [...form.querySelectorAll("input, select, textarea")].filter((one) => one.offsetParent && one.type !== "hidden");
  fields[fields.indexOf(input) + 1]?.focus();
}

if (table) {
  new LineGrid(table);
  if (form.dataset.keep) {
    const preview = new Preview(form, texts);
    const keeper = new Keeper(form, texts, preview);
    bindCustomer(form.querySelector("select[data-choose=customer]"), keeper);
    keeper.start();
  }
}
