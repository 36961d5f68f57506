"""Makes test/fixtures/formats/golden: small real recordings cut short, and what other software reads in them.

Command (from the repository root; needs numpy and wfdb 4.3.1):
    python test/reference/formats_fixtures.py SHARED_DATA PTBXL_DIR CHALLENGE_DIR LUDB_DIR
SHARED_DATA/formats/wfdb holds MIT-BIH record 100 and 100_3chan; the others are the unpacked sets.

The expected numbers of WFDB cases come from wfdb-python (rdrecord, float64, then float32), those of CSV and
NPY from numpy; `sha256` is over the float32 samples, lead-major, NaN as numpy.nan. Lead names, patient,
codes and warnings are written by hand below: they are our own conventions.
"""
import hashlib
import json
import pathlib
import shutil
import sys

import numpy as np
import wfdb

SHARED, PTBXL, CHALLENGE, LUDB = (pathlib.Path(p) for p in sys.argv[1:5])
OUT = pathlib.Path("test/fixtures/formats/golden")
TWELVE = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"]


def digest(rows):
    rows = np.ascontiguousarray(rows, dtype="<f4") + np.float32(0)  # no -0
    rows[np.isnan(rows)] = np.nan
    return hashlib.sha256(rows.tobytes()).hexdigest()


def folder(name):
    path = OUT / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def expect(path, file, rows, fs, leads, **more):
    """Writes expected.json; rows is [leads, samples] in mV, float64."""
    rows32 = np.asarray(rows).astype(np.float32)
    body = {
        "file": file,
        "leads": leads,
        "samplingRateHz": fs,
        "sampleCount": rows32.shape[1],
        "sha256": digest(rows32),
        "firstSamples": [None if np.isnan(v) else float(v) for v in rows32[:, 0].astype(np.float64)],
        "missingCount": int(np.isnan(rows32).sum()),
        "format": "wfdb",
        "patient": {},
        "codes": [],
        "warnings": [],
    }
    body.update(more)
    (path / "expected.json").write_text(json.dumps(body, indent=2) + "\n")


def checksum(adc):
    total = int(np.sum(adc, dtype=np.int64)) & 0xFFFF
    return total - 0x10000 if total >= 0x8000 else total


def header(path, name, fs, n, lines, comments=()):
    text = [f"{name} {len(lines)} {fs} {n}", *lines, *(f"#{c}" for c in comments)]
    (path / f"{name}.hea").write_text("\n".join(text) + "\n")


def pack212(values):
    values = np.asarray(values, dtype=np.int64) & 0xFFF
    out = bytearray()
    for i in range(0, len(values), 2):
        a = int(values[i])
        b = int(values[i + 1]) if i + 1 < len(values) else 0
        out += bytes([a & 0xFF, (a >> 8) | ((b >> 8) << 4), b & 0xFF])
    return bytes(out) if len(values) % 2 == 0 else bytes(out[:-1])


def physical(path, name):
    return wfdb.rdrecord(str(path / name)).p_signal.T


def digital(source, n):
    record = wfdb.rdrecord(str(source), sampto=n, physical=False)
    return record, record.d_signal.astype(np.int16)


# MIT-BIH: format 212, odd number of samples, as it is.
path = folder("mitdb-212-odd")
for ext in ("hea", "dat"):
    shutil.copyfile(SHARED / f"formats/wfdb/100_3chan.{ext}", path / f"100_3chan.{ext}")
expect(path, "100_3chan.hea", physical(path, "100_3chan"), 360, ["I", "II", "III"],
       comments=["Made this to test fmt 212 with odd number of samples"])

# MIT-BIH: comments before and after, blank line, record without extension.
record, adc = digital(SHARED / "formats/wfdb/100", 720)
path = folder("mitdb-212-comments")
(path / "100.dat").write_bytes(pack212(adc.reshape(-1)))
sums = [checksum(adc[:, i]) for i in range(2)]
(path / "100.hea").write_text(
    "# unnecessary comment\r\n100 2 360/360(0) 720 10:11:12 13/04/1985\r\n"
    f"100.dat 212 200 11 1024 995 {sums[0]} 0 MLII\r\n\r\n"
    f"100.dat 212 200 11 1024 1011 {sums[1]} 0 V5\r\n# 69 M 1085 1629 x1\r\n# Aldomet, Inderal\r\n")
