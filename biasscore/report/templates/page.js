// Tooltips work without this; it moves them beside their words and lets Escape close them.
(() => {
  const place = (event) => {
    const spot = event.target.closest?.(".bs-spot, .bs-why");
    if (!spot) return;
    spot.classList.remove("bs-closed");
    const tip = spot.matches(".bs-spot") ? spot.querySelector(":scope > .bs-tip") : spot.nextElementSibling;
    const text = spot.closest(".bs-text, .bs-title");
    if (!tip || !text) return;
    const words = spot.getClientRects();
    const left = words[words.length - 1].left - text.getBoundingClientRect().left;
    tip.style.left = `${Math.max(0, Math.min(left, text.clientWidth - tip.offsetWidth))}px`;
  };
  addEventListener("resize", () => document.querySelectorAll(".bs-tip").forEach((tip) => (tip.style.left = "")));
  addEventListener("pointerover", place);
  addEventListener("focusin", place);
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const spot of document.querySelectorAll(".bs-spot:hover, .bs-spot:focus-within, .bs-why:hover, .bs-why:focus")) {
      spot.classList.add("bs-closed");
    }
  });
})();
