import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { isCoreCacheError } from '../base/errors.js';
import { EventLoopDelay } from '../env/event-loop-delay.js';
import type { DoorState } from './exchange.js';
import type { Route } from './route.js';
import { EngineMetrics } from './engine-metrics.js';
import { replyBytes } from './reply.js';

/** From a read out of memory to a write that waited for a slow disk. */
const LATENCY_BUCKETS_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];
const ROLES = ['leader', 'follower', 'none'] as const;
const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** The requests of one operation. */
export interface OperationMetrics {
  observe(seconds: number, status: number): void;
}

/** Everything that `/metrics` shows, for one door. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #delay = new EventLoopDelay();
  readonly #state: DoorState;
  readonly #engine: EngineMetrics;
  readonly #latency: Histogram<'operation'>;
  readonly #answers: Counter<'operation' | 'status'>;
  readonly #role: Gauge<'role'>;
  readonly #epoch: Gauge;
  readonly #eventLoop: Gauge<'quantile'>;
  readonly #bodyBytes: Gauge;
  readonly #inFlight: Gauge;
  readonly #requestsInFlight: () => number;

  constructor(state: DoorState, requestsInFlight: () => number) {
    const registers = [this.#registry];
    this.#state = state;
    this.#requestsInFlight = requestsInFlight;
    this.#engine = new EngineMetrics(this.#registry);
    this.#latency = new Histogram({
      name: 'corecache_request_seconds',
      help: 'Time from the head of a request to its answer',
      labelNames: ['operation'],
      buckets: LATENCY_BUCKETS_SECONDS,
      registers,
    });
    this.#answers = new Counter({
      name: 'corecache_requests_total',
      help: 'Requests answered, by class of status',
      labelNames: ['operation', 'status'],
      registers,
    });
    this.#role = new Gauge({ name: 'corecache_role', help: '1 for the present role', labelNames: ['role'], registers });
    this.#epoch = new Gauge({ name: 'corecache_epoch', help: 'Epoch of the leadership in force', registers });
    this.#eventLoop = new Gauge({
      name: 'corecache_event_loop_delay_seconds',
      help: 'How late the event loop was, since the last time this was asked for',
      labelNames: ['quantile'],
      registers,
    });
    this.#bodyBytes = new Gauge({ name: 'corecache_request_body_bytes', help: 'Request bodies in memory', registers });
    this.#inFlight = new Gauge({ name: 'corecache_requests_in_flight', help: 'Requests being answered', registers });
  }

  /** Looks the labels up once, so that a request costs no search. */
  forOperation(operation: string): OperationMetrics {
    const latency = this.#latency.labels({ operation });
    const answers = STATUS_CLASSES.map((status) => this.#answers.labels({ operation, status }));
    return {
      observe: (seconds, status) => {
        latency.observe(seconds);
        answers[Math.floor(status / 100) - 1]?.inc();
      },
    };
  }

  stop(): void {
    this.#delay.stop();
  }

  get route(): Route {
    return {
      operation: 'metrics',
      method: 'GET',
      path: '/metrics',
      summary: 'Measurements in the text format of Prometheus',
      answers: { 200: 'Measurements' },
      byLeader: false,
      handle: async (exchange) => {
        this.#update();
        const text = await this.#registry.metrics();
        replyBytes(exchange, 200, ['Content-Type', this.#registry.contentType], text);
      },
    };
  }

  #update(): void {
    const { services, bodyBudget } = this.#state;
    const { role, epoch } = services.status();
    for (const name of ROLES) this.#role.set({ role: name }, name === role ? 1 : 0);
    this.#epoch.set(epoch);
    this.#bodyBytes.set(bodyBudget.bytes);
    this.#inFlight.set(this.#requestsInFlight());
    const delay = this.#delay.take();
    this.#eventLoop.set({ quantile: '0.5' }, delay.p50);
    this.#eventLoop.set({ quantile: '0.99' }, delay.p99);
    this.#eventLoop.set({ quantile: '1' }, delay.max);
    try {
      this.#engine.update(services.maintenance.stats());
    } catch (error) {
      // While the store is being reopened its last numbers stay.
      if (!isCoreCacheError(error, 'CLOSED')) throw error;
    }
  }
}
