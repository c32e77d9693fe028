// Python for the live cells of a page. The page sends {id, code, site}, and is answered with {id, ...}, where the rest is
// a status (with or without progress), a text, a picture and its description, an error (fatal or not), or done.
let starting, python, run, current;
const say = (message) => postMessage({ id: current, ...message });

let queue = Promise.resolve();
onmessage = ({ data }) => (queue = queue.then(() => answer(data)));

async function answer({ id, code, site }) {
  current = id;
  try {
    await (starting ??= start(code, site));
    await python.loadPackagesFromImports(code, { messageCallback() {} });
    say({ status: "Running" });
    const error = await run(code, `cell ${id + 1}`, (png, description) => say({ picture: png.toJs(), description }));
    say(error ? { error } : { done: true });
  } catch (error) {
    say({ error: String(error.message ?? error), fatal: true });
  }
}

async function start(code, site) {
  say({ status: "Fetching Python" });
  const read = async (address) => (await fetch(new URL(address, site))).json();
  const addresses = ["lite/jupyter-lite.json", "lite/pypi/all.json", "lite/pyodide-lock.json"];
  const [config, wheels, lock] = await Promise.all(addresses.map(read));
  const kernel = config["jupyter-config-data"].litePluginSettings["@jupyterlite/pyodide-kernel-extension:kernel"];
  const pyodide = new URL(kernel.pyodideUrl, new URL("lite/", site)).href;

  const theirs = needed(code, lock.packages);
  const ours = ["rnn-tutorial", "tqdm"].map((name) => Object.values(wheels[name].releases)[0][0]);
  const sizes = [...theirs.map((name) => lock.packages[name].size), ...ours.map(({ size }) => size)];
  count([...sizes, ...Object.values(lock.runtime)].reduce((a, b) => a + b));

  importScripts(pyodide);
  python = await loadPyodide({
    indexURL: new URL(".", pyodide).href,
    lockFileURL: new URL(addresses[2], site).href,
    packages: [...theirs, ...ours.map(({ filename }) => new URL(`lite/pypi/${filename}`, site).href)],
  });
  say({ status: "Starting Python" });
  run = python.pyimport("rnn_book.live").run;
  for (const set of ["setStdout", "setStderr"]) {
    const decoder = new TextDecoder();
    python[set]({ write: (bytes) => (say({ text: decoder.decode(bytes, { stream: true }) }), bytes.length) });
  }
}

// The packages that the code imports, and those that they need. Our own needs NumPy.
function needed(code, packages) {
  const imports = new Set(["numpy", ...Array.from(code.matchAll(/^\s*(?:import|from)\s+(\w+)/gm), (match) => match[1])]);
  const found = new Set();
  const add = (name) => {
    if (found.has(name)) return;
    found.add(name);
    packages[name].depends.forEach(add);
  };
  Object.keys(packages).filter((name) => packages[name].imports.some((one) => imports.has(one))).forEach(add);
  return [...found];
}

// Say how much has been fetched, in steps that a screen reader can follow.
function count(total) {
  const ask = fetch;
  let fetched = 0, said = 0;
  const counter = () =>
    new TransformStream({
      transform(chunk, controller) {
        fetched += chunk.length;
        if (fetched - said > total / 5) {
          said = fetched;
          say({ status: `Fetching Python (${Math.round(fetched / 1e6)} of ${Math.round(total / 1e6)} MB)` });
        }
        controller.enqueue(chunk);
      },
    });
  self.fetch = async (...given) => {
    const { body, status, statusText, headers } = await ask(...given);
    return new Response(body?.pipeThrough(counter()), { status, statusText, headers });
  };
}
