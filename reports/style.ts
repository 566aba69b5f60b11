/**
 * The page's one style sheet. Blue is predicted and orange is measured, which every common kind of
 * colour blindness tells apart; broken and full lines, hollow and full marks say the same.
 */
const LIGHT = `
--page: #f7f7f5; --card: #ffffff; --ink: #1d1f23; --soft: #565b63; --rule: #dcdcd8; --grid: #e8e8e4;
--shade: #f3f3ef; --hatch: #c9c9c4; --predicted: #1f6fb8; --measured: #c2500c;
--pass: #176c3c; --pass-card: #e9f5ee; --fail: #a81e16; --fail-card: #fdecea;
--doubt: #7a4f00; --doubt-card: #fdf3dc; --none: #4a4f57; --none-card: #ececea;
`;
const DARK = `
--page: #131518; --card: #1a1d21; --ink: #e7e8ea; --soft: #a4aab3; --rule: #34383e; --grid: #292d32;
--shade: #20242a; --hatch: #4a4f57; --predicted: #6fb3f2; --measured: #ff9e5e;
--pass: #6fd199; --pass-card: #16291f; --fail: #ff9a90; --fail-card: #3a1b19;
--doubt: #f0c060; --doubt-card: #33280f; --none: #b9bec6; --none-card: #2a2d32;
`;

const PAGE = `
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui,
  -apple-system,
  "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-variant-numeric: tabular-nums; }
header, main { max-width: 1180px; margin: 0 auto; padding: 0 clamp(16px, 4vw, 40px); }
header { padding-top: 40px; }
main { padding-bottom: 64px; }
h1 { margin: 0; font-size: clamp(1.5rem, 1.1rem + 2vw, 2.1rem); line-height: 1.2; font-weight: 650;
  letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { margin: 0 0 4px; font-size: 1.25rem; line-height: 1.3; font-weight: 650; }
h3 { margin: 20px 0 8px; font-size: 1rem; font-weight: 600; overflow-wrap: anywhere; }
p { margin: 0 0 8px; overflow-wrap: anywhere; }
a { color: inherit; }
code { font: 0.9em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  overflow-wrap: anywhere; }
section { margin-top: 56px; }
.subject { margin: 6px 0 24px; color: var(--soft); }
.subject span { display: inline-block; max-width: 100%; overflow-wrap: anywhere; }
.subject span:not(:last-of-type)::after { content: " ·"; }
.lead { max-width: 68ch; color: var(--soft); margin-bottom: 16px; }
.empty { padding: 20px; color: var(--soft); background: var(--shade); border-radius: 6px; }
.note { margin: 0; font-size: 0.875rem; color: var(--soft); }
nav { display: flex; flex-wrap: wrap; gap: 4px 20px; margin-top: 20px; font-size: 0.9375rem; }
nav a { color: var(--soft); text-underline-offset: 3px; text-decoration-color: var(--rule); }
nav a:hover { color: var(--ink); text-decoration-color: currentcolor; }
.patterns { position: absolute; }
.patterns path { stroke: var(--hatch); stroke-width: 2; }
`;

const VERDICTS = `
.pass { --tone: var(--pass); --tone-card: var(--pass-card); }
.fail { --tone: var(--fail); --tone-card: var(--fail-card); }
.inconclusive { --tone: var(--doubt); --tone-card: var(--doubt-card); }
.no-data { --tone: var(--none); --tone-card: var(--none-card); }
.verdict { display: grid; grid-template-columns: auto 1fr; gap: 4px 28px; padding: 20px 24px;
  background: var(--tone-card); border-left: 6px solid var(--tone); border-radius: 6px; }
.verdict .word { margin: 0; font-size: 1.6rem; line-height: 1.15; font-weight: 700;
  color: var(--tone);
  text-transform: uppercase; letter-spacing: 0.02em; }
.verdict p { margin: 3px 0 0; }
.verdict ul { margin: 10px 0 0; padding-left: 18px; }
.verdict li { margin-top: 3px; overflow-wrap: anywhere; }
.badge { display: inline-block; padding: 0 8px; border: 1px solid; border-radius: 4px;
  white-space: nowrap;
  font-size: 0.8125rem; line-height: 1.5; font-weight: 600; color: var(--tone);
    background: var(--tone-card); }
`;

