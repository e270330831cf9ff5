// Charts over time, in the page's colours.
import uPlot from './uPlot.esm.js';

/** Seconds that a chart shows at least. */
const SHORTEST = 30;

const DAY = 86400;

const two = value => String(value).padStart(2, '0');

/** A time as short as it is still told from the next one on an axis of that many seconds. */
function shown(time, seconds) {
  const at = new Date(time * 1000);
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}`;
  const day = `${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return seconds > 4 * DAY ? day : seconds > DAY ? `${day} ${clock}` : seconds > 1800 ? clock : `${clock}:${two(at.getSeconds())}`;
}

/** From the first to the last time; uPlot itself makes a day of a single one. */
function times(plot) {
  const all = plot.data[0];
  const last = all.length ? all[all.length - 1] : Date.now() / 1000;
  const first = all.length ? all[0] : last;
  return last - first < SHORTEST ? [last - SHORTEST, last + 1] : [first, last];
}

/** Resolves light-dark() as the page does, which a canvas cannot. */
function resolved(name) {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

/** The axes' looks, in the colours of now. */
function axis() {
  const line = resolved('--line');
  return { stroke: resolved('--dim'), grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: '11px system-ui, sans-serif' };
}

/** Keeps a chart as wide as its place and in the page's colours: { element, set(data), close() }. */
function mount(data, height, label, options) {
  const element = document.createElement('div');
  element.className = 'chart';
  element.setAttribute('role', 'img');
  element.setAttribute('aria-label', label);
  let plot = null;
  let current = data;
  const width = () => Math.max(200, element.clientWidth - 16);
  const build = () => {
    plot?.destroy();
    plot = new uPlot({ width: width(), height, ...options() }, current, element);
  };
  const observer = new ResizeObserver(() => {
    if (plot === null) {
      build();
    } else {
      plot.setSize({ width: width(), height });
    }
  });
  observer.observe(element);
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  const repaint = () => plot !== null && build();
  scheme.addEventListener('change', repaint);
  document.addEventListener('themechange', repaint);
  return {
    element,
    set(next) {
      current = next;
      plot?.setData(next);
    },
    close() {
      observer.disconnect();
      scheme.removeEventListener('change', repaint);
      document.removeEventListener('themechange', repaint);
      plot?.destroy();
    },
  };
}

const timeAxis = () => ({ ...axis(), space: 80, values: (u, ticks) => ticks.map(time => shown(time, u.scales.x.max - u.scales.x.min)) });

/**
 * A chart over time that fits its place. series: [{ label, colour: '--accent', points, step, fill }], data as uPlot wants it,
 * times in seconds.
 */
export function timeChart(series, data, { height = 190, range, label = '' } = {}) {
  return mount(data, height, label, () => ({
    scales: { x: { time: true, range: times }, y: { range: range ?? ((u, min, max) => [0, max > 0 ? max * 1.15 : 1]) } },
    axes: [timeAxis(), { ...axis(), size: 48 }],
    legend: { show: series.length > 1, live: false },
    cursor: { y: false },
    series: [{}, ...series.map(one => ({
      label: one.label,
      stroke: resolved(one.colour),
      width: 1.8,
      fill: one.fill ? resolved(one.colour).replace('rgb(', 'rgba(').replace(')', ', .12)') : undefined,
      points: { show: one.points ?? false, size: 4 },
      paths: one.points ? () => null : one.step ? uPlot.paths.stepped({ align: 1 }) : undefined,
      spanGaps: true,
    }))],
  }));
}

/**
 * Bars on top of one another, each `step` wide from its x on. series: [{ colour, values }] from the bottom up; expected: values
 * that are drawn as a line of steps over them.
 */
export function barChart(x, series, { step, time = false, height = 190, label = '', expected = null }) {
  const heights = x.map(() => 0);
  const stacked = series.map(one => one.values.map((value, i) => heights[i] += value));
  const data = [x, ...stacked.reverse(), ...expected ? [expected] : []];
  const colours = series.map(one => one.colour).reverse();
  return mount(data, height, label, () => ({
    scales: { x: { time, range: () => [x[0], x[x.length - 1] + step] }, y: { range: (u, min, max) => [0, max > 0 ? max * 1.1 : 1] } },
    axes: [time ? timeAxis() : { ...axis(), values: (u, ticks) => ticks.map(tick => String(Number(tick.toFixed(2)))) }, { ...axis(), size: 56 }],
    legend: { show: false },
    cursor: { show: false },
    series: [{}, ...colours.map(colour => ({ stroke: resolved(colour), width: 0, fill: resolved(colour), points: { show: false }, paths: uPlot.paths.bars({ size: [0.86, 60], align: 1 }) })),
      ...expected ? [{ stroke: resolved('--text'), width: 1.6, dash: [5, 3], points: { show: false }, paths: uPlot.paths.stepped({ align: 1, extend: true }) }] : []],
  }));
}
