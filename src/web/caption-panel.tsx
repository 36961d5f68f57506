/** What the model's caption decoder says of a recording: its own words, plainly told apart from evidence. */
import { getCaption } from './api.js';
import type { CaptionAnswer, TimedCaption } from './api-types.js';
import { countText, spanText } from './format.js';
import { Failure, Loading } from './notices.js';
import { useLoad } from './use-load.js';

export function CaptionPanel({ ecgId }: { ecgId: string }) {
  const caption = useLoad(`caption ${ecgId}`, (signal) => getCaption(ecgId, signal));
  return (
    <section class="panel caption-panel" aria-labelledby="caption-title">
      <div class="panel-head">
        <h2 id="caption-title">In the model's own words</h2>
        <span class="tag draft">unchecked</span>
      </div>
      {caption.status === 'failed' ? (
        <Failure problem={caption.problem} retry={caption.retry} />
      ) : caption.status === 'ready' ? (
        <Captions answer={caption.value} />
      ) : (
        <Loading what="Putting it into words" />
      )}
    </section>
  );
}

function Captions({ answer }: { answer: CaptionAnswer }) {
  const { captions, windowCount, notice, warnings } = answer;
  const left = windowCount - captions.length;
  return (
    <>
      {captions.map((caption) => (
        <CaptionText key={caption.window} caption={caption} timed={windowCount > 1} />
      ))}
      {left > 0 ? (
        <p class="quiet">
          {countText(left, 'later stretch is', 'later stretches are')} not put into words here.
        </p>
      ) : null}
      {warnings.map(({ code, message }) => (
        <p key={code}>{message}</p>
      ))}
      <p class="quiet">{notice}</p>
    </>
  );
}

function CaptionText({ caption, timed }: { caption: TimedCaption; timed: boolean }) {
  const { text, startSeconds, endSeconds } = caption;
  return (
    <blockquote class="report">
      {timed ? <span class="quiet">{spanText(startSeconds, endSeconds)} </span> : null}
      {text === '' ? 'The model says nothing.' : text}
    </blockquote>
  );
}
