/* The seconds that were: rows of {t, by}, the oldest first, where t is in
 * seconds and by maps "release/variant" to that second's sample. */

import { get, query } from './api.js';

const MEMBERS = ['requests', 'errors', 'gone', 'p50_us', 'p95_us', 'p99_us'];

/* Names have no slash. */
export const seriesKey = (release, variant) => `${release}/${variant}`;

/* `kept` rows at most, of one release or of all. */
export const makeFigures = (kept, release) => ({ rows: [], end: 0, kept, release });

/* Reads what grayd kept; what came meanwhile by events stays. */
export async function loadFigures(figures, seconds) {
  const { release } = figures;
  const { end: last, seconds: n, series } = await get(`stats/history${query({ seconds, release })}`);
  const end = Date.parse(last) / 1000 || 0;
  const rows = Array.from({ length: n }, (_, i) => ({ t: end - n + 1 + i, by: new Map(
    series.filter((one) => one.requests[i] !== null).map((one) => [seriesKey(one.release, one.variant),
      Object.fromEntries(MEMBERS.map((name) => [name, one[name][i]]))])) }));
  const first = rows.findIndex((row) => row.by.size > 0);
  figures.rows = [...first < 0 ? [] : rows.slice(first), ...figures.rows.filter((row) => row.t > end)];
  figures.end = end;
}

/* Adds one `stats` event. The sampling clock and the wall's differ a little:
 * two samples may fall into one second. */
export function addFigures(figures, stats) {
  const { rows } = figures;
  const last = rows.at(-1)?.t ?? 0;
  const now = Date.parse(stats.time) / 1000;
  if (!stats.counters || now <= figures.end) {
    return;
  }
  if (last && now - last > 2.5) {
    rows.push({ t: last + 1, by: new Map() }); /* the line breaks */
  }
  rows.push({ t: now > last ? now : last + 0.25, by: new Map(stats.releases
    .filter(({ name }) => !figures.release || name === figures.release)
    .flatMap(({ name, variants }) => variants.map((one) => [seriesKey(name, one.name), one]))) });
  rows.splice(0, rows.length - figures.kept);
}

/* Of the last seconds, those that know the series. */
export function samples({ rows }, key, seconds) {
  const from = (rows.at(-1)?.t ?? 0) - seconds;
  return rows.slice(-2 * seconds).filter((row) => row.t > from && row.by.has(key)).map((row) => row.by.get(key));
}

const sum = (list, name) => list.reduce((total, one) => total + one[name], 0);

export const meanRate = (list) => (list.length ? sum(list, 'requests') / list.length : null);

export const errorShare = (list) => (sum(list, 'requests') ? sum(list, 'errors') / sum(list, 'requests') : null);

/* The mean of a quantile over seconds, each weighed by its requests. */
export function meanQuantile(list, name) {
  const requests = sum(list, 'requests');
  return requests ? list.reduce((total, one) => total + one[name] * one.requests, 0) / requests : null;
}

/* What the overview says of a variant: the rate of the last 10 s, the rest of
 * the last minute. */
export function summary(figures, key) {
  const list = samples(figures, key, 60);
  return { rate: meanRate(samples(figures, key, 10)), requests: sum(list, 'requests'),
    errors: errorShare(list), p95: meanQuantile(list, 'p95_us') };
}

const verdict = (alike, more) => (alike ? 'alike' : more > 0 ? 'worse' : 'better');
const tooFew = (one, base) => one.requests < 30 || base.requests < 30;

/* How a variant does beside the default. A difference counts that is large
 * enough to matter and that chance hardly explains (z > 2.6, two proportions).
 * Of too few requests nothing is said. */
export function compareErrors(one, base) {
  if (tooFew(one, base)) {
    return 'unknown';
  }
  const both = (one.errors * one.requests + base.errors * base.requests) / (one.requests + base.requests);
  const spread = Math.sqrt(both * (1 - both) * (1 / one.requests + 1 / base.requests));
  const more = one.errors - base.errors;
  return verdict(Math.abs(more) < Math.max(0.001, 2.6 * spread), more);
}

export function compareTimes(one, base) {
  const more = one.p95 - base.p95;
  return tooFew(one, base) ? 'unknown'
    : verdict(Math.abs(more) < Math.max(2000, 0.2 * Math.min(one.p95, base.p95)), more);
}