rows = (adc.astype(np.float64).T - 1024) / 200
expect(path, "100", rows, 360, ["II", "V5"], patient={"ageYears": 69, "sex": "male"},
       recordedAt="1985-04-13T10:11:12",
       comments=["unnecessary comment", "69 M 1085 1629 x1", "Aldomet, Inderal"])

# MIT-BIH: missing samples in 212 (-2048), their checksum as the WFDB library counts them, a damaged lead.
path = folder("mitdb-212-missing")
holed = adc.copy()
holed[100:130, 0] = -2048
holed[200, 1] = -2048
(path / "holed.dat").write_bytes(pack212(holed.reshape(-1)))
library = np.where(holed[:, 0] == -2048, -32768, holed[:, 0].astype(np.int64))
header(path, "holed", 360, 720, [
    f"holed.dat 212 200 11 1024 995 {checksum(library)} 0 MLII",
    f"holed.dat 212 200 11 1024 1011 {checksum(holed[:, 1]) ^ 1} 0 V5",
])
rows = (holed.astype(np.float64).T - 1024) / 200
rows[holed.T == -2048] = np.nan
expect(path, "holed.dat", rows, 360, ["II", "V5"],
       warnings=[{"code": "format.checksum", "leads": ["V5"]}])

# MIT-BIH: fixed-layout segments that share one file, and a gap between them.
path = folder("mitdb-segments-fixed")
(path / "seg.dat").write_bytes(pack212(adc[:240].reshape(-1)))
for part in (1, 2):
    header(path, f"seg_{part}", 360, 240, [
        f"seg.dat 212 200 11 1024 995 {checksum(adc[:240, 0])} 0 MLII",
        f"seg.dat 212 200 11 1024 1011 {checksum(adc[:240, 1])} 0 V5",
    ])
(path / "seg.hea").write_text("seg/3 2 360 530\nseg_1 240\n~ 50\nseg_2 240\n# 69 M 1085 1629 x1\n")
one = (adc[:240].astype(np.float64).T - 1024) / 200
rows = np.concatenate([one, np.full((2, 50), np.nan), one], axis=1)
expect(path, "seg.hea", rows, 360, ["II", "V5"], patient={"ageYears": 69, "sex": "male"},
       comments=["69 M 1085 1629 x1"])

# MIT-BIH: variable layout, a signal that a segment lacks, one that is no voltage.
path = folder("mitdb-segments-variable")
(path / "var_1.dat").write_bytes(pack212(adc[:200].reshape(-1)))
(path / "var_2.dat").write_bytes(adc[200:400, 1:].astype("<i2").tobytes())
header(path, "var_1", 360, 200, [
    f"var_1.dat 212 200(1024)/mV 11 1024 995 {checksum(adc[:200, 0])} 0 MLII",
    f"var_1.dat 212 200(1024)/mV 11 1024 1011 {checksum(adc[:200, 1])} 0 V5",
])
header(path, "var_2", 360, 200, [
    f"var_2.dat 16 200(1024)/mV 11 1024 0 {checksum(adc[200:400, 1])} 0 V5",
])
header(path, "var_layout", 360, 0, [
    "~ 0 200(1024)/mV 11 1024 0 0 0 V5",
    "~ 0 200(1024)/mV 11 1024 0 0 0 MLII",
    "~ 0 100/mmHg 11 0 0 0 0 ABP",
])
(path / "var.hea").write_text("var/4 3 360 440\nvar_layout 0\nvar_1 200\n~ 40\nvar_2 200\n")
rows = physical(path, "var")[:2]
expect(path, "var.hea", rows, 360, ["V5", "II"],
       warnings=[{"code": "format.signal-dropped", "leads": ["ABP"]}])

