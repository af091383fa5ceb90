import { workloadNames, type Comparison } from '../engine/compare-engines.js';
import { barPanels, PANELS_LEGEND, PANELS_WIDTH } from './bar-panels.js';
import { at, FAINT, page, SMALL_PRINT_STEP, smallPrint, text } from './svg.js';

const MARGIN = 28;
const PAGE_HEAD = 84;

/** The rates as an SVG picture. */
export function enginePlot({ machine, engines, keyCount, valueBytes, repeats }: Comparison): string {
  const panels = barPanels(
    engines.map(({ engine }) => engine),
    workloadNames(engines).map((name) => ({ name, rates: engines.map(({ rates }) => rates[name]) })),
  );
  const lines = [machine, ...engines.map(({ engine, settings }) => `${engine}: ${settings}`)];
  const footTop = PAGE_HEAD + panels.height + 12;
  const subject = `${keyCount.toLocaleString('en')} keys of 16 bytes, values of ${valueBytes} bytes; median of ${repeats}, line: slowest to fastest run`;
  return page(2 * MARGIN + PANELS_WIDTH, footTop + lines.length * SMALL_PRINT_STEP + 20, [
    text(MARGIN, 38, 'Embedded stores in Node.js: operations a second', { size: 20, weight: 600 }),
    text(MARGIN, 60, `${subject}; ${PANELS_LEGEND}`, { size: 12, fill: FAINT }),
    at(MARGIN, PAGE_HEAD, panels.svg),
    ...smallPrint(MARGIN, footTop + 12, lines),
  ]);
}