const FIGURES = `
figure { margin: 0 0 24px; padding: 18px 20px 12px; background: var(--card);
  border: 1px solid var(--rule);
  border-radius: 8px; min-width: 0; container-type: inline-size; }
figure figure { padding: 0; border: 0; margin: 0; }
figcaption { font-weight: 600; overflow-wrap: anywhere; }
.multiples { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr));
  gap: 20px; }
.multiples figure { margin: 0; }
.multiples.three { grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); }
.key + .multiples { margin-top: 12px; }
.beside { display: grid; grid-template-columns: minmax(0, 1fr); gap: 20px 32px;
  align-items: center; }
@media (min-width: 900px) { .beside { grid-template-columns: minmax(0, 2fr) minmax(0, 1fr); } }
.key { display: flex; flex-wrap: wrap; gap: 2px 20px; margin: 2px 0 4px; padding: 0;
  list-style: none;
  font-size: 0.875rem; color: var(--soft); }
.key svg { margin-right: 7px; }
.chart { display: block; overflow: visible; width: calc(100% - 84px); margin: 0 32px 0 52px;
  touch-action: pan-y; }
.chart text { font-size: 12px; fill: var(--soft); }
.chart .phase { font-weight: 500; }
.chart .tag { font-weight: 600; fill: var(--ink); }
.grid { stroke: var(--grid); }
.edge { stroke: var(--rule); }
.shade { fill: var(--shade); }
.warm-up { fill: url(#hatch); }
.predicted, .asked, .service { --side: var(--predicted); }
.measured { --side: var(--measured); }
.line { fill: none; stroke: var(--side); stroke-width: 1.75; stroke-linejoin: round;
  stroke-linecap: round;
  vector-effect: non-scaling-stroke; }
.line.predicted, .line.asked, .line.service { stroke-dasharray: 5 4; stroke-linecap: butt; }
.line.part { stroke: var(--ink); stroke-width: 1.25; stroke-dasharray: none; }
.band { fill: var(--side); fill-opacity: 0.2; }
.mark path { stroke: var(--side); stroke-width: 1.75; fill: var(--side); }
.mark.predicted path, .mark.service path { fill: none; stroke-width: 1.2; pointer-events: all; }
.sign { fill: none; stroke: var(--soft); stroke-width: 1.5; }
.cursor { stroke: var(--ink); stroke-width: 1; stroke-opacity: 0.55; pointer-events: none; }
.readout { margin: 4px 0 0; min-height: 1.5em; font-size: 0.875rem; color: var(--soft); }
@container (max-width: 480px) { .odd, .tight { display: none; } .large .readout { min-height:
  4.5em; } }
details { margin-top: 8px; font-size: 0.9375rem; }
summary { cursor: pointer; color: var(--soft); width: max-content; }
`;

const TABLES = `
.scroll { overflow-x: auto; max-width: 100%; }
details .scroll { max-height: 420px; overflow-y: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.9375rem; }
caption { padding: 8px 0; text-align: left; color: var(--soft); }
caption strong { color: var(--ink); font-weight: 650; }
th, td { padding: 6px 20px 6px 0; border-top: 1px solid var(--rule); text-align: left;
  vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
thead th { border-top: 0; font-size: 0.8125rem; font-weight: 600; color: var(--soft);
  white-space: nowrap; }
tbody th { font-weight: 500; }
figure tbody th { white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
td small, th small { display: block; font-size: 0.8125rem; font-weight: 400; color: var(--soft); }
.why { display: inline-block; min-width: 24ch; }
.checks { margin: 0 0 32px; }
.checks th:first-child { width: 40%; overflow-wrap: anywhere; }
.checks td, .checks thead th:not(:first-child) { text-align: right; }
.checks .reason { color: var(--tone); }
.checks tr.fail > *, .checks tr.no-data > *, .checks tr.inconclusive > * { background:
  var(--tone-card); }
.checks tr.fail > :first-child, .checks tr.no-data > :first-child,
  .checks tr.inconclusive > :first-child {
  box-shadow: inset 4px 0 var(--tone); padding-left: 14px; }
.checks th:last-child, .checks td:last-child { padding-right: 10px; }
.where { font-weight: 400; color: var(--soft); }
.narrow { max-width: 560px; }
.again { margin-top: 16px; }
.tally { float: right; }
.warnings { padding-left: 20px; }
dl { max-width: 72ch; }
dt { margin-top: 12px; font-weight: 600; }
dd { margin: 0; color: var(--soft); }
@media (max-width: 640px) {
  .checks, .checks tbody, .checks caption { display: block; }
  .checks thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px;
    overflow: hidden; }
  .checks tr { display: grid; gap: 4px 12px;
    grid-template-columns: minmax(0, 1fr) minmax(0, 1fr) minmax(min-content, 1fr);
    padding: 10px 0; border-top: 1px solid var(--rule); }
  .checks th, .checks td { display: block; border: 0; padding: 0; }
  .checks th:first-child { grid-column: 1 / 3; width: auto; }
  .checks td:last-child { grid-column: 3; grid-row: 1; padding: 0; text-align: right; }
  .checks tr.fail, .checks tr.no-data, .checks tr.inconclusive { padding: 10px 10px 10px 14px;
    background: var(--tone-card); box-shadow: inset 4px 0 var(--tone); }
  .checks tr.fail > :first-child, .checks tr.no-data > :first-child,
  .checks tr.inconclusive > :first-child { box-shadow: none; padding-left: 0; }
  .tally { float: none; display: block; }
  .checks td.number { text-align: left; white-space: normal; }
  .checks td::before { content: attr(data-label); display: block; font-size: 0.75rem;
    color: var(--soft); }
  .verdict { grid-template-columns: 1fr; padding: 16px 18px; }
}
`;

const PRINT = `
@media print {
  :root {${LIGHT}--page: #ffffff; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { font-size: 11pt; }
  header, main { max-width: none; padding: 0; }
  section { margin-top: 24pt; }
  figure, tr, .verdict { break-inside: avoid; }
  h2, h3, figcaption, caption { break-after: avoid; }
  .readout, main details, nav { display: none; }
  .scroll { overflow: visible; }
  .multiples { grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); }
  .number { white-space: normal; }
  .why { min-width: 0; }
}
`;

export const STYLE: string = [
  `:root { color-scheme: light dark; ${LIGHT}}`,
  `@media (prefers-color-scheme: dark) { :root {${DARK}} }`,
  PAGE,
  VERDICTS,
  FIGURES,
  TABLES,
  PRINT,
].join('\n');