# PTB-XL, 2 s: format 16, as its database has it.
record, adc = digital(PTBXL / "records500/00000/00001_hr", 1000)
sums = [checksum(adc[:, i]) for i in range(12)]
path = folder("ptbxl-16")
(path / "00001_hr.dat").write_bytes(adc.astype("<i2").tobytes())
header(path, "00001_hr", 500, 1000, [
    f"00001_hr.dat 16 1000.0(0)/mV 16 0 {adc[0, i]} {sums[i]} 0 {record.sig_name[i]}" for i in range(12)])
expect(path, "00001_hr.hea", physical(path, "00001_hr"), 500, TWELVE)

# The same in two files, one behind 100 bytes of preamble; no sample count; microvolts and volts; a
# negative gain; no gain at all; a repeated lead; a signal that is no voltage.
path = folder("ptbxl-16-two-files")
(path / "a.dat").write_bytes(bytes(100) + adc[:400, :3].astype("<i2").tobytes())
(path / "b.dat").write_bytes(adc[:400, 3:8].astype("<i2").tobytes())
(path / "two.hea").write_text("\n".join([
    "two 8 500",
    "a.dat 16+100 1(0)/uV 16 0 0 0 0 ECG I",
    "a.dat 16+100 1000000/V 16 0 0 0 0 lead ii",
    "a.dat 16+100 -1000/mV 16 0 0 0 0 MDC_ECG_LEAD_III",
    "b.dat 16",
    "b.dat 16 0 16 0 0 0 0 aVL",
    "b.dat 16 1000(-7)/mV 16 12 0 0 0 aVL",
    "b.dat 16 10/mmHg 16 0 0 0 0 ABP",
    "b.dat 16 1000/mV 16 5 0 0 0 odd name, 2",
]) + "\n")
x = adc[:400, :8].astype(np.float64).T
sums8 = [checksum(adc[:400, i]) for i in range(8)]
text = (path / "two.hea").read_text().splitlines()
for i, line in enumerate(text[1:]):
    fields = line.split(" ")
    if len(fields) > 6:
        fields[6] = str(sums8[i])
    text[i + 1] = " ".join(fields)
(path / "two.hea").write_text("\n".join(text) + "\n")
rows = np.stack([x[0] / 1000, x[1] / 1000, x[2] / -1000, x[3] / 200, x[4] / 200, (x[5] + 7) / 1000,
                 (x[7] - 5) / 1000])
expect(path, "two", rows, 500, ["I", "II", "III", "ch4", "aVL", "aVL_2", "odd name, 2"],
       warnings=[{"code": "format.signal-dropped", "leads": ["ABP"]},
                 {"code": "format.duplicate-lead", "leads": ["aVL_2"]}])

# Several samples a frame and a skew: I as it is (5 a frame), II 2 frames late.
path = folder("ptbxl-16-frames")
frames = np.concatenate([adc[:, 0].reshape(200, 5), adc[:, 1].reshape(200, 5)], axis=1)
(path / "frames.dat").write_bytes(frames.astype("<i2").tobytes())
header(path, "frames", "100/500(0)", 200, [
    f"frames.dat 16x5 1000/mV 16 0 {adc[0, 0]} {sums[0]} 0 I",
    f"frames.dat 16x5:2 1000/mV 16 0 {adc[0, 1]} {sums[1]} 0 II",
])
# wfdb-python 4.3.1 shifts by whole frames, as here, but marks only 2 of the 10 samples behind the end missing.
late = np.concatenate([adc[10:, 1] / 1000.0, np.full(10, np.nan)])
shifted = wfdb.rdrecord(str(path / "frames"), smooth_frames=False).e_p_signal[1]
assert np.array_equal(shifted[:990], late[:990])
expect(path, "frames.hea", np.stack([adc[:, 0] / 1000.0, late]), 500, ["I", "II"])

