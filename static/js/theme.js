// Light or dark: the system's choice unless the reader chose otherwise here. Loaded before the first
// paint, so that no page flashes in the wrong colours.
(() => {
  const key = "theme";
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  const remembered = () => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // storage is closed to us: follow the system
    }
  };
  const shown = () => root.dataset.theme || (system.matches ? "dark" : "light");

  const chosen = remembered();
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-theme-switch]");
    if (!button) return;
    const tell = () => {
      const label = shown() === "dark" ? button.dataset.toLight : button.dataset.toDark;
      button.setAttribute("aria-label", label);
      button.title = label;
    };
    button.hidden = false;
    tell();
    system.addEventListener("change", tell);
    button.addEventListener("click", () => {
      const next = shown() === "dark" ? "light" : "dark";
      const followsSystem = (next === "dark") === system.matches;
      try {
        if (followsSystem) localStorage.removeItem(key);
        else localStorage.setItem(key, next);
      } catch {
        // not remembered, but shown
      }
      if (followsSystem) delete root.dataset.theme;
      else root.dataset.theme = next;
      tell();
    });
  });
})();
