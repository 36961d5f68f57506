"""What a second reader finds in recordings of every format but WFDB, CSV and NPY.

Command (from the repository root):
    python test/reference/formats_second.py fixtures              # makes test/fixtures/formats/second
    python test/reference/formats_second.py shared SHARED_DATA > test/reference/formats_second.json
    python test/reference/formats_second.py dump SHARED_DATA OUT [PATH=READER ...]  # all samples, for eval/formats.ts
Needs Python 3.11 with numpy 2.4.6, wfdb 4.3.1, pydicom 3.0.2, pyEDFlib 0.1.42, MNE 1.13.2, scipy 1.17.1, sierraecg 0.4.0,
muse2wfdb 1.5.0, ishneholterlib 2020.5.29, crccheck, fhir.resources 8.3.0, h5py 3.16.0, and BioSig 2.5 (save2gdf) on the path.
None of them is needed to run pqrsearch or its tests.

A fixture is a real recording: PTB-XL record 00008 (CC BY 4.0), 2 s of it, written by other software than ours,
or another project's sample (README beside them). `expected.json` holds what the second reader reads: every 37th
sample of each lead, in mV, with lead names, rate and length. Patient and codes are written by hand below.
"""
import gzip
import io
import json
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

import numpy as np
import wfdb

FIXTURES = pathlib.Path("test/fixtures/formats/second")
STEP = 37
TWELVE = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"]
STORED = ["I", "II", "V1", "V2", "V3", "V4", "V5", "V6"]
SCP_NUMBER = {"I": 1, "II": 2, **{f"V{i}": i + 2 for i in range(1, 7)}, "III": 61, "aVR": 62, "aVL": 63, "aVF": 64}


# --- second readers: (lead names, rate, [leads, samples] in mV) ------------------------------------------------

def by_pydicom(path):
    import pydicom
    dataset = pydicom.dcmread(path)
    group = dataset.WaveformSequence[0]
    samples = dataset.waveform_array(0).T
    names, scale = [], []
    for channel in group.ChannelDefinitionSequence:
        names.append(channel.ChannelSourceSequence[0].CodeMeaning.replace("Lead ", "").split(" (")[0])
        unit = channel.ChannelSensitivityUnitsSequence[0].CodeValue
        scale.append({"uV": 1e-3, "mV": 1.0}[unit])
    return names, float(group.SamplingFrequency), samples * np.array(scale)[:, None]


def by_pyedflib(path):
    import pyedflib
    with pyedflib.EdfReader(str(path)) as reader:
        picks = [i for i, label in enumerate(reader.getSignalLabels()) if label.startswith("ECG")]
        names = [reader.getLabel(i).replace("ECG", "").strip() or "ECG" for i in picks]
        scale = [{"uV": 1e-3, "mV": 1.0}[reader.getPhysicalDimension(i).strip()] for i in picks]
        rows = [reader.readSignal(i) * s for i, s in zip(picks, scale)]
        return names, reader.getSampleFrequency(picks[0]), np.array(rows)


def by_h5py(path):
    """CODE's layout (1e-4 V, zeros at both ends left out), or one matrix of integer microvolts."""
    import h5py
    with h5py.File(path) as file:
        if "tracings" not in file:
            return TWELVE, 500.0, file["ecg"][:].T.astype(float) / 1000
        rows = file["tracings"][0].astype(float)
    used = np.flatnonzero((rows != 0).any(axis=1))
    return TWELVE, 400.0, rows[used[0]:used[-1] + 1].T / 10


def by_mne(path):
    import mne
    raw = mne.io.read_raw_edf(path, verbose="error")
    names = [name for name in raw.ch_names if name.startswith("ECG")]
    return names, raw.info["sfreq"], raw.get_data(picks=names) * 1e3


