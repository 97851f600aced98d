// Keys in a date field: t today, + and - a day, w and k the week's, m and h the month's, y and r the year's ends.
const KEYS = {
  t: () => new Date(),
  "+": (day) => shift(day, 1),
  "=": (day) => shift(day, 1),
  "-": (day) => shift(day, -1),
  w: (day) => shift(day, -((day.getDay() + 6) % 7)),
  k: (day) => shift(day, 6 - ((day.getDay() + 6) % 7)),
  m: (day) => new Date(day.getFullYear(), day.getMonth(), 1),
  h: (day) => new Date(day.getFullYear(), day.getMonth() + 1, 0),
  y: (day) => new Date(day.getFullYear(), 0, 1),
  r: (day) => new Date(day.getFullYear(), 11, 31),
};

export function bindDays(part) {
  for (const field of part.querySelectorAll?.('input[type="date"]:not([data-keys])') ?? []) {
    field.dataset.keys = "on";
    field.addEventListener("keydown", (event) => onKey(event, field));
  }
}

function onKey(event, field) {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const move = KEYS[event.key];
  if (!move) return;
  event.preventDefault();
  const [year, month, day] = (field.value || iso(new Date())).split("-").map(Number);
  field.value = iso(move(new Date(year, month - 1, day)));
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

function shift(day, days) {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days);
}

function iso(day) {
  const two = (number) => String(number).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
