// Search by section: under each page that is found stand the sections in which the words are, and links that go there.
addEventListener("DOMContentLoaded", () => {
  if (typeof Search === "undefined") return; // not the page that searches
  const titled = (part) => part.matches("section[id]:has(> :is(h1, h2, h3, h4))"); // the text of an exercise is not
  const signs = { mfrac: "/", msub: "_", msup: "^", msubsup: "_^", munder: "_", munderover: "_^" };
  const in_a_line = (formula) => // what stands below or above another letter, told by a sign in front
    [...signs[formula.localName]].forEach((sign, k) => {
      if (formula.children[k + 1]?.textContent !== "′") formula.children[k + 1]?.before(sign);
    });
  const sections = (html) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    page.querySelectorAll(".headerlink, script, style, nav, annotation").forEach((part) => part.remove());
    page.querySelectorAll(Object.keys(signs)).forEach(in_a_line);
    page.querySelectorAll("article :is(td, th, li, dt, dd, p, div)").forEach((part) => part.append(" "));
    return [...page.querySelectorAll("article section")].filter(titled).map((section) => {
      const heading = section.querySelector(":scope > :is(h1, h2, h3, h4)");
      const own = [...section.children].filter((part) => !titled(part) && part !== heading);
      return { id: section.id, title: heading.textContent, text: own.map((part) => part.textContent).join(" ") };
    });
  };
  const count = (text, word) => text.toLowerCase().split(word.toLowerCase()).length - 1;
  Search.makeSearchSummary = (html, words, anchor) => {
    if (anchor) return document.createElement("span"); // the result is a section already
    const score = ({ title, text }) =>
      [...words].reduce((sum, word) => sum + Math.min(count(text, word), 5) + 10 * count(title, word), 0);
    const found = sections(html).map((section) => ({ ...section, score: score(section) }));
    const list = document.createElement("ul");
    list.className = "context sections";
    for (const { id, title, text } of found.filter(({ score }) => score).sort((a, b) => b.score - a.score).slice(0, 3)) {
      const item = list.appendChild(document.createElement("li"));
      const link = item.appendChild(document.createElement("a"));
      link.textContent = title;
      link.dataset.section = id;
      const places = [...words].map((word) => text.toLowerCase().indexOf(word.toLowerCase())).filter((k) => k >= 0);
      const start = Math.max(Math.min(...places, text.length) - 60, 0);
      let excerpt = text.slice(start, start + 160); // of whole words
      if (start) excerpt = excerpt.replace(/^\S*\s/, "… ");
      if (start + 160 < text.length) excerpt = excerpt.replace(/\s\S*$/, " …");
      item.append(` ${excerpt.trim()}`);
    }
    queueMicrotask(() => {
      const page = list.parentElement?.querySelector("a").getAttribute("href");
      list.querySelectorAll("a").forEach((link) => link.setAttribute("href", `${page}#${link.dataset.section}`));
    });
    return list;
  };
});
