import { answerParent } from '../engine/own-process.js';
import { measureFills } from './measure-fills.js';

answerParent(measureFills);
