/** The current view, kept in step with the address bar, and how to go to another. */
import { useEffect, useState } from 'preact/hooks';
import { formatRoute, parseRoute, type Route } from './route.js';

/** Goes to a view: a new entry in the history, or in place of the current one. */
export function goTo(route: Route, how: 'push' | 'replace' = 'push'): void {
  const hash = formatRoute(route);
  if (how === 'push') {
    location.hash = hash;
    return;
  }
  history.replaceState(history.state, '', hash);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

/** How far each entry of the history was scrolled: going back shows the same place. */
const scrollPlaces = new Map<number, number>();
let entryCount = 0;

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    history.scrollRestoration = 'manual';
    const change = () => {
      setHash(location.hash);
      arrive();
    };
    const keepPlace = () => {
      const entry = currentEntry();
      if (entry !== undefined) scrollPlaces.set(entry, scrollY);
    };
    arrive();
    addEventListener('hashchange', change);
    addEventListener('scrollend', keepPlace);
    return () => {
      removeEventListener('hashchange', change);
      removeEventListener('scrollend', keepPlace);
    };
  }, []);
  return parseRoute(hash);
}

function currentEntry(): number | undefined {
  return (history.state as { entry?: number } | null)?.entry;
}

/** A new entry starts at its top; a known one where it was left, once its content is drawn. */
function arrive(): void {
  const entry = currentEntry();
  if (entry === undefined) {
    entryCount += 1;
    // The time keeps entries apart that an earlier load of the page left in the history.
    history.replaceState({ entry: Date.now() + entryCount }, '');
    scrollTo(0, 0);
    return;
  }
  const place = scrollPlaces.get(entry) ?? 0;
  requestAnimationFrame(() => requestAnimationFrame(() => scrollTo(0, place)));
}
