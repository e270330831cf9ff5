// What happens in the fleet while somebody looks.
import { Problem } from './api.js';

/** Listens to the events of one device, or of all; returns what ends it. */
export function listen(device, handlers) {
  const state = document.getElementById('live');
  const source = new EventSource(`/api/v1/events${device ? `?device=${encodeURIComponent(device)}` : ''}`);
  const say = (kind, text) => {
    state.className = `live ${kind}`;
    state.textContent = text;
  };
  say('', 'connecting');
  source.onopen = () => say('on', 'live');
  source.onerror = () => say('off', 'interrupted');
  for (const [name, handler] of Object.entries(handlers)) {
    source.addEventListener(name, async event => {
      try {
        await handler(JSON.parse(event.data));
      } catch (problem) {
        if (!(problem instanceof Problem)) {
          throw problem;
        } // else the light says how it is, and what is shown stays
      }
    });
  }
  return () => {
    source.close();
    say('', '');
    state.className = '';
  };
}