def by_biosig(path):
    """BioSig's text output has five significant digits in the unit of the channel."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out"
        header = subprocess.run(["save2gdf", "-JSON", str(path)], capture_output=True).stdout.decode("latin-1")
        header = json.loads(header[header.index("{"):header.rindex("}") + 1], strict=False)
        subprocess.run(["save2gdf", "-f=ASCII", str(path), str(out)], check=True, capture_output=True)
        rows, names = [], []
        for index, channel in enumerate(header["CHANNEL"], 1):
            values = np.loadtxt(folder + f"/out.a{index:02d}")
            unit = channel["PhysicalUnit"]
            rows.append(values * {"uV": 1e-3, "mV": 1.0, "nV": 1e-6}[unit])
            names.append(channel["Label"].replace("MDC_ECG_LEAD_", "").replace("AV", "aV"))
    return names, header["Samplingrate"], np.array(rows)


def by_sierraecg(path):
    from sierraecg import read_file
    leads = read_file(str(path)).leads
    # Both versions here have 5 uV a step; the library gives steps.
    return [lead.label for lead in leads], leads[0].sampling_freq, np.array([lead.samples for lead in leads]) * 5e-3


def by_muse2wfdb(path):
    from muse2wfdb.converter import process_waveforms, read_muse_file, select_waveform
    waveform = select_waveform(read_muse_file(str(path)))
    leads = process_waveforms(waveform)
    rate = float(waveform["SampleBase"]) * 10 ** float(waveform["SampleExponent"])
    return TWELVE, rate, np.array([leads[name] for name in TWELVE])


def by_scipy(path):
    import scipy.io
    content = scipy.io.loadmat(str(path), squeeze_me=True)
    if "header" in content:
        header = content["header"]
        names = [str(name).strip() for name in header["desc"].item()]
        rows = content["signal"].T * 1e-3
        keep = [i for i, name in enumerate(names) if name not in ("PPG", "ABP")]
        return [names[i] for i in keep], float(header["freq"].item()), rows[keep]
    ecg = content["ECG"]
    return TWELVE, 500.0, np.asarray(ecg["data"].item())


def ishne_library():
    """The library with the name of numpy's byte strings that numpy 2 still has."""
    import ishneholterlib
    original = np.fromfile
    ishneholterlib.np.fromfile = lambda *args, dtype, **more: original(
        *args, dtype=dtype.replace("a", "S", 1) if isinstance(dtype, str) and dtype[0] == "a" else dtype, **more)
    return ishneholterlib


def by_ishneholterlib(path):
    ishneholterlib = ishne_library()
    holter = ishneholterlib.Holter(str(path), check_valid=False)
    holter.load_data()
    return [lead.spec_str() for lead in holter.lead], holter.sr, np.array([lead.data for lead in holter.lead])


def by_fhir_resources(path):
    from fhir.resources.R4B.observation import Observation
    observation = Observation.model_validate_json(pathlib.Path(path).read_text())
    rows, names = [], []
    for component in observation.component:
        sampled = component.valueSampledData
        values = np.array(sampled.data.split(), dtype=float)
        # The example gives no unit; its limits of +-3300 and `--unit uV` stand for microvolts.
        rows.append((values * float(sampled.factor) + float(sampled.origin.value)) * 1e-3)
        names.append(component.code.coding[0].display.replace("MDC_ECG_ELEC_POTL_", ""))
    return names, 1000 / float(sampled.period), np.array(rows)


def by_wfdb(path):
    record = wfdb.rdrecord(str(path))
    return [name.replace("AV", "aV") for name in record.sig_name], record.fs, record.p_signal.T


# --- fixtures ---------------------------------------------------------------------------------------------------

def source():
    """PTB-XL 00008, the first 2 s, in ADC steps of 1 uV, [leads, samples]."""
    record = wfdb.rdrecord("sample/records/00008_hr", physical=False, sampto=1000)
    return record.d_signal.T.astype(np.int64)


