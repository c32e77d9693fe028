// A cell with the tag "live" can be changed and run on the page. Nothing is fetched before it is run. All cells of a page
// share one Python, which runs in a worker.
addEventListener("DOMContentLoaded", () => {
  const site = new URL(document.documentElement.dataset.content_root, location).href;
  const cells = [...document.querySelectorAll(".cell.tag_live")].map(prepare);
  const waiting = [];
  let worker;

  function prepare(cell, id) {
    const code = cell.querySelector("pre");
    code.contentEditable = "plaintext-only";
    if (code.contentEditable !== "plaintext-only") code.contentEditable = "true";
    const names = { role: "textbox", "aria-multiline": true, "aria-label": "Python code, can be changed", tabindex: 0 };
    for (const [name, value] of Object.entries(names)) code.setAttribute(name, value);
    code.spellcheck = false;
    code.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.shiftKey || event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      if (!running(id)) start(id);
    });

    const bar = document.createElement("div");
    bar.className = "live";
    const button = bar.appendChild(document.createElement("button"));
    button.type = "button";
    button.textContent = "Run in the browser";
    button.onclick = () => (running(id) ? stop() : start(id));
    const status = bar.appendChild(document.createElement("span"));
    status.setAttribute("role", "status");
    const output = document.createElement("div");
    output.className = "cell_output live-output";
    cell.append(bar, output);
    return { code, button, status, output };
  }

  const running = (id) => waiting.includes(id);

  function start(id) {
    const { code, button, status, output } = cells[id];
    output.replaceChildren();
    button.textContent = "Stop";
    status.textContent = waiting.length ? "Waiting for the other cell" : "Running";
    waiting.push(id);
    if (!worker) {
      worker = new Worker(new URL("_static/live/worker.js", site));
      worker.onmessage = ({ data }) => hear(data);
      worker.onerror = () => hear({ id: waiting[0], error: "Python could not be started.", fatal: true });
    }
    worker.postMessage({ id, code: code.innerText.replaceAll("\u00a0", " "), site });
  }

  function stop(text = "Stopped. Python starts anew with the next run.") {
    worker.terminate();
    worker = undefined;
    for (const id of waiting.splice(0)) end(id, text);
  }

  function end(id, text) {
    cells[id].button.textContent = "Run again";
    cells[id].status.textContent = text;
  }

  function hear({ id, status, text, picture, description, error, fatal, done }) {
    const cell = cells[id];
    if (status) cell.status.textContent = status;
    if (text) write(cell.output, text);
    if (picture) {
      const image = new Image();
      image.alt = description;
      image.src = URL.createObjectURL(new Blob([picture], { type: "image/png" }));
      image.onload = () => (image.width = image.naturalWidth / 2);
      cell.output.append(image);
    }
    if (error) {
      const box = cell.output.appendChild(document.createElement("pre"));
      box.className = "live-error";
      box.textContent = error;
      box.tabIndex = 0;
    }
    if (fatal) return stop("Python could not be fetched. Run again to try once more.");
    if (done || error) {
      waiting.splice(waiting.indexOf(id), 1);
      end(id, done ? "Ready. Change the code and run it again." : "Ready. The code stopped with an error.");
    }
  }

  // What is printed. A carriage return begins its line anew, as progress bars do.
  function write(output, text) {
    let box = output.lastElementChild;
    if (box?.className !== "live-text") {
      box = output.appendChild(document.createElement("pre"));
      box.className = "live-text";
      box.tabIndex = 0;
    }
    box.textContent = (box.textContent + text).replace(/[^\n]*\r(?!\n)/g, "");
  }
});
