// The shell: who is here, where the page stands, and what is shown there.
import { h, loading, failure } from './dom.js';
import * as api from './api.js';
import { overview } from './overview.js';
import { devices, device } from './devices.js';
import { models, release } from './models.js';
import { rollouts, rollout } from './rollouts.js';
import { newRollout } from './plan.js';
import { gaps, audit, tokens } from './lists.js';

const pages = [
  { name: 'Overview', path: '', view: overview },
  { name: 'Devices', path: 'devices', view: devices },
  { path: 'devices/:device', view: device, under: 'devices' },
  { name: 'Models', path: 'models', view: models },
  { path: 'models/:model/:release', view: release, under: 'models' },
  { name: 'Rollouts', path: 'rollouts', view: rollouts },
  { path: 'rollouts/new', view: newRollout, under: 'rollouts', role: 'operator' },
  { path: 'rollouts/new/:model/:release', view: newRollout, under: 'rollouts', role: 'operator' },
  { path: 'rollouts/:rollout', view: rollout, under: 'rollouts' },
  { name: 'Gaps', path: 'gaps', view: gaps },
  { name: 'Audit', path: 'audit', view: audit, role: 'operator' },
  { name: 'Tokens', path: 'tokens', view: tokens, role: 'admin' },
];

const main = document.getElementById('main');
const themes = ['auto', 'light', 'dark'];
let who = null;
let leave = [];
let shown = 0;

function find(path) {
  const parts = path.split('/').filter(part => part !== '').map(decodeURIComponent);
  for (const page of pages) {
    const wanted = page.path.split('/').filter(part => part !== '');
    if (wanted.length === parts.length && wanted.every((part, i) => part.startsWith(':') || part === parts[i])) {
      return { page, parameters: Object.fromEntries(wanted.map((part, i) => [part.slice(1), parts[i]]).filter((_, i) => wanted[i].startsWith(':'))) };
    }
  }
  return null;
}

function navigation(current) {
  document.getElementById('nav').replaceChildren(...pages
    .filter(page => page.name && (!page.role || api.covers(who.role, page.role)))
    .map(page => h('a', { href: `#/${page.path}`, 'aria-current': current && (current.under ?? current.path) === page.path ? 'page' : null }, page.name)));
  document.querySelector('nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
}

/** Shows what the address says. A view gets { main, who, parameters, title, onLeave, isHere }. */
async function show() {
  leave.forEach(action => action());
  leave = [];
  const turn = ++shown;
  const found = find(location.hash.replace(/^#\/?/, ''));
  navigation(found?.page);
  main.replaceChildren(loading());
  scrollTo(0, 0);
  if (found === null || (found.page.role && !api.covers(who.role, found.page.role))) {
    document.title = 'Not here – Fulmar fleet';
    main.replaceChildren(h('div', { class: 'head' }, h('h1', { tabindex: -1 }, 'There is nothing here')), h('p', {}, h('a', { href: '#/' }, 'To the overview')));
    return;
  }
  const isHere = () => turn === shown;
  const context = {
    who,
    parameters: found.parameters,
    isHere,
    onLeave: action => isHere() ? leave.push(action) : action(),
    /** Puts the page's heading and its content in place of what is there. */
    put(title, head, ...content) {
      if (!isHere()) {
        return;
      }
      document.title = `${title} – Fulmar fleet`;
      const heading = h('h1', { tabindex: -1 }, title);
      main.replaceChildren(h('div', { class: 'head' }, head.crumb ?? null, heading, head.beside ?? null, head.tools ? h('div', { class: 'tools' }, head.tools) : null,
        head.sub ? h('span', { class: 'sub' }, head.sub) : null), ...content.flat(Infinity).filter(Boolean));
      heading.focus({ preventScroll: true });
    },
  };
  try {
    await found.page.view(context);
  } catch (problem) {
    if (isHere()) {
      main.replaceChildren(failure(problem, show));
    }
    if (!(problem instanceof api.Problem)) {
      throw problem;
    }
  }
}

function theme(next) {
  const now = localStorage.getItem('theme') ?? 'auto';
  const chosen = next ? themes[(themes.indexOf(now) + 1) % themes.length] : now;
  localStorage.setItem('theme', chosen);
  if (chosen === 'auto') {
    delete document.documentElement.dataset.theme;
  } else {
    document.documentElement.dataset.theme = chosen;
  }
  const button = document.getElementById('theme');
  button.textContent = { auto: '◐', light: '☀', dark: '☾' }[chosen];
  button.setAttribute('aria-label', `Colours: ${chosen}`);
  button.title = `Colours: ${chosen}`;
  document.dispatchEvent(new Event('themechange'));
}

async function logOut() {
  await api.remove('/login');
  location.reload();
}

async function start() {
  theme(false);
  document.getElementById('theme').addEventListener('click', () => theme(true));
  document.querySelector('.skip').addEventListener('click', event => {
    event.preventDefault();
    main.focus();
  });
  try {
    who = await api.me();
  } catch (problem) {
    main.replaceChildren(failure(problem, () => location.reload()));
    return;
  }
  const anonymous = who.id === 'anonymous';
  document.getElementById('me').replaceChildren(
    h('span', { class: 'name', title: anonymous ? 'Open to everybody on this machine' : `Role: ${who.role}` }, anonymous ? 'demo' : who.name),
    anonymous ? '' : h('button', { type: 'button', onclick: logOut }, 'Log out'));
  addEventListener('hashchange', show);
  await show();
}

start();