def folder(name):
    path = FIXTURES / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def expect(path, file, read, tolerance=1e-6, **more):
    names, rate, rows = read
    body = {
        "file": file, "leads": names, "samplingRateHz": float(rate), "sampleCount": rows.shape[1],
        "everyStep": STEP, "toleranceMillivolts": tolerance,
        "samples": [[None if np.isnan(v) else round(float(v), 7) for v in row[::STEP]] for row in rows],
        "patient": {}, "codes": [], "warnings": [],
    }
    body.update(more)
    (path / "expected.json").write_text(json.dumps(body) + "\n")


def make_dicom():
    import pydicom
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.sequence import Sequence
    from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian

    def code(value, scheme, meaning):
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
        return Sequence([item])

    def group(steps, label, originality, rate, bits):
        item = Dataset()
        item.WaveformOriginality, item.MultiplexGroupLabel = originality, label
        item.NumberOfWaveformChannels, item.NumberOfWaveformSamples = steps.shape
        item.SamplingFrequency = rate
        channels = []
        for name in TWELVE:
            channel = Dataset()
            source_code = ("2:", "MDC") if bits == 12 else ("5.6.3-9-", "SCPECG")
            channel.ChannelSourceSequence = code(f"{source_code[0]}{SCP_NUMBER[name]}", source_code[1], f"Lead {name}")
            channel.ChannelSensitivity, channel.ChannelSensitivityCorrectionFactor = "2.5", "1"
            channel.ChannelSensitivityUnitsSequence = code("uV", "UCUM", "microvolt")
            channel.ChannelBaseline, channel.ChannelSampleSkew, channel.WaveformBitsStored = "10", "0", bits
            channels.append(channel)
        item.ChannelDefinitionSequence = Sequence(channels)
        item.WaveformBitsAllocated, item.WaveformSampleInterpretation = 16, "SS"
        item.WaveformData = np.ascontiguousarray(steps.T.astype("<i2")).tobytes()
        return item

    steps = np.round(source() / 2.5).astype(np.int64)
    cases = {"implicit": (ImplicitVRLittleEndian, 16), "deflated": (DeflatedExplicitVRLittleEndian, 16),
             "12-bits": (ExplicitVRLittleEndian, 12)}
    for name, (syntax, bits) in cases.items():
        path = folder(f"dicom-{name}")
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.9.1.1"
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = "1.2.826.0.1.3680043.8.498.1"
        dataset.PatientID, dataset.PatientSex, dataset.PatientBirthDate = "9999", "M", "19361201"
        dataset.AcquisitionDateTime = "19841201144952"
        rhythm, median = group(steps, "RHYTHM", "ORIGINAL", 500, bits), group(steps[:, :100], "MEDIAN BEAT", "DERIVED", 500, bits)
        if bits == 12:  # upper bits left at zero, as some writers do; the samples must fit
            rhythm.WaveformData = np.ascontiguousarray((steps & 0xFFF).T.astype("<i2")).tobytes()
            assert np.abs(steps).max() < 2048
        text = Dataset()
        text.ReferencedWaveformChannels, text.AnnotationGroupNumber, text.UnformattedTextValue = [1, 0], 0, "SINUS RHYTHM"
        dataset.WaveformAnnotationSequence = Sequence([text])
        dataset.WaveformSequence = Sequence([rhythm, median] if name != "deflated" else [rhythm])
        dataset.save_as(path / "ecg.dcm", enforce_file_format=True)
        read = by_pydicom(path / "ecg.dcm")
        if bits == 12:  # pydicom leaves the sign to the caller
            read = read[0], read[1], (steps * 2.5 + 10) * 1e-3
        expect(path, "ecg.dcm", read, patient={"id": "9999", "ageYears": 48, "sex": "male"},
               recordedAt="1984-12-01T14:49:52", report="SINUS RHYTHM", format="dicom")


