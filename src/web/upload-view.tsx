/** Looking at a recording of one's own: drop its files, see it as any other. Nothing is stored. */
import { useRef, useState } from 'preact/hooks';
import { postInspect } from './api.js';
import { Failure, Loading } from './notices.js';
import { type Problem, problemFrom } from './problem.js';
import { ecgRoute } from './route.js';
import { checkUpload, toBase64 } from './upload-files.js';
import { goTo } from './use-route.js';

type State =
  | { readonly step: 'waiting' }
  | { readonly step: 'sending'; readonly names: readonly string[] }
  | { readonly step: 'failed'; readonly problem: Problem; readonly files: readonly File[] };

export function UploadView() {
  const [state, setState] = useState<State>({ step: 'waiting' });
  const [repairLeads, setRepairLeads] = useState(false);
  const send = async (files: readonly File[]) => {
    if (files.length === 0) return;
    setState({ step: 'sending', names: files.map((file) => file.name) });
    try {
      const { uploadId } = await inspect(files, repairLeads);
      goTo(ecgRoute(uploadId));
    } catch (error) {
      setState({ step: 'failed', problem: problemFrom(error), files });
    }
  };
  return (
    <div class="upload-view">
      <h1>Look at a recording of your own</h1>
      <p>
        It is read by the service this page came from, kept in its memory for a while, and never
        added to the archive.
      </p>
      <DropZone busy={state.step === 'sending'} onFiles={send} />
      <label class="repair-choice">
        <input
          type="checkbox"
          name="repairLeads"
          checked={repairLeads}
          onChange={(event) => setRepairLeads(event.currentTarget.checked)}
        />{' '}
        Compute missing standard leads from the others (marked as reconstructed)
      </label>
      {state.step === 'sending' ? <Loading what={`Reading ${state.names.join(', ')}`} /> : null}
      {state.step === 'failed' ? (
        <Failure problem={state.problem} retry={() => send(state.files)} />
      ) : null}
      <h2>What can be read</h2>
      <ul class="formats">
        <li>
          <strong>WFDB</strong>: the <code>.hea</code> header and its <code>.dat</code> or{' '}
          <code>.mat</code> files, chosen together
        </li>
        <li>
          <strong>DICOM</strong>, <strong>EDF</strong>, <strong>SCP-ECG</strong>,{' '}
          <strong>HL7 aECG</strong>, <strong>GE MUSE XML</strong>,{' '}
          <strong>Philips Sierra XML</strong>, <strong>FHIR</strong>, <strong>MAT</strong>,{' '}
          <strong>ISHNE</strong>: the file alone
        </li>
        <li>
          <strong>ZIP</strong>, <strong>TAR</strong>: an archive of one recording
        </li>
        <li>
          <strong>CSV</strong>: one column a lead, with the lead names in the first row
        </li>
        <li>
          <strong>NPY</strong>: a NumPy array of leads and samples
        </li>
      </ul>
    </div>
  );
}

async function inspect(files: readonly File[], repairLeads: boolean) {
  checkUpload(files);
  const encoded = await Promise.all(
    files.map(async (file) => ({
      name: file.name,
      base64: toBase64(new Uint8Array(await file.arrayBuffer())),
    })),
  );
  return postInspect({ files: encoded, repairLeads }, new AbortController().signal);
}

interface DropZoneProps {
  readonly busy: boolean;
  readonly onFiles: (files: readonly File[]) => void;
}

function DropZone({ busy, onFiles }: DropZoneProps) {
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const take = (list: FileList | null | undefined) => {
    if (!busy) onFiles([...(list ?? [])]);
    // The same files can be chosen again after they were mended.
    if (input.current) input.current.value = '';
  };
  return (
    <label
      class={`drop-zone${over ? ' over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer?.files);
      }}
    >
      <input
        ref={input}
        type="file"
        multiple
        disabled={busy}
        onChange={(event) => take(event.currentTarget.files)}
      />
      <span class="drop-title">Drop the files of one recording here</span>
      <span class="quiet">or click to choose them</span>
    </label>
  );
}
