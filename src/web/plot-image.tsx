/** An ECG on paper, drawn by the service; scrolls sideways where the screen is narrower than it is legible. */
import { useState } from 'preact/hooks';

interface PlotImageProps {
  readonly src: string;
  readonly alt: string;
  readonly lazy?: boolean;
  /** True to scale, 1 mm as 1 mm, instead of as wide as the page. */
  readonly actualSize?: boolean;
}

/** Keeps the place of a 12-lead page until the picture is there. */
const PAGE_MM = { width: 270, height: 142 };

export function PlotImage({ src, alt, lazy = false, actualSize = false }: PlotImageProps) {
  const [broken, setBroken] = useState<string | undefined>(undefined);
  const [loaded, setLoaded] = useState<string | undefined>(undefined);
  if (broken === src) {
    return (
      <div class="plot-broken" role="alert">
        The trace could not be drawn.{' '}
        <button type="button" class="link" onClick={() => setBroken(undefined)}>
          Try again
        </button>
      </div>
    );
  }
  return (
    <div class={`plot-scroll${actualSize ? ' actual' : ''}`}>
      <img
        class={`plot${loaded === src ? '' : ' pending'}`}
        src={src}
        alt={alt}
        loading={lazy ? 'lazy' : 'eager'}
        decoding="async"
        {...(actualSize ? {} : PAGE_MM)}
        onLoad={() => setLoaded(src)}
        onError={() => setBroken(src)}
      />
    </div>
  );
}