# A lead with fewer samples a frame is interpolated.
path = folder("ptbxl-16-mixed-rate")
frames = np.concatenate([adc[:, 0].reshape(500, 2), adc[::2, 1:2]], axis=1)
(path / "mixed.dat").write_bytes(frames.astype("<i2").tobytes())
header(path, "mixed", 250, 500, [
    f"mixed.dat 16x2 1000/mV 16 0 0 {sums[0]} 0 I",
    f"mixed.dat 16 1000/mV 16 0 0 {checksum(adc[::2, 1])} 0 II",
])
slow = (adc[::2, 1] / 1000).astype(np.float32).astype(np.float64)
fine = np.interp(np.arange(1000) / 2, np.arange(500), slow)
expect(path, "mixed.hea", np.stack([adc[:, 0] / 1000, fine]), 500, ["I", "II"],
       warnings=[{"code": "format.mixed-rate", "leads": ["II"]}])

# PhysioNet Challenge (CPSC2018), 2 s: MAT v4 16+24, the header's nonstandard date.
record, mat = digital(CHALLENGE / "cpsc2018/A0001", 1000)
path = folder("challenge-mat4")
head = np.array([30, 12, 1000, 0, 4], dtype="<i4").tobytes() + b"val\0"
(path / "A0001.mat").write_bytes(head + mat.astype("<i2").tobytes())
lines = (CHALLENGE / "cpsc2018/A0001.hea").read_text().splitlines()
signal_lines = []
for i, line in enumerate(lines[1:13]):
    fields = line.split(" ")
    fields[6] = str(checksum(mat[:, i]))
    signal_lines.append(" ".join(fields))
(path / "A0001.hea").write_text("\n".join([lines[0].replace("7500", "1000"), *signal_lines, *lines[13:]]) + "\n")
expect(path, "A0001.mat", mat.T / 1000.0, 500, TWELVE, patient={"ageYears": 74, "sex": "male"},
       codes=["RBBB"], comments=["Rx: Unknown", "Hx: Unknown", "Sx: Unknows",
                                 "Header date and time: 05-Feb-2020 11:39:16"])

# LUDB, 2 s: gains and baselines of its own, diagnoses as lines.
record, ludb = digital(LUDB / "data/10", 1000)
path = folder("ludb-16")
(path / "10.dat").write_bytes(ludb.astype("<i2").tobytes())
lines = (LUDB / "data/10.hea").read_text().splitlines()
signal_lines = []
for i, line in enumerate(lines[1:13]):
    fields = line.split(" ")
    fields[6] = str(checksum(ludb[:, i]))
    signal_lines.append(" ".join(fields))
(path / "10.hea").write_text("\n".join(["10 12 500 1000", *signal_lines, *lines[13:]]) + "\n")
statements = [line[1:].strip() for line in lines[16:]]
expect(path, "10.hea", physical(path, "10"), 500, TWELVE, patient={"ageYears": 79, "sex": "female"},
       comments=statements, report="\n".join(statements))

# Tables: what pandas, a spreadsheet and numpy write.
mv = adc[:250, :3] / 1000.0
path = folder("csv-comma-time")
text = ["time_s,I,II,III"] + [f"{i / 500:.3f},{a},{b},{c}" for i, (a, b, c) in enumerate(mv)]
(path / "ecg.csv").write_text("\n".join(text) + "\n")
expect(path, "ecg.csv", mv.T, 500, ["I", "II", "III"], format="csv")

path = folder("csv-semicolon-decimal-comma")
text = ["\ufeffZeit (ms);Lead I (\u00b5V);II [uV];V1_mV;ABP (mmHg)"]
for i, (a, b, c) in enumerate(mv):
    cells = [f"{i * 2}", f"{a * 1000:.1f}", f"{b * 1000:.1f}", f"{c:.3f}", "80"]
    text.append(";".join(cell.replace(".", ",") for cell in cells))
(path / "ecg.csv").write_text("\r\n".join(text) + "\r\n", encoding="utf-8", newline="")
expect(path, "ecg.csv", mv.T, 500, ["I", "II", "V1"], format="csv",
       warnings=[{"code": "format.signal-dropped", "leads": ["ABP"]}])

path = folder("csv-tab-holes")
text = ["# sampling_rate: 500 Hz", "# Age: 63", "# Sex: F", "", '"I"\t"II"\t"my lead"']
for i, (a, b, c) in enumerate(mv):
    text.append("\t".join(["" if i == 3 else f"{a:.6e}", "NaN" if i == 4 else f'"{b}"', f" {c} "]))
