// Menus that reach beyond the screen once they are open.
() => {
  const right = document.documentElement.clientWidth;
  const found = [];
  for (const menu of document.querySelectorAll("details.menu")) {
    const was = menu.open;
    menu.open = true;
    const box = menu.querySelector(".menu-list")?.getBoundingClientRect();
    if (box?.width && (box.left < -1 || box.right > right + 1)) {
      const name = menu.querySelector("summary").textContent.trim();
      found.push(`menu "${name}" from ${box.left} to ${box.right} of ${right}`);
    }
    menu.open = was;
  }
  return found;
}
