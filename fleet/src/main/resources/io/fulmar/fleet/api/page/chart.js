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

/**
 * A chart that fits its place: { element, set(data), close() }.
 * series: [{ label, colour: '--accent', points, step }], data as uPlot wants it, times in seconds.
 */
export function timeChart(series, data, { height = 190, range, label = '' } = {}) {
  const element = document.createElement('div');
  element.className = 'chart';
  element.setAttribute('role', 'img');
  element.setAttribute('aria-label', label);
  let plot = null;
  let current = data;
  const build = () => {
    plot?.destroy();
    const line = resolved('--line');
    const dim = resolved('--dim');
    const axis = { stroke: dim, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: '11px system-ui, sans-serif' };
    plot = new uPlot({
      width: Math.max(200, element.clientWidth - 16),
      height,
      scales: { x: { time: true, range: times }, y: { range: range ?? ((u, min, max) => [0, max > 0 ? max * 1.15 : 1]) } },
      axes: [{ ...axis, space: 80, values: (u, ticks) => ticks.map(time => shown(time, u.scales.x.max - u.scales.x.min)) }, { ...axis, size: 48 }],
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
    }, current, element);
  };
  const observer = new ResizeObserver(() => {
    if (plot === null) {
      build();
    } else {
      plot.setSize({ width: Math.max(200, element.clientWidth - 16), height });
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
