// Fetches the changing part of the page again and again; waits longer when the service does not answer.
const live = document.getElementById("live");
const state = document.getElementById("live-state");
let wait = 2000;

async function refresh() {
  if (!document.hidden) {
    try {
      const answer = await fetch("live", { signal: AbortSignal.timeout(10000) });
      if (!answer.ok) throw new Error(answer.status);
      live.innerHTML = await answer.text();
      state.textContent = "live";
      wait = 2000;
    } catch {
      state.textContent = "the fleet service does not answer";
      wait = Math.min(wait * 2, 30000);
    }
  }
  setTimeout(refresh, wait);
}

setTimeout(refresh, wait);
