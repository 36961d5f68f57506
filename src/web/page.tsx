/** The frame of every view: name, standing notice, navigation, and the view itself. */
import { useEffect } from 'preact/hooks';
import { getArchive } from './api.js';
import type { ArchiveInfo } from './api-types.js';
import { EcgView } from './ecg-view.js';
import { countText } from './format.js';
import { LabelsView } from './labels-view.js';
import { ModelLine } from './model-line.js';
import { Empty } from './notices.js';
import { formatRoute, labelsRoute, type Route, searchRoute } from './route.js';
import { SearchView } from './search-view.js';
import { UploadView } from './upload-view.js';
import { useLoad } from './use-load.js';
import { useRoute } from './use-route.js';

export function Page() {
  const route = useRoute();
  const archive = useLoad('archive', getArchive);
  const info = archive.status === 'ready' ? archive.value : undefined;
  useEffect(() => {
    document.title = titleOf(route);
  }, [route]);
  return (
    <>
      <button type="button" class="skip" onClick={focusMain}>
        Skip to content
      </button>
      <Header route={route} info={info} />
      <main id="main" tabIndex={-1}>
        <View route={route} info={info} />
      </main>
      {info ? (
        <footer class="page-foot">
          {info.attribution ? <p>{info.attribution}</p> : null}
          <ModelLine info={info} />
        </footer>
      ) : null}
    </>
  );
}

/** Not a link: what follows `#` in the address belongs to the views. */
function focusMain(): void {
  document.getElementById('main')?.focus();
}

function Header({ route, info }: { route: Route; info: ArchiveInfo | undefined }) {
  const current = (view: Route['view']) => (route.view === view ? 'page' : undefined);
  return (
    <header class="page-head">
      <div class="bar">
        <a class="brand" href={formatRoute(searchRoute())}>
          <Logo />
          pqrsearch
        </a>
        <nav aria-label="Views">
          <a href={formatRoute(searchRoute())} aria-current={current('search')}>
            Search
          </a>
          <a href={formatRoute(labelsRoute())} aria-current={current('labels')}>
            Labels
          </a>
          <a href="#/upload" aria-current={current('upload')}>
            Upload
          </a>
        </nav>
        {info ? (
          <p class="archive-facts">
            {countText(info.ecgCount, 'ECG', 'ECGs')}
            {' \u00b7 '}model {info.model.name} {info.model.version}
          </p>
        ) : null}
      </div>
      <p class="standing-notice" role="note">
        <strong>For research and review only.</strong> Everything here is a draft made by software,
        not a diagnosis. Not a medical device.
      </p>
    </header>
  );
}

function Logo() {
  return (
    <svg viewBox="0 0 32 20" width="32" height="20" aria-hidden="true">
      <path
        d="M1 12h7l2-3 2 3h2l2.4-11 3 18 2.2-7h9.4"
        fill="none"
        stroke="currentColor"
        stroke-width="2.2"
        stroke-linejoin="round"
        stroke-linecap="round"
      />
    </svg>
  );
}

function View({ route, info }: { route: Route; info: ArchiveInfo | undefined }) {
  switch (route.view) {
    case 'search':
      return <SearchView route={route} info={info} />;
    case 'ecg':
      return <EcgView key={route.ecgId} route={route} info={info} />;
    case 'upload':
      return <UploadView />;
    case 'labels':
      return <LabelsView route={route} />;
    case 'unknown':
      return (
        <Empty title="There is no such page">
          <a href={formatRoute(searchRoute())}>Go to the search</a>
        </Empty>
      );
  }
}

function titleOf(route: Route): string {
  if (route.view === 'search' && route.q !== '') return `${route.q} \u00b7 pqrsearch`;
  if (route.view === 'search' && route.like !== '') return 'Similar ECGs \u00b7 pqrsearch';
  if (route.view === 'ecg') return 'ECG \u00b7 pqrsearch';
  if (route.view === 'labels') return 'Labels \u00b7 pqrsearch';
  if (route.view === 'upload') return 'Upload \u00b7 pqrsearch';
  return 'pqrsearch';
}
