// TeX to MathML, by MathJax: reads a list of [formula, whether it is displayed], and writes the list of their MathML.
const folder = process.argv[2];
const config = {
  loader: { paths: { mathjax: folder }, load: ["input/tex-base", "[tex]/ams", "[tex]/color", "adaptors/liteDOM"] },
  tex: { packages: ["base", "ams", "color"] },
};
console.warn = () => {}; // the components do not say which release they are of
require(folder + "/node-main.js")
  .init(config)
  .then((MathJax) => {
    const formulas = JSON.parse(require("fs").readFileSync(0, "utf8"));
    process.stdout.write(JSON.stringify(formulas.map(([tex, display]) => MathJax.tex2mml(tex, { display }))));
  });