def make_edf():
    import datetime
    import pyedflib
    path = folder("edf-plus")
    rows = source().astype(float)
    with pyedflib.EdfWriter(str(path / "ecg.edf"), 13, file_type=pyedflib.FILETYPE_EDFPLUS) as writer:
        writer.setDatarecordDuration(1)
        writer.setPatientCode("9999")
        writer.setSex(1)
        writer.setBirthdate(datetime.date(1936, 12, 1))
        writer.setStartdatetime(datetime.datetime(1984, 12, 1, 14, 49, 52))
        for index, name in enumerate(TWELVE + ["EEG Fpz-Cz"]):
            writer.setSignalHeader(index, {
                "label": f"ECG {name}" if index < 12 else name, "dimension": "uV", "sample_frequency": 500,
                "physical_min": -3276.8, "physical_max": 3276.7, "digital_min": -32768, "digital_max": 32767,
                "transducer": "", "prefilter": ""})
        writer.writeSamples([*rows, np.zeros(1000)])
        writer.writeAnnotation(0.5, -1, "Sinusrhythmus")
    expect(path, "ecg.edf", by_pyedflib(path / "ecg.edf"), patient={"id": "9999", "ageYears": 48, "sex": "male"},
           recordedAt="1984-12-01T14:49:52", comments=["At 0.5 s: Sinusrhythmus"], format="edf",
           warnings=["format.signal-dropped"])


def make_mat5():
    import scipy.io
    for name, compressed in {"mat5-compressed": True, "mat5-plain": False}.items():
        path = folder(name)
        rows = source()[:, :1000 if compressed else 300]
        ecg = {"data": rows * 1e-3, "sex": "Male", "age": 48}
        scipy.io.savemat(path / "ecg.mat", {"ECG": ecg}, do_compression=compressed)
        expect(path, "ecg.mat", by_scipy(path / "ecg.mat"), patient={"ageYears": 48, "sex": "male"}, format="mat",
               options={"samplingRateHz": 500, "unit": "mV"}, warnings=["format.leads-assumed"])


def make_ishne():
    import datetime
    ishneholterlib = ishne_library()
    Holter = ishneholterlib.Holter
    path = folder("ishne")
    leads = []
    for row, name in zip(source(), TWELVE):
        lead = ishneholterlib.Lead({"I": 5, "II": 6, "III": 7, "aVR": 8, "aVL": 9, "aVF": 10,
                                                   **{f"V{i}": 10 + i for i in range(1, 7)}}[name], 1, 1000)
        lead.save_data(row.astype(np.int16))
        leads.append(lead)
    holter = Holter.__new__(Holter)
    holter.filename, holter.is_annfile, holter.lead = str(path / "ecg.ecg"), False, leads
    holter.file_version, holter.first_name, holter.last_name, holter.id = 1, "", "", "9999"
    holter.sex, holter.race, holter.birth_date = 1, 0, datetime.date(1936, 12, 1)
    holter.record_date, holter.start_time = datetime.date(1984, 12, 1), datetime.time(14, 49, 52)
    holter.file_date = datetime.date(2020, 1, 1)
    holter.pm, holter.recorder_type, holter.sr = 0, b"digital", 500
    holter.proprietary, holter.copyright, holter.reserved, holter.var_block = "", "", "", None
    holter.write_file(overwrite=True)
    expect(path, "ecg.ecg", by_ishneholterlib(path / "ecg.ecg"), patient={"id": "9999", "ageYears": 48, "sex": "male"},
           recordedAt="1984-12-01T14:49:52", format="ishne", warnings=["format.experimental"])


def make_aecg():
    """An aECG file that BioSig makes of our SCP-ECG file (from WFDB it mixes the leads up)."""
    path = folder("aecg-biosig")
    subprocess.run(["save2gdf", "-f=HL7aECG", str(FIXTURES / "scp-huffman/ecg.scp"), str(path / "ecg.xml")],
                   check=True, capture_output=True)
    _, rate, rows = by_biosig(path / "ecg.xml")
    steps = np.round(source()[[TWELVE.index(name) for name in STORED]] / 5)
    assert np.abs(rows - steps * 5e-3).max() < 1e-4, "BioSig wrote something else"
    expect(path, "ecg.xml", (STORED, rate, rows), tolerance=1e-4, format="aecg",
           patient={"id": "9999", "sex": "male"}, recordedAt="1984-12-01T14:49:51")  # BioSig loses a second


