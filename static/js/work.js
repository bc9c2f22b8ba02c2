// The desk by keyboard, and nothing typed lost. Every page works without it.
(() => {
  // ---------- single letters ----------
  const OFF = "desk-keys-off"; // WCAG 2.1.4: they can be turned off
  const stored = (storage, key) => {
    try {
      return storage.getItem(key);
    } catch {
      return null; // storage is closed to us
    }
  };
  const store = (storage, key, value) => {
    try {
      if (value === null) storage.removeItem(key);
      else storage.setItem(key, value);
    } catch {
      // not kept, then
    }
  };

  const keySwitch = document.querySelector("[data-keys-switch]");
  if (keySwitch) {
    keySwitch.checked = stored(localStorage, OFF) === null;
    keySwitch.addEventListener("change", () => store(localStorage, OFF, keySwitch.checked ? null : "yes"));
  }

  const write = (way) => {
    const choice = document.querySelector(`[data-way="${way}"]:not(:disabled)`);
    const box = document.querySelector("#write textarea");
    if (!choice || !box) return;
    choice.checked = true;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
    box.focus();
    box.scrollIntoView({ block: "center" });
  };
  const press = (key) => document.querySelector(`[data-key="${key}"]`)?.click();
  const step = (by) => {
    const rows = [...document.querySelectorAll("[data-row] a[href]:first-of-type")].filter((link) =>
      link.closest("th"),
    );
    if (rows.length === 0) return;
    const now = rows.findIndex((link) => link.closest("[data-row]").contains(document.activeElement));
    const next = now === -1 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(now + by, 0), rows.length - 1);
    rows[next].focus();
  };
  const keys = {
    r: () => write("answer"),
    n: () => write("note"),
    a: () => press("a"),
    t: () => press("t"),
    q: () => press("q"),
    j: () => step(1),
    k: () => step(-1),
    "/": () => document.querySelector('[data-key="/"]')?.focus(),
    "?": () => {
      const help = document.getElementById("keys");
      help.open = !help.open;
      help.querySelector("summary").focus();
    },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input, textarea, select, [contenteditable]") || !(event.key in keys)) return;
    if (stored(localStorage, OFF) !== null) return;
    event.preventDefault();
    keys[event.key]();
  });

  // ---------- typing while talking: Enter goes to the next field, arrow down into what was found ----------
  for (const hint of document.querySelectorAll("[data-with-scripts]")) hint.hidden = false;
  const begun = document.querySelector("[data-focus]") ? null : document.querySelector("form[data-begin]");
  if (begun) document.getElementById(begun.dataset.begin)?.focus();
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing) return;
    const form = event.target.closest("form[data-enter-flows]");
    if (!form || !event.target.matches("input:not([type=file]), select")) return;
    event.preventDefault();
    const takesFocus = (field) => !field.disabled && !["hidden", "fieldset"].includes(field.type) && field.offsetParent;
    const stops = [...form.elements].filter(takesFocus);
    const ofGroup = (field) => field.type === "radio" && field.name === event.target.name;
    const next = stops.slice(stops.indexOf(event.target) + 1).find((field) => !ofGroup(field));
    next?.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" || !event.target.matches("input[type=search]")) return;
    const first = document.querySelector("[data-row] th a[href]");
    if (!first) return;
    event.preventDefault();
    first.focus();
  });

  // ---------- what is typed outlives a lost session (in this tab only) ----------
  const SENT = "desk-sent";
  const place = (form) => `desk-kept:${form.dataset.keep}`;
  const fields = (form) =>
    [...form.elements].filter(
      (field) => field.name && !["hidden", "file", "submit", "button"].includes(field.type),
    );
  const isTyped = (field) => (field.type === "radio" || field.type === "checkbox" ? field.checked : field.value);
  const keep = (form) => {
    const typed = fields(form)
      .filter(isTyped)
      .map((field) => [field.name, field.value]);
    const wrote = fields(form).some((field) => field.tagName === "TEXTAREA" && field.value.trim());
    store(sessionStorage, place(form), wrote ? JSON.stringify(typed) : null);
  };
  const giveBack = (form) => {
    const kept = stored(sessionStorage, place(form));
    if (!kept || fields(form).some((field) => field.tagName === "TEXTAREA" && field.value !== field.defaultValue)) return;
    if (fields(form).some((field) => field.tagName === "TEXTAREA" && field.defaultValue.trim())) return;
    for (const [name, value] of JSON.parse(kept)) {
      for (const field of fields(form).filter((each) => each.name === name && !each.disabled)) {
        if (field.type === "radio" || field.type === "checkbox") field.checked = field.value === value;
        else field.value = value;
      }
    }
    const panel = form.closest("details");
    if (panel) panel.open = true;
  };

  const forms = document.querySelectorAll("form[data-keep]");
  const sent = stored(sessionStorage, SENT);
  const wentThrough = sent && document.querySelector("#messages-region .notice-ok");
  if (wentThrough) store(sessionStorage, sent, null);
  if (forms.length > 0) store(sessionStorage, SENT, null);
  for (const form of forms) {
    giveBack(form);
    form.addEventListener("input", () => keep(form));
    form.addEventListener("submit", () => {
      keep(form);
      store(sessionStorage, SENT, place(form));
    });
  }

  // ---------- suggestions for a text field from an address that answers in JSON ----------
  for (const input of document.querySelectorAll("[data-suggestions]")) {
    let waiting;
    input.addEventListener("input", () => {
      clearTimeout(waiting);
      if (input.value.trim().length < 2) return;
      waiting = setTimeout(async () => {
        const answer = await fetch(input.dataset.suggestions + encodeURIComponent(input.value.trim()));
        if (!answer.ok) return;
        const { results } = await answer.json();
        const options = results.map(({ text }) => Object.assign(document.createElement("option"), { value: text }));
        input.list.replaceChildren(...options);
      }, 250);
    });
  }

  // ---------- the start page renews itself, but not under somebody's hands ----------
  document.addEventListener("htmx:beforeRequest", (event) => {
    const live = event.target.closest?.("#live");
    if (live && (live.contains(document.activeElement) || document.hidden)) event.preventDefault();
  });
})();
