/** What a scenario measures besides k6's own metrics; `xk6/seconds.go` knows these names. */
import { Gauge, Rate, Trend } from 'k6/metrics';

/** Wall clock of moment 0 in ms; emitted once, before everything else. */
export const start: Gauge = new Gauge('plimsoll_start');
/** Actual minus intended start of each request, in ms. */
export const lateness: Trend = new Trend('plimsoll_lateness', true);
/**
 * What the client saw of each completed request, in ms: waiting for a connection, sending, waiting,
 * receiving. k6's `http_req_duration` leaves the first part out.
 */
export const latency: Trend = new Trend('plimsoll_latency', true);
/** Share of requests without an answer below 400. */
export const errors: Rate = new Rate('plimsoll_errors');