def crc_ccitt(data):
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = ((crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def scp_huffman(values):
    """The default table of EN 1064, written from its definition; BioSig reads it back."""
    bits = []
    for value in map(int, values):
        size = abs(value)
        if size == 0:
            bits.append("0")
        elif size <= 8:
            bits.append("1" * size + "0" + ("1" if value < 0 else "0"))
        elif -128 <= value < 128:
            bits.append("1" * 9 + "0" + format(value & 0xFF, "08b"))
        else:
            bits.append("1" * 10 + format(value & 0xFFFF, "016b"))
    text = "".join(bits)
    text += "0" * (-len(text) % 16)
    return int(text, 2).to_bytes(len(text) // 8, "big")


def second_differences(row):
    return np.concatenate([row[:2], np.diff(row, 2)])


def scp_section(number, content):
    content += b"\0" * (len(content) % 2)
    body = number.to_bytes(2, "little") + (16 + len(content)).to_bytes(4, "little") + bytes([20, 20]) + bytes(6) + content
    return crc_ccitt(body).to_bytes(2, "little") + body


def scp_samples(rows, interval_microseconds=2000):
    coded = [scp_huffman(second_differences(row)) for row in rows]
    head = np.array([5000, interval_microseconds], dtype="<u2").tobytes() + bytes([2, 0])
    return head + np.array([len(one) for one in coded], dtype="<u2").tobytes() + b"".join(coded)


def scp_file(sections):
    pointers = 6 + 16 + 10 * 12
    at, body, table = pointers, b"", b""
    for number in range(12):
        data = sections.get(number, b"")
        length, start = (pointers - 6, 7) if number == 0 else (len(data), at + 1 if data else 0)
        table += number.to_bytes(2, "little") + length.to_bytes(4, "little") + start.to_bytes(4, "little")
        at += len(data)
        body += data
    zero = (0).to_bytes(2, "little") + (pointers - 6).to_bytes(4, "little") + bytes([20, 20]) + b"SCPECG" + table
    zero = crc_ccitt(zero).to_bytes(2, "little") + zero
    rest = (6 + len(zero) + len(body)).to_bytes(4, "little") + zero + body
    return crc_ccitt(rest).to_bytes(2, "little") + rest


def make_scp():
    """Our own: BioSig's writer breaks off and real files may not be bundled. Steps of 5 uV, Huffman, 2nd differences."""
    steps = np.round(source()[[TWELVE.index(name) for name in STORED]] / 5).astype(np.int64)

    def tag(number, value):
        return bytes([number]) + len(value).to_bytes(2, "little") + value

    patient = (tag(0, b"NOT TO BE READ\0") + tag(2, b"9999\0") + tag(4, bytes([48, 0, 1])) + tag(8, bytes([1]))
               + tag(25, (1984).to_bytes(2, "little") + bytes([12, 1])) + tag(26, bytes([14, 49, 52])) + bytes([255, 0, 0]))
    text = b"Sinus rhythm\0"
    statement = bytes(8) + bytes([1, 1]) + len(text).to_bytes(2, "little") + text
    leads = lambda flags: bytes([8, flags]) + b"".join(
        (1).to_bytes(4, "little") + (1000).to_bytes(4, "little") + bytes([SCP_NUMBER[name]]) for name in STORED)
    common = {1: scp_section(1, patient), 2: scp_section(2, (19999).to_bytes(2, "little")), 8: scp_section(8, statement)}
    facts = {"patient": {"id": "9999", "ageYears": 48, "sex": "male"}, "recordedAt": "1984-12-01T14:49:52",
             "report": "Sinus rhythm", "format": "scp"}
    one, two = steps[0], steps[1]
    full = np.array([one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2, *steps[2:]]) * 5e-3

    path = folder("scp-huffman")
    (path / "ecg.scp").write_bytes(scp_file({**common, 3: scp_section(3, leads(0b01000100)), 6: scp_section(6, scp_samples(steps))}))
    read = by_biosig(path / "ecg.scp")
    assert np.abs(read[2] - full[[TWELVE.index(name) for name in STORED]]).max() < 1e-5, "BioSig reads it otherwise"
    expect(path, "ecg.scp", (TWELVE, 500, full), **facts)

    # A reference beat of 300 ms, taken off around three places.
    path = folder("scp-reference-beat")
    beat = steps[:, 200:350]
    places = [(205, 260, 350), (450, 510, 580), (700, 760, 849)]  # start, fiducial, end, counted from 1
    fiducial = 60
    residual = steps.copy()
    for start, at, end in places:
        for sample in range(start, end + 1):
            residual[:, sample - 1] -= beat[:, sample - at + fiducial - 1]
    qrs = np.array([300, fiducial, len(places)], dtype="<u2").tobytes() + b"".join(
        (0).to_bytes(2, "little") + b"".join(value.to_bytes(4, "little") for value in place) for place in places)
    (path / "ecg.scp").write_bytes(scp_file({
        **common, 3: scp_section(3, leads(0b01000101)), 4: scp_section(4, qrs), 5: scp_section(5, scp_samples(beat)),
        6: scp_section(6, scp_samples(residual))}))
    expect(path, "ecg.scp", (TWELVE, 500, full), **facts, warnings=["format.experimental"])


def make_muse():
    """Our own, in the layout of GE's exports: real files may not be bundled. Read by muse2wfdb."""
    import base64
    path = folder("muse-layout")
    steps = np.round(source()[[TWELVE.index(name) for name in STORED]] / 4.88).astype("<i2")

    def waveform(kind, samples):
        leads = "".join(
            f"<LeadData><LeadSampleCountTotal>{samples.shape[1]}</LeadSampleCountTotal>"
            "<LeadAmplitudeUnitsPerBit>4.88</LeadAmplitudeUnitsPerBit><LeadAmplitudeUnits>MICROVOLTS</LeadAmplitudeUnits>"
            f"<LeadID>{name}</LeadID><LeadSampleSize>2</LeadSampleSize>"
            f"<WaveFormData>\n{base64.encodebytes(row.tobytes()).decode()}</WaveFormData></LeadData>\n"
            for name, row in zip(STORED, samples))
        return (f"<Waveform><WaveformType>{kind}</WaveformType><SampleBase>500</SampleBase>"
                f"<SampleExponent>0</SampleExponent>\n{leads}</Waveform>\n")

    (path / "ecg.xml").write_text(
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n<!DOCTYPE RestingECG SYSTEM "restecg.dtd">\n<RestingECG>\n'
        "<PatientDemographics><PatientID>9999</PatientID><PatientAge>48</PatientAge><AgeUnits>YEARS</AgeUnits>"
        "<Gender>MALE</Gender><PatientLastName>NOT TO BE READ</PatientLastName></PatientDemographics>\n"
        "<TestDemographics><AcquisitionTime>14:49:52</AcquisitionTime>"
        "<AcquisitionDate>12-01-1984</AcquisitionDate></TestDemographics>\n"
        "<RestingECGMeasurements><QRSDuration>96</QRSDuration></RestingECGMeasurements>\n"
        "<Diagnosis><Modality>RESTING</Modality><DiagnosisStatement><StmtText>Sinus</StmtText></DiagnosisStatement>"
        "<DiagnosisStatement><StmtFlag>ENDSLINE</StmtFlag><StmtText>rhythm</StmtText></DiagnosisStatement>"
        "<DiagnosisStatement><StmtFlag>ENDSLINE</StmtFlag><StmtText>Normal ECG</StmtText></DiagnosisStatement>"
        f"</Diagnosis>\n{waveform('Median', steps[:, :300])}{waveform('Rhythm', steps)}</RestingECG>\n")
    expect(path, "ecg.xml", by_muse2wfdb(path / "ecg.xml"), patient={"id": "9999", "ageYears": 48, "sex": "male"},
           recordedAt="1984-12-01T14:49:52", report="Sinus rhythm\nNormal ECG", format="muse",
           comments=["Device QRS duration: 96 ms", "III, aVR, aVL and aVF were computed from I and II."])


def make_samples(shared):
    """Other projects' own small samples whose licences allow it."""
    formats = shared / "formats"
    path = folder("philips-1.03")
    shutil.copy(formats / "philips/1_03_129DYPRG.xml", path / "129DYPRG.xml")
    expect(path, "129DYPRG.xml", by_sierraecg(path / "129DYPRG.xml"), format="philips",
           patient={"id": "1112010721168bdc", "ageYears": 50, "sex": "male"}, recordedAt="2011-12-01T07:27:34")
    path = folder("aecg-minimum")
    shutil.copy(formats / "aecg/minimum_aecg.xml", path / "minimum_aecg.xml")
    digits = np.array([[-2, -2, -2, -2, -3, -4, -3, -5, -5, -4, -6, -9, -9]])  # as they stand there; BioSig fails on it
    expect(path, "minimum_aecg.xml", (["II"], 500, digits * 2.5e-3), format="aecg",
           patient={"id": "SBJ-123"}, recordedAt="2002-11-22T09:10:00")
    fhir = FIXTURES / "fhir-ekg"  # HL7's own example, fetched by hand (README)
    expect(fhir, "Observation-ekg.json", by_fhir_resources(fhir / "Observation-ekg.json"), format="fhir",
           patient={"id": "f001"}, recordedAt="2015-02-19T09:30:35", options={"unit": "uV"})


def make_archives():
    record = pathlib.Path("test/fixtures/formats/golden/ptbxl-16")
    names = ["00001_hr.hea", "00001_hr.dat"]
    read = by_wfdb(record / "00001_hr")
    facts = {"format": "wfdb", "patient": json.loads((record / "expected.json").read_text())["patient"]}
    path = folder("zip")
    with zipfile.ZipFile(path / "ecg.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.write(record / name, f"export/{name}")
    expect(path, "ecg.zip", read, **facts)
    path = folder("tar-gz")
    with tarfile.open(path / "ecg.tar.gz", "w:gz") as archive:
        for name in names:
            archive.add(record / name, f"export/{'a long folder name ' * 8}/{name}")
    expect(path, "ecg.tar.gz", read, **facts)
    path = folder("gzip")
    (path / "ecg.dcm.gz").write_bytes(gzip.compress((FIXTURES / "dicom-implicit/ecg.dcm").read_bytes(), mtime=0))
    expect(path, "ecg.dcm.gz", by_pydicom(FIXTURES / "dicom-implicit/ecg.dcm"), format="dicom",
           patient={"id": "9999", "ageYears": 48, "sex": "male"})


# --- dump -------------------------------------------------------------------------------------------------------

def shared_cases(shared):
    """Real files of the shared data: path, reader, its name, options for ours."""
    formats = shared / "formats"
    return [
        (formats / "dicom/anonymous_ecg.dcm", by_pydicom, "pydicom 3.0.2", {}),
        (formats / "edf/test_generator_2.edf", by_mne, "MNE 1.13.2", {}),
        (formats / "aecg/example.xml", by_biosig, "BioSig 2.5", {}),
        (formats / "muse/example1.xml", by_muse2wfdb, "muse2wfdb 1.5.0", {}),
        (formats / "philips/1_03_129DYPRG.xml", by_sierraecg, "sierraecg 0.4.0", {}),
        (formats / "philips/1_04_3191723.xml", by_sierraecg, "sierraecg 0.4.0", {}),
        (formats / "scp/Example.scp", by_biosig, "BioSig 2.5", {}),
    ]


def reference(shared):
    """Every 997th sample of the shared files."""
    out = []
    for path, reader, software, options in shared_cases(shared):
        names, rate, rows = reader(path)
        out.append({"file": short_name(path, shared).removeprefix("shared/data/"), "software": software, "leads": list(names),
                    "samplingRateHz": float(rate), "sampleCount": rows.shape[1], "everyStep": 997,
                    "samples": [[round(float(v), 7) for v in row[::997]] for row in rows]})
    print(json.dumps(out))


def dump(shared, out):
    """All samples of shared and bundled files as float64, with an index for eval/formats.ts."""
    formats = shared / "formats"
    cases = shared_cases(shared)
    readers = {"dicom": (by_pydicom, "pydicom 3.0.2"), "edf": (by_pyedflib, "pyEDFlib 0.1.42"),
               "mat5": (by_scipy, "scipy 1.17.1"), "hdf5": (by_h5py, "h5py 3.16.0"), "ishne": (by_ishneholterlib, "ishneholterlib 2020.5.29"),
               "scp": (by_biosig, "BioSig 2.5"), "aecg": (by_biosig, "BioSig 2.5"), "muse": (by_muse2wfdb, "muse2wfdb 1.5.0"),
               "philips": (by_sierraecg, "sierraecg 0.4.0"), "fhir": (by_fhir_resources, "fhir.resources 8.3.0")}
    for path in sorted(FIXTURES.iterdir()):
        if not path.is_dir() or path.name in ("zip", "tar-gz", "gzip", "dicom-12-bits", "scp-reference-beat", "aecg-minimum"):
            continue
        expected = json.loads((path / "expected.json").read_text())
        reader, software = readers[path.name.split("-")[0]]
        cases.append((path / expected["file"], reader, software, expected.get("options", {})))
    for record in ("100", "100_3chan", "s0010_re", "a103l", "binformats", "flacformats", "flac_3_constant", "mixedsignals",
                   "3000003_0003", *(f"310derive{n}" for n in ("", "_2", "_3")),
                   *(f"311derive{n}" for n in ("", "_2", "_3", "_4"))):
        cases.append((formats / "wfdb" / record, by_wfdb_frames, "wfdb 4.3.1", {}))
    for more in sys.argv[4:]:  # further files, not shared: PATH=READER
        path, reader = more.rsplit("=", 1)
        cases.append((pathlib.Path(path), *readers[reader], {}))
    out.mkdir(parents=True, exist_ok=True)
    index = []
    for number, (path, reader, software, options) in enumerate(cases):
        try:
            names, rate, rows = reader(path)
        except Exception as error:  # the second reader's own trouble is told, not hidden
            print(f"{short_name(path, shared)}: {software} fails on it: {error!r}", file=sys.stderr)
            continue
        rows.astype("<f8").tofile(out / f"{number}.f64")
        index.append({"path": str(path.resolve()), "name": short_name(path, shared), "software": software, "leads": list(names),
                      "samplingRateHz": float(rate), "shape": list(rows.shape), "options": options, "samples": f"{number}.f64"})
        print(index[-1]["name"], rows.shape, software, file=sys.stderr)
    (out / "index.json").write_text(json.dumps({"readings": index}, indent=1))


def short_name(path, shared):
    for root, name in ((shared, "shared/data"), (pathlib.Path.cwd(), "")):
        if path.resolve().is_relative_to(root.resolve()):
            return str(pathlib.PurePosixPath(name) / path.resolve().relative_to(root.resolve()))
    return f"elsewhere/{path.parent.name}/{path.name}"


def by_wfdb_frames(path):
    record = wfdb.rdrecord(str(path), smooth_frames=False)
    rows = [i for i, unit in enumerate(record.units) if unit.lower() == "mv"]
    rate = record.fs * record.samps_per_frame[rows[0]]
    return [record.sig_name[i] for i in rows], rate, np.array([record.e_p_signal[i] for i in rows])


if sys.argv[1] == "fixtures":
    make_dicom()
    make_edf()
    make_mat5()
    make_ishne()
    make_scp()
    make_aecg()
    make_muse()
    make_samples(pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "../shared/data"))
    make_archives()
elif sys.argv[1] == "shared":
    reference(pathlib.Path(sys.argv[2]))
else:
    dump(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
