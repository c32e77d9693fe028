// What the pages do by themselves: places to answer, boxes that scroll, contents that give way, drawers that a link opens, paper.
addEventListener("DOMContentLoaded", () => {
  const all = (selector, within = document) => within.querySelectorAll(selector);

  // A place to answer in each box "Predict". The browser keeps what is written, by page and number of the box.
  all(".admonition.predict").forEach((box, k) => {
    const key = `predict ${location.pathname} ${k + 1}`;
    const label = document.createElement("label");
    label.textContent = "Your prediction, kept in this browser";
    const field = label.appendChild(document.createElement("textarea"));
    field.placeholder = " "; // lets paper leave an empty field out
    try {
      field.value = localStorage.getItem(key) ?? "";
      field.oninput = () => localStorage.setItem(key, field.value);
    } catch {
      label.firstChild.data = "Your prediction"; // storage is switched off
    }
    box.insertBefore(label, box.querySelector(":scope > details"));
  });

  // What scrolls sideways can be reached by the keyboard, and shows that more follows. Boxes are looked at when they are
  // laid out, and all of them before one is changed: else each change would have the page laid out anew.
  const look = (boxes) => {
    const rests = boxes.map((box) => [box.scrollWidth - box.clientWidth, box.scrollLeft]);
    boxes.forEach((box, k) => {
      const [rest, left] = rests[k];
      box.classList.toggle("more", rest - left > 2);
      box.style.setProperty("--hidden", `${rest - left}px`); // the fade covers no more than what is hidden
      if (rest > 0) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    });
  };
  const box_of = ({ target }) => target.closest(".scroller, pre");
  const resized = new ResizeObserver((entries) => look([...new Set(entries.map(box_of))]));
  all(".scroller, .bd-article pre").forEach((box) => {
    [box, ...box.children].forEach((one) => resized.observe(one)); // a picture or a font that arrives widens what is in it
    box.addEventListener("scroll", () => look([box]), { passive: true });
  });

  // On a phone the contents lie over their page, and give way when one of them is chosen.
  addEventListener("click", ({ target }) => target.closest?.("dialog a[href^='#']")?.closest("dialog").close());

  // The frames of a flipbook come when a hand or the keyboard comes near.
  all(".flipbook").forEach((book) => {
    const fetchAll = () => all("img", book).forEach((frame) => (frame.loading = "eager"));
    for (const sign of ["pointerenter", "pointerdown", "focusin"]) book.addEventListener(sign, fetchAll, { once: true });
  });

  // A link into a drawer opens it.
  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let drawer = target?.closest("details"); drawer; drawer = drawer.parentElement.closest("details")) drawer.open = true;
    if (target?.closest("details")) target.scrollIntoView();
  };
  addEventListener("hashchange", open);
  open();

  // On paper, solutions and answers are open or shut, as was asked; pictures come, seen or not.
  all("[data-print]").forEach((button) => {
    button.onclick = () => {
      all("details.solution, details.answer").forEach((drawer) => (drawer.open = button.dataset.print === "open"));
      const pictures = [...all("article img:not([hidden])")];
      pictures.forEach((picture) => (picture.loading = "eager"));
      Promise.allSettled(pictures.map((picture) => picture.decode())).then(() => print());
    };
  });
});
