/**
 * A prediction, alone or beside its measurement, as one HTML file that needs nothing else and does
 * nothing on its own: no request leaves it, and its policy lets no style or script run but its own.
 */
import { createHash } from 'node:crypto';
import type { Results } from '../simulator/results/results.ts';
import type { Comparison } from './comparison.ts';
import { answersSections } from './html-answers.ts';
import { banner, subject } from './html-banner.ts';
import { cachesSection } from './html-caches.ts';
import { checksSection } from './html-checks.ts';
import { decisionsSection } from './html-decisions.ts';
import { distributionSection } from './html-distribution.ts';
import { contents, type Section } from './html-elements.ts';
import { generatorSection } from './html-generator.ts';
import { glossary } from './html-glossary.ts';
import { happeningsSection } from './html-happenings.ts';
import { latencySection } from './html-latency.ts';
import { loadSection } from './html-load.ts';
import { Markup, markup } from './html-markup.ts';
import { nodesSection } from './html-nodes.ts';
import { costSection, provenanceSection, warningsSection } from './html-provenance.ts';
import { replayedSections } from './html-replayed.ts';
import { replaySection } from './html-replays.ts';
import { SCRIPT } from './html-script.ts';
import { isMeasurement } from './html-series.ts';
import { instancesSection, utilizationSection } from './html-services.ts';
import { type ReplayRound, withReplays } from './replay-round.ts';
import { STYLE } from './style.ts';
import { objectivesOf, serviceNames } from './text-findings.ts';

export interface ReportParts {
  readonly predicted: Results;
  readonly measured?: Results | undefined;
  /** Without it a measurement is shown, but not judged. */
  readonly comparison?: Comparison | undefined;
  /** The same system under its own recorded traffic, at several speeds. */
  readonly replays?: readonly ReplayRound[] | undefined;
  /** Of the page; the model's name where absent. */
  readonly title?: string | undefined;
  /** Command that gives the same prediction again. */
  readonly command?: string | undefined;
}

/** A whole document. The same parts give the same bytes. */
export function renderHtml(parts: ReportParts): string {
  const { predicted, measured, comparison } = parts;
  const title = parts.title ?? predicted.name;
  const whole = comparison && withReplays(comparison, parts.replays ?? []);
  const all = { predicted, measured, comparison: whole };
  const sections = sectionsOf(parts);
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title} – Plimsoll</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
${HATCH}
<header>
<h1>${title}</h1>
${subject(all)}
${banner(all)}
${contents(sections)}
</header>
<main>
${sections.map(({ body }) => body)}${glossary()}
</main>
<script>${new Markup(SCRIPT)}</script>
</body>
</html>
`;
  return page.text;
}

function sectionsOf(parts: ReportParts): Section[] {
  const { predicted, measured } = parts;
  const isAlone = measured === undefined && isMeasurement(predicted);
  return isAlone ? sectionsOfMeasurement(predicted) : sectionsOfPrediction(parts);
}

/** Only what was measured: no empty places for what only a model or a twin knows. */
function sectionsOfMeasurement(results: Results): Section[] {
  const pair = { predicted: results, measured: undefined };
  const { replay } = results;
  const load = replay
    ? replayedSections(results, replay)
    : [
        latencySection(pair),
        loadSection(pair),
        distributionSection(pair),
        ...generatorSection(results),
      ];
  const hasServices = serviceNames(results).length > 0;
  return [
    ...answersSections(undefined, results),
    ...load,
    ...(hasServices ? [instancesSection(pair), utilizationSection(pair)] : []),
    ...(hasServices ? [decisionsSection(pair)] : []),
    ...happeningsSection(pair),
    warningsSection(pair),
    provenanceSection(pair, undefined),
  ];
}

function sectionsOfPrediction(parts: ReportParts): Section[] {
  const { predicted, measured, comparison, replays, command } = parts;
  const pair = { predicted, measured };
  return [
    ...answersSections(measured, predicted),
    latencySection(pair),
    instancesSection(pair),
    utilizationSection(pair),
    ...nodesSection(pair),
    ...cachesSection(predicted),
    loadSection(pair),
    distributionSection(pair),
    ...replaySection(pair, comparison, replays ?? []),
    checksSection(comparison, objectivesOf(predicted)),
    ...generatorSection(measured),
    decisionsSection(pair),
    ...happeningsSection(pair),
    ...costSection(predicted),
    warningsSection(pair),
    provenanceSection(pair, command),
  ];
}

/** Nothing may be fetched, sent or run but the one style and the one script of this file. */
function policy(): string {
  return [
    "default-src 'none'",
    `style-src '${hashOf(STYLE)}'`,
    `script-src '${hashOf(SCRIPT)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** The pattern of every warm-up. */
const HATCH: Markup = markup`<svg class="patterns" width="0" height="0" aria-hidden="true"><defs>
<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse"
 patternTransform="rotate(45)"><path d="M0 0v6"/></pattern></defs></svg>`;
