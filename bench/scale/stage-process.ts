import { answerParent } from '../engine/own-process.js';
import { fillStage, type FillOptions } from './fill-stage.js';
import type { FillResult, UseResult } from './scale-result.js';
import { useStage, type UseOptions } from './use-stage.js';

answerParent((options: FillOptions | UseOptions): Promise<FillResult | UseResult> => {
  const progress = (line: string): void => console.error(`  ${line}`);
  return options.stage === 'fill' ? fillStage(options, progress) : useStage(options, progress);
});
