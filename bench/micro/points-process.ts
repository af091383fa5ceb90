import { answerParent } from '../engine/own-process.js';
import { measurePoints } from './measure-points.js';

answerParent(measurePoints);
