// The admin's look-up fields (select2) come without a name for screen readers: theirs is the label's text.
(() => {
  const name = () => {
    for (const select of document.querySelectorAll("select.admin-autocomplete")) {
      const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
      const text = label?.textContent.replace(/:\s*$/, "").trim() || select.getAttribute("aria-label");
      if (!text || !select.nextElementSibling) continue;
      const parts = select.nextElementSibling.querySelectorAll(
        ".select2-selection, .select2-selection__rendered",
      );
      for (const part of parts) {
        part.setAttribute("aria-label", text);
        part.removeAttribute("aria-labelledby");
      }
    }
  };
  // select2 builds its fields at a moment of its own, and again for each inline that is added
  new MutationObserver(name).observe(document.documentElement, { childList: true, subtree: true });
  name();
})();