(path / "named.hea").write_text("\n".join(text))
holed = mv.T.copy()
holed[0, 3] = np.nan
holed[1, 4] = np.nan
expect(path, "named.hea", holed, 500, ["I", "II", "my lead"], format="csv",
       patient={"ageYears": 63, "sex": "female"})

path = folder("csv-matrix")
np.savetxt(path / "matrix.txt", adc[:100] / 1000.0, delimiter=",", fmt="%.4f")
expect(path, "matrix.txt", adc[:100].T / 1000.0, 500, TWELVE, format="csv",
       options={"samplingRateHz": 500}, warnings=[{"code": "format.leads-assumed"}])

path = folder("csv-units-row")
text = ["'Elapsed time','MLII','V5'", "'seconds','mV','mV'"]
text += [f"{i / 360:.9f},{a},{b}" for i, (a, b) in enumerate(mv[:, :2])]
(path / "samples.csv").write_text("\n".join(text) + "\n")
expect(path, "samples.csv", mv[:, :2].T, 360, ["II", "V5"], format="csv")

# Arrays.
def save(name, array, **sidecar):
    np.save(path / name, array)
    if sidecar:
        (path / name).with_suffix(".json").write_text(json.dumps(sidecar))

names = {"leads": ["I", "II", "III"], "samplingRateHz": 500}
cases = {
    "npy-f4": (mv.T.astype("<f4"), {**names, "unit": "mV"}),
    "npy-f8-fortran": (np.asfortranarray(mv.T), names),
    "npy-f8-samples-first": (np.ascontiguousarray(mv), names),
    "npy-f4-big-endian-fortran": (np.asfortranarray(mv.astype(">f4")), names),
    "npy-i2-microvolts": (adc[:250, :3].T.astype("<i2"), {**names, "unit": "uV"}),
    "npy-i8-batch-of-one": (adc[:250, :3].T.astype("<i8")[None], {**names, "unit": "uV"}),
    "npy-i4-big-endian": (adc[:250, :3].astype(">i4"), {**names, "unit": "uV"}),
}
for case, (array, sidecar) in cases.items():
    path = folder(case)
    save("ecg.npy", array, **sidecar)
    expect(path, "ecg.npy", mv.T, 500, ["I", "II", "III"], format="npy")

path = folder("npy-v2-twelve")
with open(path / "ecg.npy", "wb") as file:
    np.lib.format.write_array(file, adc[:100].T / 1000.0, version=(2, 0))
expect(path, "ecg.npy", adc[:100].T / 1000.0, 500, TWELVE, format="npy",
       options={"samplingRateHz": 500}, warnings=[{"code": "format.leads-assumed"}])

path = folder("npy-v3-one-lead")
with open(path / "ecg.npy", "wb") as file:
    np.lib.format.write_array(file, mv[:, 1].astype("<f4"), version=(3, 0))
expect(path, "ecg.npy", mv[:, 1:2].T, 100, ["II"], format="npy",
       options={"samplingRateHz": 100, "leads": ["II"]})


# wfdb-python's own samples (MIT), as they are: every storage format, FLAC, numbers of samples that cut a block.
for name, files, leads in (
    ("wfdb-all-formats", ["binformats.hea", *(f"binformats.d{n}" for n in range(10))], None),
    ("wfdb-flac", ["flacformats.hea", *(f"flacformats.d{n}" for n in range(3))], None),
    ("wfdb-80", ["3000003_0003.hea", "3000003_0003.dat"], ["II", "V"]),
    ("wfdb-310-cut", ["310derive_3.hea", "310derive_3.dat"], None),
    ("wfdb-311-cut", ["311derive_3.hea", "311derive_3.dat"], None),
):
    path = folder(name)
    for file in files:
        shutil.copyfile(SHARED / f"formats/wfdb/{file}", path / file)
    record = wfdb.rdrecord(str(path / files[0][:-4]))
    expect(path, files[0], record.p_signal.T, record.fs, leads or record.sig_name,
           comments=["Header date and time: 19:46:25.757"] if name == "wfdb-80" else record.comments)
