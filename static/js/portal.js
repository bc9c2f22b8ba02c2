// Small conveniences. Every page works without them.
(() => {
  // Menus built on <details> close on Escape and on a click elsewhere.
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu !== except) menu.open = false;
    }
  };
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details.menu[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });

  // Ctrl+Enter sends the form in which one writes (data-send-keys on the form).
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const form = event.target.closest("form[data-send-keys]");
    if (form) form.requestSubmit();
  });

  // A second press of the button does not send the form again while the first is under way.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 8000); // the server may not have answered: let them try again
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // Leaving with something typed that was not sent (data-warn-unsaved on the form), nor kept by the server
  // meanwhile (data-saves on what sends it there; files are not part of a draft).
  let unsaved = false;
  let typed = 0;
  document.addEventListener("input", (event) => {
    if (event.target.closest("form[data-warn-unsaved]")) unsaved = true;
    typed += 1;
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.matches("[data-saves]")) event.target.dataset.saves = typed;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.target.matches("[data-saves]") || !event.detail.successful) return;
    const files = [...document.querySelectorAll('input[type="file"]')].some((input) => input.files.length);
    if (Number(event.target.dataset.saves) === typed && !files) unsaved = false;
  });
  document.addEventListener("submit", () => {
    unsaved = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });

  // Files dropped on, or pasted into, a form go to its file field (data-drop around the field).
  const addFiles = (zone, files) => {
    const input = zone.querySelector('input[type="file"]');
    if (!input || files.length === 0) return;
    const all = new DataTransfer();
    if (input.multiple) for (const file of input.files) all.items.add(file);
    for (const file of files) all.items.add(file);
    input.files = all.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      const zone = event.target.closest?.("[data-drop]");
      if (!zone) return;
      zone.classList.toggle("is-over", kind === "dragover");
      if (kind === "dragleave") return;
      event.preventDefault();
      if (kind === "drop") addFiles(zone, event.dataTransfer.files);
    });
  }
  document.addEventListener("paste", (event) => {
    const files = event.clipboardData?.files ?? [];
    const zone = event.target.closest?.("form")?.querySelector("[data-drop]");
    if (!zone || files.length === 0) return;
    event.preventDefault();
    addFiles(zone, files);
  });

  // The error summary takes the focus, so that it is read first.
  document.querySelector("[data-focus]")?.focus();
})();
