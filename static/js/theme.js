// Before the first paint: say that scripts run, and follow the system where the person chose "auto".
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  if (root.dataset.scheme !== "auto") return;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const follow = () => root.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
  follow();
  dark.addEventListener("change", follow);
})();
