// A place to answer in each box "Predict". The browser keeps what is written there, by page and number of the box.
addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".admonition.predict").forEach((box, k) => {
    const key = `predict ${location.pathname} ${k + 1}`;
    const label = document.createElement("label");
    label.textContent = "Your prediction, kept in this browser";
    const field = label.appendChild(document.createElement("textarea"));
    try {
      field.value = localStorage.getItem(key) ?? "";
      field.oninput = () => localStorage.setItem(key, field.value);
    } catch {
      label.firstChild.data = "Your prediction"; // storage is switched off
    }
    box.insertBefore(label, box.querySelector(":scope > details"));
  });
});
