// Drives Firefox for test_firefox.py: node firefox.mjs MODULE FIREFOX READY STATE ADDRESS TASK NAME... prints what it found as JSON.
const [module, firefox, ready, state, address, task, ...names] = process.argv.slice(2);
const { default: puppeteer } = await import(module);
const PATIENCE = 880_000; // a guard, not a measurement
const TRIAL = "Number(document.querySelector('.pg-progress b')?.textContent ?? 0)";

const browser = await puppeteer.launch({ browser: "firefox", executablePath: firefox, headless: true });
try {
  const found = {};
  for (const name of names) found[name] = await tasks()[task](name);
  console.log(JSON.stringify(found));
} finally {
  await browser.close();
}

// Open a page, and list what went wrong there.
async function open(path) {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.setViewport({ width: 1280, height: 900 });
  const wrong = [];
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("response", (response) => response.status() >= 400 && wrong.push(`${response.status()} ${response.url()}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(address) && /^http/.test(request.url())) wrong.push(`wanted ${request.url()}`);
  });
  await page.goto(`${address}/${path}`, { waitUntil: "load" });
  return { page, wrong };
}

async function pause(page) {
  const button = await page.waitForSelector(".pg-main");
  if ((await button.evaluate((one) => one.textContent)).includes("Pause")) await button.click();
  await page.waitForFunction(() => document.querySelector(".pg-main").textContent.includes("Train"));
}

function tasks() {
  return {
    async page(name) {
      const { page, wrong } = await open(`${name}.html`);
      await new Promise((done) => setTimeout(done, 1000));
      const sideways = await page.evaluate(({ scrollWidth, clientWidth } = document.documentElement) => scrollWidth - clientWidth);
      await page.close();
      return { wrong, sideways };
    },

    // Press the right arrow on each slider; which pictures have moved?
    async flipbooks(name) {
      const { page } = await open(`${name}.html`);
      const shown = () =>
        page.$$eval(".flipbook", (books) => books.map((book) => book.querySelector("img:not([hidden])").src));
      const before = await shown();
      for (const slider of await page.$$(".flipbook input[type=range]")) {
        await slider.focus();
        await page.keyboard.press("ArrowRight");
      }
      const after = await shown();
      await page.close();
      return before.map((one, k) => one !== after[k]);
    },

    // Draw a curve on the playground with the mouse; how well is it learned?
    async drawn(name) {
      const { page, wrong } = await open(`${name}.html`);
      await pause(page);
      const pad = await (await page.$(".pg-task")).boundingBox();
      const at = (share, height) => [pad.x + 44 + share * (pad.width - 56), pad.y + pad.height * height];
      await page.mouse.move(...at(0.01, 0.5));
      await page.mouse.down();
      for (const [share, height] of [[0.2, 0.2], [0.4, 0.25], [0.6, 0.6], [0.8, 0.75], [0.99, 0.5]])
        await page.mouse.move(...at(share, height), { steps: 8 });
      await page.mouse.up();
      await page.waitForFunction(`${TRIAL} >= 300`);
      await pause(page);
      const loss = await page.$$eval(".pg-progress b", (numbers) => Number(numbers[1].textContent));
      const hash = await page.evaluate(() => location.hash);
      await page.close();
      return { wrong, loss, drawn: hash.includes("task=drawn") && hash.includes("curve=") };
    },

    // Open the playground at an address that names a run of 80 trials.
    async restored(state) {
      const { page, wrong } = await open(`book/playground.html#${state}`);
      await page.waitForFunction(`${TRIAL} >= 80 && document.querySelector(".pg-note").hidden`);
      const loss = await page.$$eval(".pg-progress b", (numbers) => Number(numbers[1].textContent));
      await page.close();
      return { wrong, loss };
    },

    // Answer the first question of the tour, and come back.
    async tour(name) {
      const { page, wrong } = await open(`${name}.html`);
      const pressed = () =>
        page.$$eval(".pg-tour button[aria-pressed=true]", (buttons) => buttons.map((button) => button.textContent));
      await page.locator("::-p-text(it rises for good)").click();
      await page.waitForSelector(".pg-tour details");
      const before = await pressed();
      await page.reload();
      await page.locator("[aria-label='question before']").click();
      await page.waitForSelector(".pg-tour [aria-pressed=true]");
      const after = await pressed();
      await page.close();
      return { wrong, before, after };
    },

    async live(name) {
      const { page, wrong } = await open(`${name}.html`);
      await page.focus(".live button");
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => document.querySelector(".live [role=status]").textContent.startsWith("Ready"));
      const [text, pictures, error] = await page.$eval(".live-output", (output) => [
        output.innerText,
        output.querySelectorAll("img[alt]").length,
        output.querySelector(".live-error")?.textContent ?? null,
      ]);
      await page.close();
      return { wrong, text, pictures, error };
    },

    // Run a chapter in JupyterLite; return what STATE says at its end.
    async chapter(name) {
      const { page } = await open(`lite/notebooks/index.html?path=${name}.ipynb`);
      await page.waitForSelector(".jp-Notebook .jp-CodeCell");
      await page.waitForFunction(`(${ready})()`);
      await page.locator("::-p-aria(Run[role='menuitem'])").click();
      await page.locator("::-p-text(Run All Cells)").click();
      const end = await page.waitForFunction(`(${state})()`, { polling: 500 });
      const said = await end.jsonValue();
      await page.close();
      return said;
    },
  };
}
